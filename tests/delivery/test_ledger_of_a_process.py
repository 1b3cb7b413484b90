"""A real process whose ledger fails under it, or is not what it was."""

import resource
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from e2e_exports import as_csv, people
from e2e_program import Machine, Reports, make_machine, wait_until
from e2e_warm import Child, WarmProgram
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer

ROWS = 60
LEDGER = Path(".straitsx-bulk/ledger.db")


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProgram]:
    """Forks quickly."""
    with WarmProgram() as program:
        yield program


@pytest.fixture
def machine(tmp_path: Path, warm: WarmProgram) -> Machine:
    """A folder and a home, with an export."""
    machine = make_machine(tmp_path, warm)
    machine.write("people.csv", as_csv(people(ROWS)))
    return machine


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox whose answers take a while, so that requests are in flight at any time."""
    with SandboxServer(unlimited(faults="latency=0.05")) as server:
        yield server


def command(sandbox: SandboxServer) -> tuple[str, ...]:
    return ("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url, "--concurrency", "4")


def start(machine: Machine, sandbox: SandboxServer, calls: int) -> Child:
    """Start an import and let it make some calls."""
    process = machine.start(*command(sandbox))
    assert isinstance(process, Child)
    wait_until(lambda: sandbox.stats().calls >= calls, f"{calls} calls")
    return process


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
    process = start(machine, sandbox, 12)
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
    process = start(machine, sandbox, 5)
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
