"""Tells for how long the API has given no answer of use, for the person who waits."""

from straitsx_bulk.io.straitsx.answers import Answer, Kind
from straitsx_bulk.io.straitsx.clocks import Clock, MonotonicClock

UNDERSTOOD = frozenset({Kind.OK, Kind.REFUSED, Kind.EXISTS, Kind.NOT_FOUND, Kind.STOP})
"""Answers that say something of what was asked."""


class Hearing:
    """How long the API has been silent: no connection, no answer, or nothing but errors.

    Nobody who does not ask hears a silence: waiting for a turn, or where the API asked to wait, is none.

    Args:
        clock: The time.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock: Clock = clock or MonotonicClock()
        self._asking = 0
        self._failed = False
        self._since: float | None = None

    def ask(self) -> None:
        """Take note that a request is made; :meth:`judge` or :meth:`drop` must follow."""
        self._asking += 1
        if self._since is None:
            self._since = self._clock.now()

    def drop(self) -> None:
        """Take note that a request was not made after all, or that nobody waits for its answer any more."""
        self._asking -= 1
        if not self._asking and not self._failed:
            self._since = None

    def judge(self, answer: Answer) -> None:
        """Take note of what a request came to."""
        self._asking -= 1
        self._failed = answer.kind not in UNDERSTOOD and answer.status != 429
        if not self._failed:
            self._since = self._clock.now() if self._asking else None

    def silent_for(self) -> float:
        """Give the seconds since which nothing of use has come; 0 where the last answer was one, or nobody asks."""
        return 0.0 if self._since is None else self._clock.now() - self._since
