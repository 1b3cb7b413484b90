"""One input delivered by several workers together: in shards, each a run of its own, under one shared rate.

The whole run checks every row, and where the checks allow it orders one shard per worker. A shard reads the same
exports itself (a keyed fingerprint makes sure of it), checks all of them again, and so finds the same duplicates over
the whole input; it delivers the rows whose key is its own and reports them. So nothing of any row travels through
Prefect, and no machine needs another's disk. What they share is the ledger: one row of it paces all of them, its
compare-and-set keeps two senders from one key, ``--limit`` and ``--max-refused`` are counted there over all shards.
When all have ended, the whole run's reports are written, with the balance over every row of the input.

A shard that dies is started again, as the same run: what it had sent is known, what was in flight is found out first.
A whole run that dies leaves its shards working; started again it finds them, waits, and reports.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.delivery.rows import report_rows
from straitsx_bulk.flows.machines.brakes import read_figures
from straitsx_bulk.flows.machines.foreman import POLL_SECONDS, Foreman, Workshop
from straitsx_bulk.flows.observing import Observer
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.run.delivering import cut_chunks, make_policy
from straitsx_bulk.flows.run.importing import ImportRun, check_run, finish_checked, open_run
from straitsx_bulk.flows.run.recovering import recover_runs
from straitsx_bulk.flows.shards.merging import ShardResults, forget_outcomes, note_shards
from straitsx_bulk.flows.shards.orders import ShardOrder, fingerprint_exports, settle_shard_options
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import ApiFigures


@dataclass(frozen=True, slots=True)
class ShardedDelivery:
    """Delivers a checked run by its shards.

    Attributes:
        request: What was asked for.
        shards: How many there are, at least two.
        workshop: Where they are worked on.
        poll_seconds: How often to look at them.
    """

    request: Request
    shards: int
    workshop: Workshop
    poll_seconds: float = POLL_SECONDS

    async def deliver(self, run: ImportRun, checked: CheckedRun, reports: Reports) -> ApiFigures:
        """Have every accepted row delivered, and report every row in input order."""
        spool = checked.spool.folder
        policy = make_policy(run.prepared.settings)
        if run.stop.reason is None and checked.tally().accepted:
            note_shards(spool, self.shards, policy)
            orders = make_orders(run, self.request, self.shards, spool.parent)
            foreman = Foreman(run, self.workshop, orders, self.poll_seconds)
            await run.observer.step("shards", foreman.see_through)
        merged = ShardResults(run.ledger, run.account, run.facts.run_id, self.shards, policy, spool)
        for first, chunk in cut_chunks(checked):
            results = await asyncio.to_thread(merged.take_results, first, chunk)
            reports.add(report_rows(chunk, first, results, Outcome.NOT_ATTEMPTED))
        return read_figures(run.ledger, run.facts.run_id, merged.calls, run.prepared.settings.rate)


async def deliver_in_shards(delivery: ShardedDelivery, presenter: Presenter, observer: Observer) -> RunResult:
    """Run ``import`` or ``upgrade`` in shards.

    Args:
        delivery: What to run, in how many shards, each of which needs a worker, and where.
        presenter: Tells the person who waits.
        observer: Watches the steps.

    Raises:
        UsageError: Wrong usage, found before any call.
        StoppedError: The run ended and its reports could not be written as they should.
    """
    async with open_run(delivery.request, presenter, observer) as (run, planned):
        if not run.prepared.settings.dry_run:
            refuse_own_sandbox(run)
            recover_runs(run.ledger, run.seal, presenter, own=run.facts.run_id)
        checked = await check_run(run, planned)
        result = await finish_checked(run, checked, delivery.deliver)
        if not run.prepared.settings.dry_run:
            forget_outcomes(run.ledger, run.facts.run_id, delivery.shards)
        checked.spool.delete()
        return result


def refuse_own_sandbox(run: ImportRun) -> None:
    """Refuse an API that only this process can reach.

    Raises:
        UsageError: It is the sandbox embedded in this process.
    """
    settings = run.prepared.settings
    if settings.env == "local" and not settings.base_url:
        raise UsageError(
            "Shards cannot share a sandbox that is embedded in one process: start one (straitsx-bulk sandbox) and name "
            "it with base_url."
        )


def make_orders(run: ImportRun, request: Request, shards: int, folder: Path) -> list[ShardOrder]:
    """Write down what each shard has to do."""
    settings = run.prepared.settings
    fingerprint = fingerprint_exports(run.prepared, run.account.digests)
    return [
        ShardOrder(
            run_id=run.facts.run_id,
            command=request.command,
            shard=shard,
            shards=shards,
            files=list(request.files),
            options=settle_shard_options(request.options, settings, shards),
            exports=fingerprint,
            limit=settings.limit,
            today=run.today,
            folder=str(folder.resolve()),
        )
        for shard in range(shards)
    ]
