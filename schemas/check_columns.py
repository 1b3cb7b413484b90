"""One column judged: mended, checked, every change and fault with the rows it is on.

Most texts of most columns are clean: a cheap pattern sets those aside, and only the rest is mended and checked.
Columns of few distinct texts (enums, countries, dates) are judged by distinct text instead.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas.check_arrow import (
    Flags,
    Positions,
    Texts,
    find_empty,
    holds_nothing,
    match_whole,
    put_rows,
    replace_all,
    take_rows,
    to_flags,
)
from straitsx_bulk.schemas.check_rules import Setting, find_faults
from straitsx_bulk.schemas.countries import resolve_country
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.parameters import Kind, Parameter, RegistrationType
from straitsx_bulk.schemas.repair import DateSetting, Mended, Repair, mend_texts
from straitsx_bulk.schemas.repair_text import find_placeholders

_NAMED_CHARACTERS = 10
"""So many refused characters are named; more would hide the sentence."""

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
    if parameter.kind in _BY_DISTINCT_TEXT:
        encoded = texts.dictionary_encode()
        distinct, rows = encoded.dictionary, encoded.indices.to_numpy()
        mended = mend_texts(parameter, distinct, repair, dates)
        values = mended.texts.take(encoded.indices) if mended.changes or repair is Repair.NONE else texts
        return _collect(parameter, mended, values, dates, types, lambda flags: np.flatnonzero(flags[rows]), rows)
    doubtful = find_doubtful(parameter, texts)
    if not doubtful.any():
        return ColumnVerdict(texts)
    positions = np.flatnonzero(doubtful)
    mended = mend_texts(parameter, take_rows(texts, positions), repair, dates)
    values = put_rows(texts, doubtful, mended.texts)
    return _collect(parameter, mended, values, dates, None, lambda flags: positions[flags], None)


def find_doubtful(parameter: Parameter, texts: Texts) -> Flags:
    """Tell which texts may need a repair or break a rule; the others certainly do neither.

    Args:
        parameter: Of a kind that is not judged by distinct text.
        texts: The values as read.
    """
    lengths = pc.binary_length(texts)
    clean = match_whole(texts, _clean_pattern(parameter))
    clean &= to_flags(pc.and_(pc.less_equal(lengths, parameter.maximum), pc.greater_equal(lengths, parameter.minimum)))
    doubtful: Flags = ~clean | find_placeholders(texts)
    return doubtful & ~find_empty(texts)


@cache
def _clean_pattern(parameter: Parameter) -> str:
    """Give the pattern of texts that no repair changes and no rule refuses, length and placeholders aside."""
    match parameter.kind:
        case Kind.EMAIL:
            return parameter.pattern
        case Kind.PHONE:
            return r"\+?[1-9][0-9]{3,14}"
        case Kind.REGISTRATION_ID:
            characters = "A-Z0-9/"  # lower case is raised, and the rest may be a number that a spreadsheet ruined
        case Kind.NAME | Kind.ADDRESS | Kind.POSTAL_CODE:
            characters = parameter.characters[1:-1].replace(" ", "")
        case _:
            characters = "!-;=?-~"
    return f"[{characters}]+(?: [{characters}]+)*"


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
        said = dict(zip(np.flatnonzero(chosen).tolist(), _say(parameter, exact, chosen, mended), strict=True))
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


def _say(parameter: Parameter, code: Code, flags: Flags, mended: Mended) -> list[str]:
    """Say, for each flagged text, what the sentence needs beyond parameter and code."""
    texts = mended.texts.filter(pa.array(flags))
    positions = np.flatnonzero(flags).tolist()
    match code:
        case Code.TOO_LONG | Code.TOO_SHORT:
            return [f"{length} characters" for length in pc.utf8_length(texts).to_pylist()]
        case Code.BAD_CHARACTERS:
            refused = replace_all(texts, parameter.characters or ".", "").to_pylist()
            return [" ".join(list(dict.fromkeys(text))[:_NAMED_CHARACTERS]) for text in refused]
        case Code.AMBIGUOUS_COUNTRY:
            return [" or ".join(resolve_country(text).candidates) for text in texts.to_pylist()]
        case Code.AMBIGUOUS_DATE:
            return [" or ".join(mended.verdicts[i].candidates) for i in positions]
        case Code.BAD_DATE:
            return [mended.verdicts[i].hint if i in mended.verdicts else "" for i in positions]
        case _:
            return [""] * len(positions)
