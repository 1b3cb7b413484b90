import io
from pathlib import Path

import pytest
from reports_readers import report
from reports_samples import CREATED, MIXED, Row, make_reported, run_end, run_facts
from rich.console import Console

from straitsx_bulk.io.reports.terminal import show_run
from straitsx_bulk.io.reports.totals import Totals


def shown(tmp_path: Path, *rows: Row, terminal: bool, width: int = 100, **end: object) -> str:
    out = io.StringIO()
    batch = make_reported(rows)
    totals = Totals()
    totals.add(batch)
    console = Console(file=out, force_terminal=terminal, width=width, color_system=None)
    show_run(console, run_facts(), run_end(**end), totals, report(tmp_path, batch))
    return out.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_the_story_is_told_with_paths(tmp_path: Path, *, terminal: bool) -> None:
    told = shown(tmp_path, *MIXED, terminal=terminal, width=400)
    for part in (
        "2 of 6 rows are in StraitsX, 1 of them ready for USD.",
        "customerName:bad_characters",
        "--repair full would let 1 of 1 rejected row through.",
        "results.csv",
        "rejects.xlsx",
        "report.html",
    ):
        assert part in told


def test_it_fits_on_a_screen(tmp_path: Path) -> None:
    told = shown(tmp_path, *MIXED, terminal=True)
    assert len(told.splitlines()) <= 45
    assert max(map(len, told.splitlines())) <= 100


def test_lines_without_a_terminal_are_plain_and_never_wrapped(tmp_path: Path) -> None:
    told = shown(tmp_path, *MIXED, terminal=False, width=20)
    assert "created: 1" in told.splitlines()
    assert "\x1b" not in told
    assert "─" not in told


def test_names_with_brackets_are_no_markup(tmp_path: Path) -> None:
    told = shown(tmp_path, CREATED, terminal=True, notices=("Column [red]x[/red] is used by nothing.",))
    assert "Column [red]x[/red] is used by nothing." in told


def test_a_stopped_run_says_why_and_how_to_go_on(tmp_path: Path) -> None:
    told = shown(tmp_path, CREATED, terminal=False, stopped="The key was refused.")
    assert "Stopped before the end." in told
    assert "next: The key was refused. What was done is kept" in told
