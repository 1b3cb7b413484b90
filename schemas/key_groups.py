"""Rows of one key beside each other: which are duplicates, which in conflict, and with whom."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from straitsx_bulk.schemas.check_arrow import Flags, Positions
from straitsx_bulk.schemas.key_hashes import Hashes
from straitsx_bulk.schemas.key_texts import NO_DAY, NO_NAME, Days

Shorts: TypeAlias = npt.NDArray[np.uint32]
Marks: TypeAlias = npt.NDArray[np.uint8]

HAS_KEY, ACCEPTED, STAYS_DUPLICATE = np.uint8(1), np.uint8(2), np.uint8(4)
_COMPARED_IN_TURN = 64
"""Rows of one key among which a row that lacks a name or a date is compared with each other."""


def find_repeated(high: Hashes, rows: Positions) -> Positions:
    """Find the rows whose hash another row has too, sorted by hash and position."""
    if len(rows) < 2:
        return rows[:0]
    order = rows[np.argsort(high[rows], kind="stable")]
    same = high[order][1:] == high[order][:-1]
    return order[np.concatenate((same, [False])) | np.concatenate(([False], same))]


def compare_rows(
    rows: Positions, high: Hashes, low: Shorts, names: Shorts, days: Days, marks: Marks
) -> tuple[Positions, Flags, Positions]:
    """Compare the rows of equal hashes; give the affected ones, whether in conflict, and the row each is up against."""
    order = np.lexsort((rows, low, high))
    rows, high, low = rows[order], high[order], low[order]
    names, days, marks = names[order], days[order], marks[order]
    starts = np.flatnonzero(np.concatenate(([True], (high[1:] != high[:-1]) | (low[1:] != low[:-1]))))
    sizes = np.diff(np.append(starts, len(rows)))
    differ = _differ_within(names, names != NO_NAME, starts) | _differ_within(days, days != NO_DAY, starts)
    fit = ((marks & ACCEPTED) != 0) & ((marks & STAYS_DUPLICATE) == 0)
    nobody = np.iinfo(np.int64).max
    kept = np.minimum.reduceat(np.where(fit, rows, nobody), starts)
    conflict, kept = np.repeat(differ, sizes), np.repeat(kept, sizes)
    against = np.where(conflict, rows[_find_differing(names, days, starts, sizes, conflict)], kept)
    affected = (np.repeat(sizes, sizes) > 1) & (conflict | ((kept != nobody) & (rows != kept)))
    return rows[affected], conflict[affected], against[affected]


def _find_differing(names: Shorts, days: Days, starts: Positions, sizes: Positions, conflict: Flags) -> Positions:
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


def _differ_within(values: Shorts | Days, present: Flags, starts: Positions) -> Flags:
    """Tell in which groups two present values differ."""
    low, high = np.iinfo(values.dtype).min, np.iinfo(values.dtype).max
    least = np.minimum.reduceat(np.where(present, values, high), starts)
    most = np.maximum.reduceat(np.where(present, values, low), starts)
    differ: Flags = np.logical_or.reduceat(present, starts) & (least != most)
    return differ
