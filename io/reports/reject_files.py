"""Names and order of the rejects files."""

from collections.abc import Callable, Sequence
from pathlib import Path

from straitsx_bulk.io.reports.advice import RejectNames
from straitsx_bulk.io.reports.reject_plan import RejectFile, WorkbookPart
from straitsx_bulk.io.reports.rejects_csv import write_rejects_csv
from straitsx_bulk.io.reports.seals import Seal

WorkbookProgress = Callable[[int, int], None]
"""Is told how many rows of the rejects workbooks are written, and of how many."""


def ignore_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


def name_workbooks(files: Sequence[RejectFile], sheet_rows: int) -> list[tuple[str, WorkbookPart]]:
    """Name the workbooks: ``rejects.xlsx`` where there is one, else ``rejects-<n>.xlsx``."""
    parts = [WorkbookPart(f, n, sheet_rows) for f in files for n in range(f.count_workbooks(sheet_rows))]
    return [(f"rejects-{n}.xlsx" if len(parts) > 1 else "rejects.xlsx", part) for n, part in enumerate(parts, 1)]


def name_rejects(files: Sequence[RejectFile], sheet_rows: int) -> RejectNames:
    """Name the workbooks that will hold a row to mend.

    Args:
        files: The layouts.
        sheet_rows: Rows that a sheet holds, header included.
    """
    named = name_workbooks(files, sheet_rows)
    first_rows = {name: part.number * (sheet_rows - 1) for name, part in named}
    return RejectNames(
        tuple(name for name, part in named if part.file.rejected > first_rows[name]),
        tuple(name for name, part in named if part.file.gaps > first_rows[name]),
        any(file.group.mapping for file in files),
    )


def write_rejects(
    folder: Path, files: Sequence[RejectFile], seal: Seal, progress: WorkbookProgress, sheet_rows: int
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Write the rejects of a run: the CSV files first, because they are quick.

    Args:
        folder: The run's folder.
        files: The layouts.
        seal: The keyed hash of the ``_check`` cells.
        progress: Is told how far the workbooks are.
        sheet_rows: Rows that a sheet holds, header included.

    Returns:
        The workbooks and the CSV files: ``rejects.xlsx`` and ``rejects.csv`` where there is one, else
        ``rejects-<n>``; a layout's CSV file bears the number of its first workbook.
    """
    named = [(folder / name, part) for name, part in name_workbooks(files, sheet_rows)]
    first = {id(part.file): name for name, part in reversed(named)}
    tables = [
        write_rejects_csv(first[id(f)].with_suffix(".csv") if len(files) > 1 else folder / "rejects.csv", f, seal)
        for f in files
    ]
    count = _Counter(sum(file.rejected + file.gaps for file in files), progress)
    if not named:
        return (), tuple(tables)
    from straitsx_bulk.io.reports.workbook import write_workbook  # openpyxl: most of it is for rejects alone

    workbooks = [write_workbook(name, part, seal, count.add) for name, part in named]
    return tuple(workbooks), tuple(tables)


class _Counter:
    def __init__(self, total: int, progress: WorkbookProgress) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def add(self, rows: int) -> None:
        self._done += rows
        self._progress(self._done, self._total)
