"""Runs that died: their reports are written first, from what they left (contract, Promises 5)."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from straitsx_bulk.flows.checking import CheckedRun
from straitsx_bulk.flows.delivering import cut_chunks
from straitsx_bulk.flows.gathering import Decided, gather_results
from straitsx_bulk.flows.preparing import load_facts
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.resuming import awaits_restart
from straitsx_bulk.flows.rows import report_rows
from straitsx_bulk.flows.wiring import Seal
from straitsx_bulk.io.ledger import Ledger, Run
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import ApiFigures, RunEnd

DIED = "the process ended before the run did (killed, or the machine went down); the same command goes on from here"


def recover_runs(ledger: Ledger, seal: Seal, presenter: Presenter, own: str = "") -> list[Path]:
    """Write the reports of every dead run whose folder is on this machine.

    Args:
        ledger: Knows the runs.
        seal: Seals rejects.
        presenter: Tells which.
        own: A run that this process is about to go on with, so that it is nobody's to finish.

    Returns:
        The runs' folders.
    """
    folders = []
    for run in ledger.dead_runs():
        folder = Path(run.folder)
        if run.run_id == own or awaits_restart(folder):
            continue
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
