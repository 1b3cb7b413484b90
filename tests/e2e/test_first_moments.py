"""A signal at any point of start-up: exit 130 and a sentence, never a traceback or an end by the signal."""

import signal
import subprocess
from pathlib import Path

import pytest
from e2e_exports import as_csv, people
from e2e_program import SCRIPT, Machine

IMPORTS = [
    "straitsx_bulk.flows.command",
    "typer",
    "pydantic",
    "straitsx_bulk.flows.options",
    "straitsx_bulk.flows.command.commands",
    "asyncio",
    "numpy",
    "pyarrow",
    "pandas.core.frame",
    "pandas",
    "straitsx_bulk.io.readers",
    "straitsx_bulk.flows.check.checking",
    "straitsx_bulk.flows.sealing",
    "straitsx_bulk.flows.run.executing",
]
"""Points of start-up, in their order: the interpreter tells when it has imported them."""


ONE_PAGE = 4096
"""Bytes that a pipe holds here: what is told of imports waits for its reader, so the program is never far ahead."""


def signal_at(machine: Machine, module: str, number: signal.Signals, *words: str) -> tuple[int, str]:
    """Start a command, send it a signal once a module is imported, and give its exit status and what it said."""
    process = subprocess.Popen(
        [SCRIPT, *words],
        cwd=machine.folder,
        env=machine.environment({"PYTHONVERBOSE": "1"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pipesize=ONE_PAGE,
        text=True,
    )
    assert process.stderr is not None
    with process:
        for line in process.stderr:
            if line.startswith(f"import '{module}'"):
                break
        else:
            pytest.fail(f"{module} is not imported")
        process.send_signal(number)
        said = process.stderr.read()
    return process.returncode, said


@pytest.mark.parametrize(
    ("module", "number"), list(zip(IMPORTS, (signal.SIGINT, signal.SIGTERM) * len(IMPORTS), strict=False))
)
def test_a_signal_during_start_up_is_exit_130_and_a_sentence(
    machine: Machine, module: str, number: signal.Signals
) -> None:
    machine.write("people.csv", as_csv(people(20_000)))
    code, said = signal_at(machine, module, number, "validate", "people.csv", "--no-prefect")
    assert code == 130, said[-2000:]
    assert "interrupted" in said
    assert "Traceback" not in said
    assert [path for folder in machine.list_runs() for path in folder.glob("**/*.part")] == []


def test_a_signal_that_is_to_be_ignored_stays_ignored_from_the_start(machine: Machine) -> None:
    machine.write("people.csv", as_csv(people(2)))
    script = f"trap '' HUP; exec {SCRIPT} validate people.csv --no-prefect"
    words = ["bash", "-c", script]
    process = subprocess.Popen(
        words, cwd=machine.folder, env=machine.environment({"PYTHONVERBOSE": "1"}), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    with process:
        for line in process.stderr:
            if line.startswith("import 'typer'"):
                process.send_signal(signal.SIGHUP)
        assert process.wait() == 0


def test_a_signal_in_the_middle_of_a_command_without_rows_leaves_no_half_file(machine: Machine) -> None:
    machine.write("people.csv", as_csv(people(2)))
    words = ("inspect", "people.csv", "--write", "mapping.yaml")
    code, said = signal_at(machine, "straitsx_bulk.io.readers", signal.SIGTERM, *words)
    assert (code, "Traceback" in said) == (130, False)
    assert sorted(path.name for path in Path(machine.folder).iterdir()) == ["people.csv"]
