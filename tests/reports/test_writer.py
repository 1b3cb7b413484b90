"""All reports together: how a run ends, well or badly."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from reports_readers import read_csv, read_summary, report
from reports_samples import CREATED, MIXED, REJECTED, Row, make_reported, run_end, run_facts, seal

from straitsx_bulk.io.reports.folder import make_run_folder
from straitsx_bulk.io.reports.writer import KINDS, BalanceError, Reports
from straitsx_bulk.schemas.errors import StoppedError

WHOLE = {".gitignore", "results.csv", "rejects.xlsx", "rejects.csv", "summary.json", "report.html"}


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def start(out: Path, kinds: frozenset[str] = KINDS) -> tuple[Path, Reports]:
    facts = run_facts()
    folder = make_run_folder(out, facts.run_id, facts.started_at)
    return folder, Reports(folder, facts, kinds, seal)


def test_a_finished_run_leaves_its_reports_and_nothing_else(tmp_path: Path) -> None:
    paths = report(tmp_path, make_reported(MIXED))
    assert names_in(paths.folder) == WHOLE
    assert {path.stat().st_mode & 0o777 for path in paths.folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("kinds", "missing"),
    [
        (frozenset({"results"}), {"rejects.xlsx", "rejects.csv", "report.html"}),
        (frozenset({"rejects"}), {"results.csv", "report.html"}),
        (frozenset({"page"}), {"results.csv", "rejects.xlsx", "rejects.csv"}),
        (frozenset[str](), {"results.csv", "rejects.xlsx", "rejects.csv", "report.html"}),
    ],
)
def test_only_the_reports_that_were_asked_for_are_written(
    tmp_path: Path, kinds: frozenset[str], missing: set[str]
) -> None:
    assert names_in(report(tmp_path, make_reported(MIXED), kinds=kinds).folder) == WHOLE - missing


def test_an_exception_midway_leaves_a_part_and_no_half_report(tmp_path: Path) -> None:
    folder, reports = start(tmp_path)
    with pytest.raises(KeyboardInterrupt), reports:
        add_and_interrupt(reports)
    assert names_in(folder) == {".gitignore", "results.csv.part"}
    assert len(read_csv(folder / "results.csv.part")) >= len(MIXED)


def add_and_interrupt(reports: Reports) -> None:
    reports.add(make_reported(MIXED))
    raise KeyboardInterrupt


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from reports_samples import MIXED, make_reported, run_facts, seal
from straitsx_bulk.schemas.errors import StoppedError
from straitsx_bulk.io.reports.writer import KINDS, Reports
reports = Reports(Path(sys.argv[1]), run_facts(), KINDS, seal)
reports.add(make_reported(MIXED))
reports.add(make_reported(MIXED))  # a batch is written while the next is made, and is there once that was given
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_runs_reports_are_written_anew_in_its_folder(tmp_path: Path) -> None:
    facts = run_facts()
    folder = make_run_folder(tmp_path, facts.run_id, facts.started_at)
    support = str(Path(__file__).parent.parent / "support")
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), support], check=False, env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    assert "results.csv" not in names_in(folder)
    assert len(read_csv(folder / "results.csv.part")) >= len(MIXED)
    with Reports(folder, facts, KINDS, seal) as reports:
        reports.add(make_reported([CREATED, REJECTED]))
        paths = reports.finish(run_end())
    assert names_in(folder) == WHOLE
    assert paths.results is not None
    assert len(read_csv(paths.results)) == 2


def test_a_workbook_that_cannot_be_written_leaves_the_other_reports_whole(tmp_path: Path) -> None:
    folder, reports = start(tmp_path)
    reports.add(make_reported(MIXED))
    (folder / "rejects.xlsx").mkdir()
    with reports, pytest.raises(StoppedError, match="cannot be written"):
        reports.finish(run_end())
    assert names_in(folder) == WHOLE


def test_a_row_without_an_outcome_unbalances_the_run(tmp_path: Path) -> None:
    folder, reports = start(tmp_path)
    reports.add(make_reported([CREATED, Row(CREATED.cells, "")]))
    with reports, pytest.raises(BalanceError, match="2 rows were read and 1 have an outcome"):
        reports.finish(run_end())
    assert names_in(folder) == WHOLE
    assert "do not balance" in (folder / "summary.json").read_text()


def test_rows_that_the_readers_counted_and_nobody_reported_unbalance_the_run(tmp_path: Path) -> None:
    _, reports = start(tmp_path)
    reports.add(make_reported([CREATED]))
    with reports, pytest.raises(BalanceError, match="3 rows were read and 1 have an outcome"):
        reports.finish(run_end(), rows_read=3)


def test_a_run_that_balances_says_nothing(tmp_path: Path) -> None:
    _, reports = start(tmp_path)
    with reports:
        reports.add(make_reported(MIXED))
        assert reports.finish(run_end(), rows_read=6).content["stopped"] is None


def test_progress_counts_every_row_of_the_workbooks(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    facts = run_facts()
    folder = make_run_folder(tmp_path, facts.run_id, facts.started_at)
    with Reports(folder, facts, KINDS, seal, progress=lambda *counts: told.append(counts)) as reports:
        for rows in (3, 1, 2):
            reports.add(make_reported([REJECTED] * rows))
        reports.finish(run_end())
    assert told == [(3, 6), (4, 6), (6, 6)]


def test_totals_are_live(tmp_path: Path) -> None:
    _, reports = start(tmp_path)
    with reports:
        reports.add(make_reported(MIXED))
        assert (reports.totals.rows, reports.totals.outcomes["rejected"], reports.totals.would_pass) == (6, 1, 1)
        reports.add(make_reported(MIXED))
        assert (reports.totals.rows, reports.totals.outcomes["rejected"], reports.totals.would_pass) == (12, 2, 2)


def test_the_summary_has_exactly_the_contracts_keys(tmp_path: Path) -> None:
    end = run_end(date_formats={"users.csv DOB": "%d/%m/%Y"}, stopped="limit")
    assert read_summary(report(tmp_path, make_reported(MIXED), end=end)) == {
        "run_id": "abc",
        "command": "import",
        "version": "0.1.0",
        "environment": "sandbox",
        "account": "default",
        "started_at": "2026-03-02T09:30:05+08:00",
        "finished_at": "2026-03-02T09:32:10+08:00",
        "inputs": ["users.csv"],
        "rows_read": 6,
        "outcomes": {"created": 1, "upgraded": 1, "conflict": 1, "not_found": 1, "rejected": 1, "refused": 1},
        "rails": {"sgd": 2, "usd": 3},
        "errors": {"customerName:bad_characters": 1},
        "warnings": {"dateOfBirth:missing": 1, "address.street:missing": 1},
        "would_pass_with_full_repair": 1,
        "date_formats": {"users.csv DOB": "%d/%m/%Y"},
        "api": {"calls": 7, "by_status": {"200": 6, "429": 1}, "retries": 1, "throttled": 1, "max_rate": 5.0},
        "stopped": "limit",
    }


def test_the_counts_are_those_of_results_csv(tmp_path: Path) -> None:
    paths = report(tmp_path, make_reported(MIXED), make_reported([CREATED, REJECTED]))
    assert paths.results is not None
    rows = read_csv(paths.results)
    summary = read_summary(paths)
    assert summary["outcomes"] == {o: sum(r["outcome"] == o for r in rows) for o in {r["outcome"] for r in rows}}
    assert summary["rows_read"] == len(rows)
