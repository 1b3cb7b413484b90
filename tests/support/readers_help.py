"""What the tests of the readers share: reading a whole export, and the csv module's reading to compare with."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from straitsx_bulk.io.readers import InputFile, open_input
from straitsx_bulk.schemas.batch import Batch, Note, Origin

NAMES = frozenset({"name", "type", "id", "country", "born", "customername", "registrationid", "registrationtype"})


def count_known(cells: Sequence[str]) -> int:
    """Count the cells that are header names in these tests."""
    return sum(1 for cell in cells if cell.replace(" ", "").lower() in NAMES)


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole export as read.

    Attributes:
        origins: Its sheets.
        rows: Row number and cells of each row, in order.
        notes: Row number, header, note and detail.
        seals: One mapping a row, for our own rejects files.
        sheets: The sheet of each row.
    """

    origins: tuple[Origin, ...]
    rows: list[tuple[int, list[str]]]
    notes: list[tuple[int, str | None, Note, str]]
    seals: list[dict[str, str]]
    sheets: list[str]

    @property
    def cells(self) -> list[list[str]]:
        """The cells of all rows."""
        return [cells for _, cells in self.rows]

    @property
    def numbers(self) -> list[int]:
        """The row numbers."""
        return [number for number, _ in self.rows]

    @property
    def headers(self) -> list[str]:
        """The headers of the first origin."""
        return list(self.origins[0].headers)


def read_all(path: Path, **wishes: Any) -> Reading:
    """Read an export whole, checking what every batch promises on the way."""
    with open_input(InputFile(path, path.name, None), **wishes) as opened:
        reading = Reading(opened.origins, [], [], [], [])
        for batch in opened.batches():
            _check_batch(batch, wishes.get("batch_rows", 50_000))
            _collect(batch, reading)
    return reading


def _check_batch(batch: Batch, most: int) -> None:
    assert 0 < len(batch) <= most
    assert list(batch.cells.columns) == list(batch.origin.headers)
    assert list(batch.cells.index) == list(range(len(batch)))
    assert {"str"} >= {str(dtype) for dtype in batch.cells.dtypes}
    assert not batch.cells.isna().to_numpy().any()
    assert all(0 <= note.position < len(batch) for note in batch.notes)


def _collect(batch: Batch, reading: Reading) -> None:
    numbers = batch.rows.tolist()
    reading.rows.extend(zip(numbers, batch.cells.to_numpy().tolist(), strict=True))
    reading.notes.extend((numbers[n.position], n.header, n.note, n.detail) for n in batch.notes)
    reading.sheets.extend([batch.origin.sheet] * len(batch))
    if batch.seals is not None:
        reading.seals.extend(batch.seals.to_dict("records"))  # type: ignore[arg-type]  # keys are text here


def read_plainly(text: str, delimiter: str = ",", quote: str = '"') -> list[tuple[int, list[str]]]:
    """Read a text with the csv module alone: record number and cells below the first record, blank records left out."""
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote))
    numbered = enumerate(records, start=1)
    return [(number, cells) for number, cells in numbered if number > 1 and any(cell.strip() for cell in cells)]
