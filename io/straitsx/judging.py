"""From an HTTP answer to its class: code first, status where there is no code, and never an exception.

The rules, and why (vendor README, "Errors" and "Endpoints"):

- A 429 means that nothing was processed: never in doubt, whatever its body says.
- A POST answered with a 5xx, a 424, a 408, a 425, or a 2xx without a readable id may have created the profile: in
  doubt. No code in such a body makes it anything surer; at most it is ``exists``, which is settled by the same
  look-up.
- A 400, 409 or 422 in whose body no error can be read may mean "exists": the same look-up tells.
- A 4xx that was cut short says that it is a refusal, but not which: a POST is then in doubt too, because "exists"
  comes as 400, 409 and 422.
- Redirects are never followed: an answer with one comes from a proxy or a wrong address, and every row would meet it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from straitsx_bulk.io.straitsx.answers import Answer, Kind, RemoteProfile
from straitsx_bulk.io.straitsx.bodies import UNREADABLE, ApiError, parse_json, read_errors, read_profile, read_profiles
from straitsx_bulk.io.straitsx.retry_after import parse_retry_after

RATE_LIMIT_CODE = "STXE-9000"
STOP_CODES = frozenset({"STXE-1000", "XFE5", "STXE-2000", "XFE6", "STXE-6000"})
REFUSED_CODES = frozenset({"STXE-3000", "XFE12", "XFE15", "STXE-4000"})
NOT_FOUND_CODES = frozenset({"STXE-5000", "XFE13"})
EXISTS_CODES = frozenset({"STXE-7000", "XFE16"})
FAULT_PREFIXES = ("STXE-8", "STXE-91")

PROXY_BARS = (
    "The proxy asks for a user name and a password (407): set them in HTTPS_PROXY, or name the API's host in NO_PROXY."
)
NOT_DONE_STATUSES = frozenset({408, 424, 425})
"""4xx that speak of the attempt and not of the row; like a 5xx they can be tried again."""

DONE_ELSEWHERE = frozenset({302, 303})
"""Redirects that commonly follow a POST that was processed; 301, 307 and 308 ask for it elsewhere."""

CLAIM_STATUSES = frozenset({400, 409, 422})
"""Statuses that "exists" comes with: where no error can be read, only a look-up tells it from a refusal."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """An answer taken apart, before it is judged."""

    method: str
    status: int
    complete: bool
    empty: bool
    value: object
    errors: tuple[ApiError, ...]

    @property
    def creates(self) -> bool:
        return self.method == "POST"

    @property
    def code(self) -> str:
        return next((error.code for error in self.errors if error.code), "")

    @property
    def undecided(self) -> Kind:
        """Nobody can say what became of it."""
        return Kind.IN_DOUBT if self.creates else Kind.FAILED

    @property
    def unprocessed(self) -> Kind:
        """Nothing was processed."""
        return Kind.NOT_SENT if self.creates else Kind.FAILED


def classify(
    method: str, status: int, headers: Mapping[str, str], body: bytes, *, complete: bool = True, listing: bool = False
) -> Answer:
    """Say what an answer means.

    Args:
        method: ``GET``, ``POST``, ``PATCH`` or ``PUT``.
        status: HTTP status.
        headers: The answer's headers, names in lower case or a mapping that ignores case.
        body: The bytes received.
        complete: False where the body was cut short on its way.
        listing: Whether the call was for a list of profiles.

    Returns:
        The answer with ``calls`` 1. FAILED and NOT_SENT are what may be tried again.
    """
    value = parse_json(body)
    # A body that can be read to its last bracket is whole, whatever happened to the connection after it.
    whole = complete or value is not UNREADABLE
    seen = _Seen(method.upper(), status, whole, not body.strip(), value, read_errors(value))
    retry_after = parse_retry_after(headers)
    if 200 <= status < 300:
        success = _judge_success(seen, listing=listing)
        if success is not None:
            return success
    kind = _judge_kind(seen, listing=listing)
    return Answer(kind, status, seen.code, _word_message(seen, headers, kind), calls=1, retry_after=retry_after)


def _judge_success(seen: _Seen, *, listing: bool) -> Answer | None:
    """Give the answer of a 2xx that holds what was asked for, else None.

    A body that tells an error is none, whatever ``id`` stands in it: that may be the request's, or the error's own.
    """
    if isinstance(seen.value, Mapping) and (seen.value.get("error") or seen.value.get("errors")):
        return None
    if listing:
        profiles = read_profiles(seen.value)
        return None if profiles is None else Answer(Kind.OK, seen.status, profiles=profiles, calls=1)
    profile: RemoteProfile | None = read_profile(seen.value)
    return None if profile is None else Answer(Kind.OK, seen.status, profile=profile, profiles=(profile,), calls=1)


def _judge_kind(seen: _Seen, *, listing: bool) -> Kind:
    if seen.status == 429:
        return seen.unprocessed
    by_code = _judge_code(seen)
    if seen.creates and (200 <= seen.status < 300 or seen.status >= 500):
        return Kind.EXISTS if by_code is Kind.EXISTS else Kind.IN_DOUBT
    return by_code if by_code is not None else _judge_status(seen, listing=listing)


def _judge_code(seen: _Seen) -> Kind | None:
    """Judge by the API's code; None where there is none, or none that the vendor documents."""
    code = seen.code
    if code in STOP_CODES:
        return Kind.STOP
    if code == RATE_LIMIT_CODE:
        return seen.unprocessed
    if code in REFUSED_CODES:
        return Kind.REFUSED
    if code in NOT_FOUND_CODES:
        return Kind.REFUSED if seen.creates else Kind.NOT_FOUND
    if code in EXISTS_CODES:
        return Kind.EXISTS if seen.creates else Kind.REFUSED
    return seen.undecided if code.startswith(FAULT_PREFIXES) else None


