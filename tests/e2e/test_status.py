"""`status`: what it tells, the crosswalk, and what `--purge` may delete."""

import json
import os
import re
import time
from datetime import datetime
from pathlib import Path

import pytest
from e2e_exports import as_csv, people
from e2e_program import Machine

from straitsx_bulk.io.sandbox.server import SandboxServer


@pytest.fixture
def used(machine: Machine, sandbox: SandboxServer) -> Machine:
    """A machine with one finished run."""
    machine.write("people.csv", as_csv([row | {"User Id": f"U-{n}"} for n, row in enumerate(people(3))]))
    machine.write("people.mapping.yaml", "version: 1\nreference: User Id\n")
    assert machine.run("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url).code == 0
    return machine


def make_old(*paths: Path) -> None:
    long_ago = time.time() - 40 * 86_400
    for path in paths:
        os.utime(path, (long_ago, long_ago))


def test_it_lists_runs_and_what_the_account_holds(used: Machine) -> None:
    ended = used.run("status")
    assert (ended.code, ended.stdout) == (0, "")
    assert "3 created" in ended.stderr
    assert "embedded" not in ended.stderr  # it was reached by an address
    [line] = [line for line in ended.stderr.splitlines() if "import:" in line]
    assert line.startswith(used.list_runs()[0].name.partition("-")[2][:12])
    assert re.search(r"  local [0-9a-f]{8} default  import: 3 created; complete$", line)


def test_programs_get_it_as_json(used: Machine, sandbox: SandboxServer) -> None:
    assert used.run("reconcile", "--env", "local", "--base-url", sandbox.base_url).code == 0
    ended = used.run("status", "--json")
    told = json.loads(ended.stdout)
    assert (ended.code, ended.stderr) == (0, "")
    imported, compared = told["runs"]
    assert (imported["command"], imported["state"], imported["stopped"]) == ("import", "complete", None)
    assert imported["counts"] == {"created": 3}
    assert Path(imported["folder"]).name.endswith(imported["run_id"])
    assert datetime.fromisoformat(imported["started_at"]) <= datetime.fromisoformat(imported["finished_at"])
    assert (compared["command"], compared["state"], compared["counts"]) == ("reconcile", "complete", {})
    [account] = told["accounts"]
    assert (account["keys"], account["in_doubt"]) == ({"created": 3}, 0)
    assert account["account"] == imported["account"]
    assert "reconcile: no difference; complete" in used.run("status").stderr


def test_a_crosswalk_without_the_callers_keys_says_so_and_the_next_import_brings_them(
    machine: Machine, sandbox: SandboxServer
) -> None:
    machine.write("people.csv", as_csv([row | {"User Id": f"U-{n}"} for n, row in enumerate(people(3))]))
    command = ("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url)
    assert machine.run(*command).code == 0
    told = machine.run("status", "--crosswalk", "crosswalk.csv").stderr
    assert "3 without a reference: name the column of your own key as `reference:` in the mapping file" in told
    machine.write("people.mapping.yaml", "version: 1\nreference: User Id\n")
    assert machine.run(*command).reports.summary["api"]["calls"] == 0
    assert "without a reference" not in machine.run("status", "--crosswalk", "crosswalk.csv").stderr


def test_the_crosswalk_joins_the_callers_keys_and_the_apis_ids(used: Machine, sandbox: SandboxServer) -> None:
    assert used.run("status", "--crosswalk", "crosswalk.csv").code == 0
    lines = (used.folder / "crosswalk.csv").read_text(encoding="utf-8").splitlines()
    expected = {f"U-{n},{profile.id},usd,pending" for n, profile in enumerate(sandbox.profiles())}
    assert len(expected) == 3
    assert {line.partition(",")[0] for line in lines[1:]} == {"U-0", "U-1", "U-2"}
    by_key = {str(p.attributes["registrationId"]): p.id for p in sandbox.profiles()}
    assert set(lines[1:]) == {f"U-{n - 1},{by_key[f'P{n:07d}X']},usd,pending" for n in (1, 2, 3)}


def test_the_crosswalk_is_in_the_order_of_the_references(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv([row | {"User Id": f"U-{n:03d}"} for n, row in enumerate(people(80))]))
    machine.write("people.mapping.yaml", "version: 1\nreference: User Id\n")
    command = ("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url)
    assert machine.run(*command, "--concurrency", "20").code == 0
    assert machine.run("status", "--crosswalk", "crosswalk.csv").code == 0
    path = machine.folder / "crosswalk.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    assert header == "reference,customer_profile_id,rail,verification_status"
    assert [line.partition(",")[0] for line in lines] == [f"U-{n:03d}" for n in range(80)]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", ["no/such/folder/crosswalk.csv", "runs", "."])
def test_a_crosswalk_that_cannot_be_written_is_exit_2(used: Machine, place: str) -> None:
    ended = used.run("status", "--crosswalk", place)
    assert (ended.code, "--crosswalk" in ended.stderr, "defect" in ended.stderr) == (2, True, False)


def test_purge_deletes_old_run_folders_and_nothing_that_no_run_made(used: Machine) -> None:
    runs = used.folder / "runs"
    [old] = used.list_runs()
    others = [runs / "MyTool-v2", runs / "20250101T000000-mine", runs / f"20250101T000000-{'a' * 32}"]
    for other in others:
        other.mkdir()
        (other / ".gitignore").write_text("*.pyc\n", encoding="utf-8")
    (runs / f"20250101T000000-{'b' * 32}").symlink_to(used.home)
    assert used.run("status", "--purge", "30").code == 0
    assert old.exists()
    make_old(old, *others)
    ended = used.run("status", "--purge", "30")
    assert (ended.code, old.name in ended.stderr.replace("\n", ""), old.exists()) == (0, True, False)
    assert [other.exists() for other in others] == [True, True, True]
    assert used.home.exists()


def test_purge_leaves_the_folder_of_a_run_that_is_going_on(used: Machine, sandbox: SandboxServer) -> None:
    make_old(*used.list_runs())
    again = used.run("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url)
    assert used.run("status", "--purge", "1").code == 0
    assert used.list_runs() == [again.reports.folder]


@pytest.mark.parametrize("days", ["999999999", "99999999999999999999"])
def test_purge_takes_any_number_of_days(used: Machine, days: str) -> None:
    make_old(*used.list_runs())
    assert used.run("status", "--purge", days).code == 0
    assert len(used.list_runs()) == 1


def test_purge_works_for_those_who_only_validate(machine: Machine) -> None:
    """Their run folders hold personal data too, and there is no ledger."""
    machine.write("people.csv", as_csv(people(3)))
    old = machine.run("validate", "people.csv").reports.folder
    make_old(old)
    young = machine.run("validate", "people.csv").reports.folder
    ended = machine.run("status", "--purge", "30")
    assert (ended.code, ended.stderr) == (0, f"deleted {old.relative_to(machine.folder)}\n")
    assert machine.list_runs() == [young]
    assert machine.run("status", "--purge", "30", "--crosswalk", "c.csv").code == 2


@pytest.mark.parametrize("name", ["spool/1.arrow", "results.csv.part"])
def test_purge_leaves_a_validate_that_is_going_on(machine: Machine, name: str) -> None:
    """No ledger knows it; what it has not finished is being written to."""
    machine.write("people.csv", as_csv(people(3)))
    folder = machine.run("validate", "people.csv").reports.folder
    unfinished = machine.write(f"{folder.relative_to(machine.folder)}/{name}", "x")
    make_old(folder)
    assert machine.run("status", "--purge", "30").code == 0
    assert folder.exists()
    make_old(unfinished, folder)
    assert machine.run("status", "--purge", "30").code == 0
    assert not folder.exists()


def test_names_with_brackets_and_long_ones_are_told_as_they_are(used: Machine) -> None:
    name = f"[red]{'x' * 120}.csv"
    assert f"3 profiles in {name}\n" in used.run("status", "--crosswalk", name).stderr


def test_without_a_ledger_there_is_nothing_to_tell(machine: Machine) -> None:
    ended = machine.run("status")
    assert (ended.code, "first import" in ended.stderr) == (2, True)
    assert list(machine.folder.iterdir()) == []
