"""Ctrl-C, SIGTERM and kill -9 while requests are in flight: nothing doubled, nothing lost, reports whole."""

import os
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from e2e_exports import as_csv, people
from e2e_program import DEADLINE, SCRIPT, Machine, Reports, StartSandbox, refused_creates
from e2e_warm import Child
from sandbox_gate import Gate
from sandbox_open import settle

from straitsx_bulk.io.sandbox.server import SandboxServer

ROWS = 60
WORKERS = 4

Process = Child | subprocess.Popen[str]

DIED = "the process ended before the run did"


def key_counts(sandbox: SandboxServer) -> Counter[str]:
    """How many profiles the sandbox holds of each registration id."""
    return Counter(str(profile.attributes["registrationId"]) for profile in sandbox.profiles())


def ids_of(sandbox: SandboxServer) -> dict[str, str]:
    """Registration id to customer_profile_id, as the sandbox has them."""
    return {str(profile.attributes["registrationId"]): profile.id for profile in sandbox.profiles()}


def rows_with(reports: Reports, *outcomes: str) -> dict[str, str]:
    """Registration id to customer_profile_id of the rows with some outcomes."""
    return {r["registration_id"]: r["customer_profile_id"] for r in reports.rows if r["outcome"] in outcomes}


def start_import(machine: Machine, sandbox: SandboxServer, *more: str) -> Process:
    machine.write("people.csv", as_csv(people(ROWS)))
    return machine.start(*command_for(sandbox), "--concurrency", str(WORKERS), *more)


