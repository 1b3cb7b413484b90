"""Sends as a client does, in virtual time, and counts what left in any window."""

import asyncio

from straitsx_virtual_time import VirtualClock

from straitsx_bulk.io.straitsx import Pacer

WINDOW = 1.02
TINY = 1e-6


def most_in_window(instants: list[float], window: float) -> int:
    """Count the most instants in any half-open window."""
    ordered = sorted(instants)
    first, most = 0, 0
    for last, instant in enumerate(ordered):
        while instant - ordered[first] >= window - TINY:
            first += 1
        most = max(most, last - first + 1)
    return most


async def take_turn(pacer: Pacer) -> None:
    """Book and take a turn, however often it is put off."""
    while (turn := await pacer.book()) is None or not await pacer.slot(turn):
        pass


async def send_many(
    pacer: Pacer, clock: VirtualClock, count: int, *, concurrency: int = 10, latency: float = 0.05
) -> list[float]:
    """Send as a client does: book, connect, take the turn, wait for the answer."""
    instants: list[float] = []
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await take_turn(pacer)
            instants.append(clock.now())
            await asyncio.sleep(latency)

    await asyncio.gather(*(work() for _ in range(concurrency)))
    return instants
