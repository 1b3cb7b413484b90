"""Mending one column: ``none``, ``safe`` and ``full`` (contract, Repairs).

A repair is a step from one text to another. The steps run in one order, the texts before and after are compared, and
what changed is listed under the step's code; nothing changes unlisted. Doing it again changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
import pyarrow as pa

from straitsx_bulk.schemas.check_arrow import (
    Flags,
    Texts,
    blank_rows,
    find_changed,
    make_texts,
    match_whole,
    put_rows,
)
from straitsx_bulk.schemas.check_rules import find_uncoded
from straitsx_bulk.schemas.countries import resolve_country
from straitsx_bulk.schemas.parameters import Kind, Parameter
from straitsx_bulk.schemas.repair_dates import DateVerdict, read_date
from straitsx_bulk.schemas.repair_full import replace_characters, transliterate_texts, write_ampersands
from straitsx_bulk.schemas.repair_text import (
    drop_excel_zero,
    drop_hashes,
    empty_placeholders,
    normalise_texts,
    raise_case,
    trim_texts,
)
from straitsx_bulk.schemas.repair_words import resolve_word


class Repair(StrEnum):
    """How much to mend before checking."""

    NONE = "none"
    SAFE = "safe"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class DateSetting:
    """What reading dates needs to know.

    Attributes:
        declared: The mapping's formats.
        found: The formats that fit the whole column, where none is declared.
        today: The date in Asia/Singapore.
    """

    declared: tuple[str, ...]
    found: tuple[str, ...]
    today: date


@dataclass(slots=True)
class Mended:
    """A mended column.

    Attributes:
        texts: The values.
        changes: Repair code to the rows it changed, in the order of the steps.
        verdicts: For dates under ``safe`` and ``full``: what each text says, where it is no ISO date; else empty.
    """

    texts: Texts
    changes: dict[str, Flags] = field(default_factory=dict)
    verdicts: dict[int, DateVerdict] = field(default_factory=dict)

    def record(self, code: str, after: Texts) -> None:
        """Take a step's result, and note which rows it changed."""
        if after is self.texts:
            return
        changed = find_changed(self.texts, after)
        if changed.any():
            self.changes[code] = self.changes.get(code, False) | changed
        self.texts = after


Step = Callable[[Parameter, Texts], Texts]

_SAFE: tuple[tuple[str, Step], ...] = (
    ("trimmed", trim_texts),
    ("normalised", normalise_texts),
    ("trimmed", trim_texts),
    ("emptied", empty_placeholders),
    ("excel_number", drop_excel_zero),
    ("upper_cased", raise_case),
    ("hash_dropped", drop_hashes),
)
_FULL: tuple[tuple[str, Step], ...] = (
    ("transliterated", transliterate_texts),
    ("ampersand", write_ampersands),
    ("characters_replaced", replace_characters),
)
_AGAIN: tuple[tuple[str, Step], ...] = (("emptied", empty_placeholders),)  # a step may have laid a placeholder bare
_STEPS = [code for code, _ in _SAFE + _FULL if code != "emptied"]
_ORDER = tuple(dict.fromkeys([*_STEPS, "alias", "country_code", "date_format", "emptied"]))
"""The order of a text's repairs, which other rows of its batch shall not change; nothing follows an emptying."""


def mend_texts(parameter: Parameter, texts: Texts, repair: Repair, dates: DateSetting) -> Mended:
    """Mend a column.

    Args:
        parameter: Whose values they are.
        texts: The values as read.
        repair: How much to mend. ``none`` changes nothing, but that white space alone counts as empty.
        dates: How dates are to be read; used for dates only.

    Returns:
        The mended values and what was changed.
    """
    mended = Mended(texts)
    if repair is Repair.NONE:
        mended.texts = blank_rows(texts, match_whole(texts, r"[\s\p{Z}]+"))
        return mended
    for code, step in _SAFE + (_FULL if repair is Repair.FULL else ()) + _AGAIN:
        mended.record(code, step(parameter, mended.texts))
    if parameter.kind is Kind.ENUM:
        mended.record("alias", _resolve_words(parameter, mended.texts))
    elif parameter.kind is Kind.COUNTRY:
        mended.record("country_code", _resolve_countries(mended.texts))
    elif parameter.kind is Kind.DATE:
        _resolve_dates(mended, dates)
    mended.changes = {code: mended.changes[code] for code in _ORDER if code in mended.changes}
    return mended


def _resolve_words(parameter: Parameter, texts: Texts) -> Texts:
    return make_texts([resolve_word(parameter.name, text) for text in texts.to_pylist()])


def _resolve_countries(texts: Texts) -> Texts:
    uncoded = find_uncoded(texts)
    if not uncoded.any():
        return texts
    named = texts.filter(pa.array(uncoded)).to_pylist()
    return put_rows(texts, uncoded, make_texts([resolve_country(name).code or name for name in named]))


def _resolve_dates(mended: Mended, dates: DateSetting) -> None:
    other = ~match_whole(mended.texts, "(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?")
    if not other.any():
        return
    texts = mended.texts.filter(pa.array(other)).to_pylist()
    verdicts = [read_date(text, dates.declared, dates.found, dates.today) for text in texts]
    replaced = make_texts([verdict.date or text for text, verdict in zip(texts, verdicts, strict=True)])
    mended.record("date_format", put_rows(mended.texts, other, replaced))
    mended.verdicts = dict(zip(np.flatnonzero(other).tolist(), verdicts, strict=True))
