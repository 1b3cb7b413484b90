"""One column judged: mended, checked, every change and fault with the rows it is on.

Most texts of most columns are clean: a cheap pattern sets those aside, and only the rest is mended and checked.
Columns of few distinct texts (enums, countries, dates) are judged by distinct text instead.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import numpy as np

from straitsx_bulk.schemas.check_arrow import (
    Flags,
    Positions,
    Texts,
    find_empty,
    holds_nothing,
    match_whole,
    put_rows,
    take_rows,
)
from straitsx_bulk.schemas.check_bytes import (
    find_iso_days,
    find_listed_shapes,
    find_marked,
    find_no_number,
    find_untidy,
    list_marks,
    view_bytes,
)
from straitsx_bulk.schemas.check_details import say_details
from straitsx_bulk.schemas.check_rules import OLDEST, Setting, find_faults
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.parameters import Kind, Parameter, RegistrationType
from straitsx_bulk.schemas.repair import DateSetting, Mended, Repair, mend_texts
from straitsx_bulk.schemas.repair_words import PLACEHOLDERS

_LONG_NUMBER = 15
"""So many characters of a phone number, digits and a sign, certainly fit the vendor's pattern."""

_BY_DISTINCT_TEXT = frozenset({Kind.ENUM, Kind.COUNTRY, Kind.DATE})


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken rule, with the rows it is on.

    Attributes:
        parameter: API parameter, or ``row``.
        code: What is wrong.
        positions: The rows, 0-based, ascending.
        details: One text for each row, for the sentence; None where there is nothing to say.
    """

    parameter: str
    code: Code
    positions: Positions
    details: tuple[str, ...] | None = None

    def keep(self, chosen: Flags) -> "list[Fault]":
        """Give the fault on the chosen ones of its rows; nothing where none is chosen."""
        if chosen.all():
            return [self]
        if not chosen.any():
            return []
        details = tuple(d for d, keep in zip(self.details, chosen, strict=True) if keep) if self.details else None
        return [Fault(self.parameter, self.code, self.positions[chosen], details)]


@dataclass(frozen=True, slots=True)
class ColumnVerdict:
    """A judged column.

    Attributes:
        texts: The mended values.
        changes: Repair code and the rows it changed.
        faults: Broken rules.
    """

    texts: Texts
    changes: list[tuple[str, Positions]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def take_rows(self, rows: Positions) -> "ColumnVerdict":
        """Give the verdict on some rows, ascending, which are counted anew."""
        changes = [(code, *_find_among(rows, positions)) for code, positions in self.changes]
        faults = [(fault, *_find_among(rows, fault.positions)) for fault in self.faults]
        return ColumnVerdict(
            take_rows(self.texts, rows),
            [(code, places) for code, _, places in changes if len(places)],
            [replace(kept, positions=places) for fault, chosen, places in faults for kept in fault.keep(chosen)],
        )


@dataclass(frozen=True, slots=True)
class RowTypes:
    """Which rows are which type; a row with neither flag has none that we know."""

    personal: Flags
    business: Flags

    def groups(self) -> Iterator[tuple[str, Flags]]:
        """Give each type, unknown last, with its rows."""
        yield RegistrationType.PERSONAL, self.personal
        yield RegistrationType.BUSINESS, self.business
        yield "", ~(self.personal | self.business)


def _find_among(rows: Positions, positions: Positions) -> tuple[Flags, Positions]:
    """Tell which positions are among some rows, both ascending, and which of those rows they are."""
    places = np.searchsorted(rows, positions)
    among: Flags = rows[np.minimum(places, len(rows) - 1)] == positions
    return among, places[among]


def judge_column(
    parameter: Parameter, texts: Texts, repair: Repair, dates: DateSetting, types: RowTypes | None = None
) -> ColumnVerdict:
    """Mend and check one column.

    Args:
        parameter: Whose values they are.
        texts: The values as read.
        repair: How much to mend.
        dates: How dates are to be read, and what day it is.
        types: The rows' types, for enums whose words depend on them; None where they do not matter.
    """
    if holds_nothing(texts):
        return ColumnVerdict(texts)
    doubtful = find_doubtful(parameter, texts, dates.today)
    if not doubtful.any():
        return ColumnVerdict(texts)
    if parameter.kind in _BY_DISTINCT_TEXT:
        return _judge_distinct(parameter, texts, doubtful, repair, dates, types)
    positions = np.flatnonzero(doubtful)
    mended = mend_texts(parameter, take_rows(texts, positions), repair, dates)
    values = put_rows(texts, doubtful, mended.texts)
    return _collect(parameter, mended, values, dates, None, lambda flags: positions[flags], None)


def _judge_distinct(
    parameter: Parameter,
    texts: Texts,
    doubtful: Flags,
    repair: Repair,
    dates: DateSetting,
    types: RowTypes | None,
) -> ColumnVerdict:
    """Judge each distinct one of the doubtful texts once."""
    every = bool(doubtful.all())
    positions = np.flatnonzero(doubtful)
    encoded = (texts if every else take_rows(texts, positions)).dictionary_encode()
    places = encoded.indices.to_numpy()
    mended = mend_texts(parameter, encoded.dictionary, repair, dates)
    values = texts
    if mended.changes or repair is Repair.NONE:
        after = mended.texts.take(encoded.indices)
        values = after if every else put_rows(texts, doubtful, after)
    rows = np.full(len(texts), -1, dtype=np.int64)
    rows[positions] = places
    return _collect(parameter, mended, values, dates, types, lambda flags: positions[flags[places]], rows)


def find_doubtful(parameter: Parameter, texts: Texts, today: date | None = None) -> Flags:
    """Tell which texts may need a repair or break a rule; the others certainly do neither.

    Args:
        parameter: Whose values they are.
        texts: The values as read.
        today: For dates: those to this day may be certain; None where none is.
    """
    match parameter.kind:
        case Kind.ENUM | Kind.COUNTRY:
            return np.ones(len(texts), dtype=bool)
        case Kind.DATE:
            certain = find_iso_days(texts, OLDEST, today.isoformat()) if today else np.zeros(len(texts), dtype=bool)
            return ~(certain | find_empty(texts))
        case _:
            doubtful = _find_unclean(parameter, texts)
            doubtful[find_listed_shapes(texts, PLACEHOLDERS)] = True
            return doubtful & ~find_empty(texts)


def _find_unclean(parameter: Parameter, texts: Texts) -> Flags:
    """Tell which texts are too long or too short, or hold what a repair may change or a rule refuse."""
    run, bounds = view_bytes(texts)
    lengths = np.diff(bounds)
    unclean: Flags = (lengths > parameter.maximum) | (lengths < parameter.minimum)
    match parameter.kind:
        case Kind.EMAIL:
            return unclean | ~match_whole(texts, parameter.pattern)
        case Kind.PHONE:
            return unclean | (lengths > _LONG_NUMBER) | find_no_number(run, bounds)
        case _:
            return unclean | find_marked(run, bounds, list_marks(_clean_class(parameter))) | find_untidy(run, bounds)


@cache
def _clean_class(parameter: Parameter) -> str:
    """Give the class of characters that no repair changes and no rule refuses, the single space among them."""
    match parameter.kind:
        case Kind.REGISTRATION_ID:
            return "[A-Z0-9/ ]"  # lower case is raised, and the rest may be a number that a spreadsheet ruined
        case Kind.NAME | Kind.ADDRESS | Kind.POSTAL_CODE:
            return parameter.characters
        case _:
            return "[ !-;=?-~]"


def _collect(
    parameter: Parameter,
    mended: Mended,
    values: Texts,
    dates: DateSetting,
    types: RowTypes | None,
    spread: Callable[[Flags], Positions],
    rows: Positions | None,
) -> ColumnVerdict:
    """Spread what was found on the judged texts over the rows that hold them."""
    changes = [(code, spread(flags)) for code, flags in mended.changes.items()]
    faults: list[Fault] = []
    for kind, group in types.groups() if types else (("", None),):
        if group is not None and not group.any():
            continue
        for code, flags in find_faults(parameter, mended.texts, Setting(dates.today, kind)):
            faults += _locate(parameter, code, flags, mended, spread, group, rows)
    return ColumnVerdict(values, [change for change in changes if len(change[1])], faults)


def _locate(
    parameter: Parameter,
    code: Code,
    flags: Flags,
    mended: Mended,
    spread: Callable[[Flags], Positions],
    group: Flags | None,
    rows: Positions | None,
) -> Iterator[Fault]:
    """Give the faults of one code by row, with what their sentences need."""
    for exact, chosen in _tell_apart(code, flags, mended):
        positions = spread(chosen)
        if group is not None:
            positions = positions[group[positions]]
        if not len(positions):
            continue
        said = dict(zip(np.flatnonzero(chosen).tolist(), say_details(parameter, exact, chosen, mended), strict=True))
        judged = rows[positions] if rows is not None else np.flatnonzero(chosen)
        details = tuple(said[int(i)] for i in judged)
        yield Fault(parameter.name, exact, positions, details if any(details) else None)


def _tell_apart(code: Code, flags: Flags, mended: Mended) -> Iterator[tuple[Code, Flags]]:
    """Part the texts that are no date into those with several readings and those with none."""
    if code is not Code.BAD_DATE:
        yield code, flags
        return
    ambiguous = np.zeros_like(flags)
    ambiguous[[i for i, verdict in mended.verdicts.items() if verdict.candidates]] = True
    yield Code.BAD_DATE, flags & ~ambiguous
    yield Code.AMBIGUOUS_DATE, flags & ambiguous
