"""What is measured, as lines of a table: ours, what it is compared with, their ratio, and the goal."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

HEADINGS = ("work", "ours", "compared with", "ratio", "goal", "", "by processor time")


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison within one run.

    Attributes:
        work: What was done.
        ours: Our figure, with its unit.
        other: What it is compared with, and its figure.
        ratio: Ours to the other; NaN where nothing can be compared.
        at_most: The goal, where less is better.
        at_least: The goal, where more is better.
        digits: Of the ratio.
        processor: The same ratio of processor times, which other programs disturb less; NaN where it says nothing.
    """

    work: str
    ours: str
    other: str
    ratio: float
    at_most: float | None = None
    at_least: float | None = None
    digits: int = 2
    processor: float = math.nan

    @property
    def goal(self) -> str:
        """The goal in words; empty where there is none."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return f"at least {self.at_least:g}" if self.at_least is not None else ""

    @property
    def is_reached(self) -> bool:
        """Whether the ratio, as it is shown, meets the goal."""
        shown = round(self.ratio, self.digits)
        return (self.at_most is None or shown <= self.at_most) and (self.at_least is None or shown >= self.at_least)

    @property
    def cells(self) -> tuple[str, ...]:
        """The line of the table."""
        verdict = ("reached" if self.is_reached else "**missed**") if self.goal else ""
        return (
            self.work,
            self.ours,
            self.other,
            self._show(self.ratio),
            self.goal,
            verdict,
            self._show(self.processor),
        )

    def _show(self, ratio: float) -> str:
        return "" if math.isnan(ratio) else f"{ratio:.{self.digits}f}"


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence below a table: a peer that was left out, or how to read it."""

    text: str


def format_table(title: str, lines: Iterable[Figure | Remark]) -> Iterator[str]:
    """Write one part of the results in Markdown."""
    entries = list(lines)
    yield f"## {title}"
    yield ""
    yield from format_rows(entry.cells for entry in entries if isinstance(entry, Figure))
    for entry in entries:
        if isinstance(entry, Remark):
            yield ""
            yield entry.text
    yield ""


def format_rows(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write the table itself."""
    yield f"| {' | '.join(HEADINGS)} |"
    yield "| --- | ---: | --- | ---: | ---: | --- | ---: |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
