"""What a user gets wrong: exit 2, a sentence that says what to do, no call, no folder, no traceback."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from e2e_exports import as_csv, people, sgd_only
from e2e_program import Machine, StartSandbox

from straitsx_bulk.flows.options import read_options
from straitsx_bulk.io.sandbox.server import SandboxServer

KEY = {"X_XFERS_APP_API_KEY": "a-made-up-key-0123456789"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A command that cannot work.

    Attributes:
        words: Its arguments after the command.
        told: What the sentence must say.
        environ: The environment.
        command: Which.
    """

    words: tuple[str, ...]
    told: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)
    command: str = "import"


LIBRARY_WORDS = ("Input should", "should be a valid", "Value error", "unable to parse", "String should", "pydantic")
"""What a validator would say if nobody said it better."""

MISTAKES = {
    "missing file": Mistake(("missing.csv",), ("missing.csv", "no such file")),
    "missing folder": Mistake(("nowhere/",), ("nowhere", "no such file or folder")),
    "glob without a match": Mistake(("*.tsv",), ("*.tsv",)),
    "empty file": Mistake(("empty.csv",), ("empty.csv", "empty")),
    "folder without exports": Mistake(("without",), ("without", "no export", ".csv")),
    "picture": Mistake(("picture.xlsx",), ("picture.xlsx",)),
    "wrong columns": Mistake(("wrong.csv",), ("wrong.csv", "customerName", "Nom", "mapping", "inspect")),
    "same file twice": Mistake(("people.csv", "people.csv"), ("people.csv", "same file")),
    "same file by another way": Mistake(("people.csv", "link.csv"), ("link.csv", "same file")),
    "unknown rail": Mistake(("people.csv", "--rail", "best"), ("--rail", "best", "auto", "sgd", "usd")),
    "unknown repair": Mistake(("people.csv", "--repair", "all"), ("--repair", "none", "safe", "full")),
    "unknown type": Mistake(("people.csv", "--type", "person"), ("--type", "personal", "business")),
    "unknown report": Mistake(
        ("people.csv", "--reports", "results,pdf"), ("--reports", "pdf", "results, rejects, page")
    ),
    "unknown environment": Mistake(("people.csv", "--env", "live"), ("--env", "local", "sandbox", "production")),
    "rate of nothing": Mistake(("people.csv", "--rate", "0"), ("--rate", "greater than 0")),
    "rate in words": Mistake(("people.csv", "--rate", "five"), ("--rate", "number")),
    "rate without end": Mistake(("people.csv", "--rate", "inf"), ("--rate",)),
    "rate under nothing": Mistake(
        ("people.csv", "--rate", "-1"), ("--rate", "greater than 0", "at most 10,000", "not -1")
    ),
    "account without a name": Mistake(("people.csv", "--account", ""), ("--account", "a name of 1 to 100")),
    "ledger without a name": Mistake(("people.csv", "--ledger", ""), ("--ledger", "empty")),
    "window in words": Mistake(("people.csv", "--window", "night"), ("--window", "22:00-06:00", "if that is not Asia")),
    "share over all": Mistake(("people.csv", "--max-reject-share", "101"), ("--max-reject-share", "100")),
    "limit of nothing": Mistake(("people.csv", "--limit", "0"), ("--limit",)),
    "unknown option": Mistake(("people.csv", "--dryrun"), ("--dry",)),
    "unknown value in the environment": Mistake(
        ("people.csv",),
        ("STRAITSX_BULK_ON_EXISTING", "upgrade", "skip", "fail"),
        {"STRAITSX_BULK_ON_EXISTING": "maybe"},
    ),
    "unknown number in the environment": Mistake(
        ("people.csv",), ("STRAITSX_BULK_LIMIT", "a whole number, 1 or more"), {"STRAITSX_BULK_LIMIT": "ten"}
    ),
    "number out of bounds in the environment": Mistake(
        ("people.csv",), ("STRAITSX_BULK_CONCURRENCY", "at most 200"), {"STRAITSX_BULK_CONCURRENCY": "201"}
    ),
    "unknown switch in the environment": Mistake(
        ("people.csv",), ("STRAITSX_BULK_DRY_RUN", "true or false"), {"STRAITSX_BULK_DRY_RUN": "perhaps"}
    ),
    "almost an option in the environment": Mistake(
        ("people.csv",), ("STRAITSX_BULK_DRYRUN", "STRAITSX_BULK_DRY_RUN"), {"STRAITSX_BULK_DRYRUN": "1"}
    ),
    "an option in small letters in the environment": Mistake(
        ("people.csv",), ("STRAITSX_BULK_dry_run", "Did you mean STRAITSX_BULK_DRY_RUN"), {"STRAITSX_BULK_dry_run": "1"}
    ),
    "no option in the environment": Mistake(
        ("people.csv",), ("STRAITSX_BULK_COLOUR", "unset"), {"STRAITSX_BULK_COLOUR": "1"}
    ),
    "no key for the sandbox": Mistake(("people.csv", "--env", "sandbox"), ("X_XFERS_APP_API_KEY", "--env local")),
    "no key for production": Mistake(
        ("people.csv", "--env", "production", "--yes"), ("X_XFERS_APP_API_KEY", "--env local")
    ),
    "key with a line break": Mistake(
        ("people.csv", "--env", "sandbox"), ("X_XFERS_APP_API_KEY",), {"X_XFERS_APP_API_KEY": "a-made\n-up-key"}
    ),
    "plain http elsewhere": Mistake(
        ("people.csv", "--env", "sandbox", "--base-url", "http://api.example.com/v1"), ("https", "api.example.com"), KEY
    ),
    "plain http elsewhere though allowed": Mistake(
        (
            "people.csv",
            "--env",
            "sandbox",
            "--base-url",
            "http://api.example.com/v1",
            "--allow-host",
            "api.example.com",
        ),
        ("https", "api.example.com"),
        KEY,
    ),
    "host that is not the vendor's": Mistake(
        ("people.csv", "--env", "sandbox", "--base-url", "https://api.example.com/v1"), ("--allow-host",), KEY
    ),
    "host that begins like the vendor's": Mistake(
        ("people.csv", "--env", "sandbox", "--base-url", "https://api.straitsx.com.example.com/v1"),
        ("--allow-host",),
        KEY,
    ),
    "user before another host": Mistake(
        ("people.csv", "--env", "sandbox", "--base-url", "https://api.straitsx.com@example.com/v1"),
        ("--base-url",),
        KEY,
    ),
    "deprecated host": Mistake(
        ("people.csv", "--env", "sandbox", "--base-url", "https://sandbox.xfers.io/api"), ("deprecated", "--env"), KEY
    ),
    "nobody answers": Mistake(
        ("people.csv", "--env", "local", "--base-url", "http://127.0.0.1:9/v1"),
        ("127.0.0.1:9", "straitsx-bulk sandbox"),
    ),
    "password in the ledger's URL": Mistake(
        ("people.csv", "--ledger", "postgresql://ana:opensesame@db.example.com/ledger"), ("password", "PGPASSWORD")
    ),
    "ledger of another kind": Mistake(("people.csv", "--ledger", "mysql://db/x"), ("--ledger", "postgresql://")),
    "ledger that is no URL": Mistake(("people.csv", "--ledger", "ledger.db"), ("--ledger", "sqlite:///")),
    "ledger with settings": Mistake(("people.csv", "--ledger", "sqlite:///x.db?mode=ro"), ("--ledger", "?mode=")),
    "ledger that is another file": Mistake(("people.csv", "--ledger", "sqlite:///people.csv"), ("people.csv",)),
    "production without a terminal": Mistake(("people.csv", "--env", "production"), ("--yes",), KEY),
    "missing mapping": Mistake(("people.csv", "--mapping", "none.yaml"), ("none.yaml", "no such")),
    "mapping beside an export under another suffix": Mistake(
        ("misnamed.csv",), ("misnamed.csv", "misnamed.mapping.yml", "misnamed.mapping.yaml", "--mapping")
    ),
    "mapping with an unknown key": Mistake(
        ("people.csv", "--mapping", "unknown.yaml"), ("unknown.yaml", "line 2", "colums", "columns")
    ),
    "mapping that chooses the target": Mistake(
        ("people.csv", "--mapping", "target.yaml"), ("target.yaml", "env", "command line")
    ),
    "mapping that is no YAML": Mistake(("people.csv", "--mapping", "broken.yaml"), ("broken.yaml", "line")),
    "mapping to a column that is not there": Mistake(
        ("people.csv", "--mapping", "elsewhere.yaml"), ("elsewhere.yaml", "Naem", "customerName")
    ),
    "upgrade for SGD": Mistake(("people.csv", "--rail", "sgd"), ("upgrade", "--rail", "usd"), command="upgrade"),
    "upgrade without a key": Mistake(("names.csv",), ("names.csv", "registrationId"), command="upgrade"),
    "reports into a file": Mistake(("people.csv", "--out", "empty.csv"), ("empty.csv is a file", "--out")),
    "reports below a file": Mistake(("people.csv", "--out", "empty.csv/runs"), ("empty.csv is a file", "--out")),
    "reports under a name that is no UTF-8": Mistake(
        ("people.csv", "--out", "run\udcff"), ("run\\xff", "UTF-8", "--out")
    ),
    "no file at all": Mistake((), ("files",)),
}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    """A sandbox that must not be called."""
    with SandboxServer() as running:
        yield running


