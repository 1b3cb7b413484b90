"""What a duplicate differs in from the row that is kept, so that a person can tell a repetition from a change."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.keys import NO_ROW, RunFindings


def tell_differences(checked: CheckedBatch, first: int, found: RunFindings, spool: Spool) -> CheckedBatch:
    """Add to each duplicate's finding which parameters differ from the kept row's.

    Args:
        checked: A batch with the run-wide findings applied.
        first: Position of its first row over the run.
        found: The run-wide findings of its rows.
        spool: All rows of the run.
    """
    repeats = ~found.conflicts & (found.kept != NO_ROW)
    if not repeats.any():
        return checked
    positions, kept = found.positions[repeats] - first, found.kept[repeats]
    mine = checked.values.iloc[positions].reset_index(drop=True)
    names = dict(zip(positions.tolist(), name_differing(mine, gather_values(spool, kept, mine)), strict=True))
    findings = checked.findings
    lines = zip(findings["position"].tolist(), findings["code"].tolist(), findings["detail"].tolist(), strict=True)
    details = [
        f"{detail}; it differs in {names[position]}" if code == Code.DUPLICATE and names.get(position) else detail
        for position, code, detail in lines
    ]
    return replace(checked, findings=findings.assign(detail=pd.Series(details, index=findings.index, dtype="str")))


def gather_values(spool: Spool, positions: npt.NDArray[np.int64], like: pd.DataFrame) -> pd.DataFrame:
    """Read the parameters of some rows, in the order asked for; what their batch does not have is empty."""
    gathered = pd.DataFrame("", index=like.index, columns=like.columns, dtype="str")
    for entry in spool.batches:
        here = np.flatnonzero((positions >= entry.first) & (positions < entry.first + entry.rows))
        if not len(here):
            continue
        values = spool.read_values(entry).reindex(columns=like.columns, fill_value="")
        gathered.iloc[here] = values.iloc[positions[here] - entry.first].to_numpy()
    return gathered


def name_differing(mine: pd.DataFrame, kept: pd.DataFrame) -> Iterator[str]:
    """Name, for each row, the parameters in which two tables differ."""
    differs = mine.to_numpy(dtype=object) != kept.to_numpy(dtype=object)
    names = np.asarray(mine.columns, dtype=object)
    return (", ".join(names[row]) for row in differs)
