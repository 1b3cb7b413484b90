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
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if (
        len(parts) > _MOST_PARTS
        or unpacked > _MOST_BYTES
        or (unpacked > _BOMB_BYTES and unpacked > packed * _BOMB_RATIO)
    ):
        archive.close()
        raise FileError(
            source,
            f"would unpack to {unpacked:,} bytes in {len(parts):,} parts: a zip bomb, no workbook. It was not opened.",
        )
    if any(part.flag_bits & 1 for part in parts):
        archive.close()
        raise FileError(source, "is protected by a password; save a copy without one.")
    return archive
