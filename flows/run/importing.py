"""``import`` and ``upgrade``: check everything, deliver what passed, report all of it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from straitsx_bulk.flows.breakers import Limit, RefusalBreaker, Stop, judge_rejects
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.check.planning import PlannedInput, plan_inputs
from straitsx_bulk.flows.check.preparing import (
    Prepared,
    Request,
    confirm_production,
    describe_run,
    dump_facts,
    load_facts,
    name_target,
    prepare_run,
)
from straitsx_bulk.flows.check.spread_check import CheckJob, check_exports
from straitsx_bulk.flows.observing import Observer
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.run.delivering import deliver_run
from straitsx_bulk.flows.run.dry_run import forecast_run
from straitsx_bulk.flows.run.keeping_hours import keep_to_window
from straitsx_bulk.flows.run.leasing import renewing, telling_if_taken
from straitsx_bulk.flows.run.recovering import recover_runs
from straitsx_bulk.flows.run.resuming import Earlier, mark_restart, recall_earlier, take_up, unmark_restart
from straitsx_bulk.flows.sealing import Seal, make_seal
from straitsx_bulk.flows.stopping import listen_for_stop
from straitsx_bulk.flows.wiring import Api, open_account, open_api
from straitsx_bulk.io.ledger import Account, Ledger, Run, RunStart
from straitsx_bulk.io.reports.folder import make_run_folder
from straitsx_bulk.io.reports.terminal import show_run
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.dates import today_in_singapore
from straitsx_bulk.schemas.run import ApiFigures, RunEnd, RunFacts


class Part(Protocol):
    """What is otherwise where a run delivers a part of another one's rows (``sharding``)."""

    def pick(self, checked: CheckedRun) -> CheckedRun:
        """Keep only the part's rows."""
        ...

    def make_brakes(self) -> tuple[Limit, RefusalBreaker]:
        """Make ``--limit`` and ``--max-refused``, counted over all parts."""
        ...


@dataclass(slots=True)
class ImportRun:
    """One run of ``import`` or ``upgrade`` with everything it uses.

    Attributes:
        prepared: Settings and files.
        facts: What the reports say of it.
        api: Which API.
        ledger: All of it.
        account: The account's part of it.
        presenter: Tells the person who waits.
        observer: Watches the steps.
        seal: Seals rejects.
        stop: Why it ends early, if it does.
        earlier: What an earlier process of the same run has done.
        part: Picks this run's rows where it delivers a part of another run; None for a run of its own.
        today: The day that dates are checked against, in Asia/Singapore.
    """

    prepared: Prepared
    facts: RunFacts
    api: Api
    ledger: Ledger
    account: Account
    presenter: Presenter
    observer: Observer
    seal: Seal
    stop: Stop
    earlier: Earlier = field(default_factory=Earlier)
    part: Part | None = None
    today: date = field(default_factory=today_in_singapore)


Deliver = Callable[[ImportRun, CheckedRun, Reports], Awaitable[ApiFigures]]


async def deliver_exports(request: Request, presenter: Presenter, observer: Observer) -> RunResult:
    """Run ``import`` or ``upgrade``.

    Raises:
        UsageError: Wrong usage, found before any call.
        StoppedError: The run ended and its reports could not be written as they should.
    """
    async with open_run(request, presenter, observer) as (run, planned):
        if not run.prepared.settings.dry_run:
            recover_runs(run.ledger, run.seal, presenter, own=run.facts.run_id)
        checked = await check_run(run, planned)
        result = await finish_checked(run, checked)
        checked.spool.delete()
        return result


@asynccontextmanager
async def open_run(
    request: Request, presenter: Presenter, observer: Observer
) -> AsyncIterator[tuple[ImportRun, list[PlannedInput]]]:
    """Settle what a run is and open what it uses; a signal ends it in an orderly way while it is open.

    Yields:
        The run, and its exports as they were looked at.

    Raises:
        UsageError: Wrong usage, found before any call.
    """
    prepared = prepare_run(request)
    settings = prepared.settings
    seal = make_seal(request.environ, settings.ledger)
    planned = await asyncio.to_thread(plan_inputs, prepared.files, prepared.mappings, settings, seal)
    with ExitStack() as stack:  # after the exports: a wrong one shall not leave an embedded sandbox's state behind
        api = stack.enter_context(open_api(settings, request.environ))
        facts = describe_run(prepared, api)
        presenter.say(name_target(facts, api))
        confirm_production(settings, len(prepared.files))
        ledger, account = stack.enter_context(open_account(settings, api, request.environ))
        stop = Stop()
        stack.enter_context(listen_for_stop(stop))
        if not settings.dry_run:  # a lease that runs out during a long check or report would make others take over
            stack.enter_context(renewing(account, facts.run_id, stop))
        yield ImportRun(prepared, facts, api, ledger, account, presenter, observer, seal, stop), planned


