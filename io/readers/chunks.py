"""What the readers of each format hand to the common assembly: rows as text, in pieces of any size."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from straitsx_bulk.schemas.batch import Note


@dataclass(frozen=True, slots=True)
class ChunkNote:
    """A note on a row of a chunk.

    Attributes:
        position: 0-based position of the row in the chunk.
        column: 0-based column of the sheet or file, or None where the note is on the whole row.
        note: What was seen.
        detail: For people.
    """

    position: int
    column: int | None
    note: Note
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows, blank ones possibly among them.

    Attributes:
        rows: Row numbers as a person sees them, shape (n,).
        table: A ``pyarrow.Table`` of ``large_string`` columns named by their 0-based place (``"0"``, ``"1"``, …), only
            those that were asked for.
        notes: What was seen, in order of position.
        suspect: Whether a cell may hold U+FFFD, the sign of bytes without a character.
    """

    rows: npt.NDArray[np.int64]
    table: Any
    notes: tuple[ChunkNote, ...] = field(default=())
    suspect: bool = True
