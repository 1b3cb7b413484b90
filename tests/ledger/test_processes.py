"""Several real processes on one ledger: racing, opening together, and killed at any moment."""

from pathlib import Path
from subprocess import Popen
from typing import IO

import pytest
from e2e_program import DEADLINE
from ledger_backends import Backend, make_keys
from ledger_process import GROUP, start_process

from straitsx_bulk.io.ledger import Account, Ledger, State

KILLS = 25


def output_of(process: "Popen[str]") -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def tell(process: "Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def start_together(processes: list["Popen[str]"]) -> None:
    for process in processes:
        assert output_of(process).readline() == "ready\n"
    for process in processes:
        tell(process)


def read_until_done(process: "Popen[str]") -> list[str]:
    lines = iter(output_of(process).readline, "")
    found: list[str] = []
    for line in lines:
        if line == "done\n":
            return found
        found.append(line.strip())
    raise AssertionError("the process ended too early")


def end(processes: list["Popen[str]"]) -> None:
    for process in processes:
        process.communicate("\n", timeout=DEADLINE)
        assert process.returncode == 0


def test_no_key_is_begun_by_two_processes(backend: Backend) -> None:
    backend.open().close()
    count = 400
    processes = [start_process("race", backend, count) for _ in range(3)]
    start_together(processes)
    acquired = [read_until_done(process) for process in processes]
    with backend.open() as ledger:
        account = ledger.account("api.example", "default")
        keys = make_keys(account, count)
        assert sorted(key for keys in acquired for key in keys) == sorted(key.hex() for key in keys)
        assert account.counts() == {State.SENDING: count}
        assert ledger.dead_runs() == []
        end(processes)
        assert account.counts() == {State.IN_DOUBT: count}
        assert len(ledger.dead_runs()) == 3


def test_processes_that_make_a_ledger_together_make_one(backend: Backend) -> None:
    processes = [start_process("open", backend) for _ in range(4)]
    start_together(processes)
    answers = [process.communicate(timeout=DEADLINE)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len(set(answers)) == 1
    assert answers[0].strip()


def test_a_kill_at_any_moment_loses_nothing_that_returned(backend: Backend, tmp_path: Path) -> None:
    backend.open().close()
    killer = start_process("kill", backend, KILLS, tmp_path)
    assert read_until_done(killer) == []
    end([killer])
    with backend.open() as ledger:
        ledger.refuse_damage()
        account = ledger.account("api.example", "default")
        begun = [check_diary(ledger, account, seed, tmp_path / f"diary-{seed}") for seed in range(KILLS)]
        runs = {run.run_id for run in ledger.runs()}
        assert {run.run_id for run in ledger.dead_runs()} == runs
    assert sum(begun) > KILLS


def check_diary(ledger: Ledger, account: Account, seed: int, diary: Path) -> int:
    """Compare what a killed process had written down with what the ledger knows; count the keys begun."""
    lines = diary.read_text().splitlines()
    begun, settled = (
        {int(line.split()[2]) for line in lines if line.startswith(f"{word} {GROUP} ")} for word in ("begun", "settled")
    )
    assert len(begun) + len(settled) == len(lines)
    for start in range(0, max(begun, default=0) + 2 * GROUP, GROUP):
        keys = make_keys(account, start + GROUP, f"{seed}-")[start:]
        states = [known.state for known in account.known(keys).values()]
        # A transaction may have ended that the process did not live to write down; it is whole or not there.
        allowed = [[], [State.SENDING] * GROUP, [State.CREATED] * GROUP]
        allowed = allowed[2:] if start in settled else allowed[1:] if start in begun else allowed[:2]
        assert states in allowed
    rows = list(ledger.row_outcomes(f"{seed:032x}"))
    assert len(rows) in {GROUP * len(settled), GROUP * (len(settled) + 1)}
    return GROUP * len(begun)


@pytest.mark.parametrize("rate", [200.0])
def test_the_rate_holds_for_all_processes_together(backend: Backend, rate: float) -> None:
    backend.open().close()
    count = 40
    processes = [start_process("turns", backend, rate, count) for _ in range(3)]
    start_together(processes)
    told = [line.split() for process in processes for line in process.communicate(timeout=DEADLINE)[0].splitlines()]
    assert len(told) == 3 * count
    # Each process tells what its own clock said before and after the ledger looked: so the whole, not each gap.
    assert max(float(after) for _, after in told) - min(float(before) for before, _ in told) >= (len(told) - 1) / rate
