"""Profiles as the API's answers show them.

Answers differ from requests, and from each other (vendor README, "Answers differ from requests"; OpenAPI samples):

- POST, GET of one profile and PATCH show dates as ``1983-11-14T00:00:00.000Z``, ``phoneNo`` as a number and the
  country's name for a code in ``countryOfResidence``;
- the list and the sandbox's PUT show dates as ``1990-01-21`` and countries as they were sent, as the vendor's samples
  of these do; ``phoneNo`` is a number there as well.

A parameter that the profile lacks is null. ``profileTier`` is a property that no document names: clients must bear it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from straitsx_bulk.io.sandbox.countries import name_country
from straitsx_bulk.io.sandbox.store import Profile

PERSONAL_ORDER = (
    "customerName",
    "registrationType",
    "registrationIdType",
    "registrationIdCountry",
    "registrationId",
    "countryOfResidence",
    "address",
    "dateOfBirth",
    "gender",
    "nationality",
    "email",
    "phoneNo",
    "customerNativeName",
)
BUSINESS_ORDER = (
    "customerName",
    "registrationType",
    "registrationIdType",
    "registrationIdCountry",
    "registrationId",
    "address",
    "placeOfBiz",
    "placeOfBizCountry",
    "countryOfIncorporation",
    "dateOfIncorporation",
    "tradingName",
    "email",
    "phoneNo",
    "customerNativeName",
)
ADDRESS_ORDER = ("street", "city", "postalCode", "state", "country")
DATES = ("dateOfBirth", "dateOfIncorporation")
# What the vendor's samples leave out although its documents name it.
LEFT_OUT_OF_LIST = frozenset(
    {
        "registrationIdType",
        "registrationIdCountry",
        "address",
        "placeOfBiz",
        "placeOfBizCountry",
        "countryOfIncorporation",
        "dateOfIncorporation",
        "tradingName",
        "customerNativeName",
    }
)
LEFT_OUT_OF_ONE = frozenset({"countryOfResidence", "tradingName", "customerNativeName", "createdAt", "updatedAt"})
_NOT_DIGITS = re.compile(r"[^0-9]")


def render_profile(profile: Profile, *, as_list: bool = False, partial: bool = False) -> dict[str, object]:
    """One profile as ``{"data": {…}}``.

    Args:
        profile: The profile.
        as_list: Whether in the list's manner, otherwise in that of a single profile's answer.
        partial: Whether to leave out what the vendor's samples of that answer leave out.

    Returns:
        A new object, ready for JSON.
    """
    shown = _show_parameters(profile.attributes)
    if not as_list:
        _show_long_form(shown)
    shown["verificationStatus"] = profile.status
    shown["createdAt"] = _show_time(profile.created)
    shown["updatedAt"] = _show_time(profile.updated)
    shown["profileTier"] = "standard"
    if partial:
        for name in LEFT_OUT_OF_LIST if as_list else LEFT_OUT_OF_ONE:
            shown.pop(name, None)
    return {"data": {"id": profile.id, "type": "customer_profile", "attributes": shown}}


def _show_parameters(attributes: Mapping[str, object]) -> dict[str, object]:
    order = PERSONAL_ORDER if attributes["registrationType"] == "personal" else BUSINESS_ORDER
    shown = {name: attributes.get(name) for name in order}
    address = shown["address"]
    if isinstance(address, dict):
        shown["address"] = {name: address.get(name) for name in ADDRESS_ORDER}
    phone = shown["phoneNo"]
    if isinstance(phone, str):
        shown["phoneNo"] = int(_NOT_DIGITS.sub("", phone))
    return shown


def _show_long_form(shown: dict[str, object]) -> None:
    for name in DATES:
        if shown.get(name) is not None:
            shown[name] = f"{shown[name]}T00:00:00.000Z"
    residence = shown.get("countryOfResidence")
    if isinstance(residence, str):
        shown["countryOfResidence"] = name_country(residence)


def _show_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
