"""Keeps all calls of all kinds under one limit, evenly spaced, and nearly always at it.

The limit is counted where requests are handed to the socket, over a window of 1.02 s instead of a second, so that
jitter on the way does not exceed it in a second at the other end (vendor README, "Rate limit": counted in any one
second). A turn is taken in two steps, so that nobody holds a connection for long and nobody opens one late:

- ``book``: first come, first served, the next instant of the schedule is set aside: one every ``WINDOW / rate``
  seconds, never in the past, so that a pause is followed by no burst. With several processes on one ledger the ledger
  sets the instant aside instead. The caller is let go half a second before it, to get its connection.
- ``slot``: at that instant, and no earlier than one window after the request that left ``rate`` requests ago really
  left, the turn is taken.

After a 429 everybody waits, turns that were booked before are booked anew, and the rate starts again at half and climbs
back to the full rate.
"""

import asyncio
import math
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from straitsx_bulk.io.straitsx.clocks import Clock, MonotonicClock

WINDOW = 1.02
"""Seconds that one second's allowance is spread over."""
LEAD = 0.5
"""Seconds before its instant that a caller is let go to get its connection: enough for TCP and TLS, too short for a
server to close a connection that waits."""
NARROWEST = 0.5
"""Share of the even spacing that two requests keep from each other even when the first was late."""
GRACE = 0.01
"""Seconds that an instant of the shared schedule may be missed by; later it may be another process's."""
PAUSE = 1.0
"""Seconds that everybody waits after a 429 without Retry-After: the limit is counted in any one second."""
PAUSE_JITTER = 0.25
"""Seconds added at random to every pause, so that several processes do not come back as one."""
BACK_OFF = 0.5
"""Share of the rate that goes on after a 429."""
CLIMB = 10.0
"""Seconds from there to the full rate."""
GLANCE = 0.25
"""Seconds after which somebody who waits for a turn or the end of a pause looks whether the wait is still wanted."""
SLOWEST = 0.1
"""Requests a second that backing off never goes below, unless the limit itself is lower."""
SLOWEST_WITHOUT_LIMIT = 5.0
"""The same where no limit is set: the vendor's default allowance (vendor README, "Rate limit")."""

Reserve = Callable[[], Awaitable[float]]
"""Reserves the next instant among all processes on one ledger; gives the seconds until it."""

Postpone = Callable[[float], Awaitable[None]]
"""Lets no process on the ledger have an instant for some seconds."""


Delay = Callable[[float], Awaitable[None]]
"""Puts off by some seconds all instants of the ledger that nobody has yet. Best effort: it must raise nothing."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A booked instant.

    Attributes:
        instant: On the pacer's clock.
        epoch: How many pauses there had been when it was booked.
        delay: How far behind its first plan the schedule was when it was booked, seconds.
    """

    instant: float
    epoch: int
    delay: float = 0.0