def command_for(sandbox: SandboxServer) -> tuple[str, ...]:
    return ("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url)


@pytest.mark.parametrize(("number", "times"), [(signal.SIGINT, 1), (signal.SIGTERM, 1), (signal.SIGINT, 20)])
def test_a_signal_settles_what_is_in_flight_and_writes_the_reports(
    machine: Machine, sandbox: SandboxServer, number: signal.Signals, times: int
) -> None:
    with Gate(sandbox, 10) as gate:
        process = start_import(machine, sandbox)
        gate.wait_for(WORKERS)
        for _ in range(times):
            process.send_signal(number)
    assert process.wait(DEADLINE) == 130, machine.started_stderr
    assert "Traceback" not in machine.started_stderr

    [folder] = machine.list_runs()
    reports = Reports(folder)
    assert rows_with(reports, "created") == ids_of(sandbox)
    assert 10 + WORKERS <= len(ids_of(sandbox)) < ROWS
    assert set(reports.outcomes) == {"created", "not_attempted"}
    assert sum(reports.outcomes.values()) == reports.summary["rows_read"] == ROWS
    assert "interrupted" in reports.summary["stopped"]
    assert [path.name for path in folder.iterdir() if path.suffix == ".part" or path.is_dir()] == []

    again = machine.run(*command_for(sandbox))
    assert (again.code, again.reports.outcomes["created"] + len(rows_with(reports, "created"))) == (0, ROWS)
    assert set(key_counts(sandbox).values()) == {1}
    assert sandbox.stats().by_call == {"create": {"200": ROWS}}


def test_a_signal_keeps_back_the_creates_that_wait_for_their_turn(machine: Machine, sandbox: SandboxServer) -> None:
    """A create cannot be undone: whoever ends a run does not want the ten that are next to go out all the same."""
    machine.write("people.csv", as_csv(people(20)))
    with Gate(sandbox, 0) as gate:
        process = machine.start(*command_for(sandbox), "--rate", "0.5")
        gate.wait_for(1)
        process.send_signal(signal.SIGINT)
        seen = gate.waiting
    assert process.wait(DEADLINE) == 130, machine.started_stderr
    made = sandbox.stats().count_calls("create")
    assert made <= seen + 2, "those in flight, of which one or two came later; ten waited for their turn"
    [folder] = machine.list_runs()
    assert Reports(folder).outcomes == {"created": made, "not_attempted": 20 - made}

    again = machine.run(*command_for(sandbox))
    assert (again.code, again.reports.outcomes) == (0, {"created": 20 - made, "unchanged": made})
    assert sandbox.stats().by_call == {"create": {"200": 20}}


def start_and_signal_while_it_checks(machine: Machine, sandbox: SandboxServer, number: signal.Signals) -> Process:
    """Start an import of three files that is sent a signal when the first is checked and the second all but."""
    for part in range(3):
        machine.write(f"exports/{part}.csv", as_csv(people(5, first=1 + 5 * part)))
    words = ("import", "exports", "--env", "local", "--base-url", sandbox.base_url)
    return machine.start_and_signal(number, "-000002.part", *words)


def test_a_signal_while_rows_are_checked_sends_nothing(machine: Machine, sandbox: SandboxServer) -> None:
    process = start_and_signal_while_it_checks(machine, sandbox, signal.SIGINT)
    assert process.wait(DEADLINE) == 130, machine.started_stderr
    assert "Traceback" not in machine.started_stderr
    assert sandbox.stats().calls == 0


def kill(process: Process) -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait(DEADLINE) == -signal.SIGKILL


def kill_midway(machine: Machine, sandbox: SandboxServer, calls: int) -> None:
    """Kill an import once so many calls were answered, while every worker waits for an answer."""
    with Gate(sandbox, calls) as gate:
        process = start_import(machine, sandbox)
        gate.wait_for(WORKERS)
        kill(process)
    settle(sandbox)


@pytest.mark.parametrize(("calls", "waiting"), [(0, 1), (7, WORKERS), (30, 1), (55, WORKERS), (ROWS - 1, 1)])
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_after_kill_9_the_next_run_reports_first_and_doubles_nothing(
    machine: Machine, sandbox: SandboxServer, calls: int, waiting: int, done: bool
) -> None:
    """Killed while the next call, or one of each worker, waits for its answer, its profile there already or not."""
    with Gate(sandbox, calls, done=done) as gate:
        process = start_import(machine, sandbox)
        gate.wait_for(waiting)
        kill(process)
    settle(sandbox)
    [dead] = machine.list_runs()
    there = ids_of(sandbox)

    again = machine.run(*command_for(sandbox))
    assert again.code == 0, again.stderr
    assert again.stderr.index("An earlier run died") < again.stderr.index("checked")

    died = Reports(dead)
    told = rows_with(died, "created")
    assert DIED in died.summary["stopped"]
    assert len(died.rows) == died.summary["rows_read"] == sum(died.outcomes.values()) == ROWS
    assert set(died.outcomes) <= {"created", "in_doubt", "not_attempted"}
    assert told.items() <= there.items()
    assert there.keys() - told.keys() <= rows_with(died, "in_doubt").keys()
    assert [path.name for path in dead.iterdir() if path.suffix == ".part" or path.is_dir()] == []

    assert rows_with(again.reports, "created", "unchanged") == ids_of(sandbox)
    assert set(rows_with(again.reports, "unchanged")) >= set(told)
    assert key_counts(sandbox) == Counter({row["registrationId"]: 1 for row in people(ROWS)})
    assert refused_creates(sandbox) == {}, "a key was sent again without a look"

    third = machine.run(*command_for(sandbox))
    assert (third.reports.outcomes, third.reports.summary["api"]["calls"]) == ({"unchanged": ROWS}, 0)


def test_a_run_killed_while_it_checked_leaves_nothing_and_stops_nobody(
    machine: Machine, sandbox: SandboxServer
) -> None:
    process = start_and_signal_while_it_checks(machine, sandbox, signal.SIGKILL)
    assert process.wait(DEADLINE) == -signal.SIGKILL
    [dead] = machine.list_runs()
    assert list(dead.glob("spool/*-000001.arrow")) != []
    machine.write("people.csv", as_csv(people(3)))
    again = machine.run(*command_for(sandbox))
    assert (again.code, again.reports.outcomes, sandbox.stats().calls) == (0, {"created": 3}, 3)
    assert [path for folder in machine.list_runs() for path in folder.glob("spool/*")] == []


def test_status_writes_a_dead_runs_reports_too(machine: Machine, sandbox: SandboxServer) -> None:
    kill_midway(machine, sandbox, 5)
    calls = sandbox.stats().calls
    ended = machine.run("status")
    assert (ended.code, ended.folders) == (0, [])
    [dead] = machine.list_runs()
    assert len(Reports(dead).rows) == ROWS
    assert sandbox.stats().calls == calls


def test_a_chain_of_kills_ends_with_each_profile_once(machine: Machine, sandbox: SandboxServer) -> None:
    for calls in (3, 13, 17):
        kill_midway(machine, sandbox, calls)
    again = machine.run(*command_for(sandbox))
    assert again.code == 0, again.stderr
    assert key_counts(sandbox) == Counter({row["registrationId"]: 1 for row in people(ROWS)})
    assert rows_with(again.reports, "created", "unchanged") == ids_of(sandbox)
    assert refused_creates(sandbox) == {}, "a key was sent again without a look"
    for folder in machine.list_runs():
        assert len(Reports(folder).rows) == ROWS


def test_two_imports_at_once_never_send_a_key_twice(machine: Machine, start_sandbox: StartSandbox) -> None:
    sandbox = start_sandbox(faults="latency=0.05")
    first = start_import(machine, sandbox)
    second = machine.run(*command_for(sandbox))
    assert (first.wait(DEADLINE), second.code) == (0, 0), machine.started_stderr + second.stderr
    assert sandbox.stats().by_call == {"create": {"200": ROWS}}
    outcomes = [Reports(folder).outcomes for folder in machine.list_runs()]
    assert sum(one.get("created", 0) for one in outcomes) == ROWS
    assert [sum(one.values()) for one in outcomes] == [ROWS, ROWS]


def test_the_installed_script_is_killed_and_goes_on_just_so(machine: Machine, sandbox: SandboxServer) -> None:
    kill_midway(machine.cold(), sandbox, 20)
    again = machine.cold().run(*command_for(sandbox))
    assert (again.code, len(machine.list_runs())) == (0, 2)
    assert rows_with(again.reports, "created", "unchanged") == ids_of(sandbox)
    assert (len(sandbox.profiles()), refused_creates(sandbox)) == (ROWS, {})


def test_a_full_folder_is_no_reason_for_a_traceback(machine: Machine, sandbox: SandboxServer, tmp_path: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("the system lets root write anywhere")
    machine.write("people.csv", as_csv(people(2)))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    ended = machine.run(*command_for(sandbox), "--out", closed / "runs")
    assert (ended.code, "Traceback" in ended.stderr, sandbox.stats().calls) == (2, False, 0)


def test_a_terminal_that_goes_away_is_an_orderly_end_unless_it_was_to_be_ignored(
    machine: Machine, sandbox: SandboxServer
) -> None:
    with Gate(sandbox, 5) as gate:
        process = start_import(machine, sandbox)
        gate.wait_for(WORKERS)
        process.send_signal(signal.SIGHUP)
    assert process.wait(DEADLINE) == 130, machine.started_stderr
    [folder] = machine.list_runs()
    assert rows_with(Reports(folder), "created") == ids_of(sandbox)

    with Gate(sandbox, 5) as gate:
        ignoring = subprocess.Popen(
            ["nohup", SCRIPT, *command_for(sandbox)],
            cwd=machine.folder,
            env=machine.environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        gate.wait_for(WORKERS)
        ignoring.send_signal(signal.SIGHUP)
    assert ignoring.wait(DEADLINE) == 0
    assert len(sandbox.profiles()) == ROWS
