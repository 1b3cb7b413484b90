"""A run that Prefect starts again after a crash is the same run: folder, ``--limit`` and breakers go on.

A run's folder bears its id, and the flow run's id is the run's: so the second process finds what the first one checked,
which rows it decided and how far it had used what it may use. Nothing is checked or sent twice.
"""

import heapq
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from straitsx_bulk.flows.breakers import Limit, RefusalBreaker
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.delivery.gathering import Decided, gather_results
from straitsx_bulk.flows.delivery.rows import Result
from straitsx_bulk.io.ledger import Account, Ledger, Progress, RowOutcome, Run
from straitsx_bulk.io.reports.folder import find_run_folder
from straitsx_bulk.io.spool import Spool, open_private
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.outcomes import Outcome

MARK = "prefect-starts-this-run-again"
"""A file in the spool of a run that Prefect starts again if its process dies; others leave such a run alone."""

PATIENCE = 1800.0
"""Seconds after a dead run's last sign of life for which Prefect is waited for; then its reports are written."""


@dataclass(slots=True)
class Earlier:
    """What an earlier process of this run has done; nothing, for a run that begins.

    Attributes:
        progress: How far it had used what it may use.
        decided: The rows that it decided.
        begun: Rows whose first call it made and whose outcome is known; what is in doubt is made sure of, and counted,
            by the next process.
        lately: Its last decided rows that cost a call, the oldest first: enough for ``--max-refused``.
        goes_on: Whether there was one.
        calls: What its rows have cost, as far as they were asked for.
    """

    progress: Progress = field(default_factory=Progress)
    decided: Decided = field(default_factory=lambda: Decided(iter(())))
    begun: int = 0
    lately: tuple[RowOutcome, ...] = ()
    goes_on: bool = False
    calls: int = 0

    def take_results(self, first: int, chunk: CheckedBatch, checked: CheckedRun, account: Account) -> dict[int, Result]:
        """Give the results of a chunk that stand; rows in doubt are not among them. Chunks come in order.

        Args:
            first: Position of the chunk's first row over the whole run.
            chunk: Rows.
            checked: The run's.
            account: The account's part of the ledger.
        """
        if not self.goes_on:
            return {}
        found = gather_results(first, chunk, checked, self.decided, account)
        standing = {place: result for place, result in found.items() if result.outcome is not Outcome.IN_DOUBT}
        self.calls += sum(result.api_calls for result in standing.values())
        return standing


def recall_earlier(ledger: Ledger, run: Run, max_refused: int) -> Earlier:
    """Read what an earlier process of a run has done.

    Its rows' outcomes are what counts: they became durable with the answers, where counters lag behind a crash.

    Args:
        ledger: Has the outcomes.
        run: As the ledger gave it to this process.
        max_refused: ``--max-refused``.
    """
    begun = sum(called.outcome != Outcome.IN_DOUBT for called in list_called(ledger, run.run_id))
    lately = heapq.nlargest(4 * max_refused, list_called(ledger, run.run_id), key=lambda row: row.finished_at)
    decided = Decided(ledger.row_outcomes(run.run_id))
    return Earlier(run.progress, decided, begun, tuple(reversed(lately)), goes_on=True)


def list_called(ledger: Ledger, run_id: str) -> Iterator[RowOutcome]:
    """Give the decided rows of a run that cost a call."""
    return (row for row in ledger.row_outcomes(run_id) if row.api_calls > 0)


def has_ended(folder: Path) -> bool:
    """Say whether a run has come to its end: its reports are whole, and its spool is gone."""
    return (folder / "summary.json").exists() and not (folder / "spool").exists()


def take_up(out: Path, run_id: str) -> CheckedRun | None:
    """Find what an earlier process of a run has checked.

    Args:
        out: Where the run folders are.
        run_id: The run.

    Returns:
        None where there is nothing to go on with: no such run, or it had not checked every row and so had sent
        nothing; of that one nothing is left.
    """
    folder = find_run_folder(out, run_id)
    if folder is None or has_ended(folder):
        return None
    spool = folder / "spool"
    checked = CheckedRun.recall(Spool(spool)) if spool.exists() else None
    if checked is None:
        shutil.rmtree(folder, ignore_errors=True)
    return checked


def mark_restart(spool: Path) -> None:
    """Note that Prefect starts this run again if its process dies."""
    with open(spool / MARK, "w", encoding="utf-8", opener=open_private):
        pass


def unmark_restart(spool: Path) -> None:
    """Note that Prefect has done so, and will not again."""
    (spool / MARK).unlink(missing_ok=True)


def awaits_restart(folder: Path) -> bool:
    """Say whether a dead run is Prefect's to start again, which it does within minutes or not at all.

    Args:
        folder: The run's.
    """
    if not (folder / "spool" / MARK).exists():
        return False
    return time.time() - max(_list_times(folder / "spool")) < PATIENCE


def _list_times(spool: Path) -> Iterator[float]:
    for path in spool.iterdir():
        yield path.stat().st_mtime


def make_limit(most: int | None, earlier: Earlier) -> Limit:
    """Make ``--limit`` that goes on counting.

    Args:
        most: How many rows, or None.
        earlier: What an earlier process of the run has done.
    """
    return Limit(most, earlier.begun)


def make_breaker(most: int, earlier: Earlier) -> RefusalBreaker:
    """Make ``--max-refused`` that goes on counting.

    Args:
        most: Refusals.
        earlier: What an earlier process of the run has done.
    """
    breaker = RefusalBreaker(most)
    for row in earlier.lately:
        breaker.see(Outcome(row.outcome), row.api_calls)
    breaker.in_a_row = max(breaker.in_a_row, earlier.progress.counters.get("refused_in_a_row", 0))
    return breaker


def count_progress(limit: Limit, breaker: RefusalBreaker) -> Progress:
    """Note how far a run has used what it may use.

    Args:
        limit: ``--limit``.
        breaker: ``--max-refused``.
    """
    return Progress(limit.begun, {"refused_in_a_row": breaker.in_a_row})
