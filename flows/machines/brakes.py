"""``--limit`` and ``--max-refused`` of a run in shards: counted over all of them together, in the ledger.

A wrong batch must not be pushed into the vendor's fraud prevention once per machine, so every answer of every shard is
counted where all can see it: in the whole run's own line of the ledger, one transaction for each row that costs a call.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from straitsx_bulk.flows.breakers import Limit, RefusalBreaker
from straitsx_bulk.io.ledger import Ledger, Progress
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import ApiFigures

IN_A_ROW, RECENT, STOPPED_BY = "refused_in_a_row", "refused_recently", "stopped_by"
"""Counters of the whole run; ``refused_recently`` has a bit for each of the last rows behind a leading 1."""

CALLS, RETRIES, THROTTLED, MAX_RATE, STATUS = "calls", "retries", "throttled", "max_rate", "status_"

FOLLOWS = "of this run stopped; its reports say why."
"""How the reason of a shard ends that stopped because another one did."""

MOST_NOTED = 10_000
"""Rows whose outcome is noted: a number of so many bits has fewer digits than Python writes and reads (4,300)."""

CountersChange = Callable[[Mapping[str, int]], dict[str, int]]


@dataclass(frozen=True, slots=True)
class SharedMeter:
    """The whole run's counts in the ledger.

    Attributes:
        ledger: Keeps them.
        run_id: The whole run.
        shard: Who counts, from 0.
    """

    ledger: Ledger
    run_id: str
    shard: int

    def admit(self, most: int) -> bool:
        """Take one of the rows that ``--limit`` allows; say whether there was one left."""
        taken = False

        def take(progress: Progress) -> Progress:
            nonlocal taken
            taken = progress.limit_used < most
            return Progress(progress.limit_used + taken, progress.counters)

        self.ledger.change_progress(self.run_id, take)
        return taken

    def see(self, outcome: Outcome, most: int) -> str | None:
        """Count an answer; give the sentence to stop with, this shard's own or another's."""
        reason: str | None = None

        def count(progress: Progress) -> Progress:
            nonlocal reason
            stopped_by = progress.counters.get(STOPPED_BY, 0) - 1
            breaker = load_breaker(progress.counters, most)
            reason = breaker.see(outcome, 1)
            counters = {**progress.counters, **dump_breaker(breaker)}
            if stopped_by not in {-1, self.shard}:
                reason = f"Shard {stopped_by + 1} {FOLLOWS}"
            elif reason is not None:
                counters[STOPPED_BY] = self.shard + 1
            return Progress(progress.limit_used, counters)

        self.ledger.change_progress(self.run_id, count)
        return reason

    def tell_stopped(self) -> None:
        """Tell the other shards that this one has stopped; the first one's reason holds."""
        self._change(lambda counters: {STOPPED_BY: self.shard + 1, **counters})

    def start(self) -> None:
        """Take up again: a shard that stopped in an earlier life no longer holds the others up."""

        def clear(counters: Mapping[str, int]) -> dict[str, int]:
            own = counters.get(STOPPED_BY) == self.shard + 1
            return {name: value for name, value in counters.items() if not (own and name == STOPPED_BY)}

        self._change(clear)

    def add(self, figures: ApiFigures) -> None:
        """Add what this shard's calls came to to the whole run's figures."""
        more = {
            CALLS: figures.calls,
            RETRIES: figures.retries,
            THROTTLED: figures.throttled,
            MAX_RATE: math.ceil(figures.max_rate),
            **{f"{STATUS}{status}": count for status, count in figures.by_status.items()},
        }
        self._change(lambda counters: {**counters, **{n: counters.get(n, 0) + v for n, v in more.items()}})

    def _change(self, change: CountersChange) -> None:
        self.ledger.change_progress(self.run_id, lambda p: Progress(p.limit_used, change(p.counters)))


@dataclass(slots=True)
class SharedLimit(Limit):
    """``--limit`` of all shards together.

    Attributes:
        meter: The whole run's counts.
    """

    meter: SharedMeter | None = None

    def admit(self) -> bool:
        """Say whether one more row of the whole run may make its first call, and count it."""
        if self.most is None or self.meter is None:
            return True
        return self.meter.admit(self.most)


@dataclass(slots=True)
class SharedBreaker(RefusalBreaker):
    """``--max-refused`` of all shards together; also how a shard learns that another has stopped.

    Attributes:
        meter: The whole run's counts.
    """

    meter: SharedMeter | None = None

    def see(self, outcome: Outcome, calls: int) -> str | None:
        """Take an outcome in; give the sentence to stop with, or None."""
        if calls == 0 or self.meter is None:
            return None
        return self.meter.see(outcome, self.most)


def load_breaker(counters: Mapping[str, int], most: int) -> RefusalBreaker:
    """Read a breaker's state from counters."""
    bits = f"{counters.get(RECENT, 1):b}"[1:]
    return RefusalBreaker(most, counters.get(IN_A_ROW, 0), deque(bit == "1" for bit in bits))


def dump_breaker(breaker: RefusalBreaker) -> dict[str, int]:
    """Write a breaker's state as counters; of very many last rows only the newest, for JSON bounds its numbers."""
    bits = "".join(str(int(refused)) for refused in breaker.recent)[-MOST_NOTED:]
    return {IN_A_ROW: breaker.in_a_row, RECENT: int(f"1{bits}", 2)}


def read_figures(ledger: Ledger, run_id: str, calls: int, rate: float | None) -> ApiFigures:
    """Read what the calls of all shards came to.

    Args:
        ledger: Keeps their sums.
        run_id: The whole run.
        calls: What the rows are known to have cost: at least so many, even where a shard died before it could say.
        rate: What the shards' common schedule allows in a second, so that together they had no more.
    """
    counters = ledger.change_progress(run_id, lambda progress: progress).counters
    statuses = {name.removeprefix(STATUS): n for name, n in counters.items() if name.startswith(STATUS)}
    together = float(counters.get(MAX_RATE, 0))
    return ApiFigures(
        calls=max(calls, counters.get(CALLS, 0)),
        by_status=dict(sorted(statuses.items())),
        retries=counters.get(RETRIES, 0),
        throttled=counters.get(THROTTLED, 0),
        max_rate=together if rate is None else min(together, math.ceil(rate)),
    )