async def check_run(run: ImportRun, planned: list[PlannedInput]) -> CheckedRun:
    """Check every row into the run's spool; nothing goes out before this has ended.

    Raises:
        UsageError: An export cannot be read to its end; nothing was sent and no folder is left.
    """
    settings, facts = run.prepared.settings, run.facts
    if not settings.dry_run and (checked := take_up(settings.out, facts.run_id)) is not None:
        go_on(run, checked)
        return checked
    folder = begin_run(run)
    try:
        spool = Spool(folder / "spool")
        if run.observer.restarts:
            mark_restart(spool.folder)
        job = CheckJob(settings, run.today, run.stop, run.presenter.tell, run.seal)
        checked = await run.observer.step("check", lambda: check_exports(planned, spool, job, run.prepared.dask))
        if run.part is not None:
            checked = await asyncio.to_thread(run.part.pick, checked)
        checked.keep()
    except Exception:
        abandon_run(run, folder)
        raise
    tally = checked.tally()
    sentence = judge_rejects(tally.judged, tally.rejected, settings.max_reject_share)
    if sentence:
        run.stop.fail(sentence)
    return checked


def begin_run(run: ImportRun) -> Path:
    """Make the run's folder and write into the ledger that it begins.

    Raises:
        UsageError: The run is under way in another process, and stays that one's; no folder is left.
    """
    settings, facts = run.prepared.settings, run.facts
    folder = make_run_folder(settings.out, facts.run_id, facts.started_at)
    if not settings.dry_run:
        try:
            start_run(run, folder)
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return folder


def start_run(run: ImportRun, folder: Path) -> Run:
    """Write into the ledger that the run begins, or goes on in this process."""
    stored = dump_facts(run.facts, run.prepared.settings.reports, run.api.state_id)
    return run.account.start_run(RunStart(run.facts.run_id, run.facts.command, str(folder.resolve()), stored))


def go_on(run: ImportRun, checked: CheckedRun) -> None:
    """Take the run up where an earlier process of it ended: its checked rows, its outcomes, what it has used."""
    begun = start_run(run, checked.spool.folder.parent)
    unmark_restart(checked.spool.folder)
    run.facts = load_facts(begun.facts)[0]
    run.earlier = recall_earlier(run.ledger, begun, run.prepared.settings.max_refused)
    run.presenter.say(f"Going on with run {run.facts.run_id}, whose process ended early.")


def abandon_run(run: ImportRun, folder: Path) -> None:
    """Leave nothing of a run that ended before every row was checked: nothing was sent."""
    shutil.rmtree(folder, ignore_errors=True)
    if not run.prepared.settings.dry_run:
        run.ledger.finish_run(run.facts.run_id, "ended before its first call", {})


async def finish_checked(run: ImportRun, checked: CheckedRun, deliver: Deliver = deliver_run) -> RunResult:
    """Deliver what passed, then write the reports, however the delivery ended.

    Args:
        run: The run.
        checked: All its rows.
        deliver: Delivers them and gives each to the reports, in order.
    """
    settings, facts = run.prepared.settings, run.facts
    folder = checked.spool.folder.parent
    forecast = None
    with Reports(folder, facts, settings.reports, run.seal, progress=run.presenter.tell_workbook) as reports:
        if settings.dry_run:
            forecast, figures = forecast_run(run, checked, reports), ApiFigures()
        else:
            async with keep_to_window(settings.window, run.stop):
                with telling_if_taken(run.account):
                    figures = await deliver(run, checked, reports)
        notices = [*checked.notices, *(forecast.sentences() if forecast else ())]
        if settings.window is not None and run.stop.reason == "window":
            notices.append(f"The time window opens at {settings.window.describe_opening()}.")
        end = RunEnd(datetime.now(UTC), figures, run.stop.reason, checked.date_formats, tuple(notices))
        paths = await run.observer.step("report", lambda: asyncio.to_thread(reports.finish, end, checked.spool.rows))
    if not settings.dry_run:
        run.ledger.finish_run(facts.run_id, run.stop.reason, dict(reports.totals.outcomes))
        if run.part is None:  # of a part, the whole run still needs them
            checked.spool.delete()  # first: a crash from here on finds a run that has ended
            run.ledger.forget_rows(facts.run_id)
    show_run(run.presenter.console, facts, end, reports.totals, paths)
    return RunResult(facts.run_id, dict(reports.totals.outcomes), figures, run.stop, paths)
