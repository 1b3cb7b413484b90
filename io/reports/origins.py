"""Where rows first came from: of our own rejects files the original file, not the rejects file."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.io.reports.csv_text import arrow_text, repeat_text
from straitsx_bulk.schemas.checked import CheckedBatch


@dataclass(frozen=True, slots=True)
class Origins:
    """Source, sheet and row of every row of a batch, as results.csv names them.

    Attributes:
        source: Large strings, shape (n,).
        sheet: Large strings, shape (n,).
        row: Large strings of whole numbers, shape (n,).
    """

    source: pa.Array
    sheet: pa.Array
    row: pa.Array


def find_origins(checked: CheckedBatch) -> Origins:
    """Find where a batch's rows first came from.

    A row of a rejects file carries its origin in its ``_`` cells. Where those were edited (``row:origin_edited``) they
    cannot be trusted: such a row stands under its place in the rejects file itself.

    Args:
        checked: The batch.

    Returns:
        The rows' origins.
    """
    batch = checked.batch
    count = len(batch)
    own = Origins(
        repeat_text(batch.origin.source, count),
        repeat_text(batch.origin.sheet, count),
        pa.array(batch.rows).cast(pa.large_string()),
    )
    if batch.seals is None:
        return own
    carried = [arrow_text(batch.seals[name]) for name in ("_source", "_sheet", "_row")]
    edited = pa.array(edited_rows(checked))
    return Origins(*(pc.if_else(edited, mine, theirs) for mine, theirs in zip(_parts(own), carried, strict=True)))


def edited_rows(checked: CheckedBatch) -> npt.NDArray[np.bool_]:
    """Say of each row whether its ``_`` cells were edited (finding ``row:origin_edited``), shape (n,)."""
    found = checked.findings
    edited = np.zeros(len(checked), dtype=bool)
    hits = found[(found["parameter"] == "row") & (found["code"] == "origin_edited")]
    edited[hits["position"].to_numpy()] = True
    return edited


def _parts(origins: Origins) -> tuple[pa.Array, pa.Array, pa.Array]:
    return origins.source, origins.sheet, origins.row
