"""The Customer Profile API as the flows see it: create, get, patch, find, page, verify; each call gives one ``Answer``.

No exception of the network gets out, and none of ours holds a body, an id, a URL or the key.

Cancelling a call: the cancellation passes through as it is and there is no answer. A ``create`` that was cancelled
may have been sent: whoever cancels it treats the row as in doubt (its intent stands in the ledger, so the next run
looks it up). To stop without doubts, begin no further call and wait for those under way; they are bounded by
``Timeouts.total``.
"""

import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from urllib.parse import quote, urlencode

from straitsx_bulk.io.straitsx.answers import Answer, Kind, RemoteProfile
from straitsx_bulk.io.straitsx.attempt import Reply
from straitsx_bulk.io.straitsx.figures import Tally
from straitsx_bulk.io.straitsx.judging import RATE_LIMIT_CODE, classify
from straitsx_bulk.io.straitsx.pacing import Pacer
from straitsx_bulk.io.straitsx.quiet import silence_transport_logs
from straitsx_bulk.io.straitsx.retrying import Patience, try_patiently
from straitsx_bulk.io.straitsx.signing import Signer
from straitsx_bulk.io.straitsx.transport import Timeouts, Transport
from straitsx_bulk.schemas.run import ApiFigures

PROFILES = "/kyc/customer_profiles"
SANDBOX_PROFILES = "/sandbox/kyc/customer_profiles"
FIND_PAGE = 10
"""Profiles a page of a look-up: the API's own default, so that a short page surely is the last one. A larger size
that a server silently cut down would look like the end of the list, and an existing profile like none."""
FIND_PAGES = 1000
"""Pages that a look-up walks at most; a filter that matches this much is not working."""


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What the client needs to know.

    Attributes:
        base_url: The API's address, as ``resolve_target`` gives it.
        api_key: Never shown by ``repr``.
        concurrency: Requests in flight at most.
        signer: Signs every attempt, or None.
        timeouts: Bounds of one request.
        patience: How long to ride out an outage.
    """

    base_url: str
    api_key: str = field(repr=False)
    concurrency: int = 10
    signer: Signer | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    patience: Patience = field(default_factory=Patience)


class CustomerProfiles:
    """The API's customer profiles; an async context manager.

    Args:
        settings: Where and how.
        pacer: One limit for all calls of this process.
    """

    def __init__(self, settings: ClientSettings, pacer: Pacer) -> None:
        self._settings = settings
        self._pacer = pacer
        self._tally = Tally()
        self._stack = AsyncExitStack()
        self._transport = Transport(
            settings.base_url, settings.api_key, settings.concurrency, settings.timeouts, pacer, settings.signer
        )

    async def __aenter__(self) -> "CustomerProfiles":
        self._stack.enter_context(silence_transport_logs())
        await self._stack.enter_async_context(self._transport)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def figures(self) -> ApiFigures:
        """Give what the calls so far came to."""
        return self._tally.figures(self._pacer.max_rate)

    async def create(self, body: Mapping[str, object]) -> Answer:
        """Create a profile. A POST is repeated only while nothing can have been processed.

        Args:
            body: The parameters as the API names them, ``address`` nested.

        Returns:
            OK with the profile, REFUSED, EXISTS, IN_DOUBT, NOT_SENT or STOP.
        """
        return await self._call("POST", PROFILES, body=_encode(body))

    async def get(self, profile_id: str) -> Answer:
        """Read one profile.

        Args:
            profile_id: The customer_profile_id.

        Returns:
            OK with the profile, NOT_FOUND, FAILED or STOP.
        """
        return await self._call_one("GET", PROFILES, profile_id)

    async def patch(self, profile_id: str, body: Mapping[str, object]) -> Answer:
        """Change parameters of a profile; harmless when repeated.

        Args:
            profile_id: The customer_profile_id.
            body: The parameters to set.

        Returns:
            OK with the whole profile, REFUSED, NOT_FOUND, FAILED or STOP.
        """
        return await self._call_one("PATCH", PROFILES, profile_id, _encode(body))

    async def verify(self, profile_id: str, status: str) -> Answer:
        """Set a profile's verification status, in the sandbox only.

        Args:
            profile_id: The customer_profile_id.
            status: ``verified`` or ``rejected``.

        Returns:
            OK with the profile, NOT_FOUND, FAILED, or STOP in live mode.
        """
        body = _encode({"data": {"attributes": {"verificationStatus": status}}})
        return await self._call_one("PUT", SANDBOX_PROFILES, profile_id, body)

    async def page(
        self, number: int, size: int, *, sort: str = "created_at", created_after: datetime | str | None = None
    ) -> Answer:
        """Read one page of the account's profiles.

        Args:
            number: From 1.
            size: Profiles a page.
            sort: ``created_at``, ``-created_at``, ``updated_at`` or ``-updated_at``.
            created_after: Only profiles created after this instant (with time zone, or ISO 8601 text), or None.

        Returns:
            OK with ``profiles`` (none past the end), FAILED or STOP.
        """
        query = {"page[number]": str(number), "page[size]": str(size), "sort": sort}
        if created_after is not None:
            query["filter[created_after]"] = (
                created_after if isinstance(created_after, str) else created_after.isoformat()
            )
        return await self._list(query)

    async def find(self, registration_type: str, registration_id: str) -> Answer:
        """Look a key up; type and id must both match, for a personal and a business profile may share an id.

        Args:
            registration_type: ``personal`` or ``business``.
            registration_id: Compared in upper case with white space collapsed.

        Returns:
            OK with the profile, and in ``profiles`` every exact match of the page that it was found on (more than one
            means that the API holds the key twice; ``profile`` is the first); NOT_FOUND, FAILED or STOP.
        """
        key = (registration_type, fold_id(registration_id))
        seen: set[str] = set()
        calls = 0
        for number in range(1, FIND_PAGES + 1):
            answer = await self._list(
                {
                    "filter[registration_id]": registration_id,
                    "page[number]": str(number),
                    "page[size]": str(FIND_PAGE),
                }
            )
            calls += answer.calls
            if answer.kind is not Kind.OK:
                return replace(answer, calls=calls)
            matches = tuple(profile for profile in answer.profiles if key_of(profile) == key)
            if matches:
                return replace(answer, calls=calls, profile=matches[0], profiles=matches)
            if len(answer.profiles) < FIND_PAGE:
                return Answer(Kind.NOT_FOUND, answer.status, calls=calls)
            ids = {profile.id for profile in answer.profiles}
            if ids <= seen:
                break
            seen |= ids
        return Answer(Kind.FAILED, message="The API's list does not end: look-ups cannot be trusted.", calls=calls)

    async def _list(self, query: Mapping[str, str]) -> Answer:
        return await self._call("GET", PROFILES, query=urlencode(query, quote_via=quote, safe=""), listing=True)

    async def _call_one(self, method: str, path: str, profile_id: str, body: bytes = b"") -> Answer:
        if profile_id.strip(".") == "":
            # "" would ask for the list, "." and ".." for another address.
            return Answer(Kind.NOT_FOUND, message="This is not a customer_profile_id.")
        answer = await self._call(method, f"{path}/{quote(profile_id, safe='')}", body=body)
        if answer.kind is Kind.OK and answer.profile is not None and answer.profile.id != profile_id:
            return replace(
                answer, kind=Kind.FAILED, profile=None, profiles=(), message="The API answered with another profile."
            )
        return answer

    async def _call(
        self, method: str, path: str, *, query: str = "", body: bytes = b"", listing: bool = False
    ) -> Answer:
        sent_before = False

        async def attempt(left: float) -> Answer:
            nonlocal sent_before
            reply = await self._transport.send(method, path, query, body, left)
            if reply.sent:
                self._tally.count_request(reply.status, again=sent_before)
                sent_before = True
            return self._judge(method, reply, listing=listing)

        return await try_patiently(attempt, self._settings.patience)

    def _judge(self, method: str, reply: Reply, *, listing: bool) -> Answer:
        if not reply.sent:
            return _judge_unsent(method, reply.problem, reply.pause)
        if reply.status == 0:
            kind = Kind.IN_DOUBT if method == "POST" else Kind.FAILED
            return Answer(kind, message=_word_problem(reply.problem), calls=1)
        answer = classify(method, reply.status, reply.headers, reply.body, complete=reply.complete, listing=listing)
        if answer.status == 429 or answer.code == RATE_LIMIT_CODE:
            self._pacer.throttled(answer.retry_after)
        elif answer.retry_after:
            self._pacer.hold(answer.retry_after)
        return answer


def _judge_unsent(method: str, problem: str, retry_after: float | None = None) -> Answer:
    kind = Kind.NOT_SENT if method == "POST" else Kind.FAILED
    return Answer(kind, message=_word_problem(problem), retry_after=retry_after)


def _word_problem(problem: str) -> str:
    return f"The API gave no answer: {problem}."


def _encode(body: Mapping[str, object]) -> bytes:
    """Make the bytes that are signed and sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def fold_id(registration_id: str) -> str:
    """Give the form in which registration ids are compared: upper case, white space collapsed (contract, Keys).

    Args:
        registration_id: As written.

    Returns:
        As compared.
    """
    return " ".join(registration_id.split()).upper()


def key_of(profile: RemoteProfile) -> tuple[str, str] | None:
    """Give a profile's key, the registration id as compared.

    Args:
        profile: As read.

    Returns:
        registrationType and registrationId, or None where the answer does not carry both.
    """
    kind, number = (profile.attributes.get(name) for name in ("registrationType", "registrationId"))
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    return (kind, fold_id(number)) if isinstance(kind, str) and isinstance(number, str) else None
