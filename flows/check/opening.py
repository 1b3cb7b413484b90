"""Opening an export as its mapping says."""

from collections.abc import Iterator, Sequence

from straitsx_bulk.io.readers import Input, InputFile, open_input
from straitsx_bulk.schemas.batch import Origin
from straitsx_bulk.schemas.headers import count_known
from straitsx_bulk.schemas.mapping import Mapping

BATCH_ROWS = 50_000


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
    if found.get("encoding_confidence", "certain") not in ("certain", "given"):
        yield (
            f"{origin.source}: read as {found['encoding']}, which is a guess ({found['encoding_confidence']}). "
            "Where names look wrong, say `encoding:` in the mapping file."
        )
    if "visibility" in found:
        yield f"{origin.source}: sheet {origin.sheet} is hidden; it was read."
    if "hidden_sheets" in found and "rejects" not in found:
        yield (
            f"{origin.source}: hidden sheets were not read: {found['hidden_sheets']}. "
            "Name one with `sheet:` in the mapping file to read it."
        )
