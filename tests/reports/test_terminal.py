import io
from dataclasses import replace
from pathlib import Path

import pytest
from reports_readers import report
from reports_samples import CREATED, GAP, HEADERS, MIXED, REJECTED, Row, make_reported, run_end, run_facts
from rich.console import Console

from straitsx_bulk.io.reports.advice import RejectNames
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


@pytest.mark.parametrize("terminal", [True, False])
def test_names_cannot_steer_a_terminal(tmp_path: Path, *, terminal: bool) -> None:
    notice = "a\x1b[31m\u202eb\nc.csv: nothing uses the columns x."
    told = shown(tmp_path, CREATED, terminal=terminal, width=400, notices=(notice,))
    assert "a\\x1b[31m\\u202eb\\nc.csv: nothing uses the columns x." in told


REJECTS_STOP = "12 of 20 rows failed the checks, more than --max-reject-share 50 %. Nothing was sent."
REFUSED_STOP = "The API refused 25 rows with none created or upgraded between (--max-refused 25)."
OUTAGE_STOP = "The API could not be reached. Everything done is kept; the same command goes on once the API is back."
GOES_ON = "What was done is kept: the same command goes on where this run stopped."


@pytest.mark.parametrize(
    ("stopped", "why", "how"),
    [
        ("The key was refused.", "The key was refused.", [GOES_ON]),
        ("interrupted", "Interrupted.", [GOES_ON]),
        (REJECTS_STOP, REJECTS_STOP, ["The same command would stop again.", "mapping", "--max-reject-share"]),
        (REFUSED_STOP, REFUSED_STOP, ["message column", "then goes on", "--retry-refused"]),
        (OUTAGE_STOP, OUTAGE_STOP, []),
    ],
    ids=["key", "interrupted", "rejects", "refused", "outage"],
)
def test_the_last_lines_of_a_stopped_run_say_why_and_how_to_go_on(
    tmp_path: Path, stopped: str, why: str, how: list[str]
) -> None:
    lines = shown(tmp_path, CREATED, REJECTED, terminal=False, stopped=stopped).splitlines()
    assert lines[0].startswith("Stopped before the end. ")
    last = lines[-2:] if how else lines[-1:]
    assert last[0] == f"stopped: {why}"
    assert [word for word in how if word not in last[-1]] == []
    assert sum(why in line for line in lines) == 1
    assert ("the same command goes on" in "".join(last).casefold()) == (stopped not in {REJECTS_STOP, REFUSED_STOP})


def test_after_too_many_rejects_nobody_is_sent_to_import_the_rejects_alone(tmp_path: Path) -> None:
    told = shown(tmp_path, CREATED, REJECTED, terminal=False, stopped=REJECTS_STOP)
    assert "in rejects.xlsx and import that file" not in told


def test_a_stop_is_the_last_thing_on_a_screen(tmp_path: Path) -> None:
    told = shown(tmp_path, *MIXED, terminal=True, width=400, stopped="interrupted").rstrip().splitlines()
    assert [line.strip() for line in told[-2:]] == ["Interrupted.", GOES_ON]


@pytest.mark.parametrize(("stopped", "when"), [("limit", ""), ("window", " within the hours of --window")])
def test_a_planned_end_is_no_stop(tmp_path: Path, stopped: str, when: str) -> None:
    told = shown(tmp_path, CREATED, terminal=False, stopped=stopped)
    assert f"next: Run the same command again{when} for the rows that are left" in told
    assert "stopped:" not in told


def test_one_row_is_and_two_rows_are(tmp_path: Path) -> None:
    assert "1 of 1 row is in StraitsX" in shown(tmp_path / "one", CREATED, terminal=False)
    assert "2 of 2 rows are in StraitsX" in shown(tmp_path / "two", CREATED, CREATED, terminal=False)


@pytest.mark.parametrize("terminal", [True, False])
def test_nobody_is_sent_to_a_workbook_without_a_row(tmp_path: Path, *, terminal: bool) -> None:
    assert "rejects" not in shown(tmp_path, CREATED, terminal=terminal, width=400)


def test_profiles_that_were_left_alone_are_nobodys_to_fill_in(tmp_path: Path) -> None:
    """``--on-existing skip`` asked for it: no cell of theirs would change anything."""
    left = replace(GAP, outcome="exists")
    paths = report(tmp_path, make_reported([left, CREATED]))
    assert paths.to_mend == RejectNames((), ())
    told = shown(tmp_path / "told", left, CREATED, terminal=False, width=400)
    assert "2 of 2 rows are in StraitsX, 1 of them ready for USD" in told
    assert [word for word in ("next:", "lack", "rejects") if word in told] == []


def test_the_files_that_are_there_are_named(tmp_path: Path) -> None:
    batches = [
        make_reported([REJECTED], source="a.csv"),
        make_reported([replace(REJECTED, cells=REJECTED.cells[:5])], source="b.csv", headers=HEADERS[:5]),
        make_reported([GAP], source="c.csv", headers=(*HEADERS[:5], "Remarks")),
        make_reported([CREATED], source="d.csv", headers=(*HEADERS[:5], "Fine")),
    ]
    paths = report(tmp_path, *batches)
    assert [path.name for path in paths.workbooks] == [f"rejects-{n}.xlsx" for n in (1, 2, 3)]
    assert paths.to_mend == RejectNames(("rejects-1.xlsx", "rejects-2.xlsx"), ("rejects-3.xlsx",))
    totals = Totals()
    for batch in batches:
        totals.add(batch)
    out = io.StringIO()
    show_run(Console(file=out, width=400), run_facts(), run_end(), totals, paths)
    assert paths.page is not None
    for told in (out.getvalue(), paths.page.read_text(encoding="utf-8")):
        assert "in rejects-1.xlsx and rejects-2.xlsx and import them with the same options" in told
        assert "the sheet USD gaps of rejects-3.xlsx" in told


def test_rows_past_a_sheets_limit_are_named_with_their_own_files(tmp_path: Path) -> None:
    paths = report(tmp_path, make_reported([REJECTED] * 3 + [GAP]), sheet_rows=3)
    assert paths.to_mend == RejectNames(("rejects-1.xlsx", "rejects-2.xlsx"), ("rejects-1.xlsx",))
