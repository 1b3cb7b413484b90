"""What the sandbox has seen: calls by kind and status, faults, and the highest rates."""

from collections import Counter
from dataclasses import dataclass

from straitsx_bulk.io.sandbox.rate import RateMeter
from straitsx_bulk.io.sandbox.routing import Call

GRACE = 0.05  # seconds that calls may have moved together on the way here


@dataclass(frozen=True, slots=True)
class SandboxStats:
    """Figures since the start or the last reset.

    Attributes:
        state_id: The random id of the sandbox's state.
        profiles: Profiles that exist; -1 if the state can no longer be read.
        calls: Calls under ``/v1``, of every kind and with every end.
        by_call: How often each kind of call (``create``, ``list``, ``get``, ``patch``, ``verify``, ``other``) ended
            in what: an HTTP status as text, ``dropped``, ``withheld`` or ``aborted`` (the client went away before its
            request was whole).
        faults: How often each fault was put in, by its name.
        refused_for_rate: Calls refused because the rate was exceeded (429s that were put in as faults do not count).
        max_attempted: The most calls that came within one second.
        max_attempted_with_grace: The same within 0.95 seconds: what an evenly paced client that keeps the limit stays
            under even if the way here moved two of its calls 50 ms closer together.
        max_accepted: The most calls within one second that were not refused for the rate.
    """

    state_id: str
    profiles: int
    calls: int
    by_call: dict[str, dict[str, int]]
    faults: dict[str, int]
    refused_for_rate: int
    max_attempted: int
    max_attempted_with_grace: int
    max_accepted: int

    def count_calls(self, call: str, ending: str | None = None) -> int:
        """How many calls of a kind there were, all or those with one ending."""
        endings = self.by_call.get(call, {})
        return sum(endings.values()) if ending is None else endings.get(ending, 0)


class Counters:
    """Counts; written by the server's thread only, read by any."""

    def __init__(self) -> None:
        self._endings: Counter[tuple[Call, str]] = Counter()
        self._faults: Counter[str] = Counter()
        self._refused_for_rate = 0
        self._attempted = RateMeter(1.0)
        self._attempted_with_grace = RateMeter(1.0 - GRACE)
        self._accepted = RateMeter(1.0)

    def note_arrival(self, now: float, *, is_accepted: bool) -> None:
        """Count a call as it comes.

        Args:
            now: Seconds on a clock that never goes back.
            is_accepted: Whether the rate lets it through.
        """
        self._attempted.note_call(now)
        self._attempted_with_grace.note_call(now)
        if is_accepted:
            self._accepted.note_call(now)
        else:
            self._refused_for_rate += 1

    def note_ending(self, call: Call, ending: str) -> None:
        """Count what became of a call: a status, ``dropped``, ``withheld`` or ``aborted``."""
        self._endings[call, ending] += 1

    def note_fault(self, name: str) -> None:
        """Count a fault that is put in."""
        self._faults[name] += 1

    def reset(self) -> None:
        """Begin anew; calls of the last second stay in the windows, so that a maximum is never missed."""
        self._endings.clear()
        self._faults.clear()
        self._refused_for_rate = 0
        for meter in (self._attempted, self._attempted_with_grace, self._accepted):
            meter.forget_most()

    def describe(self, state_id: str, profiles: int) -> SandboxStats:
        """The figures as they stand."""
        by_call: dict[str, dict[str, int]] = {}
        endings = self._endings.copy()  # at one stroke, while the server counts on
        for (call, ending), count in sorted(endings.items()):
            by_call.setdefault(call.value, {})[ending] = count
        return SandboxStats(
            state_id=state_id,
            profiles=profiles,
            calls=endings.total(),
            by_call=by_call,
            faults=dict(self._faults),
            refused_for_rate=self._refused_for_rate,
            max_attempted=self._attempted.most,
            max_attempted_with_grace=self._attempted_with_grace.most,
            max_accepted=self._accepted.most,
        )
