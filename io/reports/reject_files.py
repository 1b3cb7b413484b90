"""Names and order of the rejects files."""

from collections.abc import Callable, Sequence
from pathlib import Path

from straitsx_bulk.io.reports.reject_plan import RejectFile
from straitsx_bulk.io.reports.rejects_csv import write_rejects_csv
from straitsx_bulk.io.reports.seals import Seal
from straitsx_bulk.io.reports.workbook import WorkbookPart, write_workbook

WorkbookProgress = Callable[[int, int], None]
"""Is told how many rows of the rejects workbooks are written, and of how many."""


def ignore_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


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
    parts = [WorkbookPart(f, n, sheet_rows) for f in files for n in range(f.count_workbooks(sheet_rows))]
    names = [folder / (f"rejects-{n}.xlsx" if len(parts) > 1 else "rejects.xlsx") for n in range(1, len(parts) + 1)]
    first = {id(part.file): name for part, name in reversed(list(zip(parts, names, strict=True)))}
    tables = [
        write_rejects_csv(first[id(f)].with_suffix(".csv") if len(files) > 1 else folder / "rejects.csv", f, seal)
        for f in files
    ]
    count = _Counter(sum(file.rejected + file.gaps for file in files), progress)
    workbooks = [write_workbook(name, part, seal, count.add) for part, name in zip(parts, names, strict=True)]
    return tuple(workbooks), tuple(tables)


class _Counter:
    def __init__(self, total: int, progress: WorkbookProgress) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def add(self, rows: int) -> None:
        self._done += rows
        self._progress(self._done, self._total)
