"""What a workbook's format has to tell about rows beyond the values that calamine gives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from straitsx_bulk.io.readers.number_formats import Show
from straitsx_bulk.schemas.errors import FileError

MOST_CELLS = 64_000_000
"""Cells that a sheet may stretch over: calamine holds 32 bytes for each, filled or not."""
MOST_MERGED = 10_000
"""Merged ranges of a sheet that are remembered: those of a header stand among the first."""
Merged = tuple[tuple[int, int], tuple[int, int]]
"""A merged range: 0-based row and column of its first cell, and of its last."""
ERROR_NAMES = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
"""Errors by their code in binary workbooks ([MS-XLS] 2.5.10, [MS-XLSB] 2.5.97.2)."""
RECALCULATE = "open the file in a spreadsheet program and save it"
"""What to do about formulas that were never calculated."""
UNCALCULATED = f"a formula that was never calculated: {RECALCULATE}"
"""The error of a formula without a value. Programs that only write files, not calculate, leave such."""


@dataclass(frozen=True, slots=True)
class RowDetails:
    """What a row's values alone do not show.

    Attributes:
        row: Number of the row in the sheet, from 1.
        hidden: Whether the workbook hides it.
        errors: 0-based column to the error shown there, such as ``#N/A``.
        shows: 0-based column to the function that shows its number.
        texts: 0-based column to the text shown there, where the workbook has it.
    """

    row: int
    hidden: bool = False
    errors: Mapping[int, str] = field(default_factory=dict)
    shows: Mapping[int, Show] = field(default_factory=dict)
    texts: Mapping[int, str] = field(default_factory=dict)


class Package(Protocol):
    """A workbook's file, looked into beside calamine.

    Attributes:
        counts_from_1904: Whether its day numbers count from 1904, as those of old Macs do, and not from 1900.
    """

    counts_from_1904: bool

    def survey_sheet(self, sheet: str) -> bool:
        """Look over a sheet before calamine loads it.

        Returns:
            Whether ``read_details`` has anything to give.

        Raises:
            FileError: The sheet is damaged, or stretches over more cells than memory holds.
        """

    def list_merged(self, sheet: str) -> Sequence[Merged]:
        """List the merged ranges that calamine does not know, of a sheet that ``survey_sheet`` has looked over."""

    def read_details(self, sheet: str) -> Iterator[RowDetails]:
        """Give the rows of a sheet that have something to say, in order.

        Raises:
            FileError: The sheet is damaged.
        """


def refuse_vast(rows: int, columns: int, source: str) -> None:
    """Refuse a sheet whose filled cells lie too far apart to be held.

    Raises:
        FileError: It is one.
    """
    if rows * columns > MOST_CELLS:
        raise FileError(
            source, f"a sheet stretches over {rows:,} rows and {columns:,} columns; clear the cells far off the table."
        )
