"""A row against the profile that exists: what the profile lacks, what differs, and the PATCH that follows.

The API formats its answers in its own way (vendor README, "Formats": dates with times, phone numbers as numbers,
countries by name), so values are compared by what they say. The same comparison holds wherever this program compares a
value with what a profile is known to hold.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from straitsx_bulk.schemas.countries import resolve_country
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, BY_NAME, IDENTITY_NAMES, KEY_NAMES, PARAMETER_NAMES, Kind
from straitsx_bulk.schemas.payloads import ADDRESS, has_whole_address, nest_values

_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?")
"""A date as the API answers it, ``1983-11-14T00:00:00.000Z``. Another time of day is not taken for the date."""

_BELONGS_TO: dict[str, tuple[str, ...]] = {
    "address.city": ("address.country",),
    "address.state": ("address.city", "address.country"),
    "address.postalCode": ("address.street", "address.city", "address.country"),
}
"""A part of an address means nothing beside other parts than its own: a new street has not the old postal code."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A parameter whose value in the profile is not the row's, and is not to be replaced.

    Attributes:
        parameter: The API's name.
        profile_value: What the profile holds, a date as ``YYYY-MM-DD``; personal data: for the reports only, never for
            a log or an error.
    """

    parameter: str
    profile_value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PatchPlan:
    """What a row would do to a profile.

    Attributes:
        body: Of the PATCH; empty where there is nothing to send, or anything is in conflict or missing.
        missing: Parameters of which the answer at hand says nothing: the profile has to be read by id first.
        conflicts: In the table's order. With one, nothing is written.
        unchanged: Whether everything that the row would send is known to be there.
    """

    body: dict[str, Any] = field(repr=False)
    missing: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    unchanged: bool


def comparable(parameter: str, text: str) -> str:
    """Reduce a value to what counts in comparing: two values are the same if this gives the same for both.

    Names: letters and digits, case folded (as the contract compares them over a run, "Keys"), so ``Pte. Ltd.`` is ``Pte
    Ltd``. Dates: the day. Phone numbers: the digits. Countries: the code, whether given as code, name or demonym.
    Registration ids: upper case, white space collapsed. Everything else: case and white space do not count, nor does
    ``#`` in an address, which our own repair drops.

    Args:
        parameter: The API's name.
        text: A value of ours or of an answer.

    Returns:
        A text for comparing (and hashing) only.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    kind = BY_NAME[parameter].kind if parameter in BY_NAME else Kind.TEXT
    return _REDUCTIONS.get(kind, str.casefold)(plain)


def _reduce_name(text: str) -> str:
    letters = "".join(character for character in text.casefold() if character.isalnum())
    return letters or text.casefold()


def _reduce_date(text: str) -> str:
    day = _MIDNIGHT.fullmatch(text)
    return day[1] if day else text


def _reduce_phone(text: str) -> str:
    return "".join(character for character in text if character.isdigit()) or text


def _reduce_country(text: str) -> str:
    return resolve_country(text).code or text.casefold()


def _reduce_address(text: str) -> str:
    return " ".join(text.replace("#", " ").casefold().split())


_REDUCTIONS: dict[Kind, Callable[[str], str]] = {
    Kind.NAME: _reduce_name,
    Kind.DATE: _reduce_date,
    Kind.PHONE: _reduce_phone,
    Kind.COUNTRY: _reduce_country,
    Kind.ADDRESS: _reduce_address,
    Kind.REGISTRATION_ID: str.upper,
}


def same_value(parameter: str, ours: str, theirs: object) -> bool:
    """Say whether a profile's value is the row's, form aside.

    Args:
        parameter: The API's name.
        ours: The row's value.
        theirs: The answer's value, a text or a number; None is the same as an empty text.

    Returns:
        Whether both say the same (``comparable``).
    """
    return comparable(parameter, ours) == comparable(parameter, _read_text(theirs) or "")


