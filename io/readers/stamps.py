"""Which file stood under a path, so that one that is written to or replaced is never read as the one looked at."""

from pathlib import Path
from typing import NamedTuple

from straitsx_bulk.io.readers.formats import explain_os_error
from straitsx_bulk.schemas.errors import FileError

CHANGED = "it changed while it was read. Run again once nobody writes to it."
_ROUNDED_NS = 2_000_000_000
"""By how much two machines may differ on when a file on a shared disk was written; FAT keeps every other second."""


class Stamp(NamedTuple):
    """A file as it was.

    Attributes:
        inode: Its number on this machine.
        size: In bytes.
        written_ns: When it was last written, in nanoseconds since 1970.
    """

    inode: int
    size: int
    written_ns: int


def take_stamp(path: Path, source: str) -> Stamp:
    """Take note of which file stands under a path.

    Raises:
        FileError: It cannot be looked at.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise FileError(source, explain_os_error(error)) from error
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def refuse_change(path: Path, source: str, stamp: Stamp) -> None:
    """Refuse a file that is another, or was written to, since it was looked at on this machine.

    Raises:
        FileError: It is.
    """
    if take_stamp(path, source) != stamp:
        raise FileError(source, CHANGED)


def refuse_other(path: Path, source: str, stamp: Stamp) -> None:
    """Refuse a file that was written to since it was looked at, perhaps on another machine.

    Raises:
        FileError: It was.
    """
    found = take_stamp(path, source)
    if found.size != stamp.size or abs(found.written_ns - stamp.written_ns) > _ROUNDED_NS:
        raise FileError(source, CHANGED)
