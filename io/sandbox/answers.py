"""Answers as the API gives them: bodies, and errors in both shapes.

Both shapes of error are live at the vendor (vendor README, Errors). Here the shape follows from the code and the
method, so that every client meets both everywhere:

=================  ====================  ====================
code               POST and GET          PATCH and PUT
=================  ====================  ====================
``XFE…``           flat                  in ``errors``
``STXE-…``         in ``errors``         flat
=================  ====================  ====================

The vendor's own samples (XFE12 on create, XFE13 on get, both flat) are the top left.

Which error says what: no key 401 STXE-1000, unknown key or bad signature 401 XFE5, a nonce used twice 401 STXE-1000;
scope missing 403 XFE6, account locked 403 STXE-2000; a parameter invalid 400 XFE12, missing 400 XFE15; a body that is
not a JSON object 400 STXE-3000; a registrationType that would change 422 STXE-4000; no such profile 400 XFE13 on GET,
404 STXE-5000 on PATCH, 404 XFE13 on PUT; the sandbox's endpoint in live mode 403 STXE-6000; the key exists 422
STXE-7000 or 400 XFE16; rate 429 STXE-9000; a state file that cannot be written 500 STXE-9100. A path or method that
does not exist is answered without a code.
"""

import json
from dataclasses import dataclass

ADVICE = {
    "STXE-1000": "Please check that you provided the correct API Key.",
    "XFE5": "Please check that you provided the correct API Key, and that the request is signed as required.",
    "STXE-2000": "Your account is locked. Please contact support.",
    "XFE6": "Your API Key does not have the scope for this request.",
    "STXE-3000": "Make sure that the request body is a JSON object.",
    "XFE12": "Make sure you entered the correct parameters.",
    "XFE15": "Make sure you entered the correct required parameter.",
    "STXE-4000": "This change is not possible.",
    "STXE-5000": "Please check that you provided the correct customer profile ID.",
    "XFE13": "Please check that you provided the correct API Key and the correct parameters.",
    "STXE-6000": "This endpoint is available in the sandbox only.",
    "STXE-7000": "A record with the same details exists. Please use the existing one.",
    "XFE16": "Please use the existing customer profile.",
    "STXE-8000": "A required operation failed. Please try again later.",
    "STXE-9000": "Please slow down and try again later.",
    "STXE-9100": "Please try again later, or contact support.",
}

JSON_TYPE = (b"content-type", b"application/json")


class RefusedError(Exception):
    """The API refuses a call; becomes an answer.

    Attributes:
        status: HTTP status.
        code: The vendor's error code.
        message: What is wrong; names parameters, never values.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(f"{status} {code}: {message}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back.

    Attributes:
        status: HTTP status.
        body: The exact bytes.
        headers: Further headers, names in lower case.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = (JSON_TYPE,)


def answer_json(value: object, status: int = 200) -> Answer:
    """Answer with a value as JSON, ASCII only."""
    return Answer(status, json.dumps(value, separators=(",", ":")).encode("ascii"))


def answer_refusal(refused: RefusedError, method: str) -> Answer:
    """Answer with an error, in the shape that its code and the method call for (see the module's table)."""
    content = {"error": refused.message, "error_code": refused.code, "error_handling": ADVICE[refused.code]}
    changing = method in {"PATCH", "PUT"}
    is_flat = refused.code.startswith("XFE") != changing
    return answer_json(content if is_flat else {"errors": [content]}, refused.status)