@pytest.fixture
def prepared(machine: Machine) -> Machine:
    """A machine with exports and mappings, good and bad."""
    machine.write("people.csv", as_csv(people(2)))
    (machine.folder / "link.csv").symlink_to("people.csv")
    machine.write("empty.csv", "")
    machine.write("without/notes.md", "nothing to import")
    machine.write("picture.xlsx", "GIF89a, not a workbook")
    machine.write("wrong.csv", "Nom,Sorte,Numéro\nA,b,c\n")
    machine.write("names.csv", as_csv([{"customerName": "Tan Ah Kow", "nationality": "SG"}]))
    machine.write("misnamed.csv", as_csv(people(2)))
    machine.write("misnamed.mapping.yml", "version: 1\nrepair: full\n")
    machine.write("unknown.yaml", "version: 1\ncolums:\n  customerName: customerName\n")
    machine.write("target.yaml", "version: 1\nenv: production\n")
    machine.write("broken.yaml", "columns: [customerName\n")
    machine.write("elsewhere.yaml", "version: 1\ncolumns:\n  customerName: Naem\n")
    return machine


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_a_sentence_and_exit_2_before_any_call(
    prepared: Machine, server: SandboxServer, name: str
) -> None:
    mistake = MISTAKES[name]
    words = list(mistake.words)
    if "--env" not in words:
        words += ["--env", "local", "--base-url", server.base_url]
    ended = prepared.run(mistake.command, *words, **mistake.environ)
    assert ended.code == 2, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert [word for word in LIBRARY_WORDS if word in ended.stderr] == []
    assert [word for word in mistake.told if word.casefold() not in ended.stderr.casefold()] == []
    assert server.stats().calls == 0
    assert prepared.list_runs() == []


