"""Refuses zip bombs before anything of them is unpacked."""

import zipfile
from pathlib import Path

from straitsx_bulk.schemas.errors import FileError

_MOST_BYTES = 8 * 1024**3
_BOMB_BYTES = 256 * 1024**2
_BOMB_RATIO = 200
_MOST_PARTS = 20_000


def open_archive(path: Path, source: str) -> zipfile.ZipFile:
    """Open a workbook's archive after a look at its directory.

    Raises:
        FileError: It is damaged, protected, or would unpack to far more than any workbook.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise FileError(source, "is damaged: its zip directory cannot be read. Open and save it again.") from error
    try:
        refuse_bomb(archive, source)
        _refuse_protected(archive, source)
    except FileError:
        archive.close()
        raise
    return archive


def _refuse_protected(archive: zipfile.ZipFile, source: str) -> None:
    if any(part.flag_bits & 1 for part in archive.infolist()):
        raise FileError(source, "is protected by a password; save a copy without one.")


def refuse_bomb(archive: zipfile.ZipFile, source: str) -> None:
    """Refuse an archive that says it would unpack to far more than any workbook.

    One that says less than it holds gives no more than it says, to zipfile and to calamine alike: the rest is cut off.

    Raises:
        FileError: It is one.
    """
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if (
        len(parts) > _MOST_PARTS
        or unpacked > _MOST_BYTES
        or (unpacked > _BOMB_BYTES and unpacked > packed * _BOMB_RATIO)
    ):
        raise FileError(
            source,
            f"would unpack to {unpacked:,} bytes in {len(parts):,} parts: a zip bomb, no workbook. It was not opened.",
        )
