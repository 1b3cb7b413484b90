"""Tells what a file is by its content; a suffix only breaks ties, because people rename files."""

import codecs
import gzip
import mmap
import zipfile
import zlib
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

from straitsx_bulk.io.readers.compound_file import CompoundError, list_streams
from straitsx_bulk.io.readers.zip_guard import refuse_bomb
from straitsx_bulk.schemas.errors import FileError

_LOOK = 65_536
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MANIFEST = "META-INF/manifest.xml"
_MANIFEST_LOOK = 1024 * 1024
_ENCRYPTED = "EncryptedPackage"
"""The stream in which Office puts a workbook of any of its formats that has a password ([MS-OFFCRYPTO] 2.3.4.4)."""
_GZIP = b"\x1f\x8b"
_FOREIGN = {
    b"%PDF": "is a PDF",
    b"{\\rtf": "is a rich text document",
    b"PAR1": "is a Parquet file",
    b"SQLite format 3": "is a SQLite database",
    b"\x89PNG": "is a picture",
    b"\xff\xd8\xff": "is a picture",
    b"7z\xbc\xaf": "is a 7z archive",
    b"Rar!": "is a RAR archive",
    b"BZh": "is packed with bzip2",
    b"\xfd7zXZ": "is packed with xz",
    b"\x28\xb5\x2f\xfd": "is packed with zstd",
}
_MARKUP = {
    b"<html": "is a web page",
    b"<!doctype": "is a web page",
    b"<table": "is a web page",
    b"<?xml": "is XML",
    b"<workbook": "is XML",
}


class Format(StrEnum):
    """What an export is."""

    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"
    XLSB = "xlsb"
    ODS = "ods"


def detect_format(path: Path, source: str) -> Format:
    """Tell what a file is by looking inside.

    Args:
        path: The file.
        source: The file as the user named it, for errors.

    Returns:
        Its format; anything that is text is CSV.

    Raises:
        FileError: It cannot be read, is empty, protected by a password, or no spreadsheet.
    """
    head = read_head(path, source)
    if not find_text(head).strip():
        raise FileError(source, "the file is empty.")
    if head.startswith(_GZIP):
        _refuse_packed(path, source)
        return Format.CSV
    if head.startswith(_ZIP):
        return _detect_zipped(path, source)
    if head.startswith(_OLE):
        return _detect_ole(path, source)
    _refuse_foreign(head, source)
    return Format.CSV


def find_text(head: bytes) -> bytes:
    """Drop the byte order mark that a text may begin with."""
    marks = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return next((head[len(mark) :] for mark in marks if head.startswith(mark)), head)


def read_head(path: Path, source: str, size: int = _LOOK) -> bytes:
    """Read the first bytes of a file.

    Raises:
        FileError: It cannot be read.
    """
    if path.is_dir():
        raise FileError(source, "is a folder; name its files, or the folder alone to read all of them.")
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise FileError(source, explain_os_error(error)) from error


def explain_os_error(error: OSError) -> str:
    """Say in a sentence why the system would not give a file."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file."
    if isinstance(error, PermissionError):
        return "you have no permission to read it."
    return f"cannot be read: {(error.strerror or type(error).__name__).lower()}."


def is_gzip(path: Path, source: str) -> bool:
    """Tell whether a file is packed with gzip."""
    return read_head(path, source, 2) == _GZIP


def _refuse_packed(path: Path, source: str) -> None:
    """Refuse a packed file that holds anything but text; what is damaged is told when it is read."""
    try:
        with gzip.open(path, "rb") as stream:
            head = stream.read(_LOOK)
    except (OSError, EOFError, zlib.error):
        return
    if not find_text(head).strip():
        raise FileError(source, "the file is empty.")
    if head.startswith((_ZIP, _OLE)):
        raise FileError(source, "is a workbook or archive packed with gzip; unpack it and name the file inside.")
    if head.startswith(_GZIP):
        raise FileError(source, "is packed with gzip twice; unpack it once.")
    _refuse_foreign(head, source)


def _detect_zipped(path: Path, source: str) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, source)
            names = set(archive.namelist())
            mimetype = _read_start(archive, "mimetype", 100) if "mimetype" in names else b""
            manifest = _read_start(archive, _MANIFEST, _MANIFEST_LOOK) if mimetype and _MANIFEST in names else b""
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise FileError(source, "is a damaged workbook or archive: its zip directory cannot be read.") from error
    if "xl/workbook.bin" in names:
        return Format.XLSB
    if b":encryption-data" in manifest:
        raise FileError(source, "is protected by a password; save a copy without one.")
    if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return Format.ODS
    if any(name.startswith("xl/") for name in names):
        return Format.XLSX
    raise FileError(source, "is a zip archive without a workbook in it; unpack it and name the file inside.")


def _read_start(archive: zipfile.ZipFile, part: str, size: int) -> bytes:
    with archive.open(part) as stream:
        return stream.read(size)


def _detect_ole(path: Path, source: str) -> Format:
    names = _list_streams(path)
    if _ENCRYPTED in names:
        raise FileError(source, "is protected by a password; save a copy without one.")
    if any(name.lower() in {"workbook", "book"} for name in names):
        return Format.XLS
    raise FileError(source, "is an old Office document, but no workbook.")


def _list_streams(path: Path) -> Collection[str]:
    """List the streams of an old Office document; of a damaged one those whose names stand somewhere in it."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            return list_streams(content)
        except CompoundError:
            return [name for name in (_ENCRYPTED, "Workbook", "Book") if content.find(name.encode("utf-16-le")) >= 0]


def _refuse_foreign(head: bytes, source: str) -> None:
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise FileError(source, f"{what}, not a spreadsheet or delimited text.")
    start = find_text(head).lstrip()[:20].lower()
    for magic, what in _MARKUP.items():
        if start.startswith(magic):
            raise FileError(
                source, f"{what}, whatever its name says; open it in a spreadsheet program and save it as .xlsx."
            )
    if start.startswith((b"{", b"[{", b"[[")):
        raise FileError(source, "is JSON, not a spreadsheet or delimited text.")
