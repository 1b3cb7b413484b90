"""The check of a file: against pandas merely reading it, and how time and memory grow with it."""

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.data import write_export
from benchmarks.figures import Figure, Remark
from benchmarks.measuring import Timing, least, time_process, time_program

READ = "import pandas, sys; pandas.read_csv(sys.argv[1], dtype=str)"
MEMORY_GOAL = 600
"""MB for a million rows."""
TINY = 10


def measure_check(folder: Path, rows: int, times: int) -> Iterator[Figure | Remark]:
    """``validate`` of 18 columns, 5 % dirty, results.csv included.

    Args:
        folder: A place to work in.
        rows: Of the file that the goals are about; others have a hundredth, a tenth and four times as many.
        times: How often the file of so many rows is measured.
    """
    tiny = least(2, lambda: validate(folder, TINY))
    small, tenth = validate(folder, rows // 100), validate(folder, rows // 10)
    ours = least(times, lambda: validate(folder, rows))
    reading = least(times, lambda: read_with_pandas(folder, rows))
    yield from compare_with_reading(rows, ours, reading)
    large = validate(folder, 4 * rows)
    (folder / f"{4 * rows}.csv").unlink()
    yield from describe_growth(rows, tiny, ours, large)
    runs = zip((rows // 100, rows // 10, rows, 4 * rows), (small, tenth, ours, large), strict=True)
    shown = "; ".join(f"{count:,} rows {run.seconds:.1f} s, {run.peak:,.0f} MB" for count, run in runs)
    yield Remark(f"Growth: {shown}. {TINY} rows {tiny.seconds:.1f} s, {tiny.peak:,.0f} MB.")


def compare_with_reading(rows: int, ours: Timing, reading: Timing) -> Iterator[Figure]:
    """Set the check beside pandas, which only reads."""
    what = "pandas.read_csv(dtype=str), which only reads:"
    yield Figure(
        f"validate {rows:,} × 18 CSV",
        f"{ours.seconds:.1f} s",
        f"{what} {reading.seconds:.1f} s",
        ours.seconds / reading.seconds,
        at_most=1,
        processor=ours.processor / reading.processor,
    )
    yield Figure(
        "… memory", f"{ours.peak:,.0f} MB", f"the goal of {MEMORY_GOAL} MB", ours.peak / MEMORY_GOAL, at_most=1
    )
    yield Figure("… memory", f"{ours.peak:,.0f} MB", f"{what} {reading.peak:,.0f} MB", ours.peak / reading.peak)


def describe_growth(rows: int, tiny: Timing, ours: Timing, large: Timing) -> Iterator[Figure]:
    """Say whether four times the rows cost more for each of them."""
    each, more = (ours.processor - tiny.processor) / rows, (large.processor - tiny.processor) / (4 * rows)
    yield Figure(
        f"validate {4 * rows:,} rows, memory",
        f"{large.peak:,.0f} MB",
        f"{rows:,} rows: {ours.peak:,.0f} MB",
        large.peak / ours.peak,
        at_most=1.2,
    )
    yield Figure(
        "… processor time a row, start-up apart",
        f"{more * 1e6:.1f} µs",
        f"{rows:,} rows: {each * 1e6:.1f} µs",
        more / each,
        at_most=1.1,
        digits=1,
    )


def make_file(folder: Path, rows: int) -> Path:
    """Give the export of so many rows, made when first asked for."""
    path = folder / f"{rows}.csv"
    if not path.exists():
        write_export(path, rows)
    return path


def validate(folder: Path, rows: int) -> Timing:
    """Check a file, results.csv included, without the workbook."""
    path = make_file(folder, rows)
    return time_program(folder, "validate", path, "--reports", "results", "--quiet", "--out", "checked")


def read_with_pandas(folder: Path, rows: int) -> Timing:
    """Read a file, and nothing else."""
    return time_process([sys.executable, "-c", READ, str(make_file(folder, rows))], folder)
