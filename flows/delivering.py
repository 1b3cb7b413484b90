"""The delivery of a checked run: chunk after chunk through the loop, each into the reports as soon as it is done."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from straitsx_bulk.flows.breakers import Limit, RefusalBreaker
from straitsx_bulk.flows.checking import CheckedRun
from straitsx_bulk.flows.committer import Committer
from straitsx_bulk.flows.delivery import PLANNED_ROWS, Delivery
from straitsx_bulk.flows.joining import join_key
from straitsx_bulk.flows.journal import Journal
from straitsx_bulk.flows.keeping_hours import keep_to_window
from straitsx_bulk.flows.listing import Listing, describe_paging
from straitsx_bulk.flows.policy import Policy
from straitsx_bulk.flows.resuming import count_progress, make_breaker, make_limit
from straitsx_bulk.flows.rows import Result, read_rows, report_rows
from straitsx_bulk.flows.wiring import make_client
from straitsx_bulk.io.ledger import Account
from straitsx_bulk.io.ledger.runs import LEASE_SECONDS
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.schemas.checked import CheckedBatch, take_rows
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import ApiFigures

if TYPE_CHECKING:
    from straitsx_bulk.flows.importing import ImportRun
    from straitsx_bulk.flows.options import Settings

UNPACED_WORKERS = 4
"""Rows under way for each connection where no rate is set: while some send, others wait for the ledger's disk."""

RENEWALS = 3
"""How often a lease is renewed while it lasts."""


async def deliver_run(run: "ImportRun", checked: CheckedRun, reports: Reports) -> ApiFigures:
    """Deliver every accepted row and report every row, in input order.

    Returns:
        What the calls came to.
    """
    settings = run.prepared.settings
    accepted = checked.tally().accepted
    done = 0

    def count(_result: Result) -> None:
        nonlocal done
        done += 1
        run.presenter.tell("delivered", done, accepted)
        run.observer.progress("delivered", done, accepted)

    limit, breaker = make_brakes(run)
    keeping = Committer(run.account, progress=lambda: count_progress(limit, breaker))
    async with make_client(settings, run.api, run.account) as client, keeping as committer:
        listing = Listing(client, committer, run.account)
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
            on_result=count,
            before_first_call=lambda: join_key(run.account, client, committer, run.api.fingerprint),
            listing=listing,
        )
        async with renewing(run.account, committer, run.facts.run_id), keep_to_window(settings.window, run.stop):
            for first, chunk in cut_chunks(checked):
                recall = partial(run.earlier.take_results, first, chunk, checked, run.account)
                standing = await committer.run(recall)
                done += len(standing)
                work = partial(deliver_chunk, delivery, first, chunk, checked, standing)
                results = await run.observer.step("deliver", work)
                reports.add(report_rows(chunk, first, standing | results, Outcome.NOT_ATTEMPTED))
        if said := describe_paging(listing):
            checked.notices.append(said)
        figures = client.figures()
        return replace(figures, calls=figures.calls + run.earlier.calls)


def make_brakes(run: "ImportRun") -> tuple[Limit, RefusalBreaker]:
    """Make ``--limit`` and ``--max-refused``; of a part of a run they are counted over all parts."""
    if run.part is not None:
        return run.part.make_brakes()
    settings, progress = run.prepared.settings, run.earlier.progress
    return make_limit(settings.limit, progress), make_breaker(settings.max_refused, progress.counters)


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


@asynccontextmanager
async def renewing(account: Account, committer: Committer, run_id: str) -> AsyncIterator[None]:
    """Keep the run's lease while the block runs."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / RENEWALS)
            await committer.run(lambda: account.renew(run_id))

    task = asyncio.create_task(renew())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
