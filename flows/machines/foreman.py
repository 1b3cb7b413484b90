"""Sees a run's shards through: starts them, starts again what dies, ends the others when one has to stop."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from straitsx_bulk.flows.machines.brakes import FOLLOWS
from straitsx_bulk.flows.run.recovering import DIED
from straitsx_bulk.flows.shards.merging import find_runs
from straitsx_bulk.flows.shards.orders import ShardOrder
from straitsx_bulk.io.ledger import Run

if TYPE_CHECKING:
    from straitsx_bulk.flows.run.importing import ImportRun

LIVES = 3
"""How often a shard is started in one run: once, and again after each death; then something is wrong with it."""

POLL_SECONDS = 2.0
"""How often the shards are looked at; their ends are minutes or hours away."""

INTERRUPTED = "interrupted"
"""How the reason of a run begins that was asked to end."""

PLANNED_ENDS = frozenset({"limit", "window"})


@dataclass(frozen=True, slots=True)
class ShardEnd:
    """How a shard's process ended, as far as its workshop knows.

    Attributes:
        words: For people.
        crashed: Whether it died, so that it shall be started again; else it said itself why it ended.
    """

    words: str
    crashed: bool


class Workshop(Protocol):
    """Where shards are worked on: Prefect's workers, or processes of this machine."""

    async def start(self, order: ShardOrder, life: int) -> str:
        """Have a shard worked on; asked again for the same life, give the same token.

        Args:
            order: The shard.
            life: From 0; one more each time that it is started again.
        """
        ...

    async def look(self, token: str) -> ShardEnd | None:
        """Look whether it has ended; None while it goes on, or while nobody can say."""
        ...

    async def stop(self, token: str) -> None:
        """Ask it to end in an orderly way."""
        ...


@dataclass(slots=True)
class Shard:
    """One shard under way.

    Attributes:
        order: What it has to do.
        token: Its workshop's name for it, empty before its first start.
        life: How often it was started before.
        ended: Whether it is over.
        reason: Why it stopped early, if it did.
        buried: Owners in the ledger that were seen dead, so that each death counts once.
        asked: Whether it was asked to end.
        has_spoken: Whether the reason is its own, from the ledger, and not merely that it was asked.
    """

    order: ShardOrder
    token: str = ""
    life: int = 0
    ended: bool = False
    reason: str | None = None
    buried: set[tuple[str, int]] = field(default_factory=set)
    asked: bool = False
    has_spoken: bool = False


class Foreman:
    """Sees the shards of one run through.

    The ledger says whether a shard has come to its end or its process is gone, wherever that was; the workshop says
    whether it ended without a word to the ledger, and starts it again.

    Args:
        run: The whole run.
        workshop: Where shards are worked on.
        orders: One for each shard.
        poll_seconds: How often to look.
    """

    def __init__(
        self, run: "ImportRun", workshop: Workshop, orders: Sequence[ShardOrder], poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._run, self._workshop, self._poll = run, workshop, poll_seconds
        self._shards = [Shard(order) for order in orders]

    async def see_through(self) -> None:
        """Start every shard and wait until all have ended; the run's stop then says why, if one stopped early."""
        while left := [shard for shard in self._shards if not shard.ended]:
            runs = await self._read_runs()
            for shard in left:
                await self._tend(shard, runs.get(shard.order.own_run_id))
            if not all(shard.ended for shard in left):
                await asyncio.sleep(self._poll)
        self._tell_stop()

    async def _tend(self, shard: Shard, run: Run | None) -> None:
        if has_finished(run):
            self._take_finish(shard, run)
        elif not shard.token:
            await self._start(shard)
        else:
            await self._look_after(shard, run)

    async def _look_after(self, shard: Shard, run: Run | None) -> None:
        end = await self._workshop.look(shard.token)
        if end is None and is_corpse(run, shard):
            await self._workshop.stop(shard.token)
            end = ShardEnd("its process is gone", crashed=True)
        if end is not None:
            await self._take_end(shard, end)
        elif self._must_stop and not shard.asked:
            shard.asked = True
            await self._workshop.stop(shard.token)

    async def _take_end(self, shard: Shard, end: ShardEnd) -> None:
        run = (await self._read_runs()).get(shard.order.own_run_id)  # it may have finished since it was read
        if has_finished(run):
            self._take_finish(shard, run)
        elif not end.crashed or self._must_stop:
            self._end(shard, end.words)
        elif shard.life + 1 == LIVES:
            self._end(shard, f"it was started {LIVES} times and died each time; the last time {end.words}")
        else:
            bury(run, shard)
            shard.life += 1
            await self._start(shard)

    async def _start(self, shard: Shard) -> None:
        shard.token = await self._workshop.start(shard.order, shard.life)
        again = f" again ({shard.life + 1} of {LIVES})" if shard.life else ""
        self._run.presenter.say(f"{name_shard(shard)} started{again}.")

    def _take_finish(self, shard: Shard, run: Run | None) -> None:
        reason = run.stopped if run is not None else None
        shard.has_spoken = reason is not None and not reason.startswith(INTERRUPTED)
        self._end(shard, reason)

    def _end(self, shard: Shard, reason: str | None) -> None:
        shard.ended, shard.reason = True, reason
        self._run.presenter.say(f"{name_shard(shard)} ended{f': {reason}' if reason else ''}.")

    @property
    def _must_stop(self) -> bool:
        reasons = {self._run.stop.reason, *(shard.reason for shard in self._shards)}
        return bool(reasons - PLANNED_ENDS - {None})  # to a planned end the shards come by themselves

    def _tell_stop(self) -> None:
        """Take the shards' reasons over: an error before the ends that only follow it, and before planned ends."""
        early = [(shard, shard.reason) for shard in self._shards if shard.reason is not None]
        for shard, reason in sorted(early, key=lambda told: (told[1] in PLANNED_ENDS, is_follower(*told))):
            if reason in PLANNED_ENDS:
                self._run.stop.plan(reason)
            else:
                self._run.stop.fail(f"{name_shard(shard)}: {reason}")

    async def _read_runs(self) -> Mapping[str, Run]:
        names = [shard.order.own_run_id for shard in self._shards]
        return await asyncio.to_thread(find_runs, self._run.ledger, names)


def has_finished(run: Run | None) -> bool:
    """Say whether a shard's run came to an end of its own, with its outcomes in the ledger."""
    return run is not None and run.finished_at is not None and run.stopped != DIED


def is_corpse(run: Run | None, shard: Shard) -> bool:
    """Say whether the process that had a shard is gone, and nobody has taken note of it yet."""
    if run is None or has_finished(run) or run.live:
        return False
    return (run.machine, run.pid) not in shard.buried


def bury(run: Run | None, shard: Shard) -> None:
    """Take note of the process that is gone."""
    if run is not None:
        shard.buried.add((run.machine, run.pid))


def is_follower(shard: Shard, reason: str) -> bool:
    """Say whether a shard ended only because another one did: it learned of that, or was asked to before it began."""
    return reason.endswith(FOLLOWS) or (shard.asked and not shard.has_spoken)


def name_shard(shard: Shard) -> str:
    """Name a shard for people."""
    return f"Shard {shard.order.shard + 1} of {shard.order.shards}"