def test_a_mapping_under_another_suffix_may_be_named(prepared: Machine) -> None:
    ended = prepared.run("validate", "misnamed.csv", "--mapping", "misnamed.mapping.yml")
    assert (ended.code, "repair full" in ended.stderr) == (0, True)
    prepared.write("misnamed.mapping.yaml", "version: 1\n")
    assert "repair safe" in prepared.run("validate", "misnamed.csv").stderr


@pytest.mark.parametrize("command", [("import", "people.csv"), ("reconcile",)])
def test_a_folder_that_cannot_hold_the_embedded_sandbox_is_exit_2(machine: Machine, command: tuple[str, ...]) -> None:
    machine.write("people.csv", as_csv(people(2)))
    machine.write(".straitsx-bulk", "a file where the folder should be")
    ended = machine.run(*command, "--env", "local", "--ledger", "sqlite:///ledger.db")
    assert (ended.code, ended.folders) == (2, [])
    assert "the embedded sandbox's folder cannot be made there (file exists)" in ended.stderr


def test_no_secret_of_a_mistake_is_repeated(prepared: Machine, server: SandboxServer) -> None:
    for name, secret in (
        ("password in the ledger's URL", "opensesame"),
        ("key with a line break", "-up-key"),
        ("production without a terminal", KEY["X_XFERS_APP_API_KEY"]),
    ):
        mistake = MISTAKES[name]
        ended = prepared.run(mistake.command, *mistake.words, "--env", "local", **mistake.environ)
        assert secret not in ended.stderr


