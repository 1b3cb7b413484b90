"""The sandbox as one ASGI application: the API under ``/v1``, the control endpoints under ``/_sandbox``.

The API's part is plain ASGI, because every microsecond of it is taken from what a rehearsal can measure; the rest is
Starlette. A call goes through: count, rate, fault before, key, signature, the call itself, latency, fault after.
Everything from its arrival on happens in one thread and nothing waits between check and commit.
"""

import asyncio
import sqlite3
import time

from starlette.types import Receive, Scope, Send

from straitsx_bulk.io.sandbox import wire
from straitsx_bulk.io.sandbox.access import AccessCheck
from straitsx_bulk.io.sandbox.answers import Answer, RefusedError, answer_refusal
from straitsx_bulk.io.sandbox.api import ProfileApi
from straitsx_bulk.io.sandbox.control import build_control
from straitsx_bulk.io.sandbox.counters import Counters, SandboxStats
from straitsx_bulk.io.sandbox.fault_spec import read_faults
from straitsx_bulk.io.sandbox.faults import Effect, Fault, FaultSource
from straitsx_bulk.io.sandbox.rate import RateLimit
from straitsx_bulk.io.sandbox.routing import Route, find_route
from straitsx_bulk.io.sandbox.settings import SandboxSettings
from straitsx_bulk.io.sandbox.spoiling import answer_fault, spoil_answer
from straitsx_bulk.io.sandbox.store import ProfileStore

CONTROL_PREFIX = "/_sandbox/"
STATE_HEADER = b"x-sandbox-state"


class SandboxApp:
    """The application.

    Args:
        settings: How it behaves.
        store: Its profiles; the caller closes it.

    Raises:
        SandboxError: If the fault specification or the public key is wrong.
    """

    def __init__(self, settings: SandboxSettings, store: ProfileStore) -> None:
        self._plan = read_faults(settings.faults)
        self._faults = FaultSource(self._plan)
        self._store = store
        self._api = ProfileApi(settings, store, self._plan.partial)
        self._access = AccessCheck(settings)
        self._limit = RateLimit(settings.tps, settings.window)
        self._clock_offset = settings.clock_offset
        self._counters = Counters()
        self._control = build_control(self.read_stats, self._counters.reset, store)
        self._state_header = (STATE_HEADER, store.state_id.encode("ascii"))
        self._started = time.monotonic()
        self.stopping = asyncio.Event()

    def read_stats(self) -> SandboxStats:
        """The figures as they stand; from any thread."""
        try:
            profiles = self._store.count_profiles()
        except sqlite3.Error:  # the figures still hold when the state is lost
            profiles = -1
        return self._counters.describe(self._store.state_id, profiles)

    def reset_counters(self) -> None:
        """Begin the figures anew."""
        self._counters.reset()

    def read_clock(self) -> float:
        """The sandbox's clock, Unix seconds."""
        return time.time() + self._clock_offset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request, as ASGI has it."""
        if scope["path"].startswith(CONTROL_PREFIX):
            await self._control(scope, receive, send)
            return
        now = time.monotonic()
        is_accepted = self._limit.admit_call(now)
        self._counters.note_arrival(now, is_accepted=is_accepted)
        route = find_route(scope["method"], scope["raw_path"].decode("ascii"))
        fault = self._faults.choose_fault(route.call, now - self._started)
        body = await wire.read_body(receive)
        if body is None:
            self._counters.note_ending(route.call, "aborted")
        elif not is_accepted:
            too_many = RefusedError(429, "STXE-9000", "Rate limit exceeded")
            await self._send(send, route, answer_refusal(too_many, scope["method"]))
        elif fault is None:
            await self._send(send, route, await self._do_call(scope, route, body))
        else:
            await self._fail_call(scope, receive, send, route, fault, body)

    async def _fail_call(
        self, scope: Scope, receive: Receive, send: Send, route: Route, fault: Fault, body: bytes
    ) -> None:
        self._counters.note_fault(fault.name)
        answer = answer_fault(fault, scope["method"])
        if fault.is_after:
            answer = spoil_answer(fault, await self._do_call(scope, route, body), answer)
        if fault.effect is Effect.DROP:
            self._counters.note_ending(route.call, "dropped")
            await wire.drop_connection(scope, receive)
        elif fault.effect is Effect.WITHHOLD:
            self._counters.note_ending(route.call, "withheld")
            await wire.withhold_answer(scope, receive, self.stopping, self._plan.hold)
        elif fault.effect is Effect.TRUNCATE:
            self._counters.note_ending(route.call, str(answer.status))
            await wire.send_truncated(scope, receive, send, answer, [self._state_header])
        else:
            await self._send(send, route, answer)

    async def _do_call(self, scope: Scope, route: Route, body: bytes) -> Answer:
        answer = self._answer_call(scope, route, body)
        if self._plan.latency:
            await asyncio.sleep(self._plan.latency)
        return answer

    def _answer_call(self, scope: Scope, route: Route, body: bytes) -> Answer:
        clock = self.read_clock()
        try:
            self._access.check_request(scope, body, clock)
            return self._api.handle_call(route, scope["query_string"], body, int(clock))
        except RefusedError as refused:
            return answer_refusal(refused, scope["method"])
        except sqlite3.Error:  # a full disk, a file taken away: to a client, the server's own failure
            failed = RefusedError(500, "STXE-9100", "The sandbox's state cannot be read or written")
            return answer_refusal(failed, scope["method"])

    async def _send(self, send: Send, route: Route, answer: Answer) -> None:
        self._counters.note_ending(route.call, str(answer.status))
        more = [self._state_header]
        if answer.status in {429, 503}:
            more += wire.make_retry_after(self._plan.retry_after, self.read_clock())
        await wire.send_answer(send, answer, more)
