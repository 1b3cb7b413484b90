"""Safe repairs of any text: what changes its form and never its meaning (contract, Repairs).

Each step takes a column and gives it back mended. Steps look for the few texts that need them with one cheap test and
touch only those.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas.check_arrow import (
    Texts,
    blank_rows,
    find_ascii,
    make_texts,
    match_part,
    match_whole,
    put_rows,
    replace_all,
    take_rows,
    to_flags,
)
from straitsx_bulk.schemas.check_bytes import find_listed_shapes
from straitsx_bulk.schemas.parameters import Kind, Parameter
from straitsx_bulk.schemas.repair_words import NAMIBIA, PLACEHOLDERS, PROPER_NAMES

WHITE_SPACE = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""Every character but the space that Unicode calls white space, and the separators that Python does."""
INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff" + "".join(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFE00, 0xFE10)))
)
"""Characters of no width: soft hyphens, byte order marks, direction marks, variation selectors."""
JOINERS = "\u200c\u200d"
"""Of no width too, but in Persian, Sinhala or Malayalam they make another word: kept in names of their own script."""
SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u2032\u2035\u00b4\uff07\uff40\u055a"
DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\uff02"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"

_TYPOGRAPHY = {
    **dict.fromkeys(map(ord, SINGLE_QUOTES), "'"),
    **dict.fromkeys(map(ord, DOUBLE_QUOTES), '"'),
    **dict.fromkeys(map(ord, DASHES), "-"),
}
_SPACES = dict.fromkeys(map(ord, WHITE_SPACE), " ")
_GONE: dict[int, str] = dict.fromkeys(map(ord, INVISIBLE), "")
_UNTIDY = r"\A | \z|  |[\t-\r\x1c-\x1f]"
_WHOLE_NUMBERS = frozenset({Kind.REGISTRATION_ID, Kind.POSTAL_CODE, Kind.PHONE, Kind.DATE, Kind.COUNTRY})
_WITH_UNITS = frozenset({"address.street", "placeOfBiz"})


def trim_texts(parameter: Parameter, texts: Texts) -> Texts:
    """Make white space of any kind single spaces, none outside; drop characters of no width (``trimmed``)."""
    drop_joiners = parameter.kind is not Kind.TEXT
    texts = map_strange(texts, lambda text: _drop_invisible(text, drop_joiners=drop_joiners))
    untidy = match_part(texts, _UNTIDY)
    return put_rows(texts, untidy, _tidy_spaces(texts.filter(pa.array(untidy)))) if untidy.any() else texts


def normalise_texts(parameter: Parameter, texts: Texts) -> Texts:
    """Make compatibility forms, typographic quotes and dashes plain (``normalised``).

    Of an id only wide and narrow forms: any other form may stand for more than one character. A name in its own script
    stays as it is: there the forms can be different characters to its bearer.
    """
    if parameter.name == "customerNativeName":
        return texts
    return map_strange(texts, normalise_id if parameter.kind is Kind.REGISTRATION_ID else normalise_text)


def empty_placeholders(parameter: Parameter, texts: Texts) -> Texts:
    """Empty the cells that say ``N/A``, ``NULL``, ``-`` and the like (``emptied``)."""
    return blank_rows(texts, find_placeholders(texts, country=parameter.kind is Kind.COUNTRY))


def find_placeholders(texts: Texts, *, country: bool = False) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    """Tell which texts stand for nothing.

    Args:
        texts: Trimmed texts.
        country: Whether the column holds countries, where ``NA`` is Namibia.
    """
    found = np.zeros(len(texts), dtype=bool)
    places = find_listed_shapes(texts, PLACEHOLDERS)
    if len(places):
        found[places] = to_flags(pc.is_in(pc.ascii_lower(take_rows(texts, places)), value_set=_placeholder_set()))
    if found.any():
        meant = PROPER_NAMES + ((NAMIBIA,) if country else ())
        found = found & ~to_flags(pc.is_in(texts, value_set=make_texts(meant)))
    return found


def drop_excel_zero(parameter: Parameter, texts: Texts) -> Texts:
    """Take the ``.0`` that Excel left on a whole number (``excel_number``)."""
    if parameter.kind not in _WHOLE_NUMBERS:
        return texts
    found = match_whole(texts, r"\+?[0-9]+\.0")
    return put_rows(texts, found, replace_all(texts.filter(pa.array(found)), r"\.0\z", "")) if found.any() else texts


def raise_case(parameter: Parameter, texts: Texts) -> Texts:
    """Write registration ids in upper case, letters A to Z only, so that none gets longer (``upper_cased``)."""
    return pc.ascii_upper(texts) if parameter.kind is Kind.REGISTRATION_ID else texts


def drop_hashes(parameter: Parameter, texts: Texts) -> Texts:
    """Write ``#01-01`` as ``01-01`` in addresses; the API refuses ``#`` (``hash_dropped``)."""
    if parameter.name not in _WITH_UNITS:
        return texts
    found = to_flags(pc.match_substring(texts, "#"))
    if not found.any():
        return texts
    apart = replace_all(texts.filter(pa.array(found)), r"([^\s#])#", r"\1 #")
    return put_rows(texts, found, _tidy_spaces(replace_all(apart, r"# *", "")))


def map_strange(texts: Texts, mend: Callable[[str], str]) -> Texts:
    """Apply a function to the texts that are not ASCII, each distinct one once."""
    strange = ~find_ascii(texts)
    if not strange.any():
        return texts
    encoded = texts.filter(pa.array(strange)).dictionary_encode()
    mended = make_texts([mend(text) for text in encoded.dictionary.to_pylist()])
    return put_rows(texts, strange, mended.take(encoded.indices))


def normalise_text(text: str) -> str:
    """Normalise one text, but for other kinds of numbers: after a digit, ``²`` or ``½`` would make another number."""
    plain = text.translate(_TYPOGRAPHY)
    if unicodedata.is_normalized("NFKC", plain):
        return plain
    pieces = _other_numbers().split(plain)
    return "".join(piece if i % 2 else unicodedata.normalize("NFKC", piece) for i, piece in enumerate(pieces))


def normalise_id(text: str) -> str:
    """Normalise one id: wide and narrow forms, quotes and dashes, character by character."""
    return text.translate(_TYPOGRAPHY).translate(_wide_forms())


def _drop_invisible(text: str, *, drop_joiners: bool) -> str:
    visible = text.translate(_SPACES).translate(_GONE)
    return visible.translate({ord(joiner): "" for joiner in JOINERS}) if drop_joiners else visible


def _tidy_spaces(texts: Texts) -> Texts:
    return pc.utf8_trim(replace_all(texts, r"[ \t-\r\x1c-\x1f]+", " "), " ")


@cache
def _placeholder_set() -> Texts:
    return make_texts(PLACEHOLDERS)


@cache
def _other_numbers() -> re.Pattern[str]:
    """Match numbers that are no plain digits and that normalising would turn into some."""
    candidates = map(chr, range(0x80, 0x1FBFA))
    found = (c for c in candidates if unicodedata.category(c) == "No" and not unicodedata.is_normalized("NFKC", c))
    return re.compile(f"([{''.join(found)}]+)")


@cache
def _wide_forms() -> dict[int, str]:
    forms = (chr(code) for code in (*range(0xFF01, 0xFF5F), 0x3000))
    return {ord(form): unicodedata.normalize("NFKC", form) for form in forms}
