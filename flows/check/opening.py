"""Opening an export as its mapping says."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from straitsx_bulk.io.readers import Input, InputFile, open_input
from straitsx_bulk.io.readers.files import TEXT_SUFFIXES, WORKBOOK_SUFFIXES
from straitsx_bulk.schemas.batch import Origin
from straitsx_bulk.schemas.headers import count_known
from straitsx_bulk.schemas.mapping import Mapping

BATCH_ROWS = 50_000
ENCODING_DOUBTS = {
    "likely": "which is a guess that fits",
    "low": "which is a guess that does not fit: letters beyond A to Z were not taken over",
    "damaged": "although some of its bytes are none",
}
"""How sure the encoding is to a sentence's part, where it was neither said nor certain."""
NO_TEXT = frozenset(
    {
        *WORKBOOK_SUFFIXES,
        ".7z", ".accdb", ".db", ".doc", ".docx", ".eml", ".htm", ".html", ".jpeg", ".jpg", ".json", ".mdb", ".msg",
        ".numbers", ".odt", ".parquet", ".pdf", ".png", ".ppt", ".pptx", ".rar", ".rtf", ".sqlite", ".xml", ".zip",
    }
)  # fmt: skip
"""Suffixes that say of a file that it is no delimited text; any other says nothing."""


def open_export(file: InputFile, mapping: Mapping | None, *, sheet: str | None = None) -> Input:
    """Open an export as its mapping says: sheet, header row, delimiter, encoding, and what its headers are called.

    Args:
        file: Which one.
        mapping: Its mapping file, or None: all is found by looking.
        sheet: A workbook's sheet that beats the mapping's, or None.

    Raises:
        FileError: It cannot be read.
        UsageError: Two sheets could be meant, or what the mapping says does not fit.
    """
    said = mapping or Mapping()
    return open_input(
        file,
        sheet=sheet or said.sheet,
        header_row=said.header_row,
        delimiter=said.delimiter,
        encoding=said.encoding,
        known_headers=lambda headers: count_headers(headers, mapping),
        batch_rows=BATCH_ROWS,
    )


def count_headers(headers: Sequence[str], mapping: Mapping | None) -> int:
    """Count the cells of a row that look like headers: known to us, or named by the mapping."""
    named = list_headers(mapping) if mapping else frozenset()
    return max(count_known(headers), sum(header.strip() in named for header in headers))


def list_headers(mapping: Mapping) -> frozenset[str]:
    """List the headers that a mapping file names."""
    sources = {header for column in mapping.columns.values() for header in column.from_ or ()}
    return frozenset(sources | {mapping.profile_id or "", mapping.reference or "", *mapping.keep} - {""})


def describe_doubts(origin: Origin) -> Iterator[str]:
    """Say what a person should know of how an export was read, because it was guessed or does not meet the eye.

    Args:
        origin: The file or sheet.

    Returns:
        Sentences, none where there is nothing to say.
    """
    found = origin.detected
    if disguise := describe_disguise(origin):
        yield disguise
    if doubt := ENCODING_DOUBTS.get(found.get("encoding_confidence", "")):
        low = found["encoding_confidence"] == "low"
        where = f"{'Say' if low else 'Where names look wrong, say'} `encoding:` in the mapping file."
        yield f"{origin.source}: read as {found['encoding']}, {doubt}. {where}"
    if "visibility" in found:
        yield f"{origin.source}: sheet {origin.sheet} is hidden; it was read."
    if "unread_sheets" in found:
        yield (
            f"{origin.source}: sheet {origin.sheet} was read, and not: {found['unread_sheets']}. "
            "Name another with `sheet:` in the mapping file to read it."
        )
    if "hidden_sheets" in found and "rejects" not in found:
        yield (
            f"{origin.source}: hidden sheets were not read: {found['hidden_sheets']}. "
            "Name one with `sheet:` in the mapping file to read it."
        )


def describe_disguise(origin: Origin) -> str:
    """Say what a file is whose name says something else, or nothing: its content decides (contract, "Input")."""
    suffix = PurePath(origin.source).suffix.lower()
    is_text = origin.format == "csv"
    if suffix not in (NO_TEXT if is_text else TEXT_SUFFIXES):
        return ""
    kind = "delimited text" if is_text else f"a workbook ({origin.format})"
    return f"{origin.source}: read as {kind}, since that is what it holds, whatever its name says."
