"""One shard's own run: the same exports, the same check, its own rows delivered and reported."""

from collections.abc import Mapping
from dataclasses import dataclass

from straitsx_bulk.flows.breakers import Limit, RefusalBreaker
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.machines.brakes import SharedBreaker, SharedLimit, SharedMeter
from straitsx_bulk.flows.observing import Observer
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.run.delivering import deliver_run
from straitsx_bulk.flows.run.importing import ImportRun, check_run, finish_checked, open_run
from straitsx_bulk.flows.shards.merging import find_runs, hand_words_over
from straitsx_bulk.flows.shards.orders import ShardOrder, refuse_other_exports
from straitsx_bulk.flows.shards.parts import pick_shard
from straitsx_bulk.io.ledger import Digests, Ledger
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.run import ApiFigures


@dataclass(frozen=True, slots=True)
class ShardPart:
    """What is otherwise in a shard's run (``importing.Part``).

    Attributes:
        order: Which shard.
        digests: Makes the keys.
        meter: The whole run's counts.
        max_refused: ``--max-refused``.
    """

    order: ShardOrder
    digests: Digests
    meter: SharedMeter
    max_refused: int

    def pick(self, checked: CheckedRun) -> CheckedRun:
        """Keep only the shard's rows."""
        return pick_shard(checked, self.digests, self.order)

    def make_brakes(self) -> tuple[Limit, RefusalBreaker]:
        """Make ``--limit`` and ``--max-refused``, counted over all shards."""
        limit = SharedLimit(self.order.limit, meter=self.meter)
        return limit, SharedBreaker(self.max_refused, meter=self.meter)

    async def deliver(self, run: ImportRun, checked: CheckedRun, reports: Reports) -> ApiFigures:
        """Deliver the shard's rows; what the whole run needs is handed over before the shard counts as ended."""
        figures = await deliver_run(run, checked, reports)
        self.meter.add(figures)
        if run.stop.error:
            self.meter.tell_stopped()
        hand_words_over(checked.spool.folder, self.order)
        return figures


async def deliver_shard(
    order: ShardOrder, environ: Mapping[str, str], presenter: Presenter, observer: Observer
) -> RunResult:
    """Deliver one shard; started again after a death it goes on as the same run.

    Args:
        order: Which shard of which run.
        environ: This worker's environment: credentials, PGPASSWORD and the ledger's secret.
        presenter: Tells the person who looks at this worker.
        observer: Watches the steps.

    Raises:
        UsageError: This worker has other exports, another ledger or another secret than the whole run.
        StoppedError: The run ended and its reports could not be written as they should.
    """
    request = Request(order.command, tuple(order.files), order.options, environ, run_id=order.own_run_id)
    async with open_run(request, presenter, observer) as (run, planned):
        refuse_unknown_run(order, run.ledger)
        refuse_other_exports(order, run.prepared, run.account.digests)
        meter = SharedMeter(run.ledger, order.run_id, order.shard)
        meter.start()
        part = ShardPart(order, run.account.digests, meter, run.prepared.settings.max_refused)
        run.part, run.today = part, order.today
        checked = await check_run(run, planned)
        result = await finish_checked(run, checked, part.deliver)
        checked.spool.delete()
        return result


def refuse_unknown_run(order: ShardOrder, ledger: Ledger) -> None:
    """Refuse a ledger that is not the whole run's: it would pace and remember for this worker alone.

    Raises:
        UsageError: The ledger does not know the whole run.
    """
    if order.run_id not in find_runs(ledger, [order.run_id]):
        raise UsageError(
            f"Shard {order.shard + 1} of {order.shards}: the ledger {ledger.name} does not know the whole run "
            f"{order.run_id}. Every worker needs the same ledger: --ledger postgresql://user@host/database."
        )
