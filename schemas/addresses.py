"""Taking an address in one column apart, where its shape is certain: Singapore's, by its six-digit postal code.

A Singapore address ends in the postal code, usually behind "Singapore" or "S". The first two digits are the sector,
01 to 82 (SingPost). The country must be known: given for the row, or said by the words before or after the code. Every
other address stays whole, as the street; what it then lacks is for the checks to say (contract, Repairs, ``split``).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

SINGAPORE = "Singapore"

_GAP = r"[\s,.;:()\[\]–—-]*"
_NAME = r"(?:Republic\s+of\s+Singapore|Singapore|S'pore|S’pore|Spore)"
_CODE = r"(?P<{0}>(?:0[1-9]|[1-7][0-9]|8[0-2])[0-9]{{4}})(?![0-9])"
_UNIT = r"#\s?[A-Z]?[0-9]{1,3}[A-Z]?\s?-\s?[0-9]{1,5}[A-Z]?(?:\s?[/&,-]\s?#?[0-9]{1,5}[A-Z]?)*"
_SAID_BEFORE = rf"(?P<before>(?:{_NAME}{_GAP})+(?:SG?{_GAP})?|SG?{_GAP})"
_TAIL = re.compile(
    rf"(?:^|(?<![\w'’#/&+-]))(?:{_SAID_BEFORE}{_CODE.format('named')}|{_CODE.format('bare')})"
    rf"{_GAP}(?P<unit>{_UNIT})?{_GAP}(?P<after>(?:{_NAME}|SG){_GAP})*$",
    re.IGNORECASE,
)
_OPEN_END = re.compile(r"(?:\b(?:of|in|at|the|and|to|near|box|no|unit|pin)|[#&/+-])$", re.IGNORECASE)
_SIX_DIGITS = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_LINE_BREAKS = re.compile(r"\s*,?\s*[\r\n\v\f\x85\u2028\u2029]+\s*,?\s*")


@dataclass(frozen=True, slots=True)
class SplitAddresses:
    """Addresses in parts; all columns share the index of the texts.

    Attributes:
        street: Street, house and unit; the whole text where the shape is not certain. Dtype ``str``.
        city: ``Singapore``, or ``""``. Dtype ``str``.
        postal_code: Six digits, or ``""``. Dtype ``str``.
        country: ``SG``, or ``""`` where the shape is not certain. Dtype ``str``.
        certain: Whether the address was taken apart. Dtype bool.
    """

    street: "pd.Series[str]"
    city: "pd.Series[str]"
    postal_code: "pd.Series[str]"
    country: "pd.Series[str]"
    certain: "pd.Series[bool]"


def split_addresses(texts: "pd.Series[str]", countries: "pd.Series[str]") -> SplitAddresses:
    """Take apart the addresses whose shape is certain.

    Every letter and digit of the text stands in the parts: in street and postal code, or as the word for Singapore that
    city and country replace. Line breaks become commas.

    Args:
        texts: Whole addresses, dtype ``str``, without missing values.
        countries: The country of each row where it is known, alpha-2 or ``""``; the same index.

    Returns:
        The parts, row by row.
    """
    whole = texts.str.replace(_LINE_BREAKS.pattern, ", ", regex=True).str.strip(" ,\t")
    pairs = [
        _split(text, country) if country in ("", "SG") else None for text, country in zip(whole, countries, strict=True)
    ]
    certain = pd.Series([pair is not None for pair in pairs], index=texts.index, dtype=bool)
    street = [pair[0] if pair else text for pair, text in zip(pairs, whole, strict=True)]
    postal_code = [pair[1] if pair else "" for pair in pairs]
    nothing = pd.Series("", index=texts.index, dtype="str")
    return SplitAddresses(
        street=pd.Series(street, index=texts.index, dtype="str"),
        city=nothing.mask(certain, SINGAPORE),
        postal_code=pd.Series(postal_code, index=texts.index, dtype="str"),
        country=nothing.mask(certain, "SG"),
        certain=certain,
    )


@lru_cache(maxsize=4096)
def _split(text: str, country: str) -> tuple[str, str] | None:
    """Give street and postal code of a Singapore address, or nothing where the shape is not certain."""
    found = _TAIL.search(text)
    if not found or not (country or found["before"] or found["after"]):
        return None
    street = text[: found.start()].rstrip(" ,.;:(-–—\t")
    if not any(c.isalpha() for c in street) or _OPEN_END.search(street) or _SIX_DIGITS.search(street):
        return None
    unit = found["unit"]
    return (f"{street}, {unit}" if unit else street), found["named"] or found["bare"]
