"""Runs that died: their reports are written first, from what they left (contract, Promises 5)."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from straitsx_bulk.flows.checking import CheckedRun
from straitsx_bulk.flows.delivering import cut_chunks
from straitsx_bulk.flows.journal import Words, read_journal
from straitsx_bulk.flows.preparing import load_facts
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.rows import Result, read_rows, report_rows
from straitsx_bulk.flows.wiring import Seal
from straitsx_bulk.io.ledger import Account, Ledger, RowOutcome, Run
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import ApiFigures, RunEnd

DIED = "the process ended before the run did (killed, or the machine went down); the same command goes on from here"
NO_WORDS = Words("", "", 0, "", "", "", ())


def recover_runs(ledger: Ledger, seal: Seal, presenter: Presenter) -> list[Path]:
    """Write the reports of every dead run whose folder is on this machine.

    Returns:
        The runs' folders.
    """
    folders = []
    for run in ledger.dead_runs():
        folder = Path(run.folder)
        if not folder.parent.exists() or not ledger.claim_run(run.run_id):
            continue
        if recover_run(ledger, run, folder, seal):
            presenter.say(f"An earlier run died; its reports are in {folder}")
            folders.append(folder)
    return folders


def recover_run(ledger: Ledger, run: Run, folder: Path, seal: Seal) -> bool:
    """Write one dead run's reports.

    Returns:
        Whether there was anything to report; a run that died while it checked had sent nothing.
    """
    spool_folder = folder / "spool"
    checked = CheckedRun.recall(Spool(spool_folder)) if spool_folder.exists() else None
    if checked is None:
        shutil.rmtree(spool_folder, ignore_errors=True)
        ledger.finish_run(run.run_id, DIED, {})
        return False
    facts, kinds, state_id = load_facts(run.facts)
    account = ledger.account(run.host, run.account, state_id=state_id)
    decided = Decided(ledger.row_outcomes(run.run_id))
    doubtful = {known.key for known in account.sending(run.run_id)}
    calls = 0
    with Reports(folder, facts, kinds, seal) as reports:
        for first, chunk in cut_chunks(checked):
            results = gather_results(first, chunk, checked, decided, account, doubtful)
            calls += sum(result.api_calls for result in results.values())
            reports.add(report_rows(chunk, first, results, Outcome.NOT_ATTEMPTED))
        end = RunEnd(datetime.now(UTC), ApiFigures(calls=calls), DIED, checked.date_formats, tuple(checked.notices))
        reports.finish(end, checked.spool.rows)
    ledger.finish_run(run.run_id, DIED, dict(reports.totals.outcomes))
    ledger.forget_rows(run.run_id)
    checked.spool.delete()
    return True


class Decided:
    """A run's decided rows, given out by position as the chunks come.

    Args:
        outcomes: Ordered by position.
    """

    def __init__(self, outcomes: Iterator[RowOutcome]) -> None:
        self._outcomes = outcomes
        self._next = next(outcomes, None)

    def take_before(self, position: int) -> Iterator[RowOutcome]:
        """Give the outcomes of rows before a position that were not given yet."""
        while self._next is not None and self._next.position < position:
            yield self._next
            self._next = next(self._outcomes, None)


def gather_results(
    first: int, chunk: CheckedBatch, checked: CheckedRun, decided: Decided, account: Account, doubtful: set[bytes]
) -> dict[int, Result]:
    """Put a chunk's results together from the journal, which has the words, and the ledger, which has the truth."""
    words = read_journal(checked.spool.folder, first)
    results = {
        position: Result(
            position,
            Outcome(word.outcome),
            word.customer_profile_id,
            rail=word.rail,
            usd_gaps=word.usd_gaps,
            message=word.message,
        )
        for position, word in words.items()
        if word.api_calls == 0
    }
    for outcome in decided.take_before(first + len(chunk)):
        word = words.get(outcome.position, NO_WORDS)
        results[outcome.position] = Result(
            outcome.position,
            Outcome(outcome.outcome),
            outcome.customer_profile_id,
            outcome.verification_status,
            word.rail,
            word.usd_gaps,
            word.message,
            outcome.http_status,
            outcome.api_code,
            outcome.api_calls,
            outcome.finished_at,
            word.differences,
        )
    if doubtful:
        for row in read_rows(chunk, first, account.digests):
            if row.key in doubtful and row.position not in results:
                results[row.position] = Result(row.position, Outcome.IN_DOUBT, rail=row.rail, usd_gaps=row.usd_gaps)
    return results
