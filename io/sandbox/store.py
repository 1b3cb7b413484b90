"""The sandbox's state: profiles in SQLite, in memory or in a file.

One table serves both, so that memory does not grow with a file's profiles and a list is a query. Each write is a
transaction of its own, committed before its answer is given. In a file: write-ahead log with ``synchronous=NORMAL``,
which survives the end of the process at any instant (``kill -9``); only a power loss may take the last answers back.
The file has mode 0600. It carries a random id made with it: the account that a ledger's rows belong to, whatever port
serves it. Two servers may serve one file at the same time: uniqueness holds between them, but each counts its own
calls and rate.

Key: registrationType and registrationId, the latter in upper case, trimmed, with white space collapsed. The vendor
does not say how it compares; this is the reading under which the most rows collide. ``filter[registration_id]``
compares in the same way.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from straitsx_bulk.io.sandbox.settings import SandboxError

APPLICATION_ID = 0x53425853  # "SBXS", marks our files in SQLite's header
FORMAT = 1
CHECKPOINT = 8000  # pages of log between the only moments that wait for the disk
BUSY_TIMEOUT = 10.0  # seconds to wait for another server of the same file; its transactions take far less than one

_TABLES = """
CREATE TABLE state (id TEXT NOT NULL);
CREATE TABLE profiles (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    UNIQUE (key, type)
);
CREATE INDEX profiles_created ON profiles (created);
CREATE INDEX profiles_updated ON profiles (updated);
"""
_COLUMNS = "id, status, created, updated, attributes"
_INSERT = "INSERT INTO profiles (id, key, type, status, created, updated, attributes) VALUES (?, ?, ?, ?, ?, ?, ?)"
_Row = tuple[str, str, int, int, str]


class DuplicateError(Exception):
    """The key belongs to a profile already."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer profile as the sandbox keeps it.

    Attributes:
        id: ``customer_profile_<uuid>``.
        status: ``pending``, ``verified`` or ``rejected``.
        created: When it was created, Unix seconds.
        updated: When it was last changed, Unix seconds.
        attributes: Parameters as they were sent; absent ones are absent.
    """

    id: str
    status: str
    created: int
    updated: int
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """Which profiles a list is to show.

    Attributes:
        condition: SQL with placeholders, made of constants only; empty for all.
        values: Values for the placeholders.
        order: SQL of the order, made of constants only.
        size: Profiles on a page.
        number: Page, from 1.
    """

    condition: str = ""
    values: tuple[object, ...] = ()
    order: str = "created, seq"
    size: int = -1
    number: int = 1


def normalise_id(registration_id: str) -> str:
    """The form in which registration ids are compared: upper case, trimmed, white space collapsed."""
    return " ".join(registration_id.upper().split())


class ProfileStore:
    """The profiles of one sandbox. Safe to use from several threads.

    Args:
        path: The file; None for memory.

    Raises:
        SandboxError: If the file cannot be opened or made, or is something else.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        try:
            self._connection = _open_database(path)
            try:
                self.state_id: str = _prepare_tables(self._connection, path)
            except BaseException:
                self._connection.close()
                raise
        except (OSError, sqlite3.Error) as error:
            why = error.strerror or error if isinstance(error, OSError) else error
            raise SandboxError(f"The sandbox's state {path} cannot be opened: {why}. Name another file.") from error

    def close(self) -> None:
        """Close the database; what is asked afterwards raises ``sqlite3.ProgrammingError``."""
        with self._lock:
            self._connection.close()

    def insert_profile(self, attributes: Mapping[str, object], status: str, now: int) -> Profile:
        """Keep a new profile, durably.

        Args:
            attributes: Its parameters, ``registrationType`` and ``registrationId`` among them.
            status: Its verification status.
            now: Unix seconds.

        Returns:
            The profile with its new id.

        Raises:
            DuplicateError: If its key exists.
        """
        profile = Profile(f"customer_profile_{uuid4()}", status, now, now, attributes)
        row = (profile.id, *_make_key(attributes), status, now, now, json.dumps(attributes))
        with self._lock, _report_duplicates():
            self._connection.execute(_INSERT, row)
        return profile

    def find_profile(self, profile_id: str) -> Profile | None:
        """The profile of an id, or None."""
        with self._lock:
            return self._find(profile_id)

    def change_profile(
        self, profile_id: str, change: Callable[[Profile], Mapping[str, object]], now: int
    ) -> Profile | None:
        """Change a profile's parameters, durably and at one stroke.

        Args:
            profile_id: Which one.
            change: Makes the parameters to set from the profile; a None empties one. What it raises leaves all as it
            was.
            now: Unix seconds.

        Returns:
            The changed profile, or None if there is none.

        Raises:
            DuplicateError: If its new key belongs to another profile.
        """
        with self._lock, _report_duplicates(), self._transaction():
            found = self._find(profile_id)
            if found is None:
                return None
            merged = {**found.attributes, **change(found)}
            kept = {name: value for name, value in merged.items() if value is not None}
            key, _ = _make_key(kept)
            self._connection.execute(
                "UPDATE profiles SET key = ?, attributes = ?, updated = ? WHERE id = ?",
                (key, json.dumps(kept), now, profile_id),
            )
            return Profile(found.id, found.status, found.created, now, kept)

    def set_status(self, profile_id: str, status: str, now: int) -> Profile | None:
        """Set a profile's verification status, durably; None if there is no such profile."""
        with self._lock, self._transaction():
            self._connection.execute(
                "UPDATE profiles SET status = ?, updated = ? WHERE id = ?", (status, now, profile_id)
            )
            return self._find(profile_id)

    def list_profiles(self, page: Page) -> list[Profile]:
        """The profiles of one page, in its order."""
        where = f"WHERE {page.condition}" if page.condition else ""
        # Conditions and orders are constants of listing.py; every value is bound.
        query = f"SELECT {_COLUMNS} FROM profiles {where} ORDER BY {page.order} LIMIT ? OFFSET ?"  # noqa: S608
        offset = max(page.size, 0) * (page.number - 1)
        with self._lock:
            rows = self._connection.execute(query, (*page.values, page.size, min(offset, 2**62))).fetchall()
        return [_read_row(row) for row in rows]

    def count_profiles(self) -> int:
        """How many profiles there are."""
        with self._lock:
            count: int = self._connection.execute("SELECT count(*) FROM profiles").fetchone()[0]
        return count

    def _find(self, profile_id: str) -> Profile | None:
        query = f"SELECT {_COLUMNS} FROM profiles WHERE id = ?"  # noqa: S608 - the columns are a constant
        row = self._connection.execute(query, (profile_id,)).fetchone()
        return None if row is None else _read_row(row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


@contextmanager
def _report_duplicates() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise DuplicateError from error


def _make_key(attributes: Mapping[str, object]) -> tuple[str, str]:
    return normalise_id(str(attributes["registrationId"])), str(attributes["registrationType"])


def _read_row(row: _Row) -> Profile:
    profile_id, status, created, updated, attributes = row
    return Profile(profile_id, status, created, updated, json.loads(attributes))


def _open_database(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        _make_private_file(path)
    return sqlite3.connect(
        ":memory:" if path is None else path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )


def _make_private_file(path: Path) -> None:
    """Make the file, or narrow its mode: SQLite gives its log and its shared memory the mode of the file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def _prepare_tables(connection: sqlite3.Connection, path: Path | None) -> str:
    _check_owner(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
    connection.execute("BEGIN IMMEDIATE")  # two servers may start on one new file
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute("INSERT INTO state (id) VALUES (?)", (uuid4().hex,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("COMMIT")
    state_id: str = connection.execute("SELECT id FROM state").fetchone()[0]
    return state_id


def _check_owner(connection: sqlite3.Connection, path: Path | None) -> None:
    """Refuse a database of somebody else's, or of a newer sandbox, before anything is written to it."""
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    written_by = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if (owner, written_by) not in {(0, 0), (APPLICATION_ID, FORMAT)} or (owner == 0 and tables):
        raise SandboxError(f"{path} is not a state file of this sandbox. Name another file; a new one is made.")
