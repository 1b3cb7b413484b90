"""What a person sees of a run while it goes."""

import io
from dataclasses import dataclass

from rich.console import Console

from straitsx_bulk.flows.presenting import Meter, Presenter


@dataclass
class Clock:
    """A clock on which time passes when the test says so."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_rate_is_told_once_it_was_measured_for_a_second() -> None:
    clock = Clock()
    meter = Meter(clock)
    assert meter.measure(10, 100) == (0.0, None)
    clock.now += 0.5
    assert meter.measure(40, 100) == (0.0, None)
    clock.now += 1.5
    assert meter.measure(60, 100) == (25.0, 40 / 25)


def test_rows_that_are_done_in_an_instant_have_no_rate() -> None:
    """Nothing was called for them, so a rate would be that of counting."""
    out = io.StringIO()
    with Presenter(Console(file=out, width=200), quiet=False) as presenter:
        for done in range(4):
            presenter.tell("delivered", done, 3)
    assert out.getvalue() == "delivered 3 of 3 rows\n"
