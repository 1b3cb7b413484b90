"""Which country a text means: ISO names and codes, common and former names, demonyms, case and punctuation aside.

Nothing is guessed. A text that can mean more than one country gives the candidates, and one that is not in the tables
is unknown, however near it comes. The API wants ISO 3166-1 alpha-2 (vendor README, Formats).
"""

import gettext
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from straitsx_bulk.schemas.country_names import ALIASES, AMBIGUOUS
from straitsx_bulk.schemas.demonyms import DEMONYMS

if TYPE_CHECKING:
    from pycountry import ExistingCountries

ALPHA2: tuple[str, ...]
"""Every alpha-2 code that ISO 3166-1 has assigned, sorted. Made on first use."""

_LONGEST = 200  # no name comes near it, and a hostile cell must not hold up a run

_SHORT_FORMS = {
    "st": "saint",
    "ste": "saint",
    "rep": "republic",
    "dem": "democratic",
    "is": "islands",
    "isl": "islands",
}
_IDLE_WORDS = frozenset({"the", "of", "and"})
_APOSTROPHES = frozenset("'’ʼʻ`´")
_INITIAL = re.compile(r"\b(\w)\.(?=\w\b)")  # the stops in U.S.A., but not the one in St.Lucia
_WORD = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[()\[\]/,;:|–—-]+")
_OF_A_PERSON = re.compile(r"^(?:(?:citizen|national)\s+of|warga\s?negara)\s+|\s+(?:citizen|national)$", re.IGNORECASE)
_LANGUAGES = ("id", "ms", "zh_CN", "zh_HK", "zh_TW")
"""Catalogues of pycountry: the region's languages beside English, where a name is letters without marks that matter."""


@dataclass(frozen=True, slots=True)
class CountryMatch:
    """What a text says about a country.

    Attributes:
        code: Alpha-2, upper case; empty where the text is unknown or ambiguous.
        candidates: Alpha-2 codes that an ambiguous text may mean, sorted; else empty.
    """

    code: str = ""
    candidates: tuple[str, ...] = ()


def __getattr__(name: str) -> tuple[str, ...]:
    """Make ``ALPHA2`` when it is first asked for, so that importing this module stays cheap."""
    if name == "ALPHA2":
        return tuple(sorted(set(_codes().values())))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def country_name(code: str) -> str:
    """Give the English short name of a country, for messages.

    Args:
        code: Alpha-2, upper case.

    Returns:
        ISO's common name where it has one, else its name; the code itself where ISO has not assigned it.
    """
    country = _load_iso().get(alpha_2=code)
    return str(getattr(country, "common_name", country.name)) if country else code


@lru_cache(maxsize=8192)
def resolve_country(text: str) -> CountryMatch:
    """Find the country that a text means.

    A code beats every other reading. Numeric codes count only with all three digits: ``36`` may be Australia's code
    without its zero or Hungary's calling code.

    Args:
        text: A name, code or demonym as people write it.

    Returns:
        The country, or the candidates, or neither.
    """
    if len(text) > _LONGEST:
        return CountryMatch()
    codes = _read_whole(text) or _read_parts(text)
    if len(codes) == 1:
        return CountryMatch(code=next(iter(codes)))
    return CountryMatch(candidates=tuple(sorted(codes)))


def to_alpha2(texts: "pd.Series[str]") -> "tuple[pd.Series[str], pd.Series[str]]":
    """Find the countries that a column means; each distinct text is looked up once.

    Args:
        texts: Text, dtype ``str``, without missing values.

    Returns:
        Two columns with the same index, dtype ``str``: the alpha-2 code or ``""``, and the candidates of an ambiguous
        text joined by ``", "`` or ``""``.
    """
    distinct = texts.unique()
    matches = {text: resolve_country(text) for text in distinct.tolist()}
    codes = texts.map({text: match.code for text, match in matches.items()})
    candidates = texts.map({text: ", ".join(match.candidates) for text, match in matches.items()})
    return codes.astype("str"), candidates.astype("str")


def _read_whole(text: str) -> frozenset[str]:
    """Read a text as one code, name or demonym; empty where it is none."""
    bare = text.strip()
    if code := _codes().get(bare.upper()):
        return frozenset({code})
    return _read_name(bare) or _read_name(_OF_A_PERSON.sub("", bare))


def _read_name(text: str) -> frozenset[str]:
    names = _names()
    return next((names[key] for key in _make_keys(text) if key in names), frozenset())


def _read_parts(text: str) -> frozenset[str]:
    """Read ``Singapore (SG)``: parts that agree are one country, parts that differ are the candidates.

    One part at least must be a name: ``NA/NA`` is not Namibia, nor is ``Ga-na`` Gabon or Namibia.
    """
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
    readings = [_read_whole(part) for part in parts]
    if len(parts) < 2 or not all(readings) or all(part.upper() in _codes() for part in parts):
        return frozenset()
    return frozenset.intersection(*readings) or frozenset.union(*readings)


def _make_keys(text: str) -> Iterator[str]:
    """Fold a name to the keys it is found under: whole, without idle words, and whatever the order of its words."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in plain if c not in _APOSTROPHES and not unicodedata.combining(c))
    written = _WORD.findall(_INITIAL.sub(r"\1", letters))
    words = [_SHORT_FORMS.get(word, word) for word in written]
    telling = [word for word in words if word not in _IDLE_WORDS]
    yield "".join(written)
    yield "".join(words)
    yield "".join(telling)
    if len(telling) > 1:
        yield " ".join(sorted(telling))


def _load_iso() -> "ExistingCountries":
    """Give pycountry's table of ISO 3166-1."""
    import pycountry  # here, for start-up: only a run that meets a country pays for it

    return pycountry.countries


@cache
def _codes() -> dict[str, str]:
    """Alpha-2, alpha-3 and numeric codes to alpha-2."""
    codes: dict[str, str] = {}
    for country in _load_iso():
        codes |= dict.fromkeys((country.alpha_2, country.alpha_3, country.numeric), country.alpha_2)
    return codes


@cache
def _names() -> dict[str, frozenset[str]]:
    """Every key to the countries it may mean; the ambiguous overrule ISO's own name (``Congo``)."""
    names = _index(_list_names())
    for spellings, candidates in AMBIGUOUS.items():
        for name in spellings.split(", "):
            names |= dict.fromkeys(_make_keys(name), frozenset(candidates.split(", ")))
    return _index(_list_translations()) | names


def _index(entries: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {}
    for code, name in entries:
        for key in _make_keys(name):
            names.setdefault(key, set()).add(code)
    return {key: frozenset(codes) for key, codes in names.items() if key}


def _list_names() -> Iterator[tuple[str, str]]:
    """List every English name with its alpha-2 code: ISO's from pycountry, then ours."""
    yield from _list_iso_names()
    for table in (ALIASES, DEMONYMS):
        for code, names in table.items():
            yield from ((code, name) for name in names.split(", "))


def _list_iso_names() -> Iterator[tuple[str, str]]:
    for country in _load_iso():
        for field in ("name", "official_name", "common_name"):
            if name := getattr(country, field, ""):
                yield country.alpha_2, name


def _list_translations() -> Iterator[tuple[str, str]]:
    """List ISO's names in the languages of the region; an English name always overrules them."""
    import pycountry  # here, as in _load_iso

    for language in _LANGUAGES:
        catalogue = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language], fallback=True)
        yield from ((code, catalogue.gettext(name)) for code, name in _list_iso_names())
