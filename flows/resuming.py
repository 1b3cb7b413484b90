"""A run that Prefect starts again after a crash is the same run: folder, ``--limit`` and breakers go on.

A run's folder bears its id, and the flow run's id is the run's: so the second process finds what the first one checked,
which rows it decided and how far it had used what it may use. Nothing is checked or sent twice.
"""

import shutil
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from straitsx_bulk.flows.breakers import Limit, RefusalBreaker
from straitsx_bulk.flows.checking import CheckedRun
from straitsx_bulk.flows.gathering import Decided, gather_results
from straitsx_bulk.flows.rows import Result
from straitsx_bulk.io.ledger import Account, Ledger, Progress, Run
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
        goes_on: Whether there was one.
        calls: What its rows have cost, as far as they were asked for.
    """

    progress: Progress = field(default_factory=Progress)
    decided: Decided = field(default_factory=lambda: Decided(iter(())))
    begun: int = 0
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


def recall_earlier(ledger: Ledger, run: Run) -> Earlier:
    """Read what an earlier process of a run has done.

    Args:
        ledger: Has the outcomes.
        run: As the ledger gave it to this process.
    """
    begun = sum(row.api_calls > 0 and row.outcome != Outcome.IN_DOUBT for row in ledger.row_outcomes(run.run_id))
    return Earlier(run.progress, Decided(ledger.row_outcomes(run.run_id)), begun, goes_on=True)


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
    if folder is None or not (folder / "spool").exists():
        return None
    checked = CheckedRun.recall(Spool(folder / "spool"))
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


def make_breaker(most: int, counters: Mapping[str, int]) -> RefusalBreaker:
    """Make ``--max-refused`` that goes on counting.

    Args:
        most: Refusals.
        counters: What :func:`count_progress` noted.
    """
    length, bits = counters.get("recent_length", 0), counters.get("recent_refused", 0)
    recent = deque(bool(bits >> place & 1) for place in range(length))
    return RefusalBreaker(most, counters.get("refused_in_a_row", 0), recent)


def count_progress(limit: Limit, breaker: RefusalBreaker) -> Progress:
    """Note how far a run has used what it may use.

    Args:
        limit: ``--limit``.
        breaker: ``--max-refused``; its last outcomes are noted as the bits of a number, the oldest the lowest.
    """
    refused = sum(1 << place for place, was_refused in enumerate(breaker.recent) if was_refused)
    return Progress(
        limit.begun,
        {
            "refused_in_a_row": breaker.in_a_row,
            "recent_length": len(breaker.recent),
            "recent_refused": refused,
        },
    )