def test_a_lost_secret_over_a_filled_ledger_is_exit_2_with_the_mend(
    prepared: Machine, start_sandbox: StartSandbox
) -> None:
    sandbox = start_sandbox()
    command = ("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url)
    assert prepared.run(*command).code == 0
    secret = prepared.home / ".config/straitsx-bulk/ledger.secret"
    kept = secret.rename(secret.with_name("kept"))
    calls = sandbox.stats().calls
    for _ in range(2):
        ended = prepared.run(*command)
        assert (ended.code, sandbox.stats().calls, ended.folders) == (2, calls, [])
        assert "ledger.secret" in ended.stderr
        assert not secret.exists()
    kept.rename(secret)
    assert prepared.run(*command).reports.outcomes == {"unchanged": 2}


def test_the_wrong_secret_is_exit_2_too(prepared: Machine, sandbox: SandboxServer) -> None:
    command = ("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url)
    assert prepared.run(*command).code == 0
    calls = sandbox.stats().calls
    other = prepared.run(*command, STRAITSX_BULK_LEDGER_SECRET="0" * 64)
    assert (other.code, sandbox.stats().calls, other.folders) == (2, calls, [])


def test_a_key_in_quotes_from_a_dotenv_file_is_read(machine: Machine) -> None:
    machine.write("people.csv", as_csv(sgd_only(people(1))))
    machine.write(".env", 'X_XFERS_APP_API_KEY="a-made-up-key"\nSTRAITSX_BULK_ENV=production\n')
    with socket.socket() as deaf:  # it has a port, so that nobody else gets it, and does not listen
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"
        ended = machine.run("import", "people.csv", "--env", "local", "--base-url", url)
    assert (ended.code, "Nobody answers" in ended.stderr) == (2, True)


@pytest.mark.parametrize("word", ["overwrite", "retry-refused", "dry-run", "prefect", "yes", "json", "quiet"])
def test_the_command_line_switches_off_what_the_environment_switched_on(machine: Machine, word: str) -> None:
    options = {"STRAITSX_BULK_" + word.replace("-", "_").upper(): "true"}
    given = read_options(given={word.replace("-", "_"): False}, environ=options)
    assert getattr(given, "json_summary" if word == "json" else word.replace("-", "_")) is False
    assert f"--no-{word}" in machine.run("import", "--help").stdout


def test_a_switch_of_the_environment_gives_way_to_the_command_line(machine: Machine) -> None:
    machine.write("people.csv", as_csv(people(2)))
    switched = {"STRAITSX_BULK_DRY_RUN": "1", "STRAITSX_BULK_JSON": "1"}
    ended = machine.run("import", "people.csv", "--env", "local", "--no-dry-run", "--no-json", **switched)
    assert (ended.reports.outcomes, ended.stdout) == ({"created": 2}, "")


def test_options_do_not_come_from_a_dotenv_file(machine: Machine) -> None:
    machine.write("people.csv", as_csv(people(1)))
    machine.write(".env", "STRAITSX_BULK_ENV=local\n")
    ended = machine.run("import", "people.csv")
    assert (ended.code, "X_XFERS_APP_API_KEY" in ended.stderr) == (2, True)


def test_a_mistake_leaves_no_state_behind(prepared: Machine) -> None:
    before = sorted(path.name for path in prepared.folder.iterdir())
    for name in ("empty file", "wrong columns", "unknown rail", "mapping with an unknown key"):
        mistake = MISTAKES[name]
        assert prepared.run(mistake.command, *mistake.words, "--env", "local").code == 2
    assert sorted(path.name for path in prepared.folder.iterdir()) == before


def test_the_installed_script_says_the_same(prepared: Machine) -> None:
    ended = prepared.cold().run("import", "missing.csv", "--env", "local")
    assert (ended.code, ended.stdout, ended.stderr) == (
        2,
        "",
        "straitsx-bulk: missing.csv: there is no such file or folder.\n",
    )


def test_files_named_with_an_absolute_path_work(machine: Machine, tmp_path: Path) -> None:
    export = machine.write("people.csv", as_csv(people(2)))
    assert machine.run("validate", export.resolve()).reports.outcomes == {"valid": 2}
