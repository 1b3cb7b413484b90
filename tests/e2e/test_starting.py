"""What the command line costs before it does anything, and what it says of itself."""

import json
import subprocess
import sys

import pytest
from e2e_program import Machine

HEAVY = [
    "prefect",
    "pandas",
    "pandera",
    "pyarrow",
    "numpy",
    "sqlalchemy",
    "httpx",
    "openpyxl",
    "cryptography",
    "uvicorn",
]


def imported_by(machine: Machine, *words: str) -> list[str]:
    """Run the command line in a fresh interpreter and give the heavy packages that it has imported."""
    code = (
        "import json, sys\n"
        "from straitsx_bulk.flows.cli import main\n"
        f"sys.argv = ['straitsx-bulk', *{list(words)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=machine.folder,
        env=machine.environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    found: list[str] = json.loads(done.stderr.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("import", "--help"), ("demo", "--help"), ("nonsense",)]
)
def test_help_imports_nothing_heavy(machine: Machine, words: tuple[str, ...]) -> None:
    assert imported_by(machine, *words) == []


def test_a_run_in_this_process_never_imports_prefect(machine: Machine) -> None:
    machine.write("people.csv", "customerName,registrationType,registrationId\nTan Ah Kow,personal,S1234567D\n")
    assert "prefect" not in imported_by(machine, "validate", "people.csv", "--no-prefect")


@pytest.mark.parametrize(
    "command",
    ["demo", "inspect", "validate", "import", "upgrade", "reconcile", "status", "template", "sandbox", "doctor"],
)
def test_every_command_of_the_contract_is_there_and_explains_itself(machine: Machine, command: str) -> None:
    ended = machine.run(command, "--help")
    assert (ended.code, ended.stderr) == (0, "")
    assert f"straitsx-bulk {command}" in ended.stdout


def test_the_help_of_all_commands_cuts_no_sentence(machine: Machine) -> None:
    told = machine.cold().run("--help", COLUMNS="80").stdout.partition("Commands:")[2]
    assert "..." not in told
    assert "no call, no ledger, same reports." in told


@pytest.mark.parametrize("command", ["validate", "import", "upgrade"])
def test_every_option_of_the_contract_is_in_the_help(machine: Machine, command: str) -> None:
    told = machine.run(command, "--help").stdout
    options = (
        "mapping type rail repair on-existing overwrite out reports env base-url allow-host account rate concurrency "
        "ledger limit max-reject-share max-refused retry-refused dry-run prefect no-prefect yes json quiet"
    )
    assert [name for name in options.split() if f"--{name}" not in told] == []
