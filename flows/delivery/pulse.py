"""Tells an API that is out from one that cannot answer for one row."""

import time
from dataclasses import dataclass

from straitsx_bulk.io.straitsx import Answer, Kind

DEFINITE = frozenset({Kind.OK, Kind.REFUSED, Kind.EXISTS, Kind.NOT_FOUND})
"""Answers that only an API gives that works."""


@dataclass(slots=True)
class Pulse:
    """When the API last gave a definite answer to anybody.

    Attributes:
        seconds: How long such an answer says that the API is there; much less than retries wait.
    """

    seconds: float = 60.0
    _last: float = float("-inf")

    def take(self, answer: Answer) -> None:
        """Take note of an answer."""
        if answer.kind in DEFINITE:
            self._last = time.monotonic()

    def is_felt(self) -> bool:
        """Say whether the API answers others: then a row that it fails for is that row's matter, and no outage."""
        return time.monotonic() - self._last < self.seconds
