"""The Customer Profile API as the flows see it: each call gives one ``Answer``.

No exception of the network gets out, and none of ours holds a body, an id, a URL or the key.

Cancelling a call: the cancellation passes through as it is and there is no answer. A ``create`` that was cancelled may
have been sent: whoever cancels it treats the row as in doubt (its intent stands in the ledger, so the next run looks
it up). To stop without doubts, begin no further call and wait for those under way; a request is bounded by
``Timeouts``, the waits between its repeats by ``Patience``.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType

from straitsx_bulk.io.straitsx.answers import Answer, Kind
from straitsx_bulk.io.straitsx.attempt import Guard, Reply
from straitsx_bulk.io.straitsx.calls import SANDBOX_PROFILES, Call, build_call
from straitsx_bulk.io.straitsx.figures import Tally
from straitsx_bulk.io.straitsx.judging import RATE_LIMIT_CODE, classify
from straitsx_bulk.io.straitsx.lookup import LookUp
from straitsx_bulk.io.straitsx.pacing import Pacer
from straitsx_bulk.io.straitsx.quiet import silence_transport_logs
from straitsx_bulk.io.straitsx.retrying import Patience, try_patiently
from straitsx_bulk.io.straitsx.signing import Signer
from straitsx_bulk.io.straitsx.skew import explain_skew, measure_skew
from straitsx_bulk.io.straitsx.transport import Timeouts, Transport
from straitsx_bulk.schemas.differences import flatten_attributes, same_value
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.parameters import KEY_NAMES
from straitsx_bulk.schemas.run import ApiFigures

NO_ID = Answer(Kind.NOT_FOUND, message="This is not a customer_profile_id; nothing was asked.")
NO_TEXT = Answer(Kind.REFUSED, message="The row holds text that is not Unicode and cannot be sent; nothing was sent.")


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

    Raises:
        UsageError: The key is empty or cannot stand in a header; fewer than one request in flight.
    """

    base_url: str
    api_key: str = field(repr=False)
    concurrency: int = 10
    signer: Signer | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        if not self.api_key:
            raise UsageError("There is no API key: set X_XFERS_APP_API_KEY (environment or .env).")
        if not all("!" <= character <= "~" for character in self.api_key):
            raise UsageError("X_XFERS_APP_API_KEY holds a space, a line break or another character that no key has.")
        if self.concurrency < 1:
            raise UsageError("--concurrency must be 1 or more.")


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
        self._hurry = asyncio.Event()
        self._last_answer: tuple[Mapping[str, str], datetime] = ({}, datetime.now(UTC))
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

    def hurry(self) -> None:
        """End every wait: requests in flight are finished, none is made again, and no pause is waited for."""
        self._hurry.set()
        self._pacer.hurry()

    def figures(self) -> ApiFigures:
        """Give what the calls so far came to."""
        return self._tally.figures(self._pacer.max_rate)

    @property
    def patience(self) -> float:
        """Seconds that a call is tried again."""
        return self._settings.patience.total

    def silent_for(self) -> float:
        """Give the seconds since which the API has given no answer of use to anybody; 0 while it answers."""
        return self._transport.hearing.silent_for()

    @property
    def clock_skew(self) -> float | None:
        """Seconds that this computer's clock was ahead of the API's at the last answer (to a second or so), or None."""
        headers, now = self._last_answer
        return measure_skew(headers, now)

    async def create(self, body: Mapping[str, object], guard: Guard | None = None) -> Answer:
        """Create a profile. A POST is repeated only while nothing can have been processed.

        Args:
            body: The parameters as the API names them, ``address`` nested.
            guard: Asked before each attempt, right before it is written: may it still be sent?

        Returns:
            OK with the profile, REFUSED, EXISTS, IN_DOUBT, NOT_SENT, LAPSED where the guard said no, or STOP.
        """
        return _check_key(body, await self._make(build_call("POST", body=body), NO_TEXT, guard))

    async def get(self, profile_id: str) -> Answer:
        """Read one profile.

        Args:
            profile_id: The customer_profile_id.

        Returns:
            OK with the profile, NOT_FOUND, FAILED or STOP.
        """
        return _check_id(profile_id, await self._make(build_call("GET", profile_id=profile_id), NO_ID))

    async def patch(self, profile_id: str, body: Mapping[str, object], guard: Guard | None = None) -> Answer:
        """Change parameters of a profile; harmless when repeated.

        Args:
            profile_id: The customer_profile_id.
            body: The parameters to set.
            guard: As for ``create``.

        Returns:
            OK with the whole profile, REFUSED, NOT_FOUND, FAILED, LAPSED or STOP.
        """
        missing = NO_TEXT if build_call("GET", profile_id=profile_id) else NO_ID
        call = build_call("PATCH", profile_id=profile_id, body=body)
        return _check_id(profile_id, await self._make(call, missing, guard))

    async def verify(self, profile_id: str, status: str) -> Answer:
        """Set a profile's verification status, in the sandbox only.

        Args:
            profile_id: The customer_profile_id.
            status: ``verified`` or ``rejected``.

        Returns:
            OK with the profile, NOT_FOUND, FAILED, or STOP in live mode.
        """
        body = {"data": {"attributes": {"verificationStatus": status}}}
        call = build_call("PUT", SANDBOX_PROFILES, profile_id=profile_id, body=body)
        return _check_id(profile_id, await self._make(call, NO_ID))

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
            OK with ``profiles`` (none past the end; a server may give fewer than ``size`` and have more), FAILED or
            STOP.
        """
        query = {"page[number]": str(number), "page[size]": str(size), "sort": sort}
        if created_after is not None:
            text = created_after if isinstance(created_after, str) else created_after.isoformat()
            query["filter[created_after]"] = text
        return await self._list(query)

    async def find(self, registration_type: str, registration_id: str) -> Answer:
        """Look a key up; type and id must both match, for a personal and a business profile may share an id.

        Args:
            registration_type: ``personal`` or ``business``.
            registration_id: Compared in upper case with white space collapsed.

        Returns:
            OK with the profile, and in ``profiles`` every exact match of the page that it was found on (more than one
            means that the API holds the key twice; ``profile`` is the first); NOT_FOUND only when the list was read to
            its end; REFUSED where the API does not take the id; FAILED or STOP.
        """
        return await LookUp(self._list, self.get, registration_type, registration_id).run()

    async def _list(self, query: Mapping[str, str]) -> Answer:
        return await self._make(build_call("GET", query=query), NO_TEXT)

    async def _make(self, call: Call | None, impossible: Answer, guard: Guard | None = None) -> Answer:
        if call is None:
            return impossible
        sent_before = False

        async def attempt(left: float) -> Answer:
            nonlocal sent_before
            reply = await self._transport.send(call, left, guard)
            if reply.sent:
                self._tally.count_request(reply.status, again=sent_before)
                sent_before = True
            answer = self._judge(call, reply)
            if reply.pause is None and not reply.lapsed:  # else nothing was asked
                self._transport.hearing.judge(answer)
            return answer

        return await try_patiently(attempt, self._settings.patience, self._hurry)

    def _judge(self, call: Call, reply: Reply) -> Answer:
        if reply.status == 0:
            return judge_silence(call.method, reply)
        answer = classify(
            call.method, reply.status, reply.headers, reply.body, complete=reply.complete, listing=call.listing
        )
        self._heed(answer)
        self._last_answer = (reply.headers, datetime.now(UTC))
        if self._settings.signer is None or answer.kind is not Kind.STOP:
            return answer
        return explain_skew(answer, self.clock_skew)

    def _heed(self, answer: Answer) -> None:
        """Let everybody wait where the API asked for it."""
        if answer.status == 429 or answer.code == RATE_LIMIT_CODE:
            self._pacer.throttled(answer.retry_after)
        elif answer.retry_after:
            self._pacer.hold(answer.retry_after)


def judge_silence(method: str, reply: Reply) -> Answer:
    """Judge an attempt that no answer came to.

    Args:
        method: The HTTP method, upper case.
        reply: With status 0.

    Returns:
        A POST is in doubt once it was sent, and not sent before that; anything else has failed and may be repeated,
        unless the way is barred for good. What might not be sent any more has lapsed.
    """
    if reply.lapsed:
        return Answer(Kind.LAPSED, message="Not sent: another run has taken the row over.")
    if reply.hopeless:
        return Answer(Kind.STOP, message=reply.hopeless)
    lost = Kind.IN_DOUBT if reply.sent else Kind.NOT_SENT
    message = f"The API gave no answer: {reply.problem}."
    return Answer(
        lost if method == "POST" else Kind.FAILED, message=message, calls=int(reply.sent), retry_after=reply.pause
    )


def _check_key(body: Mapping[str, object], answer: Answer) -> Answer:
    """Take a create's answer with somebody else's profile as no answer: the look-up tells what was made.

    A cache or a connection shared in between may mix answers up, and what is taken for the row's own is PATCHed later.
    """
    if answer.profile is None:
        return answer
    told = flatten_attributes(answer.profile.attributes)
    if all(same_value(name, str(body.get(name, "")), told.get(name) or body.get(name)) for name in KEY_NAMES):
        return answer
    message = "The API answered with another profile than was sent."
    return Answer(Kind.IN_DOUBT, answer.status, message=message, calls=answer.calls)


def _check_id(profile_id: str, answer: Answer) -> Answer:
    """Take an answer with another profile than the one asked for as no answer; a cache in between may mix them up."""
    if answer.profile is None or answer.profile.id == profile_id:
        return answer
    return Answer(
        Kind.FAILED, answer.status, message="The API answered with another profile than asked for.", calls=answer.calls
    )
