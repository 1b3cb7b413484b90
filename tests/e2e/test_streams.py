"""Standard streams that are closed, full or in another encoding: the run and its exit status are the same."""

import json
import subprocess

import pytest
from e2e_exports import as_csv, people
from e2e_program import SCRIPT, Machine, Reports, StartSandbox

from straitsx_bulk.io.sandbox.server import SandboxServer


def run_in_shell(
    machine: Machine, sandbox: SandboxServer, rest: str, **environ: str
) -> "subprocess.CompletedProcess[str]":
    """Import through the installed script with redirections; the exit status of the program itself is on the output."""
    command = f"{SCRIPT} import people.csv --env local --base-url {sandbox.base_url} --no-prefect {rest}"
    words = ["bash", "-c", command.replace("STATUS", "echo exit ${PIPESTATUS[0]}")]
    return subprocess.run(
        words, cwd=machine.folder, env=machine.environment(environ), capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "rest",
    [
        ">&- 2>&- <&-; STATUS >/dev/tty 2>/dev/null || exit 0",
        "2>&1 | head -c 1 >/dev/null; STATUS",
        "--json | true; STATUS",
        ">/dev/full 2>/dev/full; STATUS",
    ],
    ids=["all closed", "a reader that goes", "a reader that reads nothing", "full disks"],
)
def test_a_run_goes_on_whoever_listens(machine: Machine, start_sandbox: StartSandbox, rest: str) -> None:
    sandbox = start_sandbox(faults="latency=0.05")
    machine.write("people.csv", as_csv(people(40)))
    done = run_in_shell(machine, sandbox, rest)
    [folder] = machine.list_runs()
    assert Reports(folder).outcomes == {"created": 40}
    if "tty" not in rest:
        assert done.stdout == "exit 0\n", done.stderr


@pytest.mark.parametrize("output", [">/dev/full", ">&-"], ids=["a full disk", "closed"])
def test_a_summary_that_nobody_gets_is_no_success(machine: Machine, sandbox: SandboxServer, output: str) -> None:
    machine.write("people.csv", as_csv(people(2)))
    done = run_in_shell(machine, sandbox, f"--json {output}; STATUS >&2")
    [folder] = machine.list_runs()
    assert Reports(folder).outcomes == {"created": 2}
    *_, told, status = done.stderr.splitlines()
    assert status == "exit 1"
    assert "standard output cannot be written" in told
    assert f"{folder.name}/summary.json" in told


@pytest.mark.parametrize("word", ["--help", "--version", "import --help"])
def test_help_on_a_full_disk_is_a_sentence_and_exit_1(machine: Machine, word: str) -> None:
    words = ["bash", "-c", f"{SCRIPT} {word} >/dev/full"]
    done = subprocess.run(
        words, cwd=machine.folder, env=machine.environment({}), capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "standard output cannot be written" in done.stderr


def test_json_is_utf_8_whatever_the_locale(machine: Machine) -> None:
    machine.write("Zoë.csv", as_csv(people(1)))
    ended = machine.cold().run("validate", "Zoë.csv", "--json", "--no-prefect", PYTHONIOENCODING="ascii")
    assert (ended.code, json.loads(ended.stdout)["inputs"]) == (0, ["Zoë.csv"])


@pytest.mark.parametrize(
    ("rest", "code", "told"),
    [
        (">/dev/full", 1, "standard output cannot be written (no space left on device)"),
        (">&-", 1, "standard output cannot be written (it is closed)"),
        ("| true; exit ${PIPESTATUS[0]}", 0, ""),
    ],
    ids=["a full disk", "closed", "a reader that goes"],
)
def test_inspect_says_so_where_nobody_can_read_it(machine: Machine, rest: str, code: int, told: str) -> None:
    machine.write("people.csv", as_csv(people(2)))
    words = ["bash", "-c", f"{SCRIPT} inspect people.csv {rest}"]
    done = subprocess.run(
        words, cwd=machine.folder, env=machine.environment({}), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (code, f"straitsx-bulk: stopped: {told}.\n" if told else "")
