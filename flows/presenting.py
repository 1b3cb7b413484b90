"""What a person sees of a run while it goes: the target first, progress, notices; the reports last.

All of it goes to standard error; ``--json`` leaves standard output to the summary.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.text import Text

from straitsx_bulk.schemas.wording import count_words, make_printable

PLAIN_SECONDS = 10.0
"""How often a plain line tells the progress where there is no terminal."""

LEAST_SECONDS = 1.0
"""How long a rate is measured before it is told: of rows that are done in an instant it says nothing."""


@dataclass(slots=True)
class Meter:
    """Rate and time left of what is under way.

    Attributes:
        clock: Gives seconds.
    """

    clock: Callable[[], float] = time.monotonic
    started: float | None = None
    first: int = 0

    def measure(self, done: int, total: int) -> tuple[float, float | None]:
        """Give rows a second so far, 0 while that says nothing, and seconds left or None while nobody can say."""
        now = self.clock()
        if self.started is None:
            self.started, self.first = now, done
        elapsed = now - self.started
        rate = (done - self.first) / elapsed if elapsed >= LEAST_SECONDS else 0.0
        return rate, (total - done) / rate if rate > 0 and total >= done else None


class Presenter:
    """Shows a run's progress: a bar on a terminal, plain lines elsewhere, nothing with ``--quiet``.

    Args:
        console: Standard error.
        quiet: No progress; the target, the end and errors are still told.
    """

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self.console = console
        self._quiet = quiet
        self._bar: Progress | None = None
        self._tasks: dict[str, _Phase] = {}

    def __enter__(self) -> Self:
        """Begin; the bar comes with the first progress, since questions must be asked before there is one."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def say(self, sentence: str) -> None:
        """Tell something that a person must see."""
        self.console.print(Text(make_printable(sentence)), soft_wrap=True)

    def tell(self, phase: str, done: int, total: int) -> None:
        """Tell how far a phase is.

        Args:
            phase: What is done to the rows: ``checked``, ``delivered``, ``written``.
            done: Rows so far.
            total: Rows altogether, as far as is known.
        """
        if self._quiet:
            return
        current = self._tasks.setdefault(phase, _Phase())
        if self.console.is_terminal:
            bar = self._open_bar()
            if current.task is None:
                current.task = bar.add_task(phase, total=total)
            bar.update(current.task, completed=done, total=total)
            return
        rate, left = current.meter.measure(done, total)
        if done >= total or time.monotonic() - current.told >= PLAIN_SECONDS:
            if done >= total and current.finished:
                return
            current.told, current.finished = time.monotonic(), done >= total
            self.say(f"{phase} {done:,} of {count_words(total, 'row')}{describe_pace(rate, left)}")

    def _open_bar(self) -> Progress:
        if self._bar is None:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                RateColumn(),
                console=self.console,
                transient=True,
            )
            self._bar.start()
        return self._bar

    def tell_workbook(self, done: int, total: int) -> None:
        """Tell how far the rejects workbook is."""
        self.tell("written for mending", done, total)


@dataclass(slots=True)
class _Phase:
    meter: Meter = field(default_factory=Meter)
    task: TaskID | None = None
    told: float = field(default_factory=time.monotonic)
    finished: bool = False


class RateColumn(ProgressColumn):
    """Rows a second and the time left."""

    def render(self, task: Task) -> Text:
        """Draw the column."""
        return Text(describe_pace(task.speed or 0.0, task.time_remaining).removeprefix(", "))


def describe_pace(rate: float, left: float | None) -> str:
    """Say how fast it goes and how long it still takes, or nothing while nobody can say."""
    if rate <= 0:
        return ""
    pace = f", {rate:,.0f} a second" if rate >= 10 else f", {rate:.1f} a second"
    return f"{pace}, {describe_duration(left)} left" if left else pace


def describe_duration(seconds: float) -> str:
    """Write a duration as people say it: ``45 s``, ``12 min``, ``3 h 05 min``."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    if whole < 5400:
        return f"{round(whole / 60)} min"
    hours, rest = divmod(round(whole / 60), 60)
    return f"{hours:,} h {rest:02d} min"
