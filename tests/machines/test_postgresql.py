"""The command line on a PostgreSQL ledger, end to end: the password from the environment only, two imports at once."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from e2e_exports import as_csv, people
from e2e_program import Machine, Reports, make_machine, wait_until
from e2e_warm import WarmProgram
from ledger_backends import SECRET, PostgresServer
from machines_site import count_profiles
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer

PASSWORD = "made-up-7c1e-password"
USER = "importer"


@pytest.fixture
def machine(tmp_path: Path, warm: WarmProgram) -> Machine:
    machine = make_machine(tmp_path, warm)
    machine.environ |= {"STRAITSX_BULK_LEDGER_SECRET": SECRET, "PGPASSWORD": PASSWORD}
    return machine


@pytest.fixture
def ledger(postgres: PostgresServer) -> str:
    """A ledger whose server asks its user for a password; the URL has none."""
    url = postgres.make_backend().url.replace("ledger@", f"{USER}@")
    rules = postgres._folder / "data" / "pg_hba.conf"
    if USER not in rules.read_text():
        rules.write_text(f"local all {USER} scram-sha-256\n" + rules.read_text())
        with psycopg.connect(f"postgresql://ledger@/postgres?host={postgres._folder}", autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {USER} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
            connection.execute("SELECT pg_reload_conf()")
        wait_until(lambda: asks_for_a_password(postgres), "the server has read its rules again")
    return url


def asks_for_a_password(postgres: PostgresServer) -> bool:
    """Whether the server lets the user in no longer who has none."""
    try:
        psycopg.connect(f"postgresql://{USER}@/postgres?host={postgres._folder}", passfile="/dev/null").close()
    except psycopg.OperationalError:
        return True
    return False


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(unlimited(faults="latency=0.01")) as running:
        yield running


def words(sandbox: SandboxServer, ledger: str, *more: str) -> list[str]:
    """An import's command line."""
    target = ["--env", "local", "--base-url", sandbox.base_url, "--ledger", ledger]
    return ["import", "people.csv", *target, "--reports", "results", "--no-prefect", *more]


def test_an_import_a_second_one_and_status(machine: Machine, sandbox: SandboxServer, ledger: str) -> None:
    machine.write("people.csv", as_csv(people(20)))
    first = machine.run(*words(sandbox, ledger))
    assert (first.code, first.reports.outcomes) == (0, {"created": 20}), first.stderr
    again = machine.run(*words(sandbox, ledger))
    assert (again.code, again.reports.outcomes) == (0, {"unchanged": 20})
    assert again.reports.summary["api"]["calls"] == 0
    status = machine.run("status", "--ledger", ledger, "--crosswalk", "crosswalk.csv")
    assert status.code == 0
    assert len((machine.folder / "crosswalk.csv").read_text().splitlines()) == 21
    told = [first.stderr, again.stderr, status.stderr, *(p.read_text("utf-8", "replace") for p in files_of(machine))]
    assert not [text for text in told if PASSWORD in text or SECRET in text]


def files_of(machine: Machine) -> list[Path]:
    return [path for path, _ in machine.everything()]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"PGPASSWORD": "wrong"}, "does not let you in"),
        ({"PGPASSWORD": ""}, "Check the user, PGPASSWORD or .pgpass."),
        ({"STRAITSX_BULK_LEDGER_SECRET": ""}, "needs its secret in the environment variable"),
        ({"STRAITSX_BULK_LEDGER_SECRET": "77" * 32}, ""),
    ],
)
def test_what_is_missing_is_named_before_any_call(
    machine: Machine, sandbox: SandboxServer, ledger: str, change: dict[str, str], told: str
) -> None:
    machine.write("people.csv", as_csv(people(2)))
    if not told:
        machine.run(*words(sandbox, ledger))
        told = "is not the secret that this ledger was made with"
    calls = sandbox.stats().calls
    ended = machine.run(*words(sandbox, ledger), **change)
    assert (ended.code, told in ended.stderr) == (2, True), ended.stderr
    assert sandbox.stats().calls == calls
    assert "Traceback" not in ended.stderr


def test_a_password_in_the_url_is_refused_and_not_repeated(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv(people(2)))
    ended = machine.run(*words(sandbox, f"postgresql://me:{PASSWORD}@nowhere/db"))
    assert (ended.code, PASSWORD in ended.stderr, "PGPASSWORD" in ended.stderr) == (2, False, True)


def test_two_imports_of_one_file_at_once_create_each_profile_once(
    machine: Machine, sandbox: SandboxServer, ledger: str
) -> None:
    rows = 60
    machine.write("people.csv", as_csv(people(rows)))
    started = [machine.start(*words(sandbox, ledger, "--out", f"runs-{number}")) for number in range(2)]
    assert [process.wait() for process in started] == [0, 0], machine.started_stderr
    outcomes = [Reports(next((machine.folder / f"runs-{n}").glob("*T*-*"))).outcomes for n in range(2)]
    assert sum(counts.get("created", 0) for counts in outcomes) == rows
    assert [sum(counts.values()) for counts in outcomes] == [rows, rows]
    assert count_profiles(sandbox) == dict.fromkeys((person["registrationId"] for person in people(rows)), 1)


def test_a_ledger_moves_to_postgresql_as_the_runbook_says(
    machine: Machine, sandbox: SandboxServer, ledger: str
) -> None:
    machine.write("people.csv", as_csv([row | {"user": f"C-{row['registrationId']}"} for row in people(5)]))
    machine.write("people.mapping.yaml", "version: 1\nreference: user\n")
    del machine.environ["STRAITSX_BULK_LEDGER_SECRET"]
    local = "sqlite:///.straitsx-bulk/ledger.db"
    assert machine.run(*words(sandbox, local)).code == 0
    assert machine.run("status", "--ledger", local, "--crosswalk", "before.csv").code == 0
    secret = (machine.home / ".config/straitsx-bulk/ledger.secret").read_text("utf-8").strip()
    machine.environ["STRAITSX_BULK_LEDGER_SECRET"] = secret
    known = machine.run("reconcile", *words(sandbox, ledger)[2:8])
    assert known.code == 3, known.stderr
    calls = sandbox.stats().calls
    again = machine.run(*words(sandbox, ledger))
    assert again.reports.outcomes == {"unchanged": 5}, again.stderr
    assert sandbox.stats().calls == calls
    assert machine.run("status", "--ledger", ledger, "--crosswalk", "after.csv").code == 0
    assert (machine.folder / "after.csv").read_text() == (machine.folder / "before.csv").read_text()
