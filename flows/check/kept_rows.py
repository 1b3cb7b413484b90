"""The rows that duplicates repeat: where they stand and what they hold, read from the spool once for each batch."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from straitsx_bulk.io.spool import Spool


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Some rows of a run.

    Attributes:
        places: Position over the run to file, sheet and row as a person finds them.
        values: Position over the run to the row's mended values by parameter.
    """

    places: Mapping[int, str]
    values: Mapping[int, Mapping[str, str]]


def read_kept_rows(spool: Spool, positions: npt.NDArray[np.int64]) -> KeptRows:
    """Read some rows of a run.

    Args:
        spool: All rows.
        positions: Over the run; negative ones are left out.
    """
    places: dict[int, str] = {}
    values: dict[int, Mapping[str, str]] = {}
    wanted = np.unique(positions)
    for entry in spool.batches:
        here = wanted[(wanted >= entry.first) & (wanted < entry.first + entry.rows)]
        if not len(here):
            continue
        numbers, cells = spool.read_row_numbers(entry), spool.read_values(entry).iloc[here - entry.first]
        for position, row in zip(here.tolist(), cells.to_dict("records"), strict=True):
            places[position] = name_row(entry.source, entry.sheet, int(numbers[position - entry.first]))
            values[position] = {str(name): text for name, text in row.items()}
    return KeptRows(places, values)


def name_row(source: str, sheet: str, row: int) -> str:
    """Name a row as a person finds it."""
    return f"{source}, {f'sheet {sheet}, ' if sheet else ''}row {row}"