def _judge_status(seen: _Seen, *, listing: bool) -> Kind:
    status = seen.status
    if seen.creates and status in DONE_ELSEWHERE:
        return Kind.IN_DOUBT
    if status in {401, 403, 405, 407} or 300 <= status < 400:
        return Kind.STOP
    if status == 404:
        # An unknown id is "not found"; a list or the POST's own address that is not there is a wrong base URL.
        return Kind.STOP if seen.creates or listing else Kind.NOT_FOUND
    if not 400 <= status < 500 or status in NOT_DONE_STATUSES or not seen.complete:
        return seen.undecided
    if seen.creates and (status == 409 or (status in CLAIM_STATUSES and not seen.errors)):
        return Kind.EXISTS
    return Kind.REFUSED


def _word_message(seen: _Seen, headers: Mapping[str, str], kind: Kind) -> str:
    words = "; ".join(dict.fromkeys(error.text for error in seen.errors if error.text))
    if words:
        return words
    if 300 <= seen.status < 400:
        return _word_redirect(seen.status, headers)
    if seen.status == 407:
        return PROXY_BARS
    if kind is Kind.STOP and seen.status in {404, 405}:
        return (
            f"There is no Customer Profile API at this address (HTTP {seen.status}): check --env and --base-url, "
            "which ends in /v1 at the vendor's hosts."
        )
    return f"The API answered {seen.status} with {_word_body(seen)}."


def _word_body(seen: _Seen) -> str:
    if not seen.complete:
        return "a body that was cut short"
    if seen.empty:
        return "an empty body"
    if seen.value is UNREADABLE:
        return "a body that is not JSON, perhaps from a proxy"
    return "a body without a profile id" if 200 <= seen.status < 300 else "no error text"


def _word_redirect(status: int, headers: Mapping[str, str]) -> str:
    # Only that there is one: a redirect's address can repeat the query, and with it a registration id.
    there = "another address" if headers.get("location") else "no address"
    return (
        f"The API's address answered with a redirect (HTTP {status}, to {there}), which is never followed: check "
        "--base-url (https, /v1), or a proxy or sign-in page between here and the API (HTTPS_PROXY, NO_PROXY)."
    )
