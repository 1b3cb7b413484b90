"""Finds the delimiter and the quote of delimited text by looking at its first records."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from straitsx_bulk.io.readers.headers import KnownHeaders, clean_header
from straitsx_bulk.io.readers.records import BACKSLASH, Dialect, LongCellError, is_strict, read_records
from straitsx_bulk.schemas.errors import FileError, UsageError
from straitsx_bulk.schemas.text_forms import read_delimiter

_CANDIDATES = (",", ";", "\t", "|")
_LOOK = 200


def use_delimiter(text: str) -> str:
    """Take the delimiter that the user gave.

    Raises:
        UsageError: It cannot be a delimiter, see ``read_delimiter``.
    """
    try:
        return read_delimiter(text)
    except ValueError as error:
        raise UsageError(f"{error}.") from None


def detect_dialect(
    text: str, source: str, delimiter: str | None, known: KnownHeaders | None
) -> tuple[Dialect, list[list[str]]]:
    """Find how a text is written.

    Args:
        text: The file's beginning, up to a line end.
        source: The file as the user named it, for errors.
        delimiter: The delimiter, if the user gave it.
        known: Counts the cells of a row that are known header names.

    Returns:
        The dialect, and the first records read with it.

    Raises:
        FileError: Not one record can be read.
    """
    declared = _read_declared(text)
    choices = [delimiter or declared] if delimiter or declared else list(_CANDIDATES)
    read = [(Dialect(choice), _read(text, Dialect(choice))) for choice in choices if choice]
    best, records = max(read, key=lambda pair: _score(pair[1], known))
    if not records:
        raise FileError(source, "line 1 opens a quote that is never closed, or begins a cell that is far too long.")
    if _is_apostrophe_quoted(records):
        best = Dialect(best.delimiter, "'")
    best = _find_escape(text, best)
    return best, _read(text, best)


def _find_escape(text: str, dialect: Dialect) -> Dialect:
    """Take the backslash for an escape where quotes fit together only then."""
    escaped = replace(dialect, escape=BACKSLASH)
    holds = BACKSLASH + dialect.quote in text
    return escaped if holds and not is_strict(text, dialect) and is_strict(text, escaped) else dialect


def is_declaration(record: Sequence[str], dialect: Dialect) -> bool:
    """Tell whether a record is the line ``sep=;`` that Excel puts first."""
    return dialect.delimiter.join(record).strip().lower() == f"sep={dialect.delimiter}"


def _read_declared(text: str) -> str | None:
    first = text[:20].splitlines()[:1]
    line = first[0].strip('"') if first else ""
    return (
        line[4] if line[:4].lower() == "sep=" and len(line) == 5 and line[4] in (*_CANDIDATES, ":", "^", "~") else None
    )


def _read(text: str, dialect: Dialect) -> list[list[str]]:
    try:
        return read_records(text, dialect).cells
    except LongCellError:
        return []


def _score(records: Sequence[Sequence[str]], known: KnownHeaders | None) -> tuple[int, float, int]:
    """Rank a reading: known headers found, how evenly wide its rows are, how wide."""
    rows = [record for record in records[:_LOOK] if any(cell.strip() for cell in record)]
    if not rows:
        return (0, 0.0, 0)
    hits = max(known([clean_header(cell) for cell in row]) for row in rows[:50]) if known else 0
    wide = [len(row) for row in rows if len(row) > 1]
    if not wide:
        return (hits if hits > 1 else 0, 0.0, 1)
    width, count = Counter(wide).most_common(1)[0]
    return (hits if hits > 1 else 0, round(count / len(rows), 1), width)


def _is_apostrophe_quoted(records: Sequence[Sequence[str]]) -> bool:
    """Tell whether every cell of the first wide record stands in apostrophes."""
    first = next((record for record in records if len(record) > 1), [])
    return len(first) > 1 and all(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in first)
