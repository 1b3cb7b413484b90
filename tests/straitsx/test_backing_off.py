"""After a 429 everybody waits, and then the rate climbs again; in virtual time."""

import asyncio

import pytest
from straitsx_pace import TINY, WINDOW, send_many, take_turn
from straitsx_virtual_time import VirtualClock, run_virtually

from straitsx_bulk.io.ledger import LedgerFailedError
from straitsx_bulk.io.straitsx.pacing import PAUSE_JITTER, Pacer


@pytest.mark.parametrize(("retry_after", "pause"), [(None, 1.0), (7.0, 7.0), (0.0, 0.0)])
def test_after_a_429_everybody_waits(retry_after: float | None, pause: float) -> None:
    async def main() -> tuple[float, list[float]]:
        clock = VirtualClock()
        pacer = Pacer(5, clock=clock, jitter=lambda: 0.0)
        sending = asyncio.create_task(send_many(pacer, clock, 60))
        await asyncio.sleep(3)
        pacer.throttled(retry_after)
        return clock.now(), await sending

    at, instants = run_virtually(main())
    assert pause <= min(instant for instant in instants if instant > at + TINY) - at + TINY


def test_after_a_429_the_rate_starts_at_half_and_climbs_to_the_full_rate() -> None:
    async def main() -> tuple[float, list[float]]:
        clock = VirtualClock()
        pacer = Pacer(20, clock=clock, jitter=lambda: 0.0)
        sending = asyncio.create_task(send_many(pacer, clock, 800, concurrency=30))
        await asyncio.sleep(5)
        pacer.throttled(2.0)
        return clock.now() + 2.0, await sending

    start, instants = run_virtually(main())
    by_second = [sum(1 for i in instants if start + n <= i < start + n + 1) for n in range(14)]
    assert 10 <= by_second[0] <= 12
    assert by_second[:11] == sorted(by_second[:11])
    assert 19 <= min(by_second[11:]) <= max(by_second[11:]) <= 20


def test_answers_429_that_come_together_back_off_once() -> None:
    async def main() -> int:
        clock = VirtualClock()
        pacer = Pacer(20, clock=clock, jitter=lambda: 0.0)
        await send_many(pacer, clock, 40)
        for _ in range(10):
            pacer.throttled(1.0)
        start = clock.now() + 1.0
        instants = await send_many(pacer, clock, 40, concurrency=30)
        return sum(1 for i in instants if i < start + 1.0)

    assert 10 <= run_virtually(main()) <= 12


def test_without_a_limit_nobody_waits_until_the_api_says_so() -> None:
    async def main() -> tuple[float, float]:
        clock = VirtualClock()
        pacer = Pacer(None, clock=clock, jitter=lambda: 0.0)
        for _ in range(1000):
            await take_turn(pacer)
        before = clock.now()
        pacer.throttled(3.0)
        await take_turn(pacer)
        return before, clock.now()

    assert run_virtually(main()) == (0.0, 3.0)


def test_without_a_limit_a_429_makes_one_for_a_while() -> None:
    async def main() -> tuple[int, int]:
        clock = VirtualClock()
        pacer = Pacer(None, clock=clock, jitter=lambda: 0.0)
        await send_many(pacer, clock, 400, concurrency=10, latency=0.1)  # 100 a second
        pacer.throttled(1.0)
        start = clock.now() + 1.0
        instants = await send_many(pacer, clock, 1500, concurrency=10, latency=0.1)
        seconds = [sum(1 for i in instants if start + n <= i < start + n + 1) for n in (0, 11)]
        return seconds[0], seconds[1]

    reduced, free = run_virtually(main())
    assert 45 <= reduced <= 60
    assert free == 100


