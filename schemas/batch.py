"""What every reader gives: a batch of rows as text, each knowing where it stands."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd


class Note(StrEnum):
    """Something a reader saw in a row or cell that the cell's text alone no longer shows."""

    RAGGED_ROW = "ragged_row"
    """The row has too many or too few cells; it has no key and is rejected."""
    UNDECODABLE = "undecodable"
    """The cell holds bytes that the file's encoding has no character for."""
    ERROR_CELL = "error_cell"
    """The workbook's cell shows an error such as ``#N/A``; it was read as empty."""
    HIDDEN_ROW = "hidden_row"
    """The workbook hides the row; it was read all the same."""


@dataclass(frozen=True, slots=True)
class CellNote:
    """A reader's note on one row of a batch.

    Attributes:
        position: 0-based position of the row in its batch.
        header: The column's header as in the file, or None where the note is on the whole row.
        note: What was seen.
        detail: For people, without personal values, for example ``"19 cells, the header has 18"``.
    """

    position: int
    header: str | None
    note: Note
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from: one file, or one sheet of a workbook.

    Attributes:
        source: The file as the user named it (a path inside a named folder for folders and globs).
        sheet: The sheet's name; empty for delimited text.
        headers: The header cells in order, unique (a second ``Name`` becomes ``Name (2)``), never empty
            (an unnamed column that holds values becomes ``column 7``).
        header_row: Row number of the header as a person sees it; 1 in a plain CSV.
        format: ``csv``, ``xlsx``, ``xls``, ``xlsb`` or ``ods``.
        detected: What was found by looking, for ``inspect`` and the summary, such as
            ``{"encoding": "cp1252", "delimiter": ";"}``.
    """

    source: str
    sheet: str
    headers: tuple[str, ...]
    header_row: int
    format: str
    detected: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as read, all cells text.

    Attributes:
        origin: The file and sheet.
        rows: Row numbers as a person sees them, shape (n,).
        cells: One column per header, in order, dtype ``str``, RangeIndex; an empty cell is ``""``, never NaN.
        notes: What the reader saw beside the text.
        seals: For our own rejects files, the ``_`` columns that came back (``_source``, ``_sheet``, ``_row``,
            ``_stage``, ``_errors``, ``_suggestions``, ``_check``), same index as ``cells``; None for any other file.
    """

    origin: Origin
    rows: npt.NDArray[np.int64]
    cells: pd.DataFrame
    notes: tuple[CellNote, ...] = ()
    seals: pd.DataFrame | None = None

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.rows)
