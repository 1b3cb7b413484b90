"""What the API accepts: each parameter's format, and which a create needs.

Written from the vendor README ("Formats") and the OpenAPI document 1.4.0, on purpose without a look at ``schemas/``.
Where the two documents differ the narrower rule holds here, so that what passes the sandbox passes the vendor:
``placeOfBiz`` has the street's characters on PATCH too, an ``address`` needs street, city and country on PATCH too,
texts are matched whole where Ruby's ``^…$`` would match any line, and a parameter must be a JSON string.

Decisions where the documents are silent: a parameter of the other registration type, or one that nobody knows, is
ignored; ``null`` on create is the same as nothing; ``null`` on PATCH empties the parameter, except the three that
every profile needs.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from straitsx_bulk.io.sandbox.answers import RefusedError
from straitsx_bulk.io.sandbox.countries import is_country_code, is_country_or_name

PERSONAL = "personal"
BUSINESS = "business"
ALWAYS_NEEDED = ("customerName", "registrationType", "registrationId")
ADDRESS_NEEDED = ("street", "city", "country")
ID_TYPES = {PERSONAL: frozenset({"passport", "identity_card"}), BUSINESS: frozenset({"business_reg_no"})}
STRICTLY_NEEDED = {
    PERSONAL: ("registrationIdType", "registrationIdCountry", "dateOfBirth", "nationality", "address"),
    BUSINESS: (
        "registrationIdCountry",
        "registrationIdType",
        "placeOfBiz",
        "placeOfBizCountry",
        "countryOfIncorporation",
        "dateOfIncorporation",
        "address",
    ),
}

Check = Callable[[str], bool]
Attributes = dict[str, object]


def _matching(pattern: str, flags: int = 0) -> Check:
    compiled = re.compile(pattern, re.ASCII | flags)
    return lambda text: compiled.fullmatch(text) is not None


_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _is_real_date(text: str) -> bool:
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_STREET_CHARACTERS = r"[a-zA-Z0-9\-?:().,' +]"
_is_free_text = _matching(r"\s*.{1,191}\s*")
_EMAIL_WORD = r"[\w!#$%&'*+/=?`{|}~^-]+"

ADDRESS: dict[str, Check] = {
    "street": _matching(_STREET_CHARACTERS + "{1,180}"),
    "city": _matching(_STREET_CHARACTERS + "{1,20}"),
    "postalCode": _matching(r"[A-Za-z0-9\- ]{2,20}"),
    "state": _matching(_STREET_CHARACTERS + "{1,15}"),
    "country": is_country_code,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One text parameter.

    Attributes:
        name: The API's spelling.
        accepts: Whether a text has the vendor's format.
        types: Registration types that have it.
    """

    name: str
    accepts: Check
    types: tuple[str, ...] = (PERSONAL, BUSINESS)


PARAMETERS = (
    Parameter("customerName", _matching("[a-zA-Z0-9 ]{1,50}")),
    Parameter("registrationId", _matching(r"[a-zA-Z0-9/\-?:().,'+ ]{4,35}")),
    Parameter("registrationIdType", ID_TYPES[PERSONAL].__contains__, (PERSONAL,)),
    Parameter("registrationIdType", ID_TYPES[BUSINESS].__contains__, (BUSINESS,)),
    Parameter("registrationIdCountry", is_country_code),
    Parameter("countryOfResidence", lambda text: _is_free_text(text) and is_country_or_name(text), (PERSONAL,)),
    Parameter("dateOfBirth", _is_real_date, (PERSONAL,)),
    Parameter("nationality", lambda text: _is_free_text(text) and is_country_or_name(text), (PERSONAL,)),
    Parameter("gender", frozenset({"MALE", "FEMALE"}).__contains__, (PERSONAL,)),
    Parameter("placeOfBiz", _matching(_STREET_CHARACTERS + "{1,255}"), (BUSINESS,)),
    Parameter("placeOfBizCountry", is_country_code, (BUSINESS,)),
    Parameter("countryOfIncorporation", is_country_code, (BUSINESS,)),
    Parameter("dateOfIncorporation", _is_real_date, (BUSINESS,)),
    Parameter("tradingName", _matching(r"[ -;=?-~]{1,50}"), (BUSINESS,)),
    Parameter("email", _matching(rf"{_EMAIL_WORD}(?:\.{_EMAIL_WORD})*@(?:[a-z0-9-]+\.)+[a-z]{{2,24}}", re.IGNORECASE)),
    Parameter("phoneNo", _matching(r"\+?[1-9]\d{0,3}[\s\-]?\(?\d{1,4}\)?[\s\-]?\d{1,4}[\s\-]?\d{1,4}[\s\-]?\d{0,4}")),
    Parameter("customerNativeName", _is_free_text),
)
BY_TYPE = {kind: tuple(p for p in PARAMETERS if kind in p.types) for kind in (PERSONAL, BUSINESS)}


