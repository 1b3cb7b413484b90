"""One sheet of a workbook: its header, and its rows as text."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from python_calamine import CalamineSheet

from straitsx_bulk.io.readers import tables
from straitsx_bulk.io.readers.assembly import Columns
from straitsx_bulk.io.readers.calamine_errors import explain_damage
from straitsx_bulk.io.readers.cells import Value, to_text, to_texts
from straitsx_bulk.io.readers.chunks import Chunk, ChunkNote
from straitsx_bulk.io.readers.formats import Format
from straitsx_bulk.io.readers.headers import (
    CHECK_COLUMN,
    LISTS_SHEET,
    LOOK_ROWS,
    Header,
    clean_header,
    describe_rejects,
    find_header,
)
from straitsx_bulk.io.readers.opening import Wishes
from straitsx_bulk.io.readers.row_details import Merged, Package, RowDetails
from straitsx_bulk.schemas.batch import Note, Origin

_CHUNK_ROWS = 500
"""Their cells stay in the processor's cache between calamine and Arrow; twice as many rows cost half as much again."""


class Sheet:
    """A loaded sheet.

    Attributes:
        name: As the workbook has it.
        columns: Which of its columns become what; known once ``with_header`` has been called.
    """

    columns: Columns

    def __init__(
        self,
        source: str,
        name: str,
        kind: Format,
        raw: CalamineSheet,
        package: Package | None,
        merged: Sequence[Merged],
        wishes: Wishes,
    ) -> None:
        self.name = name
        self._source = source
        self._kind = kind
        self._raw = raw
        self._package = package
        self._known = wishes.known_headers
        top, self._first_column = raw.start or (0, 0)
        self._height = top + raw.height
        self._header: Header | None = None
        self._lead = self._read_lead(top + max(LOOK_ROWS, wishes.header_row or 0), merged)

    @property
    def is_empty(self) -> bool:
        """Tell whether no cell holds anything."""
        return not any(any(cells) for _, cells in self._lead)

    @property
    def is_ours(self) -> bool:
        """Tell whether we wrote the sheet into a rejects file."""
        return any(CHECK_COLUMN in cells for _, cells in self._lead)

    @property
    def rows_estimate(self) -> int:
        """Count the rows below the header, blank ones included."""
        return max(self._height - (self._header.row if self._header else 0), 0)

    def count_known(self) -> int:
        """Count the known header names in the row that has the most of them."""
        if self._known is None:
            return 0
        return max(self._known([clean_header(cell) for cell in cells if cell]) for _, cells in self._lead)

    def with_header(self, given: int | None) -> "Sheet":
        """Find the header and name the columns.

        Args:
            given: The header's row number, if the user said it.

        Raises:
            FileError: There is no header.
        """
        self._header = find_header(self._lead, self._source, given, self._known, f"sheet {self.name!r}: ")
        seals = self._header.find_seals() if self._header.ours else None
        self.columns = Columns(self._header.name_columns(self._find_filled(self._header)), seals)
        return self

    def build_origin(self, hidden: Sequence[str]) -> Origin:
        """Describe where the rows come from.

        Args:
            hidden: The workbook's hidden sheets.
        """
        header = self._header.row if self._header else 0
        detected = {"sheet": self.name}
        if self.name in hidden:
            detected["visibility"] = "hidden"
        unread = [name for name in hidden if name not in (self.name, LISTS_SHEET)]
        if unread:
            detected["hidden_sheets"] = ", ".join(unread)
        headers = tuple(name for _, name in self.columns.cells)
        if self._header is not None and self.is_ours:
            detected |= describe_rejects(self._header)
        return Origin(self._source, self.name, headers, header, self._kind.value, detected)

    def read_chunks(self, places: Sequence[int]) -> Iterator[Chunk]:
        """Give the rows below the header; blank ones may be among them."""
        header = self._header.row if self._header else 0
        number = header + 1
        details = _Details(self._package.read_details(self.name) if self._package else iter(()))
        with explain_damage(self._source):
            rows = islice(self._raw.iter_rows(), header, None)  # from row 1, but from the first filled column
            while block := list(islice(rows, _CHUNK_ROWS)):
                notes = tuple(details.apply(block, number, self._first_column))
                yield self._build_chunk(block, number, places, notes)
                number += len(block)
            while unseen := list(islice(details.list_unseen(), _CHUNK_ROWS)):
                yield _build_unseen(unseen, places)

    def _build_chunk(
        self, block: Sequence[Sequence[Value]], number: int, places: Sequence[int], notes: tuple[ChunkNote, ...]
    ) -> Chunk:
        columns = list(zip(*block, strict=True))
        blank = ("",) * len(block)
        inner = [place - self._first_column for place in places]
        texts = [to_texts(columns[i]) if 0 <= i < len(columns) else blank for i in inner]
        return Chunk(np.arange(number, number + len(block), dtype=np.int64), tables.build_columns(texts, places), notes)

    def _read_lead(self, count: int, merged: Sequence[Merged]) -> list[tuple[int, list[str]]]:
        """Read the first rows, each cell of a merged range with the range's text."""
        with explain_damage(self._source):
            if self._raw.start is None:
                return []
            lead = [
                [""] * self._first_column + [to_text(v) for v in row] for row in islice(self._raw.iter_rows(), count)
            ]
        for (top, left), (bottom, right) in merged:
            self._fill_merged(lead, top, bottom, left, right)
        return list(enumerate(lead, start=1))

    @staticmethod
    def _fill_merged(lead: list[list[str]], top: int, bottom: int, left: int, right: int) -> None:
        if not 0 <= top < len(lead) or left >= len(lead[top]):
            return
        text = lead[top][left]
        for row in lead[top : min(bottom, top + LOOK_ROWS) + 1]:
            row[left : right + 1] = [text] * len(row[left : right + 1])

    def _find_filled(self, header: Header) -> tuple[int, ...]:
        """Find the columns without a name that hold a value below the header."""
        waiting = [place for place in header.unnamed if place >= self._first_column]
        if not waiting:
            return ()
        filled: set[int] = set()
        for chunk in self.read_chunks(waiting):
            filled |= {p for p in waiting if not tables.find_blank(chunk.table.select([str(p)])).all()}
        return tuple(sorted(filled))