def test_without_a_limit_a_429_now_and_then_does_not_hold_the_rate_down_for_good() -> None:
    """One request in fifty is turned down: each costs a pause and half the rate, and the climb goes on from there."""

    async def main() -> float:
        clock = VirtualClock()
        pacer = Pacer(None, clock=clock, jitter=lambda: 0.0)
        for _ in range(40):
            await send_many(pacer, clock, 50, concurrency=10, latency=0.05)  # 200 a second
            pacer.throttled()
        return 40 * 50 / clock.now()

    assert run_virtually(main()) > 10  # and 6 where each climb ends where the last one was broken off


def test_a_turn_booked_before_a_pause_is_given_back() -> None:
    async def main() -> bool:
        pacer = Pacer(5, clock=VirtualClock())
        turn = await pacer.book()
        assert turn is not None
        pacer.throttled(60.0)
        return await pacer.slot(turn)

    assert not run_virtually(main())


def test_who_cannot_wait_for_the_end_of_a_pause_is_told_at_once() -> None:
    async def main() -> tuple[object, float]:
        clock = VirtualClock()
        pacer = Pacer(5, clock=clock)
        pacer.throttled(3600.0)
        return await pacer.book(longest_pause=300.0), clock.now()

    assert run_virtually(main()) == (None, 0.0)


def test_a_pause_without_backing_off_leaves_the_rate_alone() -> None:
    async def main() -> list[float]:
        clock = VirtualClock()
        pacer = Pacer(5, clock=clock, jitter=lambda: 0.0)
        pacer.hold(2.0)
        return await send_many(pacer, clock, 20)

    instants = run_virtually(main())
    assert instants[0] == 2.0
    assert pytest.approx(instants[-1] - instants[0]) == 19 * WINDOW / 5


def test_every_pause_ends_at_a_slightly_different_time_in_each_process() -> None:
    async def main(jitter: float) -> float:
        pacer = Pacer(5, clock=VirtualClock(), jitter=lambda: jitter)
        pacer.throttled(1.0)
        return pacer.pause_left()

    assert (run_virtually(main(0.0)), run_virtually(main(1.0))) == (1.0, 1.0 + PAUSE_JITTER)


def test_a_429_is_told_to_the_other_processes_once() -> None:
    async def main() -> list[float]:
        clock = VirtualClock()
        told: list[float] = []

        async def reserve() -> float:
            return 0.0

        async def postpone(seconds: float) -> None:
            told.append(seconds)

        pacer = Pacer(5, reserve=reserve, postpone=postpone, clock=clock, jitter=lambda: 0.0)
        await send_many(pacer, clock, 5)
        pacer.throttled(7.0)
        await send_many(pacer, clock, 5)
        return told

    assert run_virtually(main()) == [7.0]


def test_a_429_is_told_at_once_though_nobody_here_asks_for_a_turn() -> None:
    """The one row that is left waits for its repeat; other processes must not go on meanwhile."""

    async def main() -> tuple[list[float], float]:
        clock = VirtualClock()
        told: list[float] = []

        async def postpone(seconds: float) -> None:
            told.append(seconds)

        pacer = Pacer(5, postpone=postpone, clock=clock, jitter=lambda: 0.0)
        pacer.throttled(7.0)
        await asyncio.sleep(0)
        return told, clock.now()

    assert run_virtually(main()) == ([7.0], 0.0)


def test_a_ledger_that_cannot_tell_the_others_of_a_429_is_noticed_by_who_books_next() -> None:
    async def main() -> list[str]:
        told: list[str] = []

        async def postpone(_seconds: float) -> None:
            told.append("tried")
            if len(told) < 3:
                raise LedgerFailedError("made up")

        pacer = Pacer(5, postpone=postpone, clock=VirtualClock(), jitter=lambda: 0.0)
        pacer.throttled(7.0)
        await asyncio.sleep(0)  # lets the telling begin
        with pytest.raises(LedgerFailedError):
            await pacer.book()
        assert await pacer.book() is not None
        return told

    assert run_virtually(main()) == ["tried"] * 3
