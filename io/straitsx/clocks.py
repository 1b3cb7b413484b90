"""The clock that pacing runs on; tests bring their own, on which no time passes."""

import asyncio
import time
from typing import Protocol

SPIN = 0.0015
"""Seconds before an instant from which on the clock looks again and again: the event loop's own timers are up to a
millisecond late, and lateness is allowance lost (the window of 1.02 s leaves a twenty-fifth of a per cent to spare)."""


class Clock(Protocol):
    """Tells the time and waits for a time."""

    def now(self) -> float:
        """Give the time in seconds; only differences mean anything."""
        ...

    async def sleep_until(self, instant: float) -> None:
        """Wait until ``now()`` is at least ``instant``."""
        ...


class MonotonicClock:
    """The machine's monotonic clock, exact to some ten microseconds."""

    def now(self) -> float:
        """Give the time in seconds."""
        return time.monotonic()

    async def sleep_until(self, instant: float) -> None:
        """Wait until ``instant``, letting everything else go on."""
        left = instant - time.monotonic()
        while left > 0:
            await asyncio.sleep(max(left - SPIN, 0.0))
            left = instant - time.monotonic()
