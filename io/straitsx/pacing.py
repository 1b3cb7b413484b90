"""Keeps all calls of all kinds under one limit, evenly spaced, and nearly always at it.

The limit is counted where requests are handed to the socket, over a window of 1.02 s instead of a second, so that
jitter on the way does not exceed it in a second at the other end (vendor README, "Rate limit": counted in any one
second). Two rules give each request its instant:

- the schedule: one request every ``WINDOW / rate`` seconds. Lateness up to one interval is caught up with, more is
  forgotten, so that a pause is never followed by a burst;
- the window: request k + n leaves no earlier than one window after request k really left, n being the rate.

After a 429 everybody waits, then the rate starts again at half and climbs back to the full rate.
"""

import asyncio
import math
import random
from collections import deque
from collections.abc import Awaitable, Callable

from straitsx_bulk.io.straitsx.clocks import Clock, MonotonicClock

WINDOW = 1.02
"""Seconds that one second's allowance is spread over."""
PAUSE = 1.0
"""Seconds that everybody waits after a 429 without Retry-After: the limit is counted in any one second."""
PAUSE_JITTER = 0.25
"""Seconds added at random to that, so that several processes do not come back as one."""
BACK_OFF = 0.5
"""Share of the rate that goes on after a 429."""
CLIMB = 10.0
"""Seconds from there to the full rate."""
SLOWEST = 0.1
"""Requests a second that backing off never goes below, unless the limit itself is lower."""

Reserve = Callable[[], Awaitable[float]]
"""Reserves the next instant among all processes on one ledger; gives the seconds until it."""


class Pacer:
    """One limit for everybody who calls.

    Args:
        rate: Requests a second; None for no limit. Below 1 too: 0.5 is one request every two seconds.
        reserve: For several processes under one limit: reserves an instant for one request and gives the seconds
            until then.
        clock: The time.
        jitter: Gives a random number between 0 and 1.
    """

    def __init__(
        self,
        rate: float | None,
        *,
        reserve: Reserve | None = None,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if rate is not None and not (rate > 0 and math.isfinite(rate)):
            raise ValueError("rate must be over 0")
        self._rate = rate
        self._reserve = reserve
        self._clock: Clock = clock or MonotonicClock()
        self._jitter = jitter
        self._turn = asyncio.Lock()  # first come, first served
        self._sent: deque[float] = deque(maxlen=math.ceil(rate) if rate else 1)
        self._second: deque[float] = deque()
        self._busiest = 0
        self._due = -math.inf
        self._paused_until = -math.inf
        self._throttled_at: float | None = None
        self._reduced: float | None = None

    async def slot(self, patience: float = math.inf) -> bool:
        """Wait for the turn of one request and take it; the request must be handed to the socket at once.

        Args:
            patience: Seconds that the caller can wait for the end of a pause after a 429.

        Returns:
            True when the turn is taken; False, and no turn is taken, where a pause lasts longer than ``patience``.
        """
        if self._rate is None and self._reserve is None and self._reduced is None:
            self._record(self._clock.now())
            return True
        async with self._turn:
            if self.pause_left() > patience:
                return False
            await self.wait_until_clear()
            if self._reserve is not None:
                await self._clock.sleep_until(self._clock.now() + await self._reserve())
            while (instant := self._next_instant()) > self._clock.now():
                if self.pause_left() > patience:
                    return False
                await self._clock.sleep_until(instant)
            self._take(self._clock.now())
            return True

    async def wait_until_clear(self) -> None:
        """Wait for the end of the pause after a 429, if there is one, without taking a turn."""
        while self._paused_until > self._clock.now():
            await self._clock.sleep_until(self._paused_until)

    def throttled(self, retry_after: float | None = None) -> None:
        """Take note of a 429: everybody waits, then the rate climbs again.

        Args:
            retry_after: Seconds that the API asked to wait, or None.
        """
        now = self._clock.now()
        pause = PAUSE + PAUSE_JITTER * self._jitter() if retry_after is None else retry_after
        first = now >= self._paused_until  # requests in flight together are refused together: one backing off
        self._paused_until = max(self._paused_until, now + pause)
        if first:
            self._reduced = self._reduce(now)
        self._throttled_at = self._paused_until

    def pause_left(self) -> float:
        """Give the seconds that everybody still has to wait after a 429; 0 when there is nothing to wait for."""
        return max(self._paused_until - self._clock.now(), 0.0)

    @property
    def queue_size(self) -> int | None:
        """How many callers may hold a connection while they wait for their turn; None where nobody waits.

        About half a second's worth, so that no connection grows stale in its caller's hand.
        """
        return None if self._rate is None and self._reserve is None else max(2, math.ceil((self._rate or 2) / 2))

    @property
    def max_rate(self) -> float:
        """The most requests that were handed out in any one second."""
        return float(self._busiest)

    def _current_rate(self, now: float) -> float | None:
        """Give the rate that holds now; None for no limit."""
        if self._reduced is None or self._throttled_at is None:
            return self._rate
        since = max(now - self._throttled_at, 0.0)
        full = self._rate if self._rate is not None else self._reduced / BACK_OFF
        if since >= CLIMB:
            self._reduced = None
            return self._rate
        return self._reduced + (full - self._reduced) * since / CLIMB

    def _reduce(self, now: float) -> float:
        reached = self._current_rate(now) or float(max(len(self._second), 1))
        floor = SLOWEST if self._rate is None else min(SLOWEST, self._rate)
        return max(reached * BACK_OFF, floor)

    def _next_instant(self) -> float:
        now = self._clock.now()
        instant = max(self._due, self._paused_until)
        if self._rate is not None and len(self._sent) == self._sent.maxlen:
            instant = max(instant, self._sent[0] + WINDOW * len(self._sent) / self._rate)
        return instant if self._current_rate(now) is not None else self._paused_until

    def _take(self, now: float) -> None:
        rate = self._current_rate(now)
        self._sent.append(now)
        self._record(now)
        if rate is not None:
            interval = WINDOW / rate
            start = self._due if self._due > now - interval else now
            self._due = start + interval

    def _record(self, now: float) -> None:
        self._second.append(now)
        while self._second[0] <= now - 1.0:
            self._second.popleft()
        self._busiest = max(self._busiest, len(self._second))
