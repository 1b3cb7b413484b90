"""Reads records with the csv module: slowly, and right where quoting is not plain."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

CELL_LIMIT = 1024 * 1024
"""Characters a cell may have: far more than any parameter, and little enough to be held in memory."""
RECORD_LIMIT = 16 * 1024 * 1024
"""Bytes a record may have before a quote that was never closed is the likelier reason."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text is written.

    Attributes:
        delimiter: One ASCII character.
        quote: One ASCII character; doubled inside a quoted cell.
    """

    delimiter: str = ","
    quote: str = '"'


@dataclass(frozen=True, slots=True)
class Records:
    """What a text held.

    Attributes:
        cells: The complete records in order; an empty line is an empty list.
        lines: Physical lines that they take.
        left: Text of the last, incomplete record.
    """

    cells: list[list[str]]
    lines: int
    left: str


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
    feeder = _Feeder(text)
    cells: list[list[str]] = []
    lines = 0
    try:
        for record in csv.reader(feeder, delimiter=dialect.delimiter, quotechar=dialect.quote):
            if feeder.ran_out:
                break
            cells.append(record)
            lines += len(feeder.pending)
            feeder.pending.clear()
    except csv.Error as error:
        raise LongCellError(lines) from error
    return Records(cells, lines, "".join(feeder.pending))


class _Feeder:
    """Gives lines and remembers those of the record under way, which the reader asks for one by one."""

    def __init__(self, text: str) -> None:
        self._lines = iter(io.StringIO(text, newline=""))
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
        return line
