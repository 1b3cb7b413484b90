"""The story of a run on a terminal: one screen, or plain lines where nobody looks at a screen."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from straitsx_bulk.io.reports.page_parts import write_seconds
from straitsx_bulk.io.reports.story import Line, Story, tell_story
from straitsx_bulk.io.reports.totals import Totals
from straitsx_bulk.io.reports.writer import ReportPaths
from straitsx_bulk.schemas.outcomes import GOOD, Outcome
from straitsx_bulk.schemas.run import RunEnd, RunFacts
from straitsx_bulk.schemas.wording import count_words, make_printable

_MOODS = {"good": "bold green", "mixed": "bold yellow", "bad": "bold red"}
_TOP = 5


def show_run(console: Console, facts: RunFacts, end: RunEnd, totals: Totals, paths: ReportPaths) -> None:
    """Tell people how the run went.

    Args:
        console: On standard error; a table on a terminal, plain lines elsewhere.
        facts: What was known when the run started.
        end: What is known now.
        totals: The counts.
        paths: Where the reports are.
    """
    story = tell_story(facts, end, totals, paths.to_mend)
    if console.is_terminal:
        console.print(_draw_screen(story, end, paths))
    else:
        for line in _write_lines(story, end, paths):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _draw_screen(story: Story, end: RunEnd, paths: ReportPaths) -> RenderableType:
    parts: list[RenderableType] = [Text(story.headline, style=_MOODS[story.mood]), Text()]
    if story.outcomes:
        parts += [_draw_outcomes(story.outcomes), Text()]
    if story.reasons:
        parts += [_draw_reasons(story.reasons), Text()]
    if story.lone_gaps:
        parts += [*(Text(sentence) for sentence in story.lone_gaps[:_TOP]), Text()]
    if story.steps:
        parts += [Text("Next", style="bold"), _draw_steps(story.steps), Text()]
    parts += [Text(line, style="dim") for line in _write_ends(story, end)]
    parts += [Text(f"{name:<9}{path}") for name, path in _list_paths(paths)]
    if story.stop:  # the last thing on the screen is the first thing to read
        parts += [Text(), Text(make_printable(story.stop), style=_MOODS["bad"]), Text(story.go_on)]
    return Group(*parts)


def _draw_outcomes(lines: Sequence[Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Outcome")
    table.add_column("Rows", justify="right")
    table.add_column("Meaning", style="dim")
    for line in lines:
        colour = "green" if Outcome(line.label) in GOOD else "yellow"
        table.add_row(Text(line.label, style=colour), f"{line.count:,}", line.note)
    return table


def _draw_reasons(lines: Sequence[Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Top reasons")
    table.add_column("Rows", justify="right")
    table.add_column("What it means", style="dim")
    for line in lines[:_TOP]:
        table.add_row(Text(line.label), f"{line.count:,}", Text(line.note))
    if len(lines) > _TOP:
        table.add_row(Text(f"and {count_words(len(lines) - _TOP, 'more reason')}", style="dim"), "", "")
    return table


def _draw_steps(steps: Sequence[str]) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    for number, step in enumerate(steps, 1):
        table.add_row(Text(f"{number}.", style="bold"), Text(step))
    return table


def _write_lines(story: Story, end: RunEnd, paths: ReportPaths) -> Iterator[str]:
    yield story.headline
    yield from (f"{line.label}: {line.count:,}" for line in story.outcomes)
    yield from (f"reason {line.label}: {line.count:,}" for line in story.reasons[:_TOP])
    yield from story.lone_gaps[:_TOP]
    yield from (f"next: {step}" for step in story.steps)
    yield from _write_ends(story, end)
    yield from (f"{name}: {path}" for name, path in _list_paths(paths))
    if story.stop:
        yield f"stopped: {make_printable(story.stop)}"
    if story.go_on:
        yield f"next: {story.go_on}"


def _write_ends(story: Story, end: RunEnd) -> Iterator[str]:
    if end.api.calls:
        calls = count_words(end.api.calls, "call")
        most = f"at most {end.api.max_rate:g} in a second, {end.api.throttled:,} throttled"
        yield f"{calls} in {write_seconds(story.seconds)}, {most}."
    else:
        yield f"No calls; {write_seconds(story.seconds)}."
    yield from map(make_printable, end.notices)  # names of files, sheets and headers must not steer a terminal


def _list_paths(paths: ReportPaths) -> Iterator[tuple[str, str]]:
    mend = [path for path in paths.workbooks if path.name in {*paths.to_mend.rejected, *paths.to_mend.gaps}]
    found: dict[str, list[Path | None]] = {
        "results": [paths.results],
        "rejects": [*mend],
        "page": [paths.page],
        "summary": [paths.summary],
    }
    return ((name, make_printable(str(path))) for name, several in found.items() for path in several if path)