class Pacer:
    """One limit for everybody who calls.

    Args:
        rate: Requests a second; None for no limit. Below 1 too: 0.5 is one request every two seconds.
        reserve: For several processes under one limit: reserves an instant for one request and gives the seconds until
            then. It spaces instants by ``WINDOW / rate``, as this class does for one process.
        postpone: Tells the other processes that nobody may call for some seconds.
        delay: Tells them that a request left so late that those after it have to leave later too.
        clock: The time.
        jitter: Gives a random number between 0 and 1.

    Raises:
        ValueError: The rate is not over 0.
    """

    def __init__(
        self,
        rate: float | None,
        *,
        reserve: Reserve | None = None,
        postpone: Postpone | None = None,
        delay: Delay | None = None,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if rate is not None and not (rate > 0 and math.isfinite(rate)):
            raise ValueError("rate must be over 0")
        self._rate = rate
        self._reserve = reserve
        self._postpone = postpone
        self._delay_others = delay
        self._telling: set[asyncio.Future[None]] = set()
        self._clock: Clock = clock or MonotonicClock()
        self._jitter = jitter
        self._booking = asyncio.Lock()  # first come, first served
        self._due = -math.inf
        self._delay = 0.0
        self._left: deque[float] = deque(maxlen=math.ceil(rate) if rate else 1)
        self._second: deque[float] = deque()
        self._busiest = 0
        self._epoch = 0
        self._told = 0
        self._paused_until = -math.inf
        self._reduced: float | None = None
        self._cruise = 0.0
        self._hurried = False

    @property
    def max_rate(self) -> float:
        """The most requests that were handed out in any one second."""
        return float(self._busiest)

    def pause_left(self) -> float:
        """Give the seconds that everybody still has to wait after a 429; 0 when there is nothing to wait for."""
        return max(self._paused_until - self._clock.now(), 0.0)

    async def book(self, longest_pause: float = math.inf, *, writes: bool = False) -> Turn | None:
        """Set the next instant aside and wait until it is near.

        Args:
            longest_pause: Seconds that the caller can wait for the end of a pause.
            writes: Whether the request would change something; none is begun once there is a hurry.

        Returns:
            The turn, to be taken with ``slot``; None, and nothing set aside, where a pause lasts longer, or for the
            hurry.
        """
        if self._unlimited:
            return None if writes and self._hurried else Turn(-math.inf, self._epoch, self._delay)
        async with self._booking:
            turn = None if writes and self._hurried else await self._set_aside(longest_pause)
            while turn is not None and self._clock.now() < turn.instant - LEAD:
                await self._clock.sleep_until(min(turn.instant - LEAD, self._clock.now() + GLANCE))
                turn = None if writes and self._hurried else turn
            return turn

    async def slot(self, turn: Turn, *, writes: bool = False) -> bool:
        """Take a turn at its instant; the request must be handed to the socket at once.

        Args:
            turn: As booked.
            writes: As booked: one whose instant was missed waits for another, which may be far off.

        Returns:
            True when the turn is taken; False, and no turn is taken, where everybody has been told to wait since it was
            booked, or for the hurry: its holder gives back what it holds and books anew.
        """
        current: Turn | None = turn
        if self._reserve is not None and self._clock.now() - self._due_of(turn) > GRACE:
            current = await self.book(longest_pause=0.0, writes=writes)
        while current is not None and current.epoch == self._epoch:
            due = self._due_of(current)
            instant = max(due, self._earliest())
            if instant <= self._clock.now():
                self._take(due)
                return True
            await self._clock.sleep_until(instant)
        return False

    def throttled(self, retry_after: float | None = None) -> None:
        """Take note of a 429: everybody waits, then the rate climbs again.

        Args:
            retry_after: Seconds that the API asked to wait, or None.
        """
        now = self._clock.now()
        if now >= self._paused_until:  # requests in flight together are refused together: that is one backing off
            self._reduced = self._reduce(now)
        self.hold(PAUSE if retry_after is None else retry_after)

    def hold(self, seconds: float) -> None:
        """Let everybody wait, without backing off afterwards: an answer asked for it with Retry-After.

        Args:
            seconds: From now.
        """
        until = self._clock.now() + seconds + PAUSE_JITTER * self._jitter()
        if until > self._paused_until:
            self._paused_until = until
            self._epoch += 1
            if self._postpone is not None:  # at once: those here may all be waiting for the pause's end
                self._remember(asyncio.ensure_future(self._tell_others()))

    def hurry(self) -> None:
        """From now on wait for turns, and for no pause any more: who meets one, or would write, is sent away."""
        self._hurried = True

    @property
    def is_hurried(self) -> bool:
        """Whether there is a hurry."""
        return self._hurried

    @property
    def _unlimited(self) -> bool:
        return self._rate is None and self._reserve is None and self._reduced is None and not self.pause_left()

    async def _set_aside(self, longest_pause: float) -> Turn | None:
        await self._tell_others()
        while (left := self.pause_left()) > 0:
            if left > longest_pause or self._hurried:
                return None
            await self._clock.sleep_until(min(self._paused_until, self._clock.now() + GLANCE))
        epoch = self._epoch
        if self._reserve is None:
            instant = max(self._due, self._clock.now())
        else:
            if self._current_rate() != self._rate:
                await self._clock.sleep_until(self._due)
            wait = await self._reserve()
            instant = self._clock.now() + wait
        rate = self._current_rate()
        self._due = instant + (WINDOW / rate if rate else 0.0)
        return Turn(instant, epoch, self._delay)

    async def _tell_others(self) -> None:
        """Tell the other processes of a pause that they have not been told of."""
        epoch = self._epoch
        if self._postpone is not None and self._told != epoch:
            self._told = epoch
            try:
                await self._postpone(self.pause_left())
            except BaseException:
                self._told = -1  # whoever books next tells them, or learns why it cannot be
                raise

    def _remember(self, telling: "asyncio.Future[None]") -> None:
        """Keep hold of something that goes on beside us; what goes wrong there comes up where a turn is booked."""
        self._telling.add(telling)
        telling.add_done_callback(self._forget)

    def _forget(self, telling: "asyncio.Future[None]") -> None:
        self._telling.discard(telling)
        if not telling.cancelled():
            telling.exception()

    def _due_of(self, turn: Turn) -> float:
        """Give a turn's instant, put off as the schedule has been since it was booked."""
        return turn.instant + self._delay - turn.delay

    def _earliest(self) -> float:
        """Give the instant before which nobody may leave, whatever was booked."""
        if self._rate is None or not self._left:
            return -math.inf
        whole = len(self._left) == self._left.maxlen
        window = self._left[0] + WINDOW * len(self._left) / self._rate if whole else -math.inf
        return max(window, self._left[-1] + NARROWEST * WINDOW / self._rate)

    def _take(self, due: float) -> None:
        now = self._clock.now()
        self._keep_up(now - due)
        self._left.append(now)
        self._second.append(now)
        while self._second[0] <= now - 1.0:
            self._second.popleft()
        self._busiest = max(self._busiest, len(self._second))

    def _keep_up(self, late: float) -> None:
        """Put the whole schedule off where it has fallen behind by more than one interval.

        The window makes every lateness last, so that without this the schedule would run away from what really leaves,
        and ever more callers would wait with a connection in hand.
        """
        if self._rate is None:
            return
        if self._reserve is None:
            behind = late - WINDOW / self._rate
            if behind > 0:
                self._delay += behind
                self._due += behind
        elif self._delay_others is not None and late > GRACE:
            # The window's spare is as small: the turns that were taken after this one are put off for everybody.
            self._delay += late
            self._remember(asyncio.ensure_future(self._delay_others(late)))

    def _current_rate(self) -> float | None:
        """Give the rate that holds now; None for no limit."""
        if self._reduced is None:
            return self._rate
        since = max(self._clock.now() - self._paused_until, 0.0)
        full = self._rate if self._rate is not None else max(self._cruise, self._reduced / BACK_OFF)
        if since >= CLIMB:
            self._reduced = None
            return self._rate
        return self._reduced + (full - self._reduced) * since / CLIMB

    def _reduce(self, now: float) -> float:
        recent = float(sum(1 for instant in self._second if instant > now - 1.0))
        reached = self._current_rate() or max(recent, 1.0)
        # Without a limit it climbs back to what went well before, however many a 429 comes on the way: a climb that
        # ended where the last one was broken off would come to the lowest rate and never leave it.
        self._cruise = recent if self._reduced is None else max(self._cruise, recent)
        floor = SLOWEST_WITHOUT_LIMIT if self._rate is None else min(SLOWEST, self._rate)
        return max(reached * BACK_OFF, floor)
