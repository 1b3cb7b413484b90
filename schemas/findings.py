"""What the checks can find, in one registry: a stable code, its title, and the sentence for people.

A finding is written ``parameter:code``; findings about a row as a whole stand on ``row`` (contract, Checks).
"""

from dataclasses import dataclass
from enum import StrEnum

from straitsx_bulk.schemas.parameters import BY_NAME

ROW = "row"
"""Stands where a parameter would, for findings about the row itself."""


class Severity(StrEnum):
    """Whether a finding rejects its row."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """Every code that a finding can have, fixed by the contract."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    BAD_CHARACTERS = "bad_characters"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN_COUNTRY = "unknown_country"
    AMBIGUOUS_COUNTRY = "ambiguous_country"
    BAD_DATE = "bad_date"
    AMBIGUOUS_DATE = "ambiguous_date"
    DATE_IN_FUTURE = "date_in_future"
    DATE_TOO_OLD = "date_too_old"
    ID_SCIENTIFIC = "id_scientific"
    UNDECODABLE = "undecodable"
    BAD_EMAIL = "bad_email"
    BAD_PHONE = "bad_phone"
    DUPLICATE = "duplicate"
    IDENTITY_CONFLICT = "identity_conflict"
    RAGGED_ROW = "ragged_row"
    ORIGIN_EDITED = "origin_edited"
    CHECKSUM = "checksum"
    LOOKS_BUSINESS = "looks_business"
    LOOKS_PERSONAL = "looks_personal"
    NIK_FORMAT = "nik_format"
    OVER_120_YEARS = "over_120_years"
    ERROR_CELL = "error_cell"
    HIDDEN_ROW = "hidden_row"


ADVICE = frozenset(
    {
        Code.CHECKSUM,
        Code.LOOKS_BUSINESS,
        Code.LOOKS_PERSONAL,
        Code.NIK_FORMAT,
        Code.OVER_120_YEARS,
        Code.ERROR_CELL,
        Code.HIDDEN_ROW,
    }
)
"""Codes that are always warnings: they never reject a row and never keep a value from being sent."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One entry of the registry.

    Attributes:
        title: A short heading, for the sheet ``Reasons`` and the page.
        sentence: What is wrong; ``{what}`` is the parameter's label and name, ``{detail}`` the finding's detail in
            brackets or nothing.
        allowed: What is allowed; empty where the parameter's own ``allowed`` says it.
    """

    title: str
    sentence: str
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """A finding in words.

    Attributes:
        message: What is wrong, one sentence.
        allowed: What is allowed, a phrase; empty where nothing can be said.
    """

    message: str
    allowed: str


REASONS: dict[Code, Reason] = {
    Code.MISSING: Reason("Missing", "{what} is empty{detail}."),
    Code.TOO_LONG: Reason("Too long", "{what} is too long{detail}. Nothing is ever cut off."),
    Code.TOO_SHORT: Reason("Too short", "{what} is too short{detail}."),
    Code.BAD_CHARACTERS: Reason(
        "Characters that the API refuses", "{what} has characters that the API refuses{detail}."
    ),
    Code.NOT_ALLOWED: Reason("Not an allowed word", "{what} is none of the words that the API knows{detail}."),
    Code.UNKNOWN_COUNTRY: Reason("Unknown country", "{what} names no country that we know{detail}."),
    Code.AMBIGUOUS_COUNTRY: Reason(
        "Country with two readings", "{what} can mean more than one country{detail}. Write the code of the one meant."
    ),
    Code.BAD_DATE: Reason("Not a date", "{what} is not a date that we can read{detail}."),
    Code.AMBIGUOUS_DATE: Reason(
        "Date with two readings",
        "{what} can be read as more than one date{detail}. Write it as YYYY-MM-DD, or declare the column's format.",
    ),
    Code.DATE_IN_FUTURE: Reason("Date in the future", "{what} is in the future{detail}."),
    Code.DATE_TOO_OLD: Reason("Date before 1900", "{what} is before 1900{detail}."),
    Code.ID_SCIENTIFIC: Reason(
        "Id ruined by a spreadsheet",
        "{what} was turned into a number by a spreadsheet, and its last digits are lost{detail}. "
        "Take it from the source.",
        "the id as issued, in a cell formatted as text",
    ),
    Code.UNDECODABLE: Reason(
        "Characters that cannot be read",
        "{what} holds bytes that are no characters in the file's encoding{detail}. Export the file as UTF-8.",
    ),
    Code.BAD_EMAIL: Reason("Not an email address", "{what} is not an email address{detail}."),
    Code.BAD_PHONE: Reason("Not a phone number", "{what} is not a phone number that the API takes{detail}."),
    Code.DUPLICATE: Reason(
        "Duplicate",
        "The same customer is in another row too{detail}; this row is left aside.",
        "one row for each registrationType and registrationId",
    ),
    Code.IDENTITY_CONFLICT: Reason(
        "Same id, different identity",
        "The same registrationType and registrationId stand in another row with another name or date{detail}; "
        "all these rows are held back.",
        "one identity for each registrationType and registrationId",
    ),
    Code.RAGGED_ROW: Reason(
        "Too many or too few cells",
        "The row does not have as many cells as the header{detail}; look for a delimiter inside a cell without quotes.",
        "one cell for each column of the header",
    ),
    Code.ORIGIN_EDITED: Reason(
        "Origin edited",
        "The grey cells that say where the row came from were changed{detail}. "
        "Undo that, or delete them with their headers.",
        "the grey cells as they were",
    ),
    Code.CHECKSUM: Reason(
        "Check letter does not fit", "{what} does not end in the letter that its digits give{detail}; look for a typo."
    ),
    Code.LOOKS_BUSINESS: Reason("Looks like a business", "{what} looks like a UEN in a person's row{detail}."),
    Code.LOOKS_PERSONAL: Reason(
        "Looks like a person", "{what} looks like an NRIC or FIN, and the row is a business's{detail}."
    ),
    Code.NIK_FORMAT: Reason(
        "Not a NIK",
        "{what} is not built like an Indonesian NIK{detail}.",
        "16 digits: regency, date of birth, serial number",
    ),
    Code.OVER_120_YEARS: Reason("Over 120 years old", "{what} makes the person over 120 years old{detail}."),
    Code.ERROR_CELL: Reason(
        "Error in the cell", "{what}: the workbook's cell shows an error{detail}; it was read as empty."
    ),
    Code.HIDDEN_ROW: Reason("Hidden row", "The workbook hides this row{detail}; it was read all the same."),
}
"""Every code's words; a code without an entry is a mistake that a test catches."""


def describe(parameter: str, code: str, detail: str = "") -> Description:
    """Say in words what a finding means.

    Args:
        parameter: API parameter, or ``row``.
        code: One of Code.
        detail: What the sentence needs beyond that: candidates, both readings of a date, the kept row.

    Returns:
        A sentence, and what is allowed.

    Raises:
        ValueError: The code is none of ours.
    """
    reason = REASONS[Code(code)]
    known = BY_NAME.get(parameter)
    what = f"{known.label} ({parameter})" if known else "The row"
    message = reason.sentence.format(what=what, detail=f" ({detail})" if detail else "")
    return Description(message, reason.allowed or (known.allowed if known else ""))
