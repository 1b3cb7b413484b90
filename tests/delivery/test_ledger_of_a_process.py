"""A real process whose ledger fails under it, or is not what it was."""

import resource
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from e2e_exports import as_csv, people
from e2e_program import Machine, Reports, make_machine, wait_until
from e2e_warm import Child, WarmProgram
from sandbox_gate import Gate
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer

ROWS = 60
WORKERS = 4
LEDGER = Path(".straitsx-bulk/ledger.db")


@pytest.fixture
def machine(tmp_path: Path, warm: WarmProgram) -> Machine:
    """A folder and a home, with an export."""
    machine = make_machine(tmp_path, warm)
    machine.write("people.csv", as_csv(people(ROWS)))
    return machine


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox without a rate limit."""
    with SandboxServer(unlimited()) as server:
        yield server


def command(sandbox: SandboxServer) -> tuple[str, ...]:
    return ("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url, "--concurrency", str(WORKERS))


@contextmanager
def importing(machine: Machine, sandbox: SandboxServer, calls: int) -> Iterator[Child]:
    """Start an import and let it make some calls and keep their answers; its next ones wait until the block's end."""
    with Gate(sandbox, calls) as gate:
        process = machine.start(*command(sandbox))
        assert isinstance(process, Child)
        gate.wait_for(WORKERS)
        wait_until(lambda: count_created(machine.folder / LEDGER) == calls, f"the ledger has kept {calls} answers")
        yield process


def count_created(ledger: Path) -> int:
    with closing(sqlite3.connect(ledger)) as connection:
        return int(connection.execute("SELECT count(*) FROM ledger_profiles WHERE state = 'created'").fetchone()[0])


def assert_one_profile_each(machine: Machine, sandbox: SandboxServer) -> None:
    """The same command goes on to its end, and nothing was doubled."""
    again = machine.run(*command(sandbox))
    assert (again.code, set(again.reports.outcomes) <= {"created", "unchanged"}) == (0, True), again.stderr
    ids = Counter(str(profile.attributes["registrationId"]) for profile in sandbox.profiles())
    assert ids == Counter({row["registrationId"]: 1 for row in people(ROWS)})
    assert sandbox.stats().by_call["create"] == {"200": ROWS}


def test_a_disk_that_fills_up_under_the_ledger_ends_as_exit_1_with_reports(
    machine: Machine, sandbox: SandboxServer
) -> None:
    with importing(machine, sandbox, 12) as process:
        log = machine.folder / f"{LEDGER}-wal"
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, log.stat().st_size))
    assert process.wait() == 1, machine.started_stderr
    assert "Traceback" not in machine.started_stderr
    assert "ledger" in machine.started_stderr
    [folder] = machine.list_runs()
    reports = Reports(folder)
    there = {str(profile.attributes["registrationId"]) for profile in sandbox.profiles()}
    told = {row["registration_id"]: row["outcome"] for row in reports.rows}
    assert {number for number, outcome in told.items() if outcome == "created"} < there
    assert {told[number] for number in there} == {"created", "in_doubt"}
    assert sum(reports.outcomes.values()) == ROWS
    assert_one_profile_each(machine, sandbox)


