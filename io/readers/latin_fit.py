"""Tells whether text that was read as cp1252 reads like Latin writing, or like bytes of another encoding.

cp1252 has a character for nearly every byte, so no byte contradicts it. What gives a wrong guess away is where the
characters stand: an old Mac's ``é`` comes out as a capital behind a small letter (``JosŽ``), that of DOS as a quote in
the middle of a word (``Ren‚e``), Cyrillic and Chinese as words without a plain letter.
"""

import re

_NEVER = "\u00a0\u00ad‘’´`·ºª©"
"""Stand anywhere: spaces, hyphens that do not show, apostrophes, Spanish and Catalan signs."""
_DASHES = "–—…"
_QUOTES = "“”«»‹›°"
_ENDS = "®™²³¹"
_STARTS = "¡¿„‚•µ¼½¾"
_MONEY = "£¥€¤"
_LONGEST_RUN = 2
"""Letters with marks that follow each other in a Latin word, such as ``Äö`` and ``üß``."""
_PLAIN = "ÞþÐð"
"""Letters of Icelandic that are consonants like any other: vowels with marks stand around them (``Sæþór``)."""
_COMPOUND = re.compile(r"(?<![^\W_])(?:Ma?c|D[aei]|L[ae]|Du|Fitz)\Z")
"""Beginnings of a name behind which another capital is no surprise: ``McÉwan``, ``DeÁngelis``."""
_NOT_IN_COMPOUNDS = "ŠŽŒŸÆÐØ"
"""What an old Mac's and DOS's small letters come out as: behind the same beginnings they stay odd."""

_EDGE = " " * 5
"""As much as is looked at in front of a character."""


def measure_oddness(text: str) -> float:
    """Measure how many of a text's characters beyond ASCII stand where no Latin writing has them.

    Args:
        text: As read with cp1252 or latin-1.

    Returns:
        Their share, 0 to 1; 0 where there are none at all.
    """
    seen = odd = run = 0
    padded = f"{_EDGE}{text} "
    for place, character in enumerate(padded[:-1]):
        if character <= "\x9f":  # control characters are findings of their own
            run = 0
            continue
        run = run + (character not in _PLAIN) if character.isalpha() else 0
        seen += 1
        odd += run > _LONGEST_RUN or _is_odd(character, padded[place - 5 : place], padded[place + 1])
    return odd / seen if seen else 0.0


def _is_odd(character: str, start: str, after: str) -> bool:
    if character in _NEVER:
        return False
    before = start[-1:]
    inside = before.isalpha() and after.isalpha()
    if character.isalpha() and character not in "ƒµ":
        compound = character not in _NOT_IN_COMPOUNDS and after.islower() and _COMPOUND.search(start)
        return character.isupper() and before.islower() and before not in _NEVER and not compound
    if character in _DASHES:
        return inside and after.islower()
    if character in _QUOTES:
        return inside
    if character in _ENDS:
        return after.isalpha()
    if character in _MONEY and after.isdigit():
        return False  # CN¥100
    return before.isalpha() or (after.isalpha() and character not in _STARTS)
