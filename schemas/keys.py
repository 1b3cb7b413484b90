"""Duplicates and identity conflicts over a whole run (contract, Keys).

A key is registrationType and registrationId, in upper case with white space collapsed. For each row 21 bytes are kept:
96 bits of its key's hash (two of ten million keys meet once in 10^15 runs), 32 of its name's, which only tells rows of
one key apart, the day of birth or incorporation, and what else decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

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
from straitsx_bulk.schemas.key_hashes import Hashes
from straitsx_bulk.schemas.key_texts import (
    NO_DAY,
    NO_NAME,
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
_Hashes: TypeAlias = Hashes
_Days: TypeAlias = Days
_Shorts: TypeAlias = npt.NDArray[np.uint32]
_Marks: TypeAlias = npt.NDArray[np.uint8]

_HAS_KEY, _ACCEPTED, _STAYS_DUPLICATE = np.uint8(1), np.uint8(2), np.uint8(4)
_ROWS_AT_ONCE = 1 << 20
_COMPARED_IN_TURN = 64
"""Rows of one key among which a row that lacks a name or a date is compared with each other."""
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
        self._high: list[_Hashes] = []
        self._low: list[_Shorts] = []
        self._names: list[_Shorts] = []
        self._days: list[_Days] = []
        self._marks: list[_Marks] = []

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
        keyed = (marks & _HAS_KEY) != 0
        parts = max(1, len(high) // _ROWS_AT_ONCE)
        found = []
        for part in range(parts):
            rows = _find_repeated(high, np.flatnonzero(keyed & (high % np.uint64(parts) == part)))
            if len(rows):
                found.append(_compare_rows(rows, high[rows], low[rows], names[rows], days[rows], marks[rows]))
        stubborn = np.flatnonzero((marks & _STAYS_DUPLICATE) != 0)
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


def _mark_rows(checked: CheckedBatch, has_key: Flags) -> _Marks:
    """Mark what decides beside key and identity; an unmended duplicate of a rejects file stays one."""
    marks = has_key * _HAS_KEY + checked.accepted.to_numpy() * _ACCEPTED
    if checked.batch.seals is not None:
        before = checked.batch.seals["_errors"].str.contains(f":{Code.DUPLICATE}", regex=False).to_numpy(dtype=bool)
        marks += (before & ~checked.mended.to_numpy()) * _STAYS_DUPLICATE
    return marks.astype(np.uint8)


def _drain(chunks: list[npt.NDArray[_Number]]) -> npt.NDArray[_Number]:
    """Put one column's chunks together and let go of them, so that no two columns are there twice at a time."""
    whole = np.concatenate(chunks)
    chunks.clear()
    return whole


def _find_repeated(high: _Hashes, rows: Positions) -> Positions:
    """Find the rows whose hash another row has too, sorted by hash and position."""
    if len(rows) < 2:
        return rows[:0]
    order = rows[np.argsort(high[rows], kind="stable")]
    same = high[order][1:] == high[order][:-1]
    return order[np.concatenate((same, [False])) | np.concatenate(([False], same))]


def _compare_rows(
    rows: Positions, high: _Hashes, low: _Shorts, names: _Shorts, days: _Days, marks: _Marks
) -> tuple[Positions, Flags, Positions]:
    """Compare the rows of equal hashes; give the affected ones, whether in conflict, and the row each is up against."""
    order = np.lexsort((rows, low, high))
    rows, high, low = rows[order], high[order], low[order]
    names, days, marks = names[order], days[order], marks[order]
    starts = np.flatnonzero(np.concatenate(([True], (high[1:] != high[:-1]) | (low[1:] != low[:-1]))))
    sizes = np.diff(np.append(starts, len(rows)))
    differ = _differ_within(names, names != NO_NAME, starts) | _differ_within(days, days != NO_DAY, starts)
    fit = ((marks & _ACCEPTED) != 0) & ((marks & _STAYS_DUPLICATE) == 0)
    nobody = np.iinfo(np.int64).max
    kept = np.minimum.reduceat(np.where(fit, rows, nobody), starts)
    conflict, kept = np.repeat(differ, sizes), np.repeat(kept, sizes)
    against = np.where(conflict, rows[_find_differing(names, days, starts, sizes, conflict)], kept)
    affected = (np.repeat(sizes, sizes) > 1) & (conflict | ((kept != nobody) & (rows != kept)))
    return rows[affected], conflict[affected], against[affected]


def _find_differing(names: _Shorts, days: _Days, starts: Positions, sizes: Positions, conflict: Flags) -> Positions:
    """Find for each row of a conflict another that is not the same person; where none is certain, just another one.

    The group's first row, or the first that differs from it, is one for nearly all; the rest lack a name or a date.
    """

    def differ(one: Positions, other: Positions) -> Flags:
        by_name = (names[one] != names[other]) & (names[one] != NO_NAME) & (names[other] != NO_NAME)
        by_day = (days[one] != days[other]) & (days[one] != NO_DAY) & (days[other] != NO_DAY)
        return np.asarray(by_name | by_day)

    every = np.arange(len(names))
    first, size = np.repeat(starts, sizes), np.repeat(sizes, sizes)
    second = np.minimum(first + 1, len(names) - 1)
    differs = differ(every, first)
    found = np.where(differs, first, np.where(every == first, second, first))
    other = np.repeat(np.minimum.reduceat(np.where(differs, every, len(names)), starts), sizes)
    by_other = ~differs & (other < len(names))
    by_other[by_other] = differ(every[by_other], other[by_other])
    found[by_other] = other[by_other]
    left = conflict & ~differs & ~by_other & (size <= _COMPARED_IN_TURN)
    for row in np.flatnonzero(left).tolist():
        group = np.arange(first[row], first[row] + size[row])
        fitting = group[differ(np.full(len(group), row), group)]
        found[row] = fitting[0] if len(fitting) else found[row]
    return np.asarray(found, dtype=np.int64)


def _differ_within(values: _Shorts | _Days, present: Flags, starts: Positions) -> Flags:
    """Tell in which groups two present values differ."""
    low, high = np.iinfo(values.dtype).min, np.iinfo(values.dtype).max
    least = np.minimum.reduceat(np.where(present, values, high), starts)
    most = np.maximum.reduceat(np.where(present, values, low), starts)
    differ: Flags = np.logical_or.reduceat(present, starts) & (least != most)
    return differ


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
