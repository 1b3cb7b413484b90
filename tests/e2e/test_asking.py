"""Production asks at a terminal before it sends; here the terminal is real and production is a sandbox on loopback."""

import os
import pty
import select
import subprocess
from pathlib import Path

import pytest
from e2e_exports import as_csv, people
from e2e_program import DEADLINE, SCRIPT, Machine

from straitsx_bulk.io.sandbox.server import SandboxServer

KEY = {"X_XFERS_APP_API_KEY": "a-made-up-key-0123456789"}


def answer_at_a_terminal(machine: Machine, words: tuple[str, ...], answer: str) -> tuple[int, str]:
    """Run the installed script at a terminal, answer its question, and give its exit status and what it showed."""
    leader, follower = pty.openpty()
    command = [str(SCRIPT), *words]
    environ = machine.environment(KEY) | {"TERM": "dumb"}
    with subprocess.Popen(
        command, cwd=machine.folder, env=environ, stdin=follower, stdout=follower, stderr=follower
    ) as run:
        os.close(follower)
        shown = b""
        while chunk := read_some(leader):
            shown += chunk
            if answer and b"[yes/no]" in shown:
                os.write(leader, f"{answer}\n".encode())
                answer = ""
        if run.poll() is None and answer:
            run.kill()
    os.close(leader)
    return run.returncode, shown.decode()


def read_some(terminal: int) -> bytes:
    """Read what is there; nothing once the program has let go of its terminal, or has said nothing for long."""
    if not select.select([terminal], [], [], DEADLINE)[0]:
        return b""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def words_for(sandbox: SandboxServer) -> tuple[str, ...]:
    return (
        "import",
        "people.csv",
        "--env",
        "production",
        "--base-url",
        sandbox.base_url,
        "--rate",
        "1000",
        "--no-prefect",
    )


@pytest.mark.parametrize(("answer", "code", "created"), [("no", 2, 0), ("maybe", 2, 0), ("yes", 0, 2)])
def test_production_is_asked_about_at_a_terminal(
    machine: Machine, sandbox: SandboxServer, answer: str, code: int, created: int
) -> None:
    machine.write("people.csv", as_csv(people(2)))
    ended, shown = answer_at_a_terminal(machine, words_for(sandbox), answer)
    assert (ended, len(sandbox.profiles())) == (code, created), shown
    assert "Profiles cannot be deleted" in shown
    assert KEY["X_XFERS_APP_API_KEY"] not in shown


def test_yes_asks_nothing(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv(people(2)))
    ended = machine.run(*words_for(sandbox), "--yes", **KEY)
    assert (ended.code, "[yes/no]" in ended.stderr, len(sandbox.profiles())) == (0, False, 2)


def test_a_dry_run_of_production_asks_nothing_and_sends_nothing(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv(people(2)))
    ended = machine.run(*words_for(sandbox), "--dry-run", **KEY)
    assert (ended.code, sandbox.stats().calls, ended.reports.outcomes) == (0, 0, {"valid": 2})


def test_production_keeps_to_two_requests_a_second_unless_told_otherwise(machine: Machine, tmp_path: Path) -> None:
    machine.write("people.csv", as_csv(people(2)))
    for env, rate in (("production", "2 requests a second"), ("sandbox", "5 requests a second")):
        ended = machine.run("import", "people.csv", "--env", env, "--dry-run", **KEY)
        assert (ended.code, rate in ended.stderr.splitlines()[0]) == (0, True)