class _Details:
    """Lays the details of a sheet's rows over its values, both in row order."""

    def __init__(self, details: Iterator[RowDetails]) -> None:
        self._details = details
        self._next = next(details, None)

    def apply(self, block: list[list[Value]], number: int, first_column: int) -> Iterator[ChunkNote]:
        """Show numbers as the sheet does, in place, and give the notes of a block whose first row has this number."""
        while self._next is not None and self._next.row < number + len(block):
            detail, self._next = self._next, next(self._details, None)
            if detail.row >= number:
                position = detail.row - number
                _show_cells(block[position], detail, first_column)
                if detail.hidden:
                    yield ChunkNote(position, None, Note.HIDDEN_ROW)
                yield from _note_errors(position, detail)

    def list_unseen(self) -> Iterator[RowDetails]:
        """Give the rows below the last value that hold errors: formulas without a value, which calamine leaves out."""
        while self._next is not None:
            detail, self._next = self._next, next(self._details, None)
            if detail.errors:
                yield detail


def _note_errors(position: int, detail: RowDetails) -> Iterator[ChunkNote]:
    return (ChunkNote(position, column, Note.ERROR_CELL, error) for column, error in detail.errors.items())


def _build_unseen(unseen: Sequence[RowDetails], places: Sequence[int]) -> Chunk:
    """Make rows of nothing but errors."""
    notes: list[ChunkNote] = []
    for position, detail in enumerate(unseen):
        if detail.hidden:
            notes.append(ChunkNote(position, None, Note.HIDDEN_ROW))
        notes += _note_errors(position, detail)
    blank = [("",) * len(unseen)] * len(places)
    rows = np.array([detail.row for detail in unseen], dtype=np.int64)
    return Chunk(rows, tables.build_columns(blank, places), tuple(notes))


def _show_cells(row: list[Value], detail: RowDetails, first_column: int) -> None:
    """Put what the sheet shows in the place of the values."""
    for column, show in detail.shows.items():
        place = column - first_column
        if 0 <= place < len(row) and type(row[place]) in {float, int}:
            row[place] = show(row[place])  # type: ignore[arg-type]  # just seen: a number
    for column, text in detail.texts.items():
        if 0 <= column - first_column < len(row):
            row[column - first_column] = text
    for column in detail.errors:
        if 0 <= column - first_column < len(row):
            row[column - first_column] = ""
