"""The delivery of a checked run: chunk after chunk through the loop, each into the reports as soon as it is done."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from straitsx_bulk.flows.breakers import Limit, RefusalBreaker, Stop
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.flows.delivery.joining import join_key
from straitsx_bulk.flows.delivery.journal import Journal
from straitsx_bulk.flows.delivery.listing import Listing, describe_paging
from straitsx_bulk.flows.delivery.loop import PLANNED_ROWS, Delivery
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.delivery.rows import Result, read_rows, report_rows
from straitsx_bulk.flows.run.duplicate_ids import add_kept_ids
from straitsx_bulk.flows.run.listening import telling_of_silence
from straitsx_bulk.flows.run.resuming import count_progress, make_breaker, make_limit
from straitsx_bulk.flows.wiring import make_client
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.io.straitsx import CustomerProfiles
from straitsx_bulk.schemas.checked import CheckedBatch, take_rows
from straitsx_bulk.schemas.confirm import find_unfit
from straitsx_bulk.schemas.errors import StoppedError
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import ApiFigures
from straitsx_bulk.schemas.wording import count_words

if TYPE_CHECKING:
    from straitsx_bulk.flows.options import Settings
    from straitsx_bulk.flows.run.importing import ImportRun

UNPACED_WORKERS = 8
"""Rows under way for each connection where no rate is set: while some send, others wait for the ledger's disk, the more
of them the fewer commits."""

GATHER_SECONDS = 0.01
"""How long a commit of the ledger waits for company where no rate is set."""

WATCH_SECONDS = 0.2
"""How often somebody looks whether the run is to end at once."""


async def deliver_run(run: "ImportRun", checked: CheckedRun, reports: Reports) -> ApiFigures:
    """Deliver every accepted row and report every row, in input order.

    Returns:
        What the calls came to.

    Raises:
        StoppedError: The disk refuses a report.
    """
    settings = run.prepared.settings
    limit, breaker = make_brakes(run)
    meter = DoneMeter(run, checked.tally().accepted)
    keeping = Committer(
        run.account,
        progress=lambda: count_progress(limit, breaker),
        gather_seconds=0.0 if settings.rate else GATHER_SECONDS,
    )
    client = make_client(settings, run.api, run.account)
    hearing = telling_of_silence(client, run.presenter.say) if not settings.quiet else nullcontext()
    async with client, keeping as committer, hurrying(client, run.stop), hearing:
        listing = Listing(client, committer, run.account, run.stop)
        delivery = Delivery(
            account=run.account,
            digests=run.account.digests,
            api=client,
            committer=committer,
            policy=make_policy(settings),
            stop=run.stop,
            limit=limit,
            breaker=breaker,
            workers=settings.concurrency * (1 if settings.rate else UNPACED_WORKERS),
            on_result=meter.count,
            before_first_call=lambda: join_key(run.account, client, committer, run.api.fingerprint),
            listing=listing,
            rows_ahead=checked.tally().accepted,
        )
        for first, chunk in cut_chunks(checked):
            standing = await recall_results(run, first, chunk, checked)
            await confirm_rows(run, chunk)
            meter.done += len(standing)
            work = partial(deliver_chunk, delivery, first, chunk, checked, standing)
            results = await run.observer.step("deliver", work)
            reported = report_rows(chunk, first, standing | results, Outcome.NOT_ATTEMPTED)
            add_ids = partial(add_kept_ids, reported, run.account.digests, run.account.known)
            reports.add(await committer.run(add_ids))
        if said := describe_paging(listing):
            checked.notices.append(said)
        figures = client.figures()
        return replace(figures, calls=figures.calls + run.earlier.calls)


async def confirm_rows(run: "ImportRun", chunk: CheckedBatch) -> None:
    """Have the pandera models pass what is to be sent; where they do not, the run ends before a call for any of it."""
    partial_rows = run.prepared.settings.command == "upgrade"
    unfit = await asyncio.to_thread(find_unfit, chunk, partial=partial_rows)
    if unfit:
        named = ", ".join(f"{fault} ({count_words(count, 'row')})" for fault, count in sorted(unfit.items()))
        run.stop.fail(
            f"A defect in straitsx-bulk itself: rows that passed the check do not pass their schema: {named}. "
            "None of them was sent. Please report it."
        )


async def recall_results(run: "ImportRun", first: int, chunk: CheckedBatch, checked: CheckedRun) -> dict[int, Result]:
    """Give what an earlier process of this run decided; a ledger that fails ends the run, not its reports."""
    try:
        return await asyncio.to_thread(run.earlier.take_results, first, chunk, checked, run.account)
    except StoppedError as error:
        run.stop.fail(str(error))
        return {}


@dataclass(slots=True)
class DoneMeter:
    """Tells how many rows are done; a terminal that is gone must not stop a delivery.

    Attributes:
        run: Whose presenter and observer are told.
        accepted: Rows altogether.
        done: Rows so far.
    """

    run: "ImportRun"
    accepted: int
    done: int = 0

    def count(self, _result: Result) -> None:
        """Count one more."""
        self.done += 1
        with suppress(OSError):
            self.run.presenter.tell("delivered", self.done, self.accepted)
        self.run.observer.progress("delivered", self.done, self.accepted)


@asynccontextmanager
async def hurrying(client: CustomerProfiles, stop: Stop) -> AsyncIterator[None]:
    """Let no call be tried again once the run is to end at once: requests in flight are finished, waits are not."""

    async def watch() -> None:
        while not stop.is_urgent:  # noqa: ASYNC110 - a signal handler or another thread sets it, and cannot wake a loop
            await asyncio.sleep(WATCH_SECONDS)
        client.hurry()

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def make_brakes(run: "ImportRun") -> tuple[Limit, RefusalBreaker]:
    """Make ``--limit`` and ``--max-refused``; of a part of a run they are counted over all parts."""
    if run.part is not None:
        return run.part.make_brakes()
    settings, earlier = run.prepared.settings, run.earlier
    return make_limit(settings.limit, earlier), make_breaker(settings.max_refused, earlier)


def make_policy(settings: "Settings") -> Policy:
    """Take what the user allowed from the settings."""
    return Policy(
        creates=settings.command == "import",
        on_existing=settings.on_existing,
        overwrite=settings.overwrite,
        retry_refused=settings.retry_refused,
    )


async def deliver_chunk(
    delivery: Delivery, first: int, chunk: CheckedBatch, checked: CheckedRun, standing: Collection[int]
) -> dict[int, Result]:
    """Deliver one chunk; what the ledger does not keep goes to the spool, for a killed run's reports.

    Args:
        delivery: The run's.
        first: Position of the chunk's first row over the whole run.
        chunk: Rows.
        checked: The run's.
        standing: Positions that an earlier process of this run has decided.
    """
    rows = [row for row in read_rows(chunk, first, delivery.digests) if row.position not in standing]
    with Journal(checked.spool.folder, first) as journal:
        return await delivery.deliver(rows, journal)


def cut_chunks(checked: CheckedRun) -> Iterator[tuple[int, CheckedBatch]]:
    """Cut the run's batches into chunks that are planned and reported at a time."""
    for first, batch in checked.batches():
        for start in range(0, len(batch), PLANNED_ROWS):
            yield first + start, take_rows(batch, start, start + PLANNED_ROWS)