def check_create(body: Mapping[str, object], *, strict: bool) -> Attributes:
    """Check the body of a create.

    Args:
        body: The JSON object as sent.
        strict: Whether every parameter that the newest OpenAPI document requires is needed.

    Returns:
        The parameters to keep, as sent, ``registrationType`` among them.

    Raises:
        RefusedError: 400 XFE15 or XFE12 for the first parameter that is missing or invalid.
    """
    _require(body, ALWAYS_NEEDED)
    kind = body["registrationType"]
    if not isinstance(kind, str) or kind not in BY_TYPE:
        raise RefusedError(400, "XFE12", "registrationType must be either business or personal")
    if strict:
        _require(body, STRICTLY_NEEDED[kind])
    return {"registrationType": kind, **_take_parameters(body, kind, nulls=False)}


def check_change(body: Mapping[str, object], kind: str) -> Attributes:
    """Check the body of a PATCH.

    Args:
        body: The JSON object as sent.
        kind: The profile's registrationType.

    Returns:
        The parameters to set, as sent; None empties one. An ``address`` replaces the whole old one.

    Raises:
        RefusedError: 400 XFE15 or XFE12 for the first parameter that is missing or invalid; 422 STXE-4000 for another
            registrationType than the profile's.
    """
    for name in ALWAYS_NEEDED:
        if name in body and body[name] is None:
            raise RefusedError(400, "XFE15", f"{name} is missing")
    if body.get("registrationType", kind) != kind:
        raise RefusedError(422, "STXE-4000", "registrationType cannot be changed")
    return _take_parameters(body, kind, nulls=True)


def _require(body: Mapping[str, object], names: tuple[str, ...], inside: str = "") -> None:
    for name in names:
        if body.get(name) is None:
            raise RefusedError(400, "XFE15", f"{_spell(name, inside)} is missing")


def _spell(name: str, inside: str) -> str:
    return f"{inside}[{name}]" if inside else name


def _take_parameters(body: Mapping[str, object], kind: str, *, nulls: bool) -> Attributes:
    taken: Attributes = {}
    for parameter in BY_TYPE[kind]:
        if parameter.name in body:
            _take_text(body, parameter.name, parameter.accepts, taken, nulls=nulls)
    if "address" in body:
        if body["address"] is not None:
            taken["address"] = _take_address(body["address"])
        elif nulls:
            taken["address"] = None
    return taken


def _take_text(
    body: Mapping[str, object], name: str, accepts: Check, into: Attributes, *, nulls: bool, inside: str = ""
) -> None:
    value = body[name]
    if value is None:
        if nulls:
            into[name] = None
    elif isinstance(value, str) and accepts(value):
        into[name] = value
    else:
        raise RefusedError(400, "XFE12", f"{_spell(name, inside)} is invalid")


def _take_address(value: object) -> Attributes:
    if not isinstance(value, dict):
        raise RefusedError(400, "XFE12", "address is invalid")
    _require(value, ADDRESS_NEEDED, "address")
    taken: Attributes = {}
    for name, accepts in ADDRESS.items():
        if name in value:
            _take_text(value, name, accepts, taken, nulls=False, inside="address")
    return taken
