"""Which rows of a run are one shard's: told by the key, the same on every machine that reads the same exports."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.delivery.rows import Row, read_rows
from straitsx_bulk.flows.shards.orders import ShardOrder
from straitsx_bulk.io.ledger import Digests
from straitsx_bulk.io.spool import Spool, open_private
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.keys import RunFindings

MARK = "part-of-a-run-in-shards"
"""A file in a shard's spool, that names the whole run."""


def find_shard(row: Row, shards: int) -> int:
    """Say which shard delivers a row.

    Args:
        row: An accepted row; its key decides, or the profile's id where it has no whole key.
        shards: How many there are.

    Returns:
        From 0.
    """
    told = row.key or row.profile_id.encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big") % shards


def pick_shard(checked: CheckedRun, digests: Digests, order: ShardOrder) -> CheckedRun:
    """Keep only a shard's rows, in their order and counted anew from 0; the spool is the same folder.

    Rejected rows are no shard's: the whole run reports them.

    Args:
        checked: Every row of the run.
        digests: Makes the keys.
        order: Which shard.
    """
    folder = checked.spool.folder
    picked = Spool(folder.with_name(f"{folder.name}.picked"))
    for first, batch in checked.batches():
        rows = read_rows(batch, first, digests)
        own = [row.position - first for row in rows if find_shard(row, order.shards) == order.shard]
        if own:
            picked.write(pick_rows(batch, np.array(own, dtype=np.int64)))
    picked.flush()
    checked.spool.delete()
    picked.folder.rename(folder)
    picked.folder = folder
    mark_part(folder, order.run_id)
    nothing = np.array([], dtype=np.int64)
    return CheckedRun(picked, RunFindings(nothing, nothing.astype(bool), nothing), checked.date_formats)


def pick_rows(checked: CheckedBatch, positions: npt.NDArray[np.int64]) -> CheckedBatch:
    """Take some rows of a checked batch, positions counted anew.

    Args:
        checked: The batch.
        positions: Ascending, 0-based.
    """
    found = checked.findings[checked.findings["position"].isin(positions)].reset_index(drop=True)
    moved = np.searchsorted(positions, found["position"].to_numpy())
    batch = checked.batch
    places = {int(position): place for place, position in enumerate(positions)}
    notes = tuple(replace(note, position=places[note.position]) for note in batch.notes if note.position in places)
    return replace(
        checked,
        batch=replace(
            batch,
            rows=batch.rows[positions],
            cells=_take(batch.cells, positions),
            notes=notes,
            seals=None if batch.seals is None else _take(batch.seals, positions),
        ),
        values=_take(checked.values, positions),
        facts=_take(checked.facts, positions),
        accepted=checked.accepted.iloc[positions].reset_index(drop=True),
        full_would_pass=checked.full_would_pass.iloc[positions].reset_index(drop=True),
        mended=checked.mended.iloc[positions].reset_index(drop=True),
        findings=found.assign(position=moved),
        keep=_take(checked.keep, positions),
        identity=None if checked.identity is None else _take(checked.identity, positions),
    )


def _take(frame: pd.DataFrame, positions: npt.NDArray[np.int64]) -> pd.DataFrame:
    return frame.iloc[positions].reset_index(drop=True)


def mark_part(spool: Path, whole_run: str) -> None:
    """Note that a spool is a shard's, and of which run."""
    with open(spool / MARK, "w", encoding="utf-8", opener=open_private) as stream:
        stream.write(whole_run)


def find_whole_run(spool: Path) -> str:
    """Tell of which run a spool's rows are a shard; empty where they are none's.

    The ledger keeps a shard's outcomes until the whole run has taken them.
    """
    mark = spool / MARK
    return mark.read_text(encoding="utf-8") if mark.exists() else ""


def count_shards(rows: Iterator[Row], shards: int, counted: list[int]) -> Iterator[tuple[Row, int, int]]:
    """Give each accepted row of the whole run with its shard and its place among that shard's rows.

    Args:
        rows: In input order.
        shards: How many there are.
        counted: Rows of each shard so far; grows.
    """
    for row in rows:
        shard = find_shard(row, shards)
        yield row, shard, counted[shard]
        counted[shard] += 1
