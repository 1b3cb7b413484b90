"""A run that is started again after a crash is the same run: folder, outcomes, ``--limit`` and breakers go on."""

import os
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest
from e2e_exports import as_csv, people
from e2e_program import Reports, StartSandbox
from prefect_forks import Forks
from sandbox_gate import Gate
from sandbox_open import settle

from straitsx_bulk.flows.run.resuming import PATIENCE, awaits_restart, mark_restart
from straitsx_bulk.io.sandbox.server import SandboxServer

ROWS = 40


def words(place: Path, sandbox: SandboxServer, run_id: str, **more: object) -> dict[str, object]:
    (place / "people.csv").write_text(as_csv(people(ROWS)), encoding="utf-8")
    given = {"env": "local", "base_url": sandbox.base_url, "concurrency": 4, "reports": "results", **more}
    return {"files": ["people.csv"], "options": given, "run_id": run_id}


def run_and_kill(forks: Forks, place: Path, sandbox: SandboxServer, calls: int, given: dict[str, object]) -> None:
    """Kill a process once so many calls were answered, while the next one waits for its answer."""
    with Gate(sandbox, calls) as gate:
        process = forks.start("import", place, **given)
        gate.wait_for(1)
        process.kill()
    settle(sandbox)


def only_run(place: Path) -> Path:
    [folder] = (place / "runs").glob("*T*-*")
    return folder


def ids_of(sandbox: SandboxServer) -> dict[str, str]:
    return {str(profile.attributes["registrationId"]): profile.id for profile in sandbox.profiles()}


@pytest.mark.parametrize("calls", [1, 13, ROWS - 8])
def test_the_same_run_goes_on_in_its_folder_and_reports_what_both_processes_did(
    forks: Forks, place: Path, sandbox: SandboxServer, calls: int
) -> None:
    given = words(place, sandbox, uuid4().hex)
    run_and_kill(forks, place, sandbox, calls, given)
    folder = only_run(place)
    assert forks.run("import", place, **given) == 0
    assert only_run(place) == folder
    reports = Reports(folder)
    assert reports.outcomes == {"created": ROWS}
    created = {row["registration_id"]: row["customer_profile_id"] for row in reports.rows}
    assert created == ids_of(sandbox)
    assert sandbox.stats().count_calls("create", "200") == ROWS
    assert reports.summary["run_id"] == given["run_id"]
    assert not (folder / "spool").exists()


@pytest.mark.parametrize("calls", [2, 9, 15])
def test_the_limit_goes_on_over_a_crash(forks: Forks, place: Path, sandbox: SandboxServer, calls: int) -> None:
    given = words(place, sandbox, uuid4().hex, limit=17)
    run_and_kill(forks, place, sandbox, calls, given)
    assert forks.run("import", place, **given) == 0
    reports = Reports(only_run(place))
    assert (reports.outcomes, reports.summary["stopped"]) == ({"created": 17, "not_attempted": ROWS - 17}, "limit")
    assert len(sandbox.profiles()) == 17


def test_refusals_go_on_counting_over_a_crash(forks: Forks, place: Path, start_sandbox: StartSandbox) -> None:
    sandbox = start_sandbox(strict=True)
    given = words(place, sandbox, uuid4().hex, max_refused=10, concurrency=1, rate=1000)  # one row at a time
    (place / "people.csv").write_text(as_csv([row | {"nationality": ""} for row in people(ROWS)]), encoding="utf-8")
    run_and_kill(forks, place, sandbox, 7, given)
    assert forks.run("import", place, **given) == 1
    reports = Reports(only_run(place))
    assert "--max-refused 10" in reports.summary["stopped"]
    assert reports.outcomes["refused"] == 10


def test_another_run_leaves_a_run_alone_that_prefect_starts_again(
    forks: Forks, place: Path, sandbox: SandboxServer
) -> None:
    given = words(place, sandbox, uuid4().hex)
    run_and_kill(forks, place, sandbox, 5, given)
    folder = only_run(place)
    mark_restart(folder / "spool")
    assert forks.run("import", place, **{**given, "run_id": uuid4().hex}) == 0
    assert not (folder / "summary.json").exists()
    assert forks.run("import", place, **given) == 0
    outcomes = Counter(Reports(folder).outcomes)
    assert outcomes.total() == ROWS
    assert set(outcomes) <= {"created", "unchanged"}
    assert sandbox.stats().count_calls("create", "200") == ROWS


def test_a_marked_run_is_waited_for_a_while_only(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    assert not awaits_restart(tmp_path)
    mark_restart(spool)
    assert awaits_restart(tmp_path)
    for path in (spool, *spool.iterdir()):
        stat = path.stat()
        os.utime(path, (stat.st_atime, stat.st_mtime - PATIENCE - 1))
    assert not awaits_restart(tmp_path)


def test_a_run_killed_before_all_was_checked_begins_anew(forks: Forks, place: Path, sandbox: SandboxServer) -> None:
    given = words(place, sandbox, uuid4().hex)
    half = place / "runs" / f"20260101T000000-{given['run_id']}"
    (half / "spool").mkdir(parents=True)
    assert forks.run("import", place, **given) == 0
    assert not half.exists()
    assert Reports(only_run(place)).outcomes == {"created": ROWS}


def test_of_several_exports_the_one_that_was_done_before_costs_no_call(
    forks: Forks, place: Path, sandbox: SandboxServer
) -> None:
    (place / "exports").mkdir()
    for number, name in enumerate(("monday.csv", "tuesday.csv", "wednesday.csv")):
        (place / "exports" / name).write_text(as_csv(people(5, 1 + 5 * number)), encoding="utf-8")
        given = {"env": "local", "base_url": sandbox.base_url, "reports": "results", "out": f"runs-{number}"}
        assert forks.run("import", place, files=["exports"], options=given) == 0
        [folder] = (place / f"runs-{number}").glob("*T*-*")
        assert Counter(Reports(folder).outcomes) == Counter(created=5, unchanged=5 * number)
        assert sandbox.stats().calls == 5 * (number + 1)
