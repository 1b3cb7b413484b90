"""The database under the ledger: connections, transactions, its clock, and its failures in words for people."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from straitsx_bulk.io.ledger.errors import LedgerFailedError
from straitsx_bulk.io.ledger.failures import describe_failure
from straitsx_bulk.io.ledger.owners import this_process
from straitsx_bulk.schemas.errors import LedgerError

BUSY_SECONDS = 15.0
"""How long a transaction waits for another program's."""
TRIES = 10
_TRY_AGAIN = frozenset({"40P01", "40001"})
"""SQLSTATEs by which PostgreSQL says that it undid a transaction for another's sake: deadlock, serialization."""
Result = TypeVar("Result")


@dataclass(slots=True)
class Store:
    """One ledger's database.

    Attributes:
        engine: Durable when a transaction returns.
        hasty: The same database without waiting for the disk, for what may be lost with the power (the rate).
        name: For people: the file, or the server and database.
        local: A file of this machine.
        in_use: The ledger was opened; from then on its failures stop a run.
        writable: False for a dry run.
    """

    engine: Engine
    hasty: Engine
    name: str
    local: bool
    in_use: bool = False
    writable: bool = True

    @contextmanager
    def write(self, *, hasty: bool = False) -> Iterator[Connection]:
        """Run one transaction that may write; durable when the block ends, undone when it fails.

        Args:
            hasty: Do not wait for the disk.

        Yields:
            A connection that holds SQLite's write lock.

        Raises:
            LedgerError: The database failed while the ledger was being opened.
            LedgerFailedError: It failed later.
        """
        with self._explain(), (self.hasty if hasty else self.engine).begin() as connection:
            yield connection

    def transact(self, work: Callable[[Connection], Result]) -> Result:
        """Do some work in one transaction that writes, again where the server ended it for another's sake.

        Args:
            work: May be called more than once; each time nothing of the time before is left.

        Returns:
            What the work returned; it is durable.

        Raises:
            LedgerError: The database failed while the ledger was being opened.
            LedgerFailedError: It failed later.
        """
        for _ in range(TRIES - 1):
            with self._explain():
                try:
                    with self.engine.begin() as connection:
                        return work(connection)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                        raise
        with self.write() as connection:
            return work(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run one transaction that only reads, from one snapshot on SQLite.

        Yields:
            A connection.

        Raises:
            LedgerError: The database failed while the ledger was being opened.
            LedgerFailedError: It failed later.
        """
        with self._explain(), self.engine.connect() as plain:
            connection = plain.execution_options(ledger_read=True)
            with connection.begin():
                yield connection

    def now(self, connection: Connection) -> float:
        """Tell the time on the ledger's own clock: the server's, or for a file this machine's.

        Args:
            connection: In a transaction.

        Returns:
            Seconds since 1970 in UTC.
        """
        if self.local:
            return time.time()
        return float(connection.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0.0)

    def lease_now(self, connection: Connection) -> float:
        """Tell the time by which leases run out: of a file, a clock that nobody sets.

        A system clock that is set an hour forward would let every lease run out under those who live. Of an earlier
        start of the machine no lease is asked after: its processes are dead.

        Args:
            connection: In a transaction.

        Returns:
            Seconds; only differences mean anything.
        """
        return time.monotonic() if self.local and this_process().boot else self.now(connection)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self.hasty.dispose()

    @contextmanager
    def _explain(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, SQLAlchemyError) as error:
            what = f"The ledger {self.name} {describe_failure(error)}"
            if self.in_use:
                raise LedgerFailedError(
                    f"{what} Everything that was done is kept; then the same command again goes on."
                ) from error
            raise LedgerError(what) from error


def connect_sqlite(path: Path, *, writable: bool, busy_seconds: float) -> Store:
    """Prepare connections to a file.

    Args:
        path: The database file; it exists.
        writable: False refuses every write.
        busy_seconds: How long to wait for another program's transaction.

    Returns:
        The store; nothing has been read yet.
    """
    url = URL.create("sqlite+pysqlite", database=str(path))
    engines = []
    for synchronous in ("FULL", "NORMAL"):
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": busy_seconds})
        event.listen(engine, "connect", _sqlite_settings(synchronous, busy_seconds, writable=writable))
        event.listen(engine, "begin", _begin_sqlite)
        engines.append(engine)
    return Store(engines[0], engines[1], str(path), local=True, writable=writable)


def connect_memory(name: str) -> Store:
    """Make a database that ends with the process.

    Args:
        name: For people: what it stands in for.

    Returns:
        The store.
    """
    engine = create_engine("sqlite+pysqlite://", hide_parameters=True, poolclass=StaticPool)
    event.listen(engine, "connect", _begin_by_hand)
    event.listen(engine, "begin", _begin_sqlite)
    return Store(engine, engine, name, local=True)


def _begin_by_hand(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None


def _sqlite_settings(synchronous: str, busy_seconds: float, *, writable: bool) -> Any:
    settings = [
        f"PRAGMA synchronous={synchronous}",
        "PRAGMA fullfsync=ON",  # macOS: down to the disk, as the promise says
        "PRAGMA foreign_keys=ON",
        "PRAGMA cache_size=-65536",
        "PRAGMA wal_autocheckpoint=4000",
        f"PRAGMA query_only={'OFF' if writable else 'ON'}",
    ]

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        if writable:
            _keep_log_ahead(connection, busy_seconds)
        for setting in settings:
            connection.execute(setting)

    return set_up


def _keep_log_ahead(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switch to the write-ahead log; SQLite does not wait here for other programs that open a new file too."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.001, 0.02))  # noqa: S311 - spreads out waiters, no secret
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A write takes its lock at once: a lock that is taken half-way can fail without waiting.
    reads = connection.get_execution_options().get("ledger_read", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def connect_postgresql(url: URL, *, writable: bool, busy_seconds: float) -> Store:
    """Prepare connections to a server.

    Args:
        url: Without a password.
        writable: False refuses every write.
        busy_seconds: How long to wait for another program's transaction.

    Returns:
        The store; nothing has been read yet.

    Raises:
        LedgerError: The driver is not installed.
    """
    options = f"{url.query.get('options', '')} -c lock_timeout={int(busy_seconds * 1000)}"
    if not writable:
        options += " -c default_transaction_read_only=on"
    waiting = max(2, int(busy_seconds))  # libpq takes less as 2
    arguments = {"options": options, "connect_timeout": waiting, "application_name": "straitsx-bulk"}
    try:
        engines = [
            create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments) for _ in range(2)
        ]
    except ModuleNotFoundError as error:
        raise LedgerError(
            "A PostgreSQL ledger needs the driver psycopg: pip install 'straitsx-bulk[postgresql]'."
        ) from error
    event.listen(engines[0], "connect", _wait_for_the_disk)
    event.listen(engines[1], "connect", _do_not_wait_for_the_disk)
    return Store(engines[0], engines[1], f"{url.host or 'local'}/{url.database}", local=False, writable=writable)


def _wait_for_the_disk(connection: Any, _record: object) -> None:
    # A server or role may have it off; stronger settings than "on" stay.
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def _do_not_wait_for_the_disk(connection: Any, _record: object) -> None:
    connection.execute("SET synchronous_commit = off")
    connection.commit()