def stand_still(process: Child, ledger: Path) -> bool:
    """Suspend a process, unless that is while it has the ledger locked."""
    process.send_signal(signal.SIGSTOP)
    with closing(sqlite3.connect(ledger, timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            return False
        connection.rollback()
    return True


def test_a_process_that_stood_still_for_long_doubles_nothing(machine: Machine, sandbox: SandboxServer) -> None:
    """Suspended, and taken for dead by nobody meanwhile: it goes on as if nothing had been."""
    with importing(machine, sandbox, 5) as process:
        wait_until(lambda: stand_still(process, machine.folder / LEDGER), "it stands still between two transactions")
        status = machine.run("status")
        assert ("An earlier run died" in status.stderr, "running" in status.stderr) == (False, True), status.stderr
        process.send_signal(signal.SIGCONT)
    assert process.wait() == 0, machine.started_stderr
    assert_one_profile_each(machine, sandbox)


def test_a_lost_secret_is_told_before_any_call_and_never_replaced(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv(people(3)))
    machine.run(*command(sandbox))
    [secret] = machine.home.rglob("ledger.secret")
    kept = secret.read_bytes()
    secret.unlink()
    lost = machine.run(*command(sandbox))
    assert (lost.code, sandbox.stats().calls, secret.exists()) == (2, 3, False), lost.stderr
    assert "secret" in lost.stderr
    secret.write_bytes(kept)
    secret.chmod(0o600)
    found = machine.run(*command(sandbox))
    assert (found.code, found.reports.outcomes) == (0, {"unchanged": 3})


def test_two_keys_of_one_account_share_its_rows(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv(people(3)))
    first = machine.run(*command(sandbox), X_XFERS_APP_API_KEY="first-key")
    machine.write("people.csv", as_csv(people(6)))
    second = machine.run(*command(sandbox), X_XFERS_APP_API_KEY="second-key")
    third = machine.run(*command(sandbox), X_XFERS_APP_API_KEY="first-key")
    assert [one.reports.outcomes for one in (first, second, third)] == [
        {"created": 3},
        {"created": 3, "unchanged": 3},
        {"unchanged": 6},
    ]
    assert sandbox.stats().by_call == {"create": {"200": 6}, "get": {"200": 1}}


def test_an_edited_and_reordered_export_sends_only_what_is_new(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv(people(6)))
    machine.run(*command(sandbox))
    edited = [{"gender": "", "user": str(place), **row} for place, row in enumerate(reversed(people(8)))]
    edited[5]["gender"] = "FEMALE"
    edited[6]["nationality"] = "SG"
    machine.write("people.csv", as_csv(edited))
    again = machine.run(*command(sandbox))
    assert (again.code, again.reports.column("outcome")) == (
        3,
        ["created", "created", "unchanged", "unchanged", "unchanged", "upgraded", "conflict", "unchanged"],
    )
    assert sandbox.stats().by_call == {"create": {"200": 8}, "patch": {"200": 1}, "get": {"200": 1}}


def make_newer(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("INSERT INTO ledger_migrations VALUES (999, 0)")
        connection.commit()


def damage(ledger: Path) -> None:
    ledger.write_bytes(ledger.read_bytes()[:4096] + b"\xee" * 8192)


def make_another(ledger: Path) -> None:
    ledger.write_bytes(b"id,name\n1,2\n" * 500)


@pytest.mark.parametrize(("spoil", "word"), [(make_newer, "newer"), (damage, "ledger"), (make_another, "ledger")])
def test_a_ledger_that_cannot_be_used_is_exit_2_before_any_call_and_stays_as_it_is(
    machine: Machine, sandbox: SandboxServer, spoil: Callable[[Path], None], word: str
) -> None:
    machine.write("people.csv", as_csv(people(2)))
    machine.run(*command(sandbox))
    ledger = machine.folder / LEDGER
    spoil(ledger)
    kept = ledger.read_bytes()
    for words in (command(sandbox), ("status",), ("reconcile", *command(sandbox)[2:6])):
        ended = machine.run(*words)
        assert (ended.code, word in ended.stderr, "Traceback" in ended.stderr) == (2, True, False), ended.stderr
    assert sandbox.stats().by_call == {"create": {"200": 2}}
    assert ledger.read_bytes() == kept


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """Put a disk of its own under a folder; only root can."""
    place.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    words = [str(mount), "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if not mount or not umount or subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here: that needs root's rights")
    try:
        yield place
    finally:
        subprocess.run([umount, str(place)], check=True)


def test_a_disk_that_fills_up_under_the_reports_loses_nothing(machine: Machine, sandbox: SandboxServer) -> None:
    """The rows go out, the reports do not fit; once there is room the next run writes them first, without a call."""
    with small_disk(machine.folder / "runs", "256k") as runs:
        fill = runs / "somebody's file"
        fill.write_bytes(b"x" * (160 << 10))
        full = machine.run(*command(sandbox))
        assert (full.code, "Traceback" in full.stderr) == (1, False), full.stderr
        assert "No space left" in full.stderr or "the disk is full" in full.stderr
        done = {str(profile.attributes["registrationId"]) for profile in sandbox.profiles()}
        fill.unlink()
        again = machine.run(*command(sandbox))
        assert again.code == 0, again.stderr
        assert sandbox.stats().by_call == {"create": {"200": ROWS}}
        told = [row for folder in machine.list_runs() for row in Reports(folder).rows if row["outcome"] == "created"]
        assert Counter(row["registration_id"] for row in told) == {row["registrationId"]: 1 for row in people(ROWS)}
        assert done <= {row["registration_id"] for row in told}
