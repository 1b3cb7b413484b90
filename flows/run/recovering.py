"""Runs that died: their reports are written first, from what they left (contract, Promises 5).

Whatever the moment of death, what a run leaves is one of these: a spool without a manifest (it was still checking and
had sent nothing), a sealed spool (its reports are written from it, anew if they were half written), or a finished run
whose spool was not deleted any more.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.check.preparing import load_facts
from straitsx_bulk.flows.delivery.gathering import Decided, gather_results, list_doubtful
from straitsx_bulk.flows.delivery.rows import report_rows
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.run.delivering import cut_chunks
from straitsx_bulk.flows.run.differences import settle_left
from straitsx_bulk.flows.run.leasing import renewing
from straitsx_bulk.flows.run.resuming import awaits_restart
from straitsx_bulk.flows.sealing import Seal
from straitsx_bulk.flows.shards.merging import is_worked_on, recall_shards
from straitsx_bulk.flows.shards.parts import find_whole_run
from straitsx_bulk.io.ledger import Account, Ledger, Run
from straitsx_bulk.io.ledger.owners import this_process
from straitsx_bulk.io.reports.folder import PART
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import ApiFigures, RunEnd, RunFacts

DIED = "the process ended before the run did (killed, or the machine went down); the same command goes on from here"
SPOOL = "spool"
UNREADABLE = (OSError, ValueError, pa.ArrowException)
"""What reading a spool raises that a power cut has damaged."""


def recover_runs(ledger: Ledger, seal: Seal, presenter: Presenter, own: str = "") -> list[Path]:
    """Write the reports of every dead run whose folder is on this machine.

    Args:
        ledger: Knows the runs.
        seal: Seals rejects.
        presenter: Tells which.
        own: A run that this process is about to go on with, so that it is nobody's to finish.

    Returns:
        The runs' folders.

    Raises:
        StoppedError: The disk refuses a report; the run stays dead, and the next program tries again.
    """
    delete_spools(ledger)
    folders = []
    live = {run.run_id for run in ledger.runs() if run.live}
    for run in ledger.dead_runs():
        folder = Path(run.folder)
        if run.run_id == own or awaits_restart(folder) or is_worked_on(run.run_id, folder / SPOOL, live):
            continue
        is_elsewhere = not folder.exists() and run.machine != this_process().machine
        if is_elsewhere or not ledger.claim_run(run.run_id):
            continue
        if recover_run(ledger, run, folder, seal, presenter):
            presenter.say(f"An earlier run died; its reports are in {folder}")
            folders.append(folder)
    return folders


def delete_spools(ledger: Ledger) -> None:
    """Delete the spools of finished runs, which a kill after the last report left behind: they hold personal data."""
    for run in ledger.runs():
        spool = Path(run.folder) / SPOOL
        if run.finished_at is not None and not run.live and spool.is_dir():
            shutil.rmtree(spool, ignore_errors=True)


def recover_run(ledger: Ledger, run: Run, folder: Path, seal: Seal, presenter: Presenter) -> bool:
    """Write one dead run's reports.

    Returns:
        Whether there was anything to report; a run that died while it checked had sent nothing.
    """
    try:
        facts = load_facts(run.facts)
        account = ledger.account(run.host, run.account, state_id=facts[2])
        with renewing(account, run.run_id, Stop()):
            differences = settle_left(folder)  # of a comparison with the account
            checked = recall_run(folder)
            counts = write_reports(ledger, account, run.run_id, facts, checked, seal) if checked else dict(differences)
    except UNREADABLE:
        presenter.say(
            f"An earlier run died and what it left in {folder} cannot be read, so it gets no reports. What it did is "
            "in the ledger; import the same files again to see it."
        )
        checked, counts = None, {}
    if checked is None:
        discard_run(folder)
    ledger.finish_run(run.run_id, DIED, counts)
    if checked is not None:
        if not find_whole_run(checked.spool.folder):  # of a shard, the whole run still needs them
            ledger.forget_rows(run.run_id)
        checked.spool.delete()
    return bool(counts) or checked is not None


def recall_run(folder: Path) -> CheckedRun | None:
    """Take up what a dead run had checked; None where it had not checked every row, and so had sent nothing."""
    if not (folder / SPOOL).is_dir():
        return None
    return CheckedRun.recall(Spool(folder / SPOOL))


def discard_run(folder: Path) -> None:
    """Delete what a run left that has nothing to report; reports that are whole stay."""
    shutil.rmtree(folder / SPOOL, ignore_errors=True)
    if folder.is_dir() and all(path.suffix == PART or path.name == ".gitignore" for path in folder.iterdir()):
        shutil.rmtree(folder, ignore_errors=True)


def write_reports(
    ledger: Ledger,
    account: Account,
    run_id: str,
    facts: tuple[RunFacts, frozenset[str], str],
    checked: CheckedRun,
    seal: Seal,
) -> dict[str, int]:
    """Write a dead run's reports anew.

    Returns:
        Outcome to rows.
    """
    decided = Decided(ledger.row_outcomes(run_id))
    doubtful = list_doubtful(account, run_id)
    shards = recall_shards(ledger, account, run_id, checked.spool.folder)
    calls = 0
    with Reports(checked.spool.folder.parent, facts[0], facts[1], seal) as reports:
        for first, chunk in cut_chunks(checked):
            if shards is None:
                results = gather_results(first, chunk, checked, decided, account, doubtful)
            else:
                results = shards.take_results(first, chunk)
            calls += sum(result.api_calls for result in results.values())
            reports.add(report_rows(chunk, first, results, Outcome.NOT_ATTEMPTED))
        end = RunEnd(datetime.now(UTC), ApiFigures(calls=calls), DIED, checked.date_formats, tuple(checked.notices))
        reports.finish(end, checked.spool.rows)
    if shards is not None:
        shards.forget()
    return dict(reports.totals.outcomes)
