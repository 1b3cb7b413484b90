"""Opening a ledger: the place, the secret, the tables. Whatever is wrong comes up here, before any call."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes

from sqlalchemy import URL, Connection

from straitsx_bulk.io.ledger.ledger import Ledger, refuse_damage
from straitsx_bulk.io.ledger.migrations import (
    NEWEST_VERSION,
    migrate_tables,
    read_check_value,
    read_version,
    refuse_newer,
    write_meta,
)
from straitsx_bulk.io.ledger.places import parse_ledger_url, prepare_file, refuse_network_file_system
from straitsx_bulk.io.ledger.runs import LEASE_SECONDS
from straitsx_bulk.io.ledger.secret import SECRET_BYTES, SECRET_VARIABLE, Secret, load_secret, secret_path
from straitsx_bulk.io.ledger.store import BUSY_SECONDS, Store, connect_memory, connect_postgresql, connect_sqlite
from straitsx_bulk.schemas.errors import LedgerError

QUICK_CHECK_BYTES = 32 * 1024 * 1024
"""A file up to this size is read whole when it is opened (a tenth of a second); ``doctor`` reads any."""


def open_ledger(
    url: str,
    environment: Mapping[str, str],
    *,
    config_home: Path | None = None,
    read_only: bool = False,
    lease_seconds: float = LEASE_SECONDS,
    busy_seconds: float = BUSY_SECONDS,
) -> Ledger:
    """Open a ledger, or make it: file, secret and tables.

    Args:
        url: ``sqlite:///…`` or ``postgresql://…`` without a password.
        environment: Read for the secret, ``XDG_CONFIG_HOME`` and ``HOME``.
        config_home: Instead of the last two.
        read_only: For a dry run: no row is written, and a ledger that is not there is not made but taken as empty.
        lease_seconds: How long a run counts as alive without a renewal; longer than the longest request.
        busy_seconds: How long to wait for another program's transaction.

    Returns:
        The ledger.

    Raises:
        UsageError: The URL is not one, or holds a password.
        LedgerError: The ledger cannot be used as it is: locked, read-only, damaged, full, newer than this program, on
            a network file system, or without its secret.
    """
    parsed = parse_ledger_url(url)
    secrets = _SecretPlace(environment, config_home, postgresql=parsed.get_backend_name() == "postgresql")
    if read_only:
        return _open_for_reading(parsed, secrets, lease_seconds, busy_seconds)
    return _open_for_writing(parsed, secrets, lease_seconds, busy_seconds)


@dataclass(frozen=True, slots=True)
class _SecretPlace:
    """Where the secret is looked for."""

    environment: Mapping[str, str]
    config_home: Path | None
    postgresql: bool

    def load(self, check_value: str | None, *, create: bool) -> Secret:
        """Load the secret that a ledger was made with, or for a new ledger make one."""
        secret = load_secret(
            self.environment,
            config_home=self.config_home,
            create=create and check_value is None,
            postgresql=self.postgresql,
        )
        path = secret_path(self.environment, self.config_home)
        if secret is None:
            raise LedgerError(
                f"The ledger's secret {path} is missing, and without it the ledger cannot tell what has been done. Put"
                f" the file back, or set {SECRET_VARIABLE}. If it is lost for good, move the ledger away and run"
                " `straitsx-bulk reconcile`, which takes the account's profiles into a new one."
            )
        if check_value is not None and not hmac.compare_digest(secret.check_value, check_value):
            raise LedgerError(
                f"{secret.source} is not the secret that this ledger was made with, and without that one the ledger"
                f" cannot tell what has been done. Put it back ({path}, or {SECRET_VARIABLE})."
            )
        return secret


def _open_for_writing(url: URL, secrets: _SecretPlace, lease_seconds: float, busy_seconds: float) -> Ledger:
    if not secrets.postgresql:
        prepare_file(Path(url.database or ""))
    store = _connect(url, busy_seconds, writable=True)
    try:
        _, check_value = _look_inside(store)
        secret = secrets.load(check_value, create=True)
        with store.write() as connection:
            migrate_tables(connection)
            _write_opened(connection, secret)
    except BaseException:
        store.close()
        raise
    store.in_use = True
    return Ledger(store, secret, lease_seconds)


def _open_for_reading(url: URL, secrets: _SecretPlace, lease_seconds: float, busy_seconds: float) -> Ledger:
    if not secrets.postgresql and not Path(url.database or "").exists():
        return _open_nothing(url, lease_seconds)
    store = _connect(url, busy_seconds, writable=False)
    try:
        version, check_value = _look_inside(store)
        if check_value is None:
            store.close()
            return _open_nothing(url, lease_seconds)
        secret = secrets.load(check_value, create=False)
        if version < NEWEST_VERSION:  # the tables are brought up to date even so; no row changes
            _open_for_writing(url, secrets, lease_seconds, busy_seconds).close()
    except BaseException:
        store.close()
        raise
    store.in_use = True
    return Ledger(store, secret, lease_seconds)


def _open_nothing(url: URL, lease_seconds: float) -> Ledger:
    """Stand in for a ledger that does not exist yet: empty, in memory, under a secret of its own."""
    store = connect_memory(str(url.database))
    with store.write() as connection:
        migrate_tables(connection)
    store.in_use, store.writable = True, False
    return Ledger(store, Secret(token_bytes(SECRET_BYTES), "this dry run"), lease_seconds)


def _connect(url: URL, busy_seconds: float, *, writable: bool) -> Store:
    if url.get_backend_name() == "postgresql":
        return connect_postgresql(url, writable=writable, busy_seconds=busy_seconds)
    path = Path(url.database or "")
    refuse_network_file_system(path)
    return connect_sqlite(path, writable=writable, busy_seconds=busy_seconds)


def _look_inside(store: Store) -> tuple[int, str | None]:
    """Read the tables' version and the secret's check value; refuse what is damaged or newer than this program."""
    with store.read() as connection:
        version = read_version(connection)
        refuse_newer(version)
        check_value = read_check_value(connection) if version else None
        if store.local and Path(store.name).stat().st_size <= QUICK_CHECK_BYTES:
            refuse_damage(store, connection)
    return version, check_value


def _write_opened(connection: Connection, secret: Secret) -> None:
    """Write when the ledger was opened, so that a full disk shows now, and the check value of a new ledger."""
    check_value = read_check_value(connection)
    if check_value is None:
        write_meta(connection, "secret_check", secret.check_value)
    elif check_value != secret.check_value:
        raise LedgerError("Another program has just made this ledger with another secret. Use that secret.")
    write_meta(connection, "opened_at", datetime.now(UTC).isoformat(timespec="seconds"))
