"""Where a ledger stands: its URL taken apart, its file made safely, network file systems refused."""

import os
import re
import stat
import sys
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from straitsx_bulk.schemas.errors import LedgerError, UsageError

SQLITE_MAGIC = b"SQLite format 3\x00"
"""How every SQLite database begins."""

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "afs", "ncpfs", "ceph", "glusterfs", "lustre", "gpfs"}
    | {"beegfs", "davfs", "prl_fs", "vboxsf"}
    | {f"fuse.{kind}" for kind in ("ceph", "glusterfs", "sshfs", "s3fs", "gcsfuse", "rclone", "davfs", "blobfuse2")}
)
"""Kinds on which several machines see a file but not each other's locks, or WAL's shared memory does not work."""
_SQLITE_HEAD = b"SQLite format 3\0"
_SECRET_QUERY = frozenset({"password", "sslpassword"})


def parse_ledger_url(url: str) -> URL:
    """Take a ledger's URL apart.

    Args:
        url: ``sqlite:///relative``, ``sqlite:////absolute`` or ``postgresql://…``.

    Returns:
        The URL with the driver that this program uses.

    Raises:
        UsageError: Not such a URL, or one with a password in it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # The text is not shown: it may hold a password.
        raise UsageError(
            "--ledger is not a URL. Write sqlite:///path/to/ledger.db, sqlite:////absolute/path or"
            " postgresql://user@host/database."
        ) from error
    kind = parsed.drivername.partition("+")[0]
    if kind in {"postgresql", "postgres"}:
        _refuse_password(parsed)
        return parsed.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise UsageError(f"--ledger: a ledger is sqlite:///… or postgresql://…, not {kind}://….")
    if not parsed.database or parsed.database == ":memory:" or parsed.host:
        raise UsageError("--ledger: sqlite needs a file: sqlite:///path/to/ledger.db, or sqlite:////absolute/path.")
    if parsed.query:
        raise UsageError(
            f"--ledger: a SQLite ledger takes no settings behind the file's name (?{next(iter(parsed.query))}=…); "
            "leave them out."
        )
    return parsed.set(drivername="sqlite+pysqlite")


def _refuse_password(url: URL) -> None:
    if url.password is not None or _SECRET_QUERY & url.query.keys():
        raise UsageError(
            "--ledger holds a password, and others can read command lines and logs. Take it out of the URL and put it"
            " into the environment variable PGPASSWORD or a .pgpass file."
        )


def prepare_file(path: Path) -> bool:
    """Make a ledger's folder (0700) and file (0600) where they are not there yet.

    Args:
        path: The database file.

    Returns:
        Whether the file is new.

    Raises:
        LedgerError: It cannot be made or opened, or stands on a network file system.
    """
    try:
        refuse_network_file_system(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            refuse_other_file(path)
            _close_to_others(path)
            return False
    except OSError as error:
        raise LedgerError(
            f"The ledger {path} cannot be made or opened: {error.strerror}. Give yourself the right to write there,"
            " or name another file with --ledger."
        ) from error
    return True


def refuse_other_file(path: Path) -> None:
    """Keep hands off a file that is no database: SQLite would take a short one for an empty ledger and write over it.

    Raises:
        LedgerError: The file holds something else.
    """
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as stream:
        start = stream.read(len(SQLITE_MAGIC))
    if start != SQLITE_MAGIC:
        raise LedgerError(f"{path} is not a ledger; nothing was written. Name another file with --ledger.")


def _close_to_others(path: Path) -> None:
    """Close a ledger that is open to others; whatever else somebody named by mistake stays as it is."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise LedgerError(f"The ledger {path} is not a file. Name another with --ledger.")
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE_HEAD))
        if head in {b"", _SQLITE_HEAD}:
            path.chmod(0o600)


def refuse_network_file_system(path: Path) -> None:
    """Refuse a place where SQLite's locks do not hold.

    Args:
        path: Of the database file; it need not exist.

    Raises:
        LedgerError: It stands on a network file system.
    """
    kind = file_system_of(path, _read_mounts())
    if kind in NETWORK_FILE_SYSTEMS:
        raise LedgerError(
            f"The ledger {path} stands on a network file system ({kind}), where SQLite cannot keep two programs apart."
            " Use a local disk, or a PostgreSQL ledger: --ledger postgresql://user@host/database."
        )


def _read_mounts() -> str:
    if sys.platform != "linux":
        return ""
    try:
        return Path("/proc/self/mountinfo").read_text()
    except OSError:
        return ""


def file_system_of(path: Path, mounts: str) -> str:
    """Find the kind of file system that a path stands on.

    Args:
        path: It need not exist.
        mounts: The text of Linux's ``/proc/self/mountinfo``.

    Returns:
        The kind, such as ``ext4``; empty where it cannot be told.
    """
    target = path.resolve()
    best, kind = -1, ""
    for line in mounts.splitlines():
        front, _, back = line.partition(" - ")
        point = Path(re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), front.split(" ")[4]))
        # The last of equal mount points lies on top.
        if (target == point or point in target.parents) and len(point.parts) >= best:
            best, kind = len(point.parts), back.split(" ")[0]
    return kind
