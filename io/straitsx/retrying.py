"""When and how long to try again: one layer of retries, kept by stamina.

What may be tried again is decided by the class of answer alone (``classify``): FAILED and NOT_SENT. An answer in
doubt never is.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import stamina

from straitsx_bulk.io.straitsx.answers import Answer, Kind

logger = logging.getLogger(__name__)

AGAIN = frozenset({Kind.FAILED, Kind.NOT_SENT})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to ride out an outage; by default a minute-long one surely, an hour-long one for about five minutes.

    Attributes:
        attempts: Most attempts at one call.
        total: Seconds after which no further attempt is begun.
        first_wait: Seconds before the first repeat; each further wait is twice as long.
        longest_wait: Seconds that no wait exceeds, unless the API asks for more with Retry-After.
        jitter: Seconds added at random to each wait.
    """

    attempts: int = 40
    total: float = 300.0
    first_wait: float = 0.5
    longest_wait: float = 20.0
    jitter: float = 2.0


class _TryAgainError(Exception):
    """Carries an answer from an attempt to the retries; never leaves this module."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(f"{answer.kind} {answer.status} {answer.code}".strip())


class _Decision:
    """Decides after each failed attempt whether and when to try again; stamina's back-off hook."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._until = time.monotonic() + patience.total
        self._failures = 0

    def left(self) -> float:
        """Give the seconds in which a further attempt may begin."""
        return self._until - time.monotonic()

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, _TryAgainError):
            return False
        self._failures += 1
        asked = error.answer.retry_after
        if asked is None:
            return True
        if asked > self.left():
            return False  # it would not be obeyed by asking earlier
        own = min(self._patience.first_wait * 2.0 ** (self._failures - 1), self._patience.longest_wait)
        return True if asked <= own else asked


def _raise_if_repeatable(answer: Answer) -> None:
    if answer.kind in AGAIN:
        raise _TryAgainError(answer)


async def try_patiently(
    attempt: Callable[[float], Awaitable[Answer]], patience: Patience, hurry: asyncio.Event | None = None
) -> Answer:
    """Make a call, and again while its answer says that it may be repeated.

    Args:
        attempt: Makes one attempt; is told the seconds in which a further one may begin.
        patience: How long to go on.
        hurry: Once set, an attempt under way is finished and no further one is waited for.

    Returns:
        The last answer, with the requests of all attempts in ``calls``.
    """
    decision = _Decision(patience)
    answer = await attempt(decision.left())
    if answer.kind not in AGAIN:
        return answer  # the common case needs none of the below
    repeats = _Repeats(attempt, patience, decision, answer)
    if hurry is None:
        await repeats.run()
    else:
        await _run_unless(hurry, repeats)
    return replace(repeats.answer, calls=repeats.calls)


class _Repeats:
    """Further attempts at one call, after a first one that failed.

    Attributes:
        answer: The last one.
        calls: Requests of all attempts.
        resting: Set between attempts.
    """

    def __init__(
        self, attempt: Callable[[float], Awaitable[Answer]], patience: Patience, decision: _Decision, first: Answer
    ) -> None:
        self._attempt, self._patience, self._decision = attempt, patience, decision
        self.answer = first
        self.calls = first.calls
        self.resting = asyncio.Event()
        self.resting.set()

    async def run(self) -> None:
        """Try again until an answer holds or patience ends."""
        first, patience = True, self._patience
        try:
            async for again in stamina.retry_context(
                on=self._decision,
                attempts=patience.attempts,
                timeout=patience.total,
                wait_initial=patience.first_wait,
                wait_max=patience.longest_wait,
                wait_jitter=patience.jitter,
            ):
                with again:
                    if not first:
                        await self._try_once()
                    first = False
                    _raise_if_repeatable(self.answer)
        except _TryAgainError:
            logger.info("gave up after %d requests: %s", self.calls, self.answer.kind)

    async def _try_once(self) -> None:
        self.resting.clear()
        try:
            self.answer = await self._attempt(self._decision.left())
            self.calls += self.answer.calls
        finally:
            self.resting.set()


async def _run_unless(hurry: asyncio.Event, repeats: _Repeats) -> None:
    """Try again, but once there is a hurry finish the attempt under way and leave it at that."""
    running, hurried = asyncio.ensure_future(repeats.run()), asyncio.ensure_future(hurry.wait())
    try:
        await asyncio.wait({running, hurried}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await repeats.resting.wait()
            running.cancel()
            await asyncio.wait({running})
        if not running.cancelled():
            running.result()
    finally:
        hurried.cancel()
        running.cancel()
