"""Duplicates and identity conflicts over a whole run (contract, Keys).

A key is registrationType and registrationId, in upper case with white space collapsed. For each row 21 bytes are kept:
96 bits of its key's hash (two of ten million keys meet once in 10^15 runs), 32 of its name's, which only tells rows of
one key apart, the day of birth or incorporation, and what else decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from straitsx_bulk.schemas.check_arrow import (
    Flags,
    Positions,
    find_empty,
    to_texts,
)
from straitsx_bulk.schemas.check_report import add_errors
from straitsx_bulk.schemas.checked import IDENTITY_COLUMNS, CheckedBatch
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.key_groups import (
    ACCEPTED,
    HAS_KEY,
    STAYS_DUPLICATE,
    Marks,
    Shorts,
    compare_rows,
    find_repeated,
)
from straitsx_bulk.schemas.key_hashes import Hashes
from straitsx_bulk.schemas.key_texts import (
    Days,
    count_days,
    fold_keys,
    hash_keys,
    hash_names,
    number_kinds,
    shorten_names,
)
from straitsx_bulk.schemas.parameters import PARAMETER_NAMES

NO_ROW = -1
"""Stands for a kept row that is not in this run."""

_Number = TypeVar("_Number", bound=np.generic)

_ROWS_AT_ONCE = 1 << 20
_ID = "registrationId"


@dataclass(frozen=True, slots=True)
class RunFindings:
    """What comparing all keys of a run found; the arrays have one entry for each affected row, by position.

    Attributes:
        positions: Rows, 0-based over the run, ascending, int64.
        conflicts: Whether the row is an ``identity_conflict``; else it is a ``duplicate``. Dtype bool.
        kept: The row that a duplicate repeats, or another row of the conflict; NO_ROW where it is not in this run.
    """

    positions: Positions
    conflicts: Flags
    kept: Positions

    def __len__(self) -> int:
        """Count the affected rows."""
        return len(self.positions)

    def within(self, first: int, count: int) -> "RunFindings":
        """Give the findings on some rows in a row, still by position over the run."""
        start, stop = np.searchsorted(self.positions, (first, first + count))
        part = slice(int(start), int(stop))
        return RunFindings(self.positions[part], self.conflicts[part], self.kept[part])


class KeyIndex:
    """Compares the keys of all rows of a run, which are added batch by batch in the order of the files."""

    def __init__(self) -> None:
        self._high: list[Hashes] = []
        self._low: list[Shorts] = []
        self._names: list[Shorts] = []
        self._days: list[Days] = []
        self._marks: list[Marks] = []

    def add(self, checked: CheckedBatch) -> None:
        """Take note of a batch's keys and identities.

        Args:
            checked: The next batch in input order.
        """
        identity = checked.identity if checked.identity is not None else _make_identity(checked.values)
        kinds, ids = number_kinds(to_texts(identity["registrationType"])), fold_keys(to_texts(identity[_ID]))
        high, low = hash_keys(kinds, ids)
        self._high.append(high)
        self._low.append(low.astype(np.uint32))
        self._names.append(shorten_names(hash_names(to_texts(identity["customerName"]))))
        self._days.append(count_days(to_texts(identity["date"])))
        self._marks.append(_mark_rows(checked, (kinds > 0) & ~find_empty(ids)))

    def cut(self, batches: int) -> None:
        """Forget the rows of all but the first batches.

        Args:
            batches: How many stay.
        """
        for chunks in self._columns.values():
            del chunks[batches:]

    def dump(self) -> pa.Table:
        """Give what is known of the rows added so far, for an index elsewhere that takes it with :meth:`add_dumped`.

        Returns:
            One line for each row; hashes, no names.
        """
        return pa.table({name: np.concatenate(chunks) if chunks else [] for name, chunks in self._columns.items()})

    def add_dumped(self, table: pa.Table) -> None:
        """Add rows that another index took note of.

        Args:
            table: What its :meth:`dump` gave, of the next rows in input order.
        """
        if len(table):
            for name, chunks in self._columns.items():
                chunks.append(table[name].to_numpy())

    @property
    def _columns(self) -> dict[str, list[Any]]:
        return {
            "high": self._high,
            "low": self._low,
            "names": self._names,
            "days": self._days,
            "marks": self._marks,
        }

    def resolve(self) -> RunFindings:
        """Compare all rows added so far, and forget them.

        Returns:
            Every row that repeats another, or whose key stands for two identities.
        """
        if not self._marks:
            return _make_findings([])
        high, low, names = _drain(self._high), _drain(self._low), _drain(self._names)
        days, marks = _drain(self._days), _drain(self._marks)
        keyed = (marks & HAS_KEY) != 0
        parts = max(1, len(high) // _ROWS_AT_ONCE)
        found = []
        for part in range(parts):
            rows = find_repeated(high, np.flatnonzero(keyed & (high % np.uint64(parts) == part)))
            if len(rows):
                found.append(compare_rows(rows, high[rows], low[rows], names[rows], days[rows], marks[rows]))
        stubborn = np.flatnonzero((marks & STAYS_DUPLICATE) != 0)
        return _make_findings(found, stubborn)


def apply_run_findings(
    checked: CheckedBatch,
    first_position: int,
    run_findings: RunFindings,
    describe_kept: Callable[[int], str],
    kept_values: pd.DataFrame | None = None,
) -> CheckedBatch:
    """Turn what the whole run told into findings of one batch.

    Args:
        checked: The batch as it was checked.
        first_position: Position over the run of its first row.
        run_findings: What KeyIndex.resolve gave.
        describe_kept: Position over the run to where that row stands: file, sheet, row.
        kept_values: Those rows' mended values, a column for each parameter, their positions over the run as the index,
            so that the detail can name what differs; None where nobody can tell.

    Returns:
        The same batch where none of its rows is affected; else one in which those rows are rejected.
    """
    own = run_findings.within(first_position, len(checked))
    if not len(own):
        return checked
    codes = [str(Code.IDENTITY_CONFLICT if conflict else Code.DUPLICATE) for conflict in own.conflicts]
    positions = own.positions - first_position
    details = [describe_kept(kept) if kept != NO_ROW else "" for kept in own.kept.tolist()]
    if kept_values is not None:
        compared = np.flatnonzero(own.kept != NO_ROW)
        mine, others = checked.values.iloc[positions[compared]], kept_values.loc[own.kept[compared]]
        for row, differences in zip(compared.tolist(), _name_differences(mine, others), strict=True):
            details[row] += differences
    return add_errors(checked, positions, _ID, codes, details)


def _name_differences(values: pd.DataFrame, others: pd.DataFrame) -> list[str]:
    """Name for each row the parameters in which it differs from another; nothing where it does not."""
    named: list[list[str]] = [[] for _ in range(len(values))]
    for name in PARAMETER_NAMES:
        differ = values[name].to_numpy(dtype=object) != others[name].to_numpy(dtype=object)
        for row in np.flatnonzero(differ).tolist():
            named[row].append(name)
    return [f"; other there: {', '.join(names)}" if names else "" for names in named]


def _make_identity(values: pd.DataFrame) -> pd.DataFrame:
    """Take identities from values, for batches that were put together without the check."""
    date = values["dateOfBirth"].where(values["dateOfBirth"] != "", values["dateOfIncorporation"])
    return values[list(IDENTITY_COLUMNS[:3])].assign(date=date)


def _mark_rows(checked: CheckedBatch, has_key: Flags) -> Marks:
    """Mark what decides beside key and identity; an unmended duplicate of a rejects file stays one."""
    marks = has_key * HAS_KEY + checked.accepted.to_numpy() * ACCEPTED
    if checked.batch.seals is not None:
        before = checked.batch.seals["_errors"].str.contains(f":{Code.DUPLICATE}", regex=False).to_numpy(dtype=bool)
        marks += (before & ~checked.mended.to_numpy()) * STAYS_DUPLICATE
    return marks.astype(np.uint8)


def _drain(chunks: list[npt.NDArray[_Number]]) -> npt.NDArray[_Number]:
    """Put one column's chunks together and let go of them, so that no two columns are there twice at a time."""
    whole = np.concatenate(chunks)
    chunks.clear()
    return whole


def _make_findings(found: list[tuple[Positions, Flags, Positions]], stubborn: Positions | None = None) -> RunFindings:
    """Put the parts together by position, with those duplicates that stay some whatever this run holds."""
    nothing = np.array([], dtype=np.int64)
    positions = np.concatenate([nothing, *(part[0] for part in found)])
    conflicts = np.concatenate([nothing.astype(bool), *(part[1] for part in found)])
    kept = np.concatenate([nothing, *(part[2] for part in found)])
    if stubborn is not None and len(stubborn):
        extra = np.setdiff1d(stubborn, positions)
        positions = np.concatenate([positions, extra])
        conflicts = np.concatenate([conflicts, np.zeros(len(extra), dtype=bool)])
        kept = np.concatenate([kept, np.full(len(extra), NO_ROW)])
    order = np.argsort(positions, kind="stable")
    return RunFindings(positions[order], conflicts[order], kept[order])
