"""All reports of a run: one pass over the batches, every report written on the way or at the end."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from straitsx_bulk.io.reports.advice import RejectNames
from straitsx_bulk.io.reports.folder import explain_disk_errors
from straitsx_bulk.io.reports.page import write_page
from straitsx_bulk.io.reports.reject_files import WorkbookProgress, ignore_progress, name_rejects, write_rejects
from straitsx_bulk.io.reports.reject_plan import SHEET_ROWS, RejectFile, plan_files
from straitsx_bulk.io.reports.reject_spool import RejectSpool
from straitsx_bulk.io.reports.results import ResultsFile
from straitsx_bulk.io.reports.seals import Seal
from straitsx_bulk.io.reports.summary import Summary, build_summary, write_summary
from straitsx_bulk.io.reports.totals import Totals
from straitsx_bulk.schemas.errors import StoppedError
from straitsx_bulk.schemas.run import ReportedBatch, RunEnd, RunFacts

KINDS = frozenset({"results", "rejects", "page"})
"""What ``--reports`` can name; the summary is always written."""


class BalanceError(StoppedError):
    """The rows read are not the sum of the outcomes."""


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """The reports of a finished run.

    Attributes:
        folder: The run's folder.
        results: ``results.csv``, or None where it was not wanted.
        workbooks: ``rejects.xlsx``, or ``rejects-1.xlsx`` and so on.
        rejects_csv: ``rejects.csv``, or one for each layout.
        summary: ``summary.json``.
        to_mend: Names of the workbooks that hold a row to mend.
        page: ``report.html``, or None where it was not wanted.
        content: What the summary holds.
    """

    folder: Path
    results: Path | None
    workbooks: tuple[Path, ...]
    rejects_csv: tuple[Path, ...]
    to_mend: RejectNames
    summary: Path
    page: Path | None
    content: Summary


class Reports:
    """Writes a run's reports.

    As a context manager it lets go of its files and deletes its spool whatever happens; what was not finished stays
    as ``results.csv.part``. In the folder of a run that died it starts the reports anew.

    Args:
        folder: The run's folder.
        facts: What is known of the run when it starts.
        kinds: Which reports to write, of KINDS.
        seal: A keyed hash for the ``_check`` cells of the rejects.
        progress: Is told how far the workbooks are.
        sheet_rows: Rows that a workbook's sheet holds, header included.
    """

    def __init__(
        self,
        folder: Path,
        facts: RunFacts,
        kinds: frozenset[str],
        seal: Seal,
        *,
        progress: WorkbookProgress = ignore_progress,
        sheet_rows: int = SHEET_ROWS,
    ) -> None:
        self._folder, self._facts, self._kinds, self._seal = folder, facts, kinds, seal
        self._progress, self._sheet_rows = progress, sheet_rows
        self.totals = Totals()
        self._results = ResultsFile(folder) if "results" in kinds else None
        self._spool = RejectSpool(folder, seal) if "rejects" in kinds else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, reported: ReportedBatch) -> None:
        """Report the next rows.

        Args:
            reported: A batch in input order, with its outcomes.

        Raises:
            StoppedError: If the disk refuses it.
        """
        self.totals.add(reported)
        with explain_disk_errors(self._folder):
            if self._results:
                self._results.add(reported)
            if self._spool:
                self._spool.add(reported)

    def finish(self, end: RunEnd, rows_read: int | None = None) -> ReportPaths:
        """Write the reports that need the end, and give results.csv its name.

        Args:
            end: What is known now.
            rows_read: Rows that the readers counted, where that is known apart from the batches added.

        Returns:
            Where the reports are.

        Raises:
            BalanceError: If the rows read are not the sum of the outcomes; every report is written, and the summary's
                ``stopped`` says so.
            StoppedError: If the disk refuses a report.
        """
        imbalance = self._find_imbalance(rows_read)
        if imbalance:
            end = replace(end, stopped=imbalance)
        with explain_disk_errors(self._folder):
            paths = self._write(end)
        self.close()
        if imbalance:
            raise BalanceError(imbalance)
        return paths

    def _write(self, end: RunEnd) -> ReportPaths:
        """Write the reports, the workbooks last: they take the longest, and the others are there by then."""
        results = self._results.finish() if self._results else None
        content = build_summary(self._facts, end, self.totals)
        summary = write_summary(self._folder, content)
        files = self._plan_rejects(end)
        to_mend = name_rejects(files, self._sheet_rows)
        page = write_page(self._folder, self._facts, end, self.totals, to_mend) if "page" in self._kinds else None
        workbooks, tables = write_rejects(self._folder, files, self._seal, self._progress, self._sheet_rows)
        return ReportPaths(self._folder, results, workbooks, tables, to_mend, summary, page, content)

    def _find_imbalance(self, rows_read: int | None) -> str:
        read = self.totals.rows if rows_read is None else rows_read
        counted = self.totals.rows - self.totals.balance
        if read == counted:
            return ""
        return (
            f"The reports do not balance: {read:,} rows were read and {counted:,} have an outcome. "
            "Every row's state is in the ledger; run the same command again, and report this as a fault of the program."
        )

    def _plan_rejects(self, end: RunEnd) -> list[RejectFile]:
        if not self._spool:
            return []
        self._spool.end_writing()
        return plan_files(self._spool.groups, end.date_formats, self._facts.command)

    def close(self) -> None:
        """Let go of the files and delete the spool."""
        if self._results:
            self._results.close()
        if self._spool:
            self._spool.remove()
