"""``validate``: read, repair and check; no call, no ledger; the same reports."""

import asyncio
import shutil
from datetime import UTC, datetime

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.check.planning import plan_inputs
from straitsx_bulk.flows.check.preparing import Prepared, Request, describe_run, prepare_run
from straitsx_bulk.flows.check.spread_check import CheckJob, check_exports
from straitsx_bulk.flows.delivery.rows import report_rows
from straitsx_bulk.flows.observing import Observer
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.sealing import Seal, make_seal
from straitsx_bulk.flows.stopping import listen_for_stop
from straitsx_bulk.io.reports.folder import make_run_folder
from straitsx_bulk.io.reports.terminal import show_run
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.dates import today_in_singapore
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import ApiFigures, RunEnd, RunFacts


async def validate_exports(request: Request, presenter: Presenter, observer: Observer) -> RunResult:
    """Check exports and write the reports.

    Raises:
        UsageError: Wrong usage, a mapping that does not hold, or an export that cannot be read.
    """
    prepared = prepare_run(request)
    settings = prepared.settings
    facts = describe_run(prepared, None)
    presenter.say(f"straitsx-bulk validate: no call is made; rail {settings.rail}, repair {settings.repair}")
    seal = make_seal(request.environ, settings.ledger)
    planned = await asyncio.to_thread(plan_inputs, prepared.files, prepared.mappings, settings, seal)
    stop = Stop()
    with listen_for_stop(stop):  # before there is a folder, which a signal must not leave behind
        folder = make_run_folder(settings.out, prepared.run_id, facts.started_at)
        spool = Spool(folder / "spool")
        try:
            job = CheckJob(settings, today_in_singapore(), stop, presenter.tell, seal)
            checked = await observer.step("check", lambda: check_exports(planned, spool, job, prepared.dask))
            return await observer.step(
                "report", lambda: asyncio.to_thread(_report, prepared, facts, checked, stop, presenter, seal)
            )
        except Exception:
            if not (folder / "summary.json").exists():  # a folder without reports helps nobody
                shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            spool.delete()


def _report(
    prepared: Prepared, facts: RunFacts, checked: CheckedRun, stop: Stop, presenter: Presenter, seal: Seal
) -> RunResult:
    settings = prepared.settings
    accepted = Outcome.VALID if stop.reason is None else Outcome.NOT_ATTEMPTED
    folder = checked.spool.folder.parent
    with Reports(folder, facts, settings.reports, seal, progress=presenter.tell_workbook) as reports:
        for first, batch in checked.batches():
            reports.add(report_rows(batch, first, {}, accepted))
        end = RunEnd(datetime.now(UTC), ApiFigures(), stop.reason, checked.date_formats, tuple(checked.notices))
        paths = reports.finish(end, checked.spool.rows)
    show_run(presenter.console, facts, end, reports.totals, paths)
    return RunResult(facts.run_id, dict(reports.totals.outcomes), end.api, stop, paths)
