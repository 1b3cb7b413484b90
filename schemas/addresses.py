"""Taking an address in one column apart, where its shape is certain: Singapore's, by its six-digit postal code.

A Singapore address ends in the postal code, usually behind "Singapore" or "S". The first two digits are the sector,
01 to 82 (SingPost). The country must be known: given for the row, or said by the words before or after the code. Every
other address stays whole, as the street; what it then lacks is for the checks to say (contract, Repairs, ``split``).
"""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

SINGAPORE = "Singapore"

# RE2 runs these over whole columns: no look-behind, and \s and \w know ASCII only.
_GAP = r"[\s\x{a0}\x{3000},.;:()\[\]–—-]*"
_NAME = r"(?:Republic\s+of\s+Singapore|Singapore|S['’]?pore)"
_CODE = r"(?:0[1-9]|[1-7][0-9]|8[0-2])[0-9]{4}"
_UNIT = r"#\s?[A-Z]?[0-9]{1,3}[A-Z]?\s?-\s?[0-9]{1,5}[A-Z]?(?:\s?[/&,-]\s?#?[0-9]{1,5}[A-Z]?)*"
_SINGAPORE_END = (
    rf"(?i)(?:^|[^\w'’#/&+–—-])(?P<end>(?P<before>(?:{_NAME}{_GAP})+(?:SG?{_GAP})?|SG?{_GAP})?(?P<code>{_CODE})"
    rf"(?:{_GAP}(?P<unit>{_UNIT}))?{_GAP}(?P<after>(?:(?:{_NAME}|SG){_GAP})*))$"
)
"""The end of a Singapore address: the name or not, the postal code, the unit or not, the name again or not."""

# pandas hands these to RE2 as long as they have no \b, \s or $; with one of those it loops in Python.
_CLAIMS_A_NAME = r"(?i)(?:(?:^|[^a-z])(?:of|in|at|the|and|to|near|next)|[#&/+'’])[ \t]*\Z"
"""Ends of a street that claim the name that follows: ``National University of Singapore``."""

_CLAIMS_A_NUMBER = (
    r"(?i)(?:^|[^a-z])(?:box|bag|no|unit|lot|room|level|floor|block|blk|tower|wing|pin|tel|phone|fax|mobile|hp)"
    r"\.?[ \t]*\Z"
)
"""Ends of a street that claim the letter or number that follows: ``Block S 510123``, ``P.O. Box 123456``."""

_SIX_DIGITS = r"(?:^|[^0-9])[0-9]{6}(?:[^0-9]|\Z)"
_LINE_BREAKS = "[ \\t,]*[\n\r\v\f\x85\u2028\u2029]+[ \\t,\n\r\v\f\x85\u2028\u2029]*"


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

    Every letter and digit of the text stands in street and postal code, but for the word for Singapore, which city and
    country stand for. A unit behind the postal code joins the street. Line breaks become commas.

    Args:
        texts: Whole addresses, dtype ``str``, without missing values.
        countries: The country of each row where it is known, alpha-2 or ``""``; the same index.

    Returns:
        The parts, row by row.
    """
    whole = _join_lines(texts.str.strip())
    hopeful = whole.where(countries.isin(("", "SG")), "")
    found = _match_ends(hopeful)
    known = countries.eq("SG") | found["before"].ne("") | found["after"].ne("")
    lead = _cut_ends(hopeful, found["end"])
    street = lead.str.rstrip(" ,;:(–—-\t\u00a0\u3000")
    certain = found["code"].ne("") & known & _is_street(street) & ~_claims_more(lead, found["before"])
    unit = (", " + found["unit"]).where(found["unit"].ne(""), "")
    nothing = pd.Series("", index=texts.index, dtype="str")
    return SplitAddresses(
        street=whole.mask(certain, street + unit),
        city=nothing.mask(certain, SINGAPORE),
        postal_code=nothing.mask(certain, found["code"]),
        country=nothing.mask(certain, "SG"),
        certain=certain,
    )


def _join_lines(texts: "pd.Series[str]") -> "pd.Series[str]":
    has_lines = texts.str.contains(_LINE_BREAKS, regex=True)
    return (
        texts.mask(has_lines, texts[has_lines].str.replace(_LINE_BREAKS, ", ", regex=True))
        if has_lines.any()
        else texts
    )


def _match_ends(texts: "pd.Series[str]") -> pd.DataFrame:
    """Give the groups of ``_SINGAPORE_END`` as text columns, empty where an address does not end like that.

    pandas' own ``str.extract`` is a loop in Python, twenty times slower.
    """
    groups = pc.extract_regex(pa.array(texts, type=pa.large_string()), _SINGAPORE_END)
    columns = {
        name: pc.fill_null(pc.struct_field(groups, name), "") for name in ("end", "before", "code", "unit", "after")
    }
    return pd.DataFrame({name: pd.array(column, dtype="str") for name, column in columns.items()}, index=texts.index)


def _cut_ends(texts: "pd.Series[str]", ends: "pd.Series[str]") -> "pd.Series[str]":
    """Take each text's own end off it."""
    cut = [text[: len(text) - len(end)] for text, end in zip(texts.tolist(), ends.tolist(), strict=True)]
    return pd.Series(cut, index=texts.index, dtype="str")


def _is_street(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which texts can be all of a street: they have a letter and no second postal code."""
    return texts.str.contains(r"[A-Za-z]", regex=True) & ~texts.str.contains(_SIX_DIGITS, regex=True)


def _claims_more(leads: "pd.Series[str]", names: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which streets are cut short without what follows them; a comma between the two ends a street."""
    has_name = names.str.contains("(?i)pore", regex=True)
    claims_number = leads.str.contains(_CLAIMS_A_NUMBER, regex=True)
    return leads.str.contains(_CLAIMS_A_NAME, regex=True) | (claims_number & ~has_name)