def _read_text(value: object) -> str | None:
    """Read an answer's value as text; None for null, empty and what is no single value."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)


_PLAIN = (str, int, float, type(None))
_SPELLINGS = {name.casefold(): name for name in PARAMETER_NAMES}


def flatten_attributes(attributes: Mapping[str, object]) -> dict[str, str | None]:
    """Read what an answer says of a profile.

    Args:
        attributes: ``data.attributes`` of an answer, whatever else it holds.

    Returns:
        Parameter to its text, None where the profile is known to lack it (null or empty). A parameter that the answer
        does not carry is not in it: that is unknown, not empty (contract, "What the ledger knows").
    """
    flat: dict[str, str | None] = {}
    for key, value in attributes.items():
        if key == ADDRESS:
            flat |= _flatten_address(value)
        elif (name := _SPELLINGS.get(key.casefold())) and isinstance(value, _PLAIN) and not isinstance(value, bool):
            flat[name] = _read_text(value)
    return flat


def _flatten_address(value: object) -> dict[str, str | None]:
    if not value:
        return dict.fromkeys(ADDRESS_PARTS)
    if not isinstance(value, Mapping):
        return {}
    parts = {f"{ADDRESS}.{part}": _read_text(text) for part, text in value.items()}
    return {name: text for name, text in parts.items() if name in ADDRESS_PARTS}


def compare_key(values: Mapping[str, str], profile: Mapping[str, str | None]) -> bool | None:
    """Say whether a profile stands under the row's registrationType and registrationId.

    Args:
        values: The row's flat values.
        profile: What is known of the profile (``flatten_attributes``).

    Returns:
        Whether it does; None where the answer does not say.
    """
    if any(profile.get(name) is None for name in KEY_NAMES):
        return None
    return all(same_value(name, values.get(name, ""), profile[name]) for name in KEY_NAMES)


def plan_patch(
    values: Mapping[str, str], profile: Mapping[str, str | None], *, overwrite: bool, read_by_id: bool = False
) -> PatchPlan:
    """Decide what a row changes of a profile that exists.

    Only what the profile lacks is sent, and never the key. The API replaces ``address`` whole, so an address to which
    anything is added is sent with every part known, the profile's own included. A value that differs is a conflict
    unless ``overwrite``; the identity's are always (contract, ``--overwrite``). Under ``overwrite`` a part of the old
    address that the row lacks is kept only where it still belongs (``_BELONGS_TO``); otherwise it is a conflict too.

    Args:
        values: The row's flat values, empty where it would send nothing.
        profile: What is known of the profile (``flatten_attributes``).
        overwrite: The option ``--overwrite``.
        read_by_id: Whether ``profile`` is the answer to reading it by id: what even that does not carry is taken to be
            lacking.

    Returns:
        The plan.
    """
    known = dict.fromkeys(PARAMETER_NAMES) | dict(profile) if read_by_id else dict(profile)
    offered = {name: values[name] for name in PARAMETER_NAMES if values.get(name) and name not in KEY_NAMES}
    missing = {name for name in offered if name not in known}
    differing = [n for n in offered if known.get(n) is not None and not same_value(n, offered[n], known[n])]
    conflicts = {name for name in differing if not overwrite or name in IDENTITY_NAMES}
    sent = {n: v for n, v in offered.items() if n not in missing and (known[n] is None or n in differing)}
    if any(name in ADDRESS_PARTS for name in sent):
        sent, unknown, stale = _complete_address(sent, offered, known)
        missing |= unknown
        conflicts |= stale
    clashes = tuple(Conflict(name, _show_value(name, known[name] or "")) for name in _in_order(conflicts))
    body = {} if clashes or missing else nest_values({name: sent[name] for name in _in_order(sent)})
    return PatchPlan(body, _in_order(missing), clashes, unchanged=not (body or missing or clashes))


def _show_value(parameter: str, text: str) -> str:
    """Write a profile's value as a person would put it into a cell: a date without the time that the API adds."""
    return _reduce_date(text) if BY_NAME[parameter].kind is Kind.DATE else text


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    held = set(names)
    return tuple(name for name in PARAMETER_NAMES if name in held)


def _complete_address(
    sent: Mapping[str, str], offered: Mapping[str, str], known: Mapping[str, str | None]
) -> tuple[dict[str, str], set[str], set[str]]:
    """Make the address that is sent whole, since the API replaces it whole.

    Returns:
        What is sent, the address now whole or left out; parts that have to be read first; parts of the profile's that
        would be lost or false beside the new ones.
    """
    lacking = [part for part in ADDRESS_PARTS if part not in offered]
    replaced = {part for part in ADDRESS_PARTS if part in sent and known.get(part) is not None}
    unknown = {part for part in lacking if part not in known}
    kept = {part: text for part in lacking if (text := known.get(part)) is not None}
    stale = {part for part in kept if replaced.intersection(_BELONGS_TO.get(part, ()))}
    address = {part: offered[part] for part in ADDRESS_PARTS if part in offered} | kept
    others = {name: value for name, value in sent.items() if name not in ADDRESS_PARTS}
    return (others | address if has_whole_address(address) else others), unknown, stale
