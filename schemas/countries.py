"""Which country a text means: ISO names and codes, common and former names, demonyms, case and punctuation aside.

Nothing is guessed. A text that can mean more than one country gives the candidates, and one that is not in the tables
is unknown, however near it comes. The API wants ISO 3166-1 alpha-2 (vendor README, Formats).
"""

import re
import unicodedata
from collections.abc import Iterator
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

_SHORT_FORMS = {
    "st": "saint",
    "ste": "saint",
    "rep": "republic",
    "dem": "democratic",
    "is": "islands",
    "isl": "islands",
}
_IDLE_WORDS = frozenset({"the", "of", "and"})
_WORD = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[()\[\]/,;:|–—-]+")
_LETTERS_ONLY = re.compile(r"[A-Z]{2,3}")
_THREE_DIGITS = re.compile(r"[0-9]{3}")
_OF_A_PERSON = re.compile(r"^(?:citizen|national)\s+of\s+|\s+(?:citizen|national)$", re.IGNORECASE)


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
    positions, distinct = pd.factorize(texts.fillna(""))
    matches = [resolve_country(text) for text in distinct]
    codes = pd.Series([match.code for match in matches], dtype="str")
    candidates = pd.Series([", ".join(match.candidates) for match in matches], dtype="str")
    return _spread(codes, positions, texts), _spread(candidates, positions, texts)


def _spread(
    values: "pd.Series[str]", positions: "pd.api.typing.aliases.AnyArrayLike", like: "pd.Series[str]"
) -> "pd.Series[str]":
    return values.take(positions).set_axis(like.index).rename(like.name)


def _read_whole(text: str) -> frozenset[str]:
    """Read a text as one code, name or demonym; empty where it is none."""
    bare = text.strip()
    if code := _codes().get(bare.upper()):
        return frozenset({code})
    for form in (bare, _OF_A_PERSON.sub("", bare)):
        for key in _make_keys(form):
            if found := _names().get(key):
                return found
    return frozenset()


def _read_parts(text: str) -> frozenset[str]:
    """Read ``Singapore (SG)``: parts that agree are one country, parts that differ are the candidates."""
    parts = [part for part in _PARTS.split(text) if part.strip()]
    readings = [_read_whole(part) for part in parts]
    if len(parts) < 2 or not all(readings):
        return frozenset()
    return frozenset.intersection(*readings) or frozenset.union(*readings)


def _make_keys(text: str) -> Iterator[str]:
    """Fold a name to the keys it is found under: whole, without idle words, and whatever the order of its words."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("'", "").replace("’", "").replace(".", "")
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    words = [_SHORT_FORMS.get(word, word) for word in _WORD.findall(letters)]
    telling = [word for word in words if word not in _IDLE_WORDS]
    yield "".join(words)
    yield "".join(telling)
    if len(telling) > 1:
        yield " ".join(sorted(telling))


def _load_iso() -> "ExistingCountries":
    """Give pycountry's table of ISO 3166-1."""
    import pycountry  # noqa: PLC0415 - start-up: only a run that meets a country pays for it

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
    names: dict[str, set[str]] = {}
    for code, name in _list_names():
        for key in _make_keys(name):
            names.setdefault(key, set()).add(code)
    table = {key: frozenset(codes) for key, codes in names.items()}
    for spellings, candidates in AMBIGUOUS.items():
        for name in spellings.split(", "):
            table |= dict.fromkeys(_make_keys(name), frozenset(candidates.split(", ")))
    return {key: codes for key, codes in table.items() if key}


def _list_names() -> Iterator[tuple[str, str]]:
    """List every name with its alpha-2 code: ISO's from pycountry, then ours."""
    for country in _load_iso():
        for field in ("name", "official_name", "common_name"):
            if name := getattr(country, field, ""):
                yield country.alpha_2, name
    for table in (ALIASES, DEMONYMS):
        for code, names in table.items():
            yield from ((code, name) for name in names.split(", "))
