"""Ledgers to test on: SQLite files, and databases of a PostgreSQL server of our own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from straitsx_bulk.io.ledger import (
    Account,
    Action,
    Intent,
    Ledger,
    RowOutcome,
    RunStart,
    Settlement,
    State,
    open_ledger,
)

SECRET = "5e" * 32
MOMENT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Backend:
    """A place for one ledger, and the environment to open it in."""

    url: str
    environment: dict[str, str]

    def open(self, **options: Any) -> Ledger:
        return open_ledger(self.url, self.environment, **options)


def sqlite_backend(folder: Path) -> Backend:
    return Backend(f"sqlite:///{folder / 'ledger.db'}", {"HOME": str(folder)})


def start_account(ledger: Ledger, *, host: str = "api.example", name: str = "default", run_id: str = "") -> Account:
    """Open an account with a run of this process."""
    account = ledger.account(host, name)
    account.start_run(RunStart(run_id or uuid4().hex, "import", "runs/one"))
    return account


def make_keys(account: Account, count: int, prefix: str = "S") -> list[bytes]:
    return account.digests.keys(["personal"] * count, [f"{prefix}{number:07d}" for number in range(count)])


def create_intent(account: Account, key: bytes, name: str = "Ada", version: int = 0) -> Intent:
    return Intent(
        key, Action.CREATE, account.digests.values(key, {"customerName": name}), f"user of {name}", "", version
    )


def patch_intent(account: Account, key: bytes, values: dict[str, str]) -> Intent:
    known = account.known([key])[key]
    hashes = account.digests.values(key, values)
    return Intent(key, Action.PATCH, hashes, "", known.customer_profile_id, known.version)


def created(account: Account, key: bytes, name: str = "Ada", position: int = 0) -> Settlement:
    """An answer 200 to a create."""
    held = account.digests.values(key, {"customerName": name, "address.street": ""})
    profile_id = f"customer_profile_{key.hex()}"
    row = RowOutcome(position, "created", key, profile_id, "pending", 200, "", 1, MOMENT)
    return Settlement(key, State.CREATED, profile_id, "pending", "sgd", held, 200, row=row)


class PostgresServer:
    """A server of our own on a socket in a temporary folder, without the network and without waiting for the disk."""

    def __init__(self, binaries: Path, folder: Path, user: str | None) -> None:
        self._binaries = binaries
        self._folder = folder
        self._user = user

    def start(self) -> None:
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "ledger", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {self._folder} -c listen_addresses= -c fsync=off -c max_connections=50"
        self._run("pg_ctl", "-D", data, "-w", "-l", self._folder / "log", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-w", "-m", "immediate", "stop")

    def restart(self) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-w", "-m", "immediate", "-l", self._folder / "log", "restart")

    def make_backend(self) -> Backend:
        import psycopg  # it may be missing, and then nobody comes here

        schema = f"ledger_{uuid4().hex}"  # a database for each test would take a third of a second
        with psycopg.connect(f"postgresql://ledger@/postgres?host={self._folder}", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        url = f"postgresql://ledger@/postgres?host={self._folder}&options=-csearch_path%3D{schema}"
        return Backend(url, {"HOME": str(self._folder), "STRAITSX_BULK_LEDGER_SECRET": SECRET})

    def _run(self, program: str, *arguments: object) -> str:
        command = [str(self._binaries / program), *map(str, arguments)]
        # Not captured through pipes: the server would inherit them, and they would never end.
        with tempfile.TemporaryFile("w+") as output:
            ended = subprocess.run(
                command, user=self._user, cwd="/", stdout=output, stderr=subprocess.STDOUT, check=False, timeout=180
            )
            output.seek(0)
            text = output.read()
        if ended.returncode:
            raise RuntimeError(f"{program} failed: {text}")
        return text.strip()


def why_no_postgres() -> str | None:
    """Say what is missing for tests on PostgreSQL, loudly; None if nothing is."""
    try:
        import psycopg  # noqa: F401 - only whether it is there
    except ImportError:
        return "THE LEDGER IS NOT TESTED ON POSTGRESQL: psycopg is missing, pip install 'straitsx-bulk[postgresql]'"
    if find_postgres() is None:
        return "THE LEDGER IS NOT TESTED ON POSTGRESQL: initdb and pg_ctl are missing, install the PostgreSQL server"
    if os.geteuid() == 0 and _ordinary_user() is None:
        return (
            "THE LEDGER IS NOT TESTED ON POSTGRESQL: it does not run as root, and there is no user postgres or nobody"
        )
    return None


def find_postgres() -> Path | None:
    """Find the folder of the server's programs: on the path, or where Debian keeps them."""
    on_path = shutil.which("pg_ctl")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    needed = ("initdb", "pg_ctl")
    return next((folder for folder in folders if all((folder / program).exists() for program in needed)), None)


def _ordinary_user() -> str | None:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server for a while; ``why_no_postgres`` was None."""
    binaries = find_postgres()
    assert binaries is not None
    user = _ordinary_user() if os.geteuid() == 0 else None
    # Not pytest's folder: that is closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        server = PostgresServer(binaries, folder, user)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Do something without root's right to write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
