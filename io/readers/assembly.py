"""Makes batches of chunks: blank rows out, columns named, seals apart, batches of one size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from straitsx_bulk.io.readers import tables
from straitsx_bulk.io.readers.chunks import Chunk, ChunkNote
from straitsx_bulk.io.readers.headers import SEAL_COLUMNS
from straitsx_bulk.schemas.batch import Batch, CellNote, Note, Origin


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a file become what.

    Attributes:
        cells: 0-based place and header of each data column.
        seals: Place and name of the columns that only our rejects files have; None for any other file.
        guarded: Whether a leading ``'`` of our CSV reports has to be taken away.
        doubt: Why characters beyond ASCII cannot be trusted, for people; empty where they can. Cells then hold U+FFFD
            in their place: a letter that was guessed wrong would be somebody else's name.
    """

    cells: tuple[tuple[int, str], ...]
    seals: tuple[tuple[int, str], ...] | None = None
    guarded: bool = False
    doubt: str = ""

    @property
    def places(self) -> tuple[int, ...]:
        """All places, ascending."""
        return tuple(sorted(place for place, _ in (*self.cells, *(self.seals or ()))))

    def choose(self, headers: Sequence[str]) -> "Columns":
        """Keep only some data columns, and no seals."""
        return replace(self, cells=tuple(cell for cell in self.cells if cell[1] in headers), seals=None)


def build_batches(
    chunks: Iterator[Chunk], origin: Origin, columns: Columns, batch_rows: int, *, keep_blank: bool = False
) -> Iterator[Batch]:
    """Make batches of ``batch_rows`` rows (the last one may be smaller).

    Args:
        chunks: Rows in order.
        origin: Where they come from.
        columns: Which columns become what.
        batch_rows: Rows a batch, at least 1.
        keep_blank: Leave rows in that look blank, where not all columns are read.
    """
    waiting: list[Chunk] = []
    count = 0
    for chunk in chunks:
        kept = chunk if keep_blank else _drop_blank(chunk)
        if len(kept.rows):
            waiting.append(kept)
            count += len(kept.rows)
        if count >= batch_rows:
            joined = _join(waiting)
            whole = count - count % batch_rows
            for start in range(0, whole, batch_rows):
                yield _build_batch(_slice(joined, start, start + batch_rows), origin, columns)
            waiting, count = ([_slice(joined, whole, count)] if whole < count else []), count - whole
    if count:
        yield _build_batch(_join(waiting), origin, columns)


def _drop_blank(chunk: Chunk) -> Chunk:
    """Leave out rows that show nothing; an error cell, or text past the last column, is something."""
    blank = tables.find_blank(chunk.table)
    blank[[n.position for n in chunk.notes if n.note is not Note.HIDDEN_ROW]] = False
    if not blank.any():
        return chunk
    kept = np.flatnonzero(~blank)
    moved = np.cumsum(~blank) - 1
    notes = tuple(
        ChunkNote(int(moved[n.position]), n.column, n.note, n.detail) for n in chunk.notes if not blank[n.position]
    )
    return Chunk(chunk.rows[kept], tables.take_rows(chunk.table, kept), notes, chunk.suspect)


def _join(chunks: Sequence[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    notes: list[ChunkNote] = []
    offset = 0
    for chunk in chunks:
        notes += [ChunkNote(n.position + offset, n.column, n.note, n.detail) for n in chunk.notes]
        offset += len(chunk.rows)
    return Chunk(
        np.concatenate([chunk.rows for chunk in chunks]),
        tables.join_tables([chunk.table for chunk in chunks]),
        tuple(notes),
        any(chunk.suspect for chunk in chunks),
    )


def _slice(chunk: Chunk, start: int, stop: int) -> Chunk:
    notes = tuple(
        ChunkNote(n.position - start, n.column, n.note, n.detail) for n in chunk.notes if start <= n.position < stop
    )
    return Chunk(chunk.rows[start:stop], chunk.table.slice(start, stop - start), notes, chunk.suspect)


def _build_batch(chunk: Chunk, origin: Origin, columns: Columns) -> Batch:
    table = tables.drop_guards(chunk.table) if columns.guarded else chunk.table
    table = tables.mask_foreign(table) if columns.doubt else table
    return Batch(
        origin=origin,
        rows=chunk.rows,
        cells=_build_frame(table, columns.cells),
        notes=_build_notes(chunk, table, columns),
        seals=None if columns.seals is None else _build_seals(table, columns.seals),
    )


def _build_seals(table: Any, seals: Sequence[tuple[int, str]]) -> pd.DataFrame:
    """Give all columns that our rejects files have; one that somebody deleted is empty."""
    return _build_frame(table, seals).reindex(columns=list(SEAL_COLUMNS), fill_value="").astype("str")


def _build_frame(table: Any, named: Sequence[tuple[int, str]]) -> pd.DataFrame:
    frame = tables.to_frame(table.select([str(place) for place, _ in named]))
    frame.columns = pd.Index([name for _, name in named], dtype=object)
    return frame


def _build_notes(chunk: Chunk, table: Any, columns: Columns) -> tuple[CellNote, ...]:
    headers = dict(columns.cells)
    notes = [
        CellNote(n.position, None if n.column is None else headers[n.column], n.note, n.detail)
        for n in chunk.notes
        if n.column is None or n.column in headers
    ]
    if chunk.suspect or columns.doubt:
        for place, header in columns.cells:
            found = tables.find_matches(table.column(str(place)), "\ufffd")
            notes += [CellNote(int(position), header, Note.UNDECODABLE, columns.doubt) for position in found]
    return tuple(sorted(notes, key=lambda note: note.position))
