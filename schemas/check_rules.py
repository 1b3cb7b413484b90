"""The rules of one value: for each code, which texts of a column break it.

The pandera models and the fast check both run these functions over the one parameter table, so neither can know a rule
that the other does not. Rules are from the vendor's OpenAPI document 1.4.0 (vendor README, Formats).
"""

from calendar import isleap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas import countries
from straitsx_bulk.schemas.check_arrow import Flags, Texts, find_empty, make_texts, match_whole, to_column, to_flags
from straitsx_bulk.schemas.countries import resolve_country
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.parameters import Kind, Parameter, RegistrationType
from straitsx_bulk.schemas.registration_ids import looks_scientific

OLDEST = "1900-01-01"
"""Dates before it are ``date_too_old``."""

_REAL_DATE = (
    r"(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-"
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-9]))"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a rule needs to know beside the parameter.

    Attributes:
        today: The date in Asia/Singapore.
        registration_type: ``personal`` or ``business``; empty where it is not known, then either's words are allowed.
    """

    today: date
    registration_type: str = ""


Broken = Callable[[Parameter, Texts, Setting], Flags]
"""Tells which texts break a rule. Texts are not empty, but for what ``Code.MISSING`` is asked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        code: The finding of a text that breaks it.
        kinds: The kinds of parameter that it is for.
        broken: Which texts break it.
    """

    code: Code
    kinds: frozenset[Kind]
    broken: Broken


def find_faults(parameter: Parameter, texts: Texts, setting: Setting) -> Iterator[tuple[Code, Flags]]:
    """Find every broken rule of a column.

    Args:
        parameter: Whose values they are.
        texts: The values; empty ones break nothing here.
        setting: Today, and the registration type.

    Yields:
        Each code that is found, with the texts that it is found on.
    """
    filled = ~find_empty(texts)
    for rule in rules_for(parameter.kind):
        flags = rule.broken(parameter, texts, setting) & filled
        if flags.any():
            yield rule.code, flags


@cache
def rules_for(kind: Kind) -> tuple[Rule, ...]:
    """List the rules for a kind of parameter."""
    return tuple(rule for rule in RULES if kind in rule.kinds)


def _is_too_long(parameter: Parameter, texts: Texts, _setting: Setting) -> Flags:
    return to_flags(pc.greater(pc.utf8_length(texts), parameter.maximum))


def _is_too_short(parameter: Parameter, texts: Texts, _setting: Setting) -> Flags:
    return to_flags(pc.less(pc.utf8_length(texts), parameter.minimum))


def _has_bad_characters(parameter: Parameter, texts: Texts, _setting: Setting) -> Flags:
    return ~match_whole(texts, f"{parameter.characters or '.'}+")


def _is_scientific(_parameter: Parameter, texts: Texts, _setting: Setting) -> Flags:
    return looks_scientific(to_column(texts)).to_numpy()


def _is_not_allowed(parameter: Parameter, texts: Texts, setting: Setting) -> Flags:
    types = [setting.registration_type] if setting.registration_type else list(RegistrationType)
    words = [word for kind in types for word in parameter.choices_for(kind)]
    return ~to_flags(pc.is_in(texts, value_set=make_texts(words)))


def _has_no_country(_parameter: Parameter, texts: Texts, _setting: Setting) -> Flags:
    return find_uncoded(texts) & ~_has_many_countries(_parameter, texts, _setting)


def _has_many_countries(_parameter: Parameter, texts: Texts, _setting: Setting) -> Flags:
    uncoded = find_uncoded(texts)
    if uncoded.any():
        unknown = texts.filter(pa.array(uncoded)).to_pylist()
        uncoded[uncoded] = [bool(resolve_country(text).candidates) for text in unknown]
    return uncoded


def find_uncoded(texts: Texts) -> Flags:
    """Tell which texts are no alpha-2 code of ISO 3166-1."""
    return ~to_flags(pc.is_in(texts, value_set=_alpha2_codes()))


@cache
def _alpha2_codes() -> Texts:
    return make_texts(countries.ALPHA2)


def _is_no_date(_parameter: Parameter, texts: Texts, _setting: Setting) -> Flags:
    return ~find_dates(texts)


def find_dates(texts: Texts) -> Flags:
    """Tell which texts are real dates as ``YYYY-MM-DD``."""
    real = match_whole(texts, _REAL_DATE)
    leap_days = np.flatnonzero(to_flags(pc.ends_with(texts, "-02-29")) & real)
    for position in leap_days:
        real[position] = isleap(int(texts[int(position)].as_py()[:4]))
    return real


def _is_in_future(_parameter: Parameter, texts: Texts, setting: Setting) -> Flags:
    return find_dates(texts) & to_flags(pc.greater(texts, setting.today.isoformat()))


def _is_too_old(_parameter: Parameter, texts: Texts, _setting: Setting) -> Flags:
    return find_dates(texts) & to_flags(pc.less(texts, OLDEST))


def _breaks_pattern(parameter: Parameter, texts: Texts, _setting: Setting) -> Flags:
    return ~match_whole(texts, parameter.pattern)


_LONG = frozenset({Kind.NAME, Kind.ADDRESS, Kind.POSTAL_CODE, Kind.REGISTRATION_ID, Kind.TEXT, Kind.EMAIL})
_SHORT = frozenset({Kind.POSTAL_CODE, Kind.REGISTRATION_ID})
_OF_CHARACTERS = _LONG - {Kind.EMAIL}

RULES: tuple[Rule, ...] = (
    Rule(Code.TOO_LONG, _LONG, _is_too_long),
    Rule(Code.TOO_SHORT, _SHORT, _is_too_short),
    Rule(Code.BAD_CHARACTERS, _OF_CHARACTERS, _has_bad_characters),
    Rule(Code.ID_SCIENTIFIC, frozenset({Kind.REGISTRATION_ID}), _is_scientific),
    Rule(Code.NOT_ALLOWED, frozenset({Kind.ENUM}), _is_not_allowed),
    Rule(Code.UNKNOWN_COUNTRY, frozenset({Kind.COUNTRY}), _has_no_country),
    Rule(Code.AMBIGUOUS_COUNTRY, frozenset({Kind.COUNTRY}), _has_many_countries),
    Rule(Code.BAD_DATE, frozenset({Kind.DATE}), _is_no_date),
    Rule(Code.DATE_IN_FUTURE, frozenset({Kind.DATE}), _is_in_future),
    Rule(Code.DATE_TOO_OLD, frozenset({Kind.DATE}), _is_too_old),
    Rule(Code.BAD_EMAIL, frozenset({Kind.EMAIL}), _breaks_pattern),
    Rule(Code.BAD_PHONE, frozenset({Kind.PHONE}), _breaks_pattern),
)
"""In the order in which findings of one parameter are named."""
