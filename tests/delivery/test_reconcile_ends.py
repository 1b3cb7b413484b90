"""However a comparison ends, what it found is in a reconcile.csv: the ledger has taken it in and tells it no more."""

import signal
import subprocess
from itertools import chain
from pathlib import Path

import pytest
from delivery_killed import VARIABLE, KillableProgram
from delivery_room import put_profile
from e2e_exports import person
from e2e_program import Ended, Machine, make_machine, read_guarded, wait_until
from e2e_warm import Child
from sandbox_gate import Gate
from sandbox_open import unlimited

from straitsx_bulk.flows.run.differences import Difference, Differences, settle_left
from straitsx_bulk.io.sandbox.server import SandboxServer

PROFILES = 250
"""Three pages of a hundred."""


@pytest.fixture
def machine(tmp_path: Path, program: KillableProgram) -> Machine:
    """A folder to work in."""
    return make_machine(tmp_path, program)


def open_sandbox(faults: str = "") -> SandboxServer:
    """A sandbox whose profiles no ledger knows, once it serves."""
    return SandboxServer(unlimited(faults=faults))


def fill(sandbox: SandboxServer) -> None:
    for number in range(PROFILES):
        put_profile(sandbox, person(number + 1))


def command(sandbox: SandboxServer) -> tuple[str, ...]:
    return ("reconcile", "--env", "local", "--base-url", sandbox.base_url)


def told_in(folder: Path) -> list[str]:
    """The profiles that a run's report tells to be new."""
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "reconcile.csv"]
    lines = read_guarded(folder / "reconcile.csv")
    assert {line["difference"] for line in lines} <= {"not_in_ledger"}
    return [line["customer_profile_id"] for line in lines]


def assert_all_told(machine: Machine, sandbox: SandboxServer, first: int) -> None:
    """Compare again: each profile is told exactly once in all."""
    again = machine.run(*command(sandbox))
    assert again.code == 3, again.stderr
    told = [told_in(folder) for folder in machine.list_runs()]
    assert sorted(map(len, told)) == sorted([first, PROFILES - first])
    assert sorted(chain.from_iterable(told)) == sorted(profile.id for profile in sandbox.profiles())


def end_interrupted(machine: Machine, process: Child | subprocess.Popen[str]) -> Path:
    """Wait for the end of a reconcile that was interrupted, and give its folder."""
    assert process.wait() == 130, machine.started_stderr
    [folder] = machine.list_runs()
    return folder


def test_one_that_the_api_stops_keeps_what_it_found(machine: Machine) -> None:
    with open_sandbox("401:list@3") as sandbox:
        fill(sandbox)
        ended = machine.run(*command(sandbox))
        assert (ended.code, "differences until then: " in ended.stderr) == (1, True), ended.stderr
        assert_all_told(machine, sandbox, 200)


def test_one_that_is_interrupted_keeps_what_it_found(machine: Machine) -> None:
    with open_sandbox() as sandbox:
        fill(sandbox)
        with Gate(sandbox, 1) as gate:
            process = machine.start(*command(sandbox))
            gate.wait_for(1)  # the second page, whose answer is waited for
            process.send_signal(signal.SIGINT)
        folder = end_interrupted(machine, process)
        assert (len(told_in(folder)), "differences until then: " in machine.started_stderr) == (200, True)
        assert_all_told(machine, sandbox, 200)


def test_one_that_is_interrupted_while_the_api_is_out_ends_as_interrupted(machine: Machine) -> None:
    with open_sandbox("503-before:list@2+99") as sandbox:
        fill(sandbox)
        process = machine.start(*command(sandbox))
        wait_until(lambda: sandbox.stats().calls >= 2, "the second page was asked for, and will be for minutes")
        process.send_signal(signal.SIGINT)
        assert len(told_in(end_interrupted(machine, process))) == 100


def test_one_that_found_nothing_before_it_was_stopped_leaves_nothing(machine: Machine) -> None:
    with open_sandbox("401:list@1") as sandbox:
        fill(sandbox)
        ended = machine.run(*command(sandbox))
        assert (ended.code, machine.list_runs(), "differences" in ended.stderr) == (1, [], False), ended.stderr


@pytest.mark.parametrize(("moment", "found", "again"), [("before", 200, 150), ("after", 200, 50)])
def test_one_that_is_killed_is_told_by_the_next_command(machine: Machine, moment: str, found: int, again: int) -> None:
    """Its lines are durable before the ledger learns of their page; a page that it had not learnt is told twice."""
    with open_sandbox() as sandbox:
        fill(sandbox)
        ended = machine.run(*command(sandbox), **{VARIABLE: f"profiles adopted/{moment}/2"})
        assert ended.code == -signal.SIGKILL
        told = machine.run("status")
        [folder] = machine.list_runs()
        assert f"An earlier run died; its reports are in {folder}" in told.stderr
        assert f"reconcile: {found} not_in_ledger; the process ended before the run did" in told.stderr
        assert len(told_in(folder)) == found
        last: Ended = machine.run(*command(sandbox))
        [new] = last.folders
        assert len(told_in(new)) == again
        assert {*told_in(folder), *told_in(new)} == {profile.id for profile in sandbox.profiles()}


def line(number: int, text: str = "S1234567D") -> Difference:
    return Difference(f"profile_{number}", "personal", text, "not_in_ledger", "", "", "pending")


def test_a_run_that_starts_again_goes_on_with_its_lines(tmp_path: Path) -> None:
    first = [line(1), line(2, "=1+1"), line(3, "a\nb,\u2028c")]
    leave_lines(tmp_path, first)
    with Differences(tmp_path) as differences:
        for one in (*first, line(4)):
            differences.write(one)
        differences.is_whole = True
    lines = read_guarded(tmp_path / "reconcile.csv")
    assert [one["customer_profile_id"] for one in lines] == [f"profile_{n}" for n in (1, 2, 3, 4)]
    assert [one["registration_id"] for one in lines] == ["S1234567D", "=1+1", "a\nb,\u2028c", "S1234567D"]
    assert differences.counts == {"not_in_ledger": 4}


def leave_lines(folder: Path, lines: list[Difference]) -> None:
    """Leave what a killed process leaves: its lines, and one that was cut short."""
    with Differences(folder) as differences:
        for one in lines:
            differences.write(one)
        differences.is_whole = True
    part = differences.path.rename(folder / "reconcile.csv.part")
    with part.open("a", encoding="utf-8") as stream:
        stream.write("profile_9,personal,S12")


def test_lines_that_were_left_get_their_file_and_none_gets_none(tmp_path: Path) -> None:
    assert settle_left(tmp_path) == {}
    leave_lines(tmp_path, [])
    assert (settle_left(tmp_path), (tmp_path / "reconcile.csv").exists()) == ({}, False)
    leave_lines(tmp_path, [line(1)])
    assert settle_left(tmp_path) == {"not_in_ledger": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["reconcile.csv"]
    assert [one["customer_profile_id"] for one in read_guarded(tmp_path / "reconcile.csv")] == ["profile_1"]
