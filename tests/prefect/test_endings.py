"""How a flow's process ends that loses its worker, or is asked to end: its work is done, and its state is the truth."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from e2e_program import wait_until
from prefect_server import SILENT
from sandbox_gate import Gate

from straitsx_bulk.io.sandbox.server import SandboxServer

WITHOUT_SERVER = {"PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"}
SCRIPT = Path(sys.executable).with_name("straitsx-bulk")

LOGS = """
import asyncio
from straitsx_bulk.flows.orchestration.flow_runs import run_shielded
from prefect.logging import get_logger
from prefect.states import Completed

async def work():
    get_logger("straitsx_bulk").warning("as Prefect does at every step")
    return Completed(), ""

print(asyncio.run(run_shielded(work)).type.value)
"""

RECONCILES = """
import asyncio, sys
from straitsx_bulk.flows.orchestration.flow_options import FlowOptions
from straitsx_bulk.flows.reconcile_profiles import reconcile_profiles

options = FlowOptions(env="local", base_url=sys.argv[1])
state = asyncio.run(reconcile_profiles.fn(options=options))
print(state.type.value, state.name, state.message, sep="|")
"""


def start(place: Path, words: list[str], stderr: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    """Start a program that knows no Prefect server."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(place), "PREFECT_HOME": str(place), **SILENT, **WITHOUT_SERVER}
    return subprocess.Popen(words, cwd=place, env=environ, stdout=subprocess.PIPE, stderr=stderr, text=True)


def open_unread() -> int:
    """Open a pipe that nobody reads, such as the one to a worker that was killed."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def await_heard(pid: int) -> None:
    """Wait until a process has taken in the signals that it was sent."""

    def list_pending() -> set[str]:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        return {line.split()[1] for line in lines if line.startswith(("SigPnd", "ShdPnd"))}

    wait_until(lambda: list_pending() == {"0" * 16}, "the signal is taken in")


def test_a_run_whose_worker_was_killed_outlives_prefects_log(place: Path) -> None:
    unread = open_unread()
    process = start(place, [sys.executable, "-c", LOGS], unread)
    os.close(unread)
    told, _ = process.communicate()
    assert told == "COMPLETED\n"


@pytest.mark.parametrize("command", ["reconcile", "doctor"])
def test_a_command_whose_reader_went_away_does_its_work(place: Path, sandbox: SandboxServer, command: str) -> None:
    unread = open_unread()
    process = start(place, [str(SCRIPT), command, "--env", "local", "--base-url", sandbox.base_url], unread)
    os.close(unread)
    process.communicate()
    assert (process.returncode, sandbox.stats().calls) == (0, 1)


def test_a_reconcile_that_is_told_to_end_is_cancelled(place: Path, sandbox: SandboxServer) -> None:
    with Gate(sandbox, 0) as gate:
        process = start(place, [sys.executable, "-c", RECONCILES, sandbox.base_url])
        gate.wait_for(1)
        process.send_signal(signal.SIGTERM)
        await_heard(process.pid)
    told, _ = process.communicate()
    assert told == "CANCELLED|Cancelled|interrupted; until then: nothing differs\n"
