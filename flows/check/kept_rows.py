"""The rows that duplicates repeat: where they stand and what they hold, read from the spool."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.keys import RunFindings
from straitsx_bulk.schemas.parameters import PARAMETER_NAMES

MOST_ROWS = 50_000
"""About how many kept rows are held at a time: enough that an export of millions is read through but once."""


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Some rows of a run.

    Attributes:
        places: Position over the run to file, sheet and row as a person finds them.
        values: Their mended values, a column for each parameter; the index is the position over the run.
    """

    places: Mapping[int, str]
    values: pd.DataFrame


class KeptReader:
    """Reads what the rows of one batch after the other repeat, for many batches at a time.

    Args:
        spool: All rows.
        found: Duplicates and identity conflicts over the whole run.
    """

    def __init__(self, spool: Spool, found: RunFindings) -> None:
        self._spool, self._found = spool, found
        self._rows = KeptRows({}, pd.DataFrame())
        self._until = 0

    def read(self, first: int, rows: int) -> KeptRows:
        """Give at least the rows that those of one batch repeat.

        Args:
            first: Position over the run of the batch's first row; not less than that of the batch before.
            rows: How many it has.
        """
        if first + rows > self._until:
            positions = self._found.positions
            start, own_end = np.searchsorted(positions, (first, first + rows)).tolist()
            end = max(own_end, start + MOST_ROWS)
            self._until = int(positions[end]) if end < len(positions) else int(np.iinfo(np.int64).max)
            self._rows = read_kept_rows(self._spool, self._found.kept[start:end])
        return self._rows


def read_kept_rows(spool: Spool, positions: npt.NDArray[np.int64]) -> KeptRows:
    """Read some rows of a run.

    Args:
        spool: All rows.
        positions: Over the run; negative ones are left out.
    """
    places: dict[int, str] = {}
    values: list[pd.DataFrame] = []
    wanted = np.unique(positions)
    for entry in spool.batches:
        here = wanted[(wanted >= entry.first) & (wanted < entry.first + entry.rows)]
        if not len(here):
            continue
        numbers = spool.read_row_numbers(entry)[here - entry.first].tolist()
        places |= {
            position: name_row(entry.source, entry.sheet, int(number))
            for position, number in zip(here.tolist(), numbers, strict=True)
        }
        values.append(spool.read_values(entry).iloc[here - entry.first].set_axis(here, axis="index"))
    return KeptRows(places, pd.concat(values) if values else pd.DataFrame(columns=PARAMETER_NAMES, dtype=str))


def name_row(source: str, sheet: str, row: int) -> str:
    """Name a row as a person finds it."""
    return f"{source}, {f'sheet {sheet}, ' if sheet else ''}row {row}"
