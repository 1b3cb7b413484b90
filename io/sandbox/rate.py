"""The account's rate limit, and what was seen of the rate.

Counted as the vendor does (README, "Rate limit"): all kinds of calls together, in any one second, not from one tick
of the clock to the next. A call that is refused for the rate does not use the allowance up.
"""

import math
from collections import deque


class RateMeter:
    """The most calls that came within any window of a given length.

    Args:
        window: Length of the window, seconds; calls exactly that far apart are not in one.
    """

    def __init__(self, window: float) -> None:
        self.window = window
        self.most = 0
        self._moments: deque[float] = deque()

    def count_recent(self, now: float) -> int:
        """Calls within the window that ends now.

        Args:
            now: Seconds on a clock that never goes back.
        """
        moments = self._moments
        oldest = now - self.window
        while moments and moments[0] <= oldest:
            moments.popleft()
        return len(moments)

    def note_call(self, now: float) -> None:
        """Count a call that comes now."""
        recent = self.count_recent(now) + 1
        self._moments.append(now)
        self.most = max(self.most, recent)

    def forget_most(self) -> None:
        """Begin anew with the maximum; calls of the last window stay counted."""
        self.most = 0


class RateLimit:
    """Lets so many calls through in any window.

    Args:
        tps: Calls in a window, rounded down; below 1 the window is as much longer. 0 or None lets everything through.
        window: Length of the window, seconds.
    """

    def __init__(self, tps: float | None, window: float) -> None:
        self._allowed = max(1, math.floor(tps)) if tps else None
        self._meter = RateMeter(window / min(tps, 1) if tps else window)

    def admit_call(self, now: float) -> bool:
        """Whether a call that comes now is let through; if so it uses the allowance."""
        if self._allowed is None:
            return True
        if self._meter.count_recent(now) >= self._allowed:
            return False
        self._meter.note_call(now)
        return True
