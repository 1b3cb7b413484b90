"""Repairs that only ``--repair full`` makes: names and addresses in the characters that the API takes.

They change how a name is written, so a user has to ask for them. Nothing is cut off to fit a length, and letters of
another script stay: what they sound like is not ours to say (contract, Repairs).
"""

import re
import unicodedata
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas.check_arrow import Texts, find_ascii, find_empty, match_part, put_rows, replace_all, to_flags
from straitsx_bulk.schemas.check_bytes import find_marked, list_marks, view_bytes
from straitsx_bulk.schemas.parameters import Kind, Parameter
from straitsx_bulk.schemas.repair_text import map_strange

SPECIAL_LETTERS = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d",
    "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ŋ": "ng",
    "Ŋ": "Ng", "ĸ": "k", "ſ": "s", "ƒ": "f", "ə": "e", "Ə": "E", "ǝ": "e", "Ǝ": "E", "ɓ": "b", "Ɓ": "B", "ɗ": "d",
    "Ɗ": "D", "ƙ": "k", "Ƙ": "K", "ƴ": "y", "Ƴ": "Y", "ɨ": "i", "ƀ": "b", "ɛ": "e", "Ɛ": "E", "ɔ": "o", "Ɔ": "O",
}  # fmt: skip
"""Latin letters that are no plain letter with a mark."""

MENDED_KINDS = frozenset({Kind.NAME, Kind.ADDRESS})
"""The kinds of parameter that these repairs are for."""
_AMPERSAND = r"(?: *&(?:amp;)? *)+"
_DROPPED_IN_NAMES = "['`.]"  # with its marks, which would else become the letter's before it
_KEPT_IN_REFUSED = r"\p{L}\p{M}\p{N}"


def transliterate_texts(parameter: Parameter, texts: Texts) -> Texts:
    """Write Latin letters with marks in ASCII by a fixed table (``transliterated``)."""
    return map_strange(texts, transliterate_text) if parameter.kind in MENDED_KINDS else texts


def write_ampersands(parameter: Parameter, texts: Texts) -> Texts:
    """Write ``&`` as ``and``, a word of its own (``ampersand``)."""
    if parameter.kind not in MENDED_KINDS:
        return texts
    found = to_flags(pc.match_substring(texts, "&"))
    if not found.any():
        return texts
    return put_rows(texts, found, pc.utf8_trim(replace_all(texts.filter(pa.array(found)), _AMPERSAND, " and "), " "))


def replace_characters(parameter: Parameter, texts: Texts) -> Texts:
    """Take away the characters that the API refuses (``characters_replaced``).

    In names apostrophes and full stops leave nothing behind, everything else one space. Letters, digits and marks of
    other scripts stay, and a text of nothing but refused characters stays whole: both are for a person to mend.
    """
    if parameter.kind not in MENDED_KINDS:
        return texts
    doubtful = find_marked(*view_bytes(texts), list_marks(parameter.characters))
    for of_ascii in (True, False):  # the classes of all of Unicode take long to compile, and plain texts need none
        chosen = doubtful & (find_ascii(texts) == of_ascii)
        if chosen.any():
            texts = put_rows(texts, chosen, _replace_refused(parameter, texts.filter(pa.array(chosen)), of_ascii))
    return texts


def _replace_refused(parameter: Parameter, texts: Texts, of_ascii: bool) -> Texts:
    kept, marks = ("a-zA-Z0-9", "") if of_ascii else (_KEPT_IN_REFUSED, r"\p{M}*")
    refused = f"[^{parameter.characters[1:-1]}{kept}]"
    found = match_part(texts, refused)
    if not found.any():
        return texts
    before = texts.filter(pa.array(found))
    bare = replace_all(before, _DROPPED_IN_NAMES + marks, "") if parameter.kind is Kind.NAME else before
    after = pc.utf8_trim(replace_all(replace_all(bare, refused + marks, " "), " +", " "), " ")
    return put_rows(texts, found, pc.if_else(pa.array(find_empty(after)), before, after))


def transliterate_text(text: str) -> str:
    """Write one text's Latin letters without their marks."""
    return _loose_marks().sub(r"\1", text.translate(_latin_letters()))


@cache
def _loose_marks() -> re.Pattern[str]:
    """Match marks that follow a plain letter and have no letter of their own in Unicode."""
    return re.compile("([A-Za-z])[\u0300-\u036f]+")


@cache
def _latin_letters() -> dict[int, str]:
    """Make the table: each Latin letter with marks to what is left without them."""
    table = {ord(letter): plain for letter, plain in SPECIAL_LETTERS.items()}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        letters = "".join(c for c in unicodedata.normalize("NFD", chr(code)) if not unicodedata.combining(c))
        plain = "".join(SPECIAL_LETTERS.get(letter, letter) for letter in letters)
        if plain.isascii() and plain.isalpha():
            table.setdefault(code, plain)
    return table
