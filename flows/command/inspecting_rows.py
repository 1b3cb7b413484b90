"""What an inspection tells of rows and cells that are not as they seem: ragged, hidden, unreadable."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from straitsx_bulk.io.readers.row_details import RECALCULATE, UNCALCULATED
from straitsx_bulk.schemas.batch import Batch, Note
from straitsx_bulk.schemas.wording import count_words

_WORDS: dict[str, tuple[str, str, str]] = {
    Note.RAGGED_ROW: ("row has", "rows have", "too many or too few cells and would be rejected"),
    Note.HIDDEN_ROW: ("hidden row is", "hidden rows are", "read like all others"),
    Note.UNDECODABLE: ("cell holds", "cells hold", "bytes that are no characters in this encoding"),
    Note.ERROR_CELL: ("cell shows", "cells show", "an error such as #N/A and would be empty"),
    UNCALCULATED: ("formula was", "formulas were", f"never calculated and would be empty: {RECALCULATE}"),
}
"""Of each kind of note: one, many, and what is with them."""


@dataclass(slots=True)
class OddRows:
    """Counts what the reader noted of a sheet's rows while its batches go by."""

    _counts: dict[str, int] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)

    def observe(self, batch: Batch) -> None:
        """Take in the next batch."""
        for note in batch.notes:
            kind = UNCALCULATED if note.detail == UNCALCULATED else note.note
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._first.setdefault(kind, int(batch.rows[note.position]))

    def describe(self) -> Iterator[str]:
        """Say in a sentence for each kind how many there are, and in which row the first is."""
        for kind, (one, many, what) in _WORDS.items():
            if kind in self._counts:
                count, row = self._counts[kind], self._first[kind]
                where = f"row {row:,}" if count == 1 else f"the first in row {row:,}"
                yield f"{count_words(count, one, many)} {what} ({where})."
