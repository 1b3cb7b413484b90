"""Ends a run at a planned point when its window closes (``--window``)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.window import Window

LONGEST_NAP = 30.0
"""Seconds after which the clock is looked at again: it may have been set, or the machine been asleep."""


def now_utc() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


@asynccontextmanager
async def keep_to_window(
    window: Window | None, stop: Stop, clock: Callable[[], datetime] = now_utc
) -> AsyncIterator[None]:
    """End the run at a planned point when its window closes; at once where it is closed already.

    Args:
        window: The window, or None for all day.
        stop: Is told ``window``; rows under way are finished, none is begun.
        clock: Gives the time, with zone.
    """
    if window is None:
        yield
        return
    if not window.is_open(clock()):
        stop.plan("window")
    task = asyncio.create_task(_await_close(window, stop, clock))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _await_close(window: Window, stop: Stop, clock: Callable[[], datetime]) -> None:
    while (left := window.seconds_left(clock())) > 0:  # noqa: ASYNC110 - a clock on the wall sets no event
        await asyncio.sleep(min(left, LONGEST_NAP))
    stop.plan("window")
