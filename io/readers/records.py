r"""Reads records with the csv module: slowly, and right where quoting is not plain.

Some systems (MySQL's among them) write a quote inside quotes as ``\"`` in place of ``""``. Read as if they did not,
cells would change in silence; so such a record is either read with the backslash as escape, or told.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BACKSLASH = "\\"
CELL_LIMIT = 1024 * 1024
"""Characters a cell may have: far more than any parameter, and little enough to be held in memory."""
RECORD_LIMIT = 16 * 1024 * 1024
"""Bytes a record may have before a quote that was never closed is the likelier reason."""


@dataclass(frozen=True, slots=True)
class Dialect:
    r"""How a delimited text is written.

    Attributes:
        delimiter: One ASCII character.
        quote: One ASCII character; doubled inside a quoted cell.
        escape: A backslash where quotes, delimiters and backslashes stand behind one; empty where none means anything.
            Before other characters it stays what it is: ``\N`` is MySQL's NULL, and ``C:\temp`` a folder.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""


@dataclass(frozen=True, slots=True)
class Runaway:
    """A record over several lines in which a quote stands where none may.

    A quote that was opened and not closed ends at the next one in the file, and swallows the rows in between.

    Attributes:
        place: 0-based, among the records.
        before: Physical lines before it.
        lines: Physical lines that it takes.
    """

    place: int
    before: int
    lines: int


@dataclass(frozen=True, slots=True)
class Records:
    """What a text held.

    Attributes:
        cells: The complete records in order; an empty line is an empty list.
        lines: Physical lines that they take.
        left: Text of the last, incomplete record.
        escaped: Physical lines before the first record that makes sense only if a backslash escapes quotes; None where
            there is none, or where the dialect says so.
        runaways: The records over several lines whose quotes do not fit.
    """

    cells: list[list[str]]
    lines: int
    left: str
    escaped: int | None = None
    runaways: tuple[Runaway, ...] = ()


class LongCellError(Exception):
    """A cell is longer than CELL_LIMIT.

    Attributes:
        lines: Physical lines before the record with it.
    """

    def __init__(self, lines: int) -> None:
        self.lines = lines
        super().__init__("a cell is too long")


def read_records(text: str, dialect: Dialect) -> Records:
    """Read the complete records of a text that ends with a line break.

    Args:
        text: Begins with a record.
        dialect: How it is written.

    Raises:
        LongCellError: A cell is longer than CELL_LIMIT.
    """
    csv.field_size_limit(CELL_LIMIT)
    feeder = _Feeder(text, dialect)
    cells: list[list[str]] = []
    lines, escaped = 0, None
    runaways: list[Runaway] = []
    suspicious = not dialect.escape and BACKSLASH + dialect.quote in text
    try:
        for record in _read_csv(feeder, dialect):
            if feeder.ran_out:
                break
            if suspicious and escaped is None and _is_escaped(feeder.pending, dialect):
                escaped = lines
            if len(feeder.pending) > 1 and _runs_away("".join(feeder.pending), dialect):
                runaways.append(Runaway(len(cells), lines, len(feeder.pending)))
            cells.append(record)
            lines += len(feeder.pending)
            feeder.pending.clear()
    except csv.Error as error:
        raise LongCellError(lines) from error
    return Records(cells, lines, "".join(feeder.pending), escaped, tuple(runaways))


def _runs_away(record: str, dialect: Dialect) -> bool:
    """Tell whether a quote in a record stands where none may, blanks behind a closing one apart."""
    return not is_strict(record, dialect) and not is_strict(_close_up(record, dialect), dialect)


def _close_up(text: str, dialect: Dialect) -> str:
    """Take away the blanks that some programs write between a closing quote and the delimiter."""
    delimiter = re.escape(dialect.delimiter)
    return re.sub(rf"(?<={re.escape(dialect.quote)})(?:(?!{delimiter})[ \t])++(?={delimiter}|\s*\Z)", "", text)


def is_strict(text: str, dialect: Dialect) -> bool:
    """Tell whether no closing quote of a text has anything but a delimiter or a line end behind it."""
    feeder = _Feeder(text, dialect)
    try:
        for _ in _read_csv(feeder, dialect, strict=True):
            pass
    except csv.Error:
        return feeder.ran_out  # a quote that is open at the end of a sample is no fault
    return True


def _read_csv(lines: Iterator[str], dialect: Dialect, *, strict: bool = False) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape or None,
        strict=strict,
    )


def _is_escaped(lines: Sequence[str], dialect: Dialect) -> bool:
    """Tell whether a record holds a quote behind a backslash, and quotes that do not fit together."""
    text = "".join(lines)
    return BACKSLASH + dialect.quote in text and not is_strict(text, dialect)


class _Feeder:
    """Gives lines and remembers those of the record under way, which the reader asks for one by one."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._lines = iter(io.StringIO(text, newline=""))
        self._means_itself = _find_meaningless(dialect)
        self.pending: list[str] = []
        self.ran_out = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.ran_out = True
            raise StopIteration
        self.pending.append(line)
        return line if self._means_itself is None else self._means_itself.sub(_double, line)


def _find_meaningless(dialect: Dialect) -> re.Pattern[str] | None:
    """Make a pattern of escapes: group 1 is a backslash that escapes nothing; None where the dialect has no escape."""
    if not dialect.escape:
        return None
    meant = re.escape(BACKSLASH + dialect.quote + dialect.delimiter)
    return re.compile(rf"\\[{meant}]|(\\)")


def _double(found: re.Match[str]) -> str:
    """Write a backslash that escapes nothing so that the csv module leaves it."""
    return BACKSLASH * 2 if found[1] else found[0]
