"""The one table of API parameters; schemas, payloads, template, dropdowns and the README's table are made from it.

Sources: the vendor's "Get Started with Customer Profile API" (which parameters SGD and USD need) and its OpenAPI
document 1.4.0 (formats, in force since 30 January 2026); see the vendor README, "What SGD and USD need" and "Formats".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class RegistrationType(StrEnum):
    """The API's two kinds of profile."""

    PERSONAL = "personal"
    BUSINESS = "business"


class Rail(StrEnum):
    """What a profile can be used for; USD needs everything that SGD needs and more."""

    SGD = "sgd"
    USD = "usd"


class Kind(StrEnum):
    """How a parameter's text is mended and checked."""

    NAME = "name"
    ENUM = "enum"
    REGISTRATION_ID = "registration_id"
    COUNTRY = "country"
    DATE = "date"
    ADDRESS = "address"
    POSTAL_CODE = "postal_code"
    EMAIL = "email"
    PHONE = "phone"
    TEXT = "text"


PERSONAL = frozenset({RegistrationType.PERSONAL})
BUSINESS = frozenset({RegistrationType.BUSINESS})
BOTH = PERSONAL | BUSINESS
NEVER: frozenset[RegistrationType] = frozenset()

ADDRESS_CHARACTERS = r"[a-zA-Z0-9\-?:().,' +]"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the API, or one part of its ``address``.

    Attributes:
        name: The API's spelling; a part of ``address`` has a dot.
        label: What people call it.
        kind: How its text is mended and checked.
        types: Registration types that have it.
        sgd: Registration types that need it for SGD.
        usd: Registration types that need it for USD (SGD's included).
        minimum: Fewest characters.
        maximum: Most characters.
        characters: Regular expression class of one allowed character, or empty where ``pattern`` is the whole rule.
        pattern: Regular expression that the whole text matches.
        allowed: For people: what is allowed, a short phrase.
        choices: For enums, the allowed words by registration type.
        note: For the template: what to fill in.
        example: A made-up valid value for each registration type.
    """

    name: str
    label: str
    kind: Kind
    types: frozenset[RegistrationType]
    sgd: frozenset[RegistrationType]
    usd: frozenset[RegistrationType]
    minimum: int
    maximum: int
    characters: str
    pattern: str
    allowed: str
    choices: tuple[tuple[RegistrationType, tuple[str, ...]], ...] = ()
    note: str = ""
    example: tuple[str, str] = ("", "")

    def choices_for(self, registration_type: str) -> tuple[str, ...]:
        """List the enum's words for a registration type; empty where the parameter is no enum or the type has none."""
        return next((words for kind, words in self.choices if kind == registration_type), ())

    def needed_for(self, registration_type: str, rail: Rail) -> bool:
        """Say whether a profile of this type needs the parameter on this rail."""
        return registration_type in (self.sgd if rail is Rail.SGD else self.usd)


def _run(characters: str, minimum: int, maximum: int) -> str:
    return f"{characters}{{{minimum},{maximum}}}"


def _address_part(
    name: str, label: str, maximum: int, *, usd: frozenset[RegistrationType], example: tuple[str, str], note: str = ""
) -> Parameter:
    return Parameter(
        name,
        label,
        Kind.ADDRESS,
        BOTH,
        NEVER,
        usd,
        1,
        maximum,
        ADDRESS_CHARACTERS,
        _run(ADDRESS_CHARACTERS, 1, maximum),
        f"1 to {maximum} of letters A-Z, digits, spaces and - ? : ( ) . , ' +",
        note=note,
        example=example,
    )


def _country(
    name: str,
    label: str,
    types: frozenset[RegistrationType],
    usd: frozenset[RegistrationType],
    example: tuple[str, str] = ("SG", "SG"),
) -> Parameter:
    allowed = "a country's ISO 3166-1 alpha-2 code, upper case, such as SG"
    note = "Two-letter country code (SG, ID, MY); names and three-letter codes are understood too."
    return Parameter(
        name, label, Kind.COUNTRY, types, NEVER, usd, 2, 2, "[A-Z]", "[A-Z]{2}", allowed, note=note, example=example
    )


def _date(name: str, label: str, types: frozenset[RegistrationType], example: tuple[str, str]) -> Parameter:
    pattern = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    allowed = "a real date as YYYY-MM-DD, from 1900 to today"
    note = "YYYY-MM-DD, for example 1990-01-21."
    return Parameter(
        name, label, Kind.DATE, types, NEVER, types, 10, 10, "", pattern, allowed, note=note, example=example
    )


TYPE_CHOICES = tuple((kind, (str(kind),)) for kind in (RegistrationType.PERSONAL, RegistrationType.BUSINESS))
ID_TYPE_CHOICES = (
    (RegistrationType.PERSONAL, ("passport", "identity_card")),
    (RegistrationType.BUSINESS, ("business_reg_no",)),
)
GENDER_CHOICES = ((RegistrationType.PERSONAL, ("MALE", "FEMALE")),)
ID_CHARACTERS = r"[a-zA-Z0-9/\-?:().,'+ ]"
EMAIL_WORD = r"[a-zA-Z0-9_!#$%&'*+/=?`{|}~^-]+"  # the vendor's Ruby regex: its \w is ASCII
EMAIL_PATTERN = rf"{EMAIL_WORD}(?:\.{EMAIL_WORD})*@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{{2,24}}"
PHONE_PATTERN = r"\+?[1-9][0-9]{0,3}[ -]?\(?[0-9]{1,4}\)?[ -]?[0-9]{1,4}[ -]?[0-9]{1,4}[ -]?[0-9]{0,4}"

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "customerName",
        "Full name",
        Kind.NAME,
        BOTH,
        BOTH,
        BOTH,
        1,
        50,
        "[a-zA-Z0-9 ]",
        _run("[a-zA-Z0-9 ]", 1, 50),
        "1 to 50 of letters A-Z, digits and spaces",
        note="As on the identity document, in letters A-Z.",
        example=("Tan Mei Ling", "Lion City Robotics Pte Ltd"),
    ),
    Parameter(
        "registrationType",
        "Personal or business",
        Kind.ENUM,
        BOTH,
        BOTH,
        BOTH,
        8,
        8,
        "",
        "personal|business",
        "personal or business",
        TYPE_CHOICES,
        example=("personal", "business"),
    ),
    Parameter(
        "registrationId",
        "NRIC, FIN, passport number or UEN",
        Kind.REGISTRATION_ID,
        BOTH,
        BOTH,
        BOTH,
        4,
        35,
        ID_CHARACTERS,
        _run(ID_CHARACTERS, 4, 35),
        "4 to 35 of letters A-Z, digits, spaces and / - ? : ( ) . , ' +",
        note="As text: leading zeros count.",
        example=("S8012345J", "201912345R"),
    ),
    Parameter(
        "registrationIdType",
        "Kind of id",
        Kind.ENUM,
        BOTH,
        NEVER,
        BOTH,
        8,
        15,
        "",
        "passport|identity_card|business_reg_no",
        "passport or identity_card for a person, business_reg_no for a business",
        ID_TYPE_CHOICES,
        example=("identity_card", "business_reg_no"),
    ),
    _country("registrationIdCountry", "Country that issued the id", BOTH, BOTH),
    _address_part(
        "address.street", "Street", 180, usd=BOTH, example=("100 Orchard Road, 01-01", "71 Ayer Rajah Crescent")
    ),
    _address_part("address.city", "City", 20, usd=BOTH, example=("Singapore", "Singapore")),
    _address_part("address.state", "State or region", 15, usd=NEVER, example=("Singapore", "Singapore")),
    Parameter(
        "address.postalCode",
        "Postal code",
        Kind.POSTAL_CODE,
        BOTH,
        NEVER,
        NEVER,
        2,
        20,
        r"[A-Za-z0-9\- ]",
        _run(r"[A-Za-z0-9\- ]", 2, 20),
        "2 to 20 of letters A-Z, digits, spaces and -",
        note="As text: leading zeros count.",
        example=("238840", "139951"),
    ),
    _country("address.country", "Country of the address", BOTH, BOTH),
    _country("countryOfResidence", "Country of residence", PERSONAL, PERSONAL, ("SG", "")),
    _date("dateOfBirth", "Date of birth", PERSONAL, ("1980-03-21", "")),
    _country("nationality", "Nationality", PERSONAL, PERSONAL, ("SG", "")),
    Parameter(
        "placeOfBiz",
        "Principal place of business",
        Kind.ADDRESS,
        BUSINESS,
        NEVER,
        BUSINESS,
        1,
        255,
        ADDRESS_CHARACTERS,
        _run(ADDRESS_CHARACTERS, 1, 255),
        "1 to 255 of letters A-Z, digits, spaces and - ? : ( ) . , ' +",
        note="Where it differs from the registered address; otherwise the registered address.",
        example=("", "71 Ayer Rajah Crescent, Singapore 139951"),
    ),
    _country("placeOfBizCountry", "Country of the place of business", BUSINESS, BUSINESS, ("", "SG")),
    _country("countryOfIncorporation", "Country of incorporation", BUSINESS, BUSINESS, ("", "SG")),
    _date("dateOfIncorporation", "Date of incorporation", BUSINESS, ("", "2019-04-05")),
    Parameter(
        "gender",
        "Gender",
        Kind.ENUM,
        PERSONAL,
        NEVER,
        NEVER,
        4,
        6,
        "",
        "MALE|FEMALE",
        "MALE or FEMALE",
        GENDER_CHOICES,
        example=("FEMALE", ""),
    ),
    Parameter(
        "email",
        "Email address",
        Kind.EMAIL,
        PERSONAL,
        NEVER,
        NEVER,
        6,
        320,
        "",
        EMAIL_PATTERN,
        "an email address such as name@example.com",
        example=("mei.ling@example.com", ""),
    ),
    Parameter(
        "phoneNo",
        "Phone number",
        Kind.PHONE,
        PERSONAL,
        NEVER,
        NEVER,
        4,
        27,
        "",
        PHONE_PATTERN,
        "a phone number with its country code, such as +65 9123 4567",
        note="With the country code, as text.",
        example=("+6591234567", ""),
    ),
    Parameter(
        "customerNativeName",
        "Name in its own script",
        Kind.TEXT,
        PERSONAL,
        NEVER,
        NEVER,
        1,
        191,
        "",
        r".{1,191}",
        "1 to 191 characters of any script, on one line",
        note="In the person's own script, for example Chinese characters.",
        example=("", ""),
    ),
    Parameter(
        "tradingName",
        "Trading name",
        Kind.TEXT,
        BUSINESS,
        NEVER,
        NEVER,
        1,
        50,
        r"[ -;=?-~]",
        _run(r"[ -;=?-~]", 1, 50),
        "1 to 50 printable ASCII characters without < and >",
        example=("", "Lion City Robotics"),
    ),
)

PARAMETER_NAMES: tuple[str, ...] = tuple(parameter.name for parameter in PARAMETERS)
BY_NAME: dict[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}
SGD_NAMES: tuple[str, ...] = tuple(p.name for p in PARAMETERS if p.sgd)
ADDRESS_PARTS: tuple[str, ...] = tuple(n for n in PARAMETER_NAMES if n.startswith("address."))
KEY_NAMES: tuple[str, str] = ("registrationType", "registrationId")
IDENTITY_NAMES: tuple[str, ...] = ("customerName", "dateOfBirth", "dateOfIncorporation", "registrationIdCountry")
"""What an upgrade never replaces, ``--overwrite`` or not (contract, Options)."""


def parameters_of(registration_type: str, rail: Rail) -> Iterator[Parameter]:
    """Give the parameters that a profile of this type needs on this rail, in the table's order."""
    return (p for p in PARAMETERS if p.needed_for(registration_type, rail))
