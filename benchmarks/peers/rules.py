"""The rules and repairs that a hand-written script needs for the benchmark's exports; the standard library only.

The peers share it, so that what is compared is the machinery around a row and never the care put into its rules.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

COUNTRIES = {
    "SG": ("Singapore", "Singaporean"),
    "MY": ("Malaysia", "Malaysian"),
    "ID": ("Indonesia", "Indonesian"),
    "GB": ("United Kingdom", "British"),
    "PH": ("Philippines", "Filipino"),
    "VN": ("Vietnam", "Vietnamese"),
    "AU": ("Australia", "Australian"),
    "TH": ("Thailand", "Thai"),
}
"""Code to the name and the demonym by which exports write it."""
CODES = {word: code for code, (name, demonym) in COUNTRIES.items() for word in (code, name, demonym)}
COUNTRY_COLUMNS = ("registrationIdCountry", "nationality", "countryOfResidence", "address.country")
REQUIRED = ("customerName", "registrationType", "registrationId")
ADDRESS = ("address.street", "address.city", "address.country")
USD = ("registrationIdType", "registrationIdCountry", "countryOfResidence", "dateOfBirth", "nationality", *ADDRESS)
PATTERNS = {
    "customerName": r"[a-zA-Z0-9 ]{1,50}",
    "registrationType": "personal",
    "registrationId": r"(?!\d\.\d+E\+\d+$)[a-zA-Z0-9/\-?:().,'+ ]{4,35}",
    "registrationIdType": "passport|identity_card",
    "address.street": r"[a-zA-Z0-9\-?:().,' +]{1,180}",
    "address.city": r"[a-zA-Z0-9\-?:().,' +]{1,20}",
    "address.state": r"[a-zA-Z0-9\-?:().,' +]{1,15}",
    "address.postalCode": r"[A-Za-z0-9\- ]{2,20}",
    "phoneNo": r"\+\d{6,15}",
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "gender": "MALE|FEMALE",
}
"""Whole values that are allowed, by column (vendor README, Formats)."""
_PATTERNS = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Checked:
    """One row.

    Attributes:
        key: The registration id, mended.
        rail: ``usd``, ``sgd``, or empty for a row that is rejected.
        body: What a create sends.
    """

    key: str
    rail: str
    body: dict[str, object]


@dataclass(slots=True)
class RowCheck:
    """Checks rows one after the other and remembers their keys."""

    seen: set[str] = field(default_factory=set)

    def check_row(self, row: Mapping[str, str]) -> Checked:
        """Mend and check one row; a parameter that fails is left out, unless SGD needs it."""
        texts = {name: mend_text(name, text) for name, text in row.items() if name in PATTERNS or name in USD}
        good = {name: text for name, text in texts.items() if text and is_allowed(name, text)}
        key = texts["registrationId"]
        if key in self.seen or not all(name in good for name in REQUIRED):
            return Checked(key, "", {})
        self.seen.add(key)
        return Checked(key, "usd" if all(name in good for name in USD) else "sgd", make_body(good))


def mend_text(name: str, text: str) -> str:
    """Trim, write ids in upper case, countries as codes, and unit numbers without ``#``."""
    text = " ".join(text.split())
    if name == "registrationId":
        return text.upper()
    if name in COUNTRY_COLUMNS:
        return CODES.get(text, text)
    return text.replace("#", "") if name == "address.street" else text


def is_allowed(name: str, text: str) -> bool:
    """Say whether the API takes a value."""
    if name in COUNTRY_COLUMNS:
        return text in COUNTRIES
    if name == "dateOfBirth":
        return is_past_date(text)
    return _PATTERNS[name].fullmatch(text) is not None


def is_past_date(text: str) -> bool:
    """Say whether a text is a real date from 1900 to today."""
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        return date(1900, 1, 1) <= date.fromisoformat(text) <= date.today()  # noqa: DTZ011 - no row is of today
    except ValueError:
        return False


def make_body(good: Mapping[str, str]) -> dict[str, object]:
    """Nest the address, whole or not at all."""
    body: dict[str, object] = {name: text for name, text in good.items() if "." not in name}
    if all(name in good for name in ADDRESS):
        body["address"] = {name.partition(".")[2]: text for name, text in good.items() if "." in name}
    return body
