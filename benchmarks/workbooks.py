"""Workbooks: reading an export against calamine alone, writing rejects against openpyxl alone."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.counters import read_counts
from benchmarks.data import REJECTED, write_export, write_workbook
from benchmarks.figures import Figure, Remark
from benchmarks.measuring import Timing, least, time_module


def measure_workbooks(folder: Path, rows: int, rejects: int, times: int) -> Iterator[Figure | Remark]:
    """Read a workbook of 18 columns; write a workbook of rejects.

    Args:
        folder: A place to work in.
        rows: Of the workbook that is read.
        rejects: Of the workbook that is written.
        times: How often each reading is measured.
    """
    workbook = folder / "export.xlsx"
    write_workbook(workbook, rows)
    ours = least(times, lambda: time_module(folder, "reading", workbook))
    bare = least(times, lambda: time_module(folder, "floors.calamine_rows", workbook))
    yield Figure(
        f"read {rows:,} × 18 xlsx",
        f"{ours.said['seconds']:.1f} s",
        f"calamine's bare iteration: {bare.said['seconds']:.1f} s",
        ours.said["seconds"] / bare.said["seconds"],
        at_most=1.3,
        processor=ours.said["processor"] / bare.said["processor"],
    )
    if ours.said["rows"] != rows or bare.said["rows"] != rows + 1:
        yield Remark("**The readers do not agree on the rows.**")
    yield from measure_rejects(folder, rejects)


def measure_rejects(folder: Path, rows: int) -> Iterator[Figure]:
    """Write the rejects workbook of a run whose every row is rejected; and of a tenth, to see memory grow."""
    small, ours = write_rejects(folder, rows // 10), write_rejects(folder, rows)
    table = next((folder / f"rejects-{rows}").rglob("rejects.csv"))
    bare = time_module(folder, "floors.openpyxl_rows", table, "bare.xlsx")
    counted = read_counts(folder / f"rejects-{rows}.json")
    seconds, processor = counted["workbook_seconds"], counted["workbook_processor"]
    yield Figure(
        f"rejects workbook, {rows:,} × 25",
        f"{seconds:.1f} s",
        f"openpyxl's bare write-only mode, same texts: {bare.said['seconds']:.1f} s",
        seconds / bare.said["seconds"],
        at_most=1.3,
        processor=processor / bare.said["processor"],
    )
    yield Figure(
        "… memory of that run",
        f"{ours.peak:,.0f} MB",
        f"a tenth of the rows: {small.peak:,.0f} MB",
        ours.peak / small.peak,
        at_most=1.3,
    )


def write_rejects(folder: Path, rows: int) -> Timing:
    """Run ``validate`` over rows that are all rejected; how long the workbook took is counted inside."""
    export = folder / f"rejected-{rows}.csv"
    write_export(export, rows, dirty=1, faults=REJECTED)
    words = ("validate", export, "--reports", "rejects", "--quiet", "--out", f"rejects-{rows}")
    return time_module(folder, "probe", folder / f"rejects-{rows}.json", "workbook", *words)
