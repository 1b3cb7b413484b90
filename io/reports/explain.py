"""What a reason means when no row is at hand: codes of the checks, of the API and of delivery."""

from straitsx_bulk.io.reports.sentences import describe_once
from straitsx_bulk.schemas.findings import Code

_API_MEANINGS = {
    "STXE-3000": "A parameter is invalid or missing.",
    "XFE12": "A parameter is invalid or missing.",
    "XFE15": "A parameter is missing.",
    "STXE-4000": "It is against one of the API's business rules.",
    "STXE-7000": "Another record stands in its way.",
    "XFE16": "Another record stands in its way, or the request is invalid.",
}
"""The API's codes that refuse a row (vendor README, Errors)."""

_ANSWERS = {
    "row:not_found": (
        "StraitsX has no such profile.",
        "a profile id, or registrationType and registrationId, that StraitsX knows",
    ),
    "row:conflict": ("The profile at StraitsX is another one, or existing profiles were to be left alone.", ""),
    "conflict": ("The profile at StraitsX holds another value.", "the profile's value, or an empty cell"),
}
"""Sentences for what delivery found."""

_FINDING_CODES = frozenset(map(str, Code))


def explain_code(code: str) -> tuple[str, str]:
    """Explain a ``parameter:code``.

    Args:
        code: Of a finding, ``api:<the API's code>``, or of delivery (``row:not_found``, ``<parameter>:conflict``).

    Returns:
        A sentence on what it means, and what is allowed (empty where nothing can be said).
    """
    parameter, _, kind = code.partition(":")
    if parameter == "api":
        return explain_refusal(kind), ""
    for known in (code, kind):
        if known in _ANSWERS:
            return _ANSWERS[known]
    if kind not in _FINDING_CODES:
        return "", ""
    description = describe_once(parameter, kind, "")
    return description.message, description.allowed


def explain_refusal(api_code: str) -> str:
    """Explain a code of the API; its message in the row says more."""
    return _API_MEANINGS.get(api_code, "The API refused it; the row has its words.")
