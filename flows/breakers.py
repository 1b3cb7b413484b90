"""When a run ends before its last row: planned ends, breakers, and a person's Ctrl-C."""

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field

from straitsx_bulk.schemas.outcomes import Outcome


@dataclass(slots=True)
class Stop:
    """Why no further row is begun; the first reason holds.

    Attributes:
        reason: None while the run goes on; ``limit`` and ``window`` are planned ends; ``interrupted``; else a sentence
            for people.
        interrupted: Whether a person or the system asked for it (exit 130).
        error: Whether an error is behind it (exit 1).
        urged: Whether somebody asked for an end, even where the run was ending already.
    """

    reason: str | None = None
    interrupted: bool = False
    error: bool = False
    urged: bool = False

    @property
    def is_urgent(self) -> bool:
        """Whether to end as soon as the requests in flight have ended, instead of at a planned point."""
        return self.urged or self.error

    def plan(self, reason: str) -> None:
        """End at a planned point: ``limit`` or ``window``."""
        if self.reason is None:
            self.reason = reason

    def fail(self, sentence: str) -> None:
        """End because going on would do harm or no good."""
        if self.reason is None:
            self.reason, self.error = sentence, True

    def interrupt(self) -> None:
        """End because somebody asked for it."""
        self.urged = True
        if self.reason is None:
            self.reason, self.interrupted = "interrupted", True


@dataclass(slots=True)
class Limit:
    """``--limit``: counts rows whose first call is made in this run.

    Whether a row costs a call is known when it is done, since another run may do it meanwhile; so a row is let in first
    and counted afterwards.

    Attributes:
        most: How many, or None for no limit.
        begun: How many so far; a flow run that starts again goes on counting.
    """

    most: int | None
    begun: int = 0
    _under_way: int = 0
    _counted: asyncio.Event = field(default_factory=asyncio.Event)

    def admit(self) -> bool:
        """Say whether one more row may make its first call now; if so, :meth:`count` must follow."""
        if self.most is not None:
            if self.begun + self._under_way >= self.most:
                return False
            self._under_way += 1
        return True

    @property
    def left(self) -> float:
        """How many more rows may make their first call."""
        return math.inf if self.most is None else max(self.most - self.begun, 0)

    @property
    def may_admit_later(self) -> bool:
        """Whether a row that was not let in may be once those under way are done: they may turn out to cost no call."""
        return self.most is not None and self.begun < self.most and self._under_way > 0

    async def wait(self) -> None:
        """Wait until a row under way is done."""
        self._counted.clear()
        await self._counted.wait()

    def count(self, *, called: bool) -> None:
        """Take note of what came of a row that was let in.

        Args:
            called: Whether a call was made for it.
        """
        if self.most is not None:
            self._under_way -= 1
            self.begun += called
            self._counted.set()


@dataclass(slots=True)
class RefusalBreaker:
    """``--max-refused``: a wrong batch must not be pushed blindly into the vendor's fraud prevention.

    Attributes:
        most: Refusals in the order of answers, with no row created or upgraded between.
        in_a_row: How many there are now.
        recent: The last 4 x most rows sent: whether each was refused.
    """

    most: int
    in_a_row: int = 0
    recent: deque[bool] = field(default_factory=deque)

    def see(self, outcome: Outcome, calls: int) -> str | None:
        """Take an outcome in; give the sentence to stop with, or None.

        Args:
            outcome: What became of a row.
            calls: What it cost; a row that was not sent says nothing.
        """
        if calls == 0:
            return None
        refused = outcome is Outcome.REFUSED
        if outcome in {Outcome.CREATED, Outcome.UPGRADED}:
            self.in_a_row = 0
        self.in_a_row += refused
        self.recent.append(refused)
        if len(self.recent) > 4 * self.most:
            self.recent.popleft()
        return self._judge()

    def _judge(self) -> str | None:
        if self.in_a_row >= self.most:
            return (
                f"The API refused {self.in_a_row} rows with none created or upgraded between "
                f"(--max-refused {self.most})."
            )
        if len(self.recent) == 4 * self.most and sum(self.recent) > 2 * self.most:
            return (
                f"The API refused {sum(self.recent)} of the last {len(self.recent)} rows sent "
                f"(--max-refused {self.most})."
            )
        return None


FEWEST_ROWS_TO_JUDGE = 20
"""``--max-reject-share`` judges runs of this many rows or more."""


def judge_rejects(rows: int, rejected: int, share: float) -> str | None:
    """``--max-reject-share``: say why to stop before the first call, or None.

    Args:
        rows: Rows checked; unmended rows of a rejects file do not count.
        rejected: How many of them were rejected.
        share: Percentage up to which the run goes on.
    """
    if rows < FEWEST_ROWS_TO_JUDGE or rejected * 100 <= share * rows:
        return None
    return (
        f"{rejected:,} of {rows:,} rows failed the checks, more than --max-reject-share {share:g} %. Nothing was sent."
    )
