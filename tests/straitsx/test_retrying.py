"""How long an outage is ridden out, with the default patience, in virtual time."""

import asyncio
import time
from collections.abc import Callable

import pytest
from straitsx_virtual_time import run_virtually

from straitsx_bulk.io.straitsx import Answer, Kind, Patience
from straitsx_bulk.io.straitsx.retrying import try_patiently

OUTAGE = Answer(Kind.FAILED, 503, message="out")


def ride_out(
    monkeypatch: pytest.MonkeyPatch, answer_at: Callable[[float], Answer], patience: Patience | None = None
) -> tuple[Answer, list[float]]:
    """Make a call of an API that answers by the time; give the answer and when it was asked."""
    asked: list[float] = []

    async def main() -> Answer:
        loop = asyncio.get_running_loop()
        # The libraries' clock and the loop's sleep must be the same time.
        monkeypatch.setattr(time, "monotonic", loop.time)

        async def attempt(left: float) -> Answer:
            assert left <= (patience or Patience()).total
            asked.append(loop.time())
            return answer_at(loop.time())

        return await try_patiently(attempt, patience or Patience())

    return run_virtually(main()), asked


@pytest.mark.parametrize("run", range(10))
def test_a_minute_long_outage_is_ridden_out(monkeypatch: pytest.MonkeyPatch, run: int) -> None:
    done = Answer(Kind.OK, 200, calls=1)
    result, asked = ride_out(monkeypatch, lambda now: OUTAGE if now < 60 else done)
    assert result.kind == Kind.OK
    assert len(asked) <= 15


@pytest.mark.parametrize("run", range(10))
def test_an_hour_long_outage_is_given_up_after_about_five_minutes(monkeypatch: pytest.MonkeyPatch, run: int) -> None:
    result, asked = ride_out(monkeypatch, lambda now: OUTAGE if now < 3600 else Answer(Kind.OK))
    assert (result.kind, result.status, result.message) == (Kind.FAILED, 503, "out")
    assert 280 <= asked[-1] <= 330


def test_waits_grow_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    _, first = ride_out(monkeypatch, lambda _: OUTAGE)
    _, second = ride_out(monkeypatch, lambda _: OUTAGE)
    assert first[:5] != second[:5]
    patience = Patience(jitter=0.0)
    _, plain = ride_out(monkeypatch, lambda _: OUTAGE, patience)
    assert plain[:8] == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 51.5]


def test_a_longer_retry_after_is_obeyed_and_a_shorter_one_does_not_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    long_wait = Answer(Kind.FAILED, 503, retry_after=50.0)
    _, asked = ride_out(monkeypatch, lambda _: long_wait, Patience(attempts=3, jitter=0.0))
    assert asked == [0.0, 50.0, 100.0]
    short_wait = Answer(Kind.FAILED, 503, retry_after=0.0)
    _, asked = ride_out(monkeypatch, lambda _: short_wait, Patience(attempts=4, jitter=0.0))
    assert asked == [0.0, 0.5, 1.5, 3.5]


def test_a_retry_after_beyond_the_patience_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    _, asked = ride_out(monkeypatch, lambda _: Answer(Kind.FAILED, 503, retry_after=301.0))
    assert asked == [0.0]


def test_requests_of_all_attempts_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([Answer(Kind.NOT_SENT), Answer(Kind.NOT_SENT, 429, calls=1), Answer(Kind.OK, 200, calls=1)])
    result, asked = ride_out(monkeypatch, lambda _: next(answers))
    assert (result.kind, result.calls, len(asked)) == (Kind.OK, 2, 3)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.FAILED, Kind.NOT_SENT}])
def test_nothing_else_is_tried_again(monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    _, asked = ride_out(monkeypatch, lambda _: Answer(kind))
    assert asked == [0.0]


@pytest.mark.parametrize("failures", [0, 1])
def test_a_mistake_in_the_program_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, failures: int) -> None:
    answers = iter([OUTAGE] * failures)

    def make_mistake(_: float) -> Answer:
        for answer in answers:
            return answer
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ride_out(monkeypatch, make_mistake)
