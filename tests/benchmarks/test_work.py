"""`make bench-check` counts what it says, and fails where there is more work than there was."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from benchmarks import work
from benchmarks.counters import count_bytes, count_functions, count_ledger
from benchmarks.data import HEADERS, write_export
from benchmarks.figures import Figure
from benchmarks.measuring import CHECKOUT
from benchmarks.work import Work

ROWS = 1_000


def look_at(row: int) -> int:
    return row + 1


def test_a_loop_over_rows_in_python_is_counted() -> None:
    counts: dict[str, float] = {}
    with count_functions(counts):
        for row in range(ROWS):
            look_at(row)
    assert ROWS <= counts["python_calls"] < ROWS + 20


def test_functions_called_in_a_thread_are_counted() -> None:
    from threading import Thread

    counts: dict[str, float] = {}
    with count_functions(counts):
        thread = Thread(target=lambda: [look_at(row) for row in range(ROWS)])
        thread.start()
        thread.join()
    assert counts["python_calls"] >= ROWS


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="this system does not count a process's bytes")
def test_a_second_pass_over_a_file_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(b"x" * 1_000_000)
    counts: dict[str, float] = {}
    with count_bytes(counts):
        file.read_bytes()
        file.read_bytes()
    assert 2_000_000 <= counts["bytes_read"] < 2_100_000


def test_statements_and_commits_are_counted(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'some.db'}")
    counts: dict[str, float] = {}
    with count_ledger(counts):
        for number in range(5):
            with engine.begin() as connection:
                connection.execute(text(f"SELECT {number}"))
                connection.execute(text(f"SELECT {number} + 1"))
    engine.dispose()
    assert (counts["statements"], counts["commits"]) == (10, 5)


def test_a_count_over_its_bound_does_not_hold() -> None:
    assert not Work("calls", 1.01, 1, 1).holds
    assert not Work("calls", 0.99, 1, 1).holds
    assert Work("calls", 1, 1, 1).holds


@pytest.mark.parametrize(("value", "status"), [(1, 0), (2, 1)])
def test_the_exit_status_says_whether_all_bounds_hold(
    value: float, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(work, "count_work", lambda _folder: [Work("calls", 1, 1), Work("passes", value, 1)])
    assert work.main() == status
    assert ("FAIL passes: 2" in capsys.readouterr().out) == bool(status)


def test_a_check_calls_few_functions_a_row_and_reports_every_row(tmp_path: Path) -> None:
    """The quick half of bench-check, so that `make test` catches a loop over rows."""
    small, large = (work.probe_check(tmp_path, "functions", rows) for rows in (5_000, 25_000))
    assert large["written"] == 25_000
    assert (large["python_calls"] - small["python_calls"]) / 20_000 < 8


def test_the_same_export_is_made_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    write_export(first, 500)
    write_export(second, 500)
    lines = first.read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == list(HEADERS)
    assert len(lines) == 501
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("ratio", "reached"), [(1.0, True), (1.004, True), (1.01, False)])
def test_a_goal_is_judged_as_it_is_shown(ratio: float, reached: bool) -> None:
    assert Figure("check", "1 s", "1 s", ratio, at_most=1).is_reached == reached


def test_a_peer_accepts_the_rows_that_ours_accepts(tmp_path: Path) -> None:
    """The comparison is of the same work: the hand-written rules agree with the program, row by row."""
    from benchmarks.peer_runs import read_verdicts
    from benchmarks.peers.reading import read_rows
    from benchmarks.peers.rules import RowCheck

    export = tmp_path / "export.csv"
    write_export(export, 2_000, dirty=0.5)
    words = ["validate", str(export), "--reports", "results", "--quiet", "--out", str(tmp_path / "out")]
    program = Path(sys.executable).with_name("straitsx-bulk")
    subprocess.run([program, *words], cwd=tmp_path, env={"HOME": str(tmp_path)}, check=False, capture_output=True)
    [results] = (tmp_path / "out").rglob("results.csv")
    check = RowCheck()
    expected = [(checked.key, checked.rail) for checked in map(check.check_row, read_rows(export))]
    assert expected == read_verdicts(results)


def test_every_peer_has_pins_without_addresses() -> None:
    pins = sorted((CHECKOUT / "benchmarks" / "peers").glob("*.txt"))
    lines = [line for file in pins for line in file.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert len(pins) == 7
    assert [line for line in lines if "==" not in line or "/" in line or "@" in line] == []
