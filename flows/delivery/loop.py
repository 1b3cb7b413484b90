"""The loop that sends: rows in order, several side by side, each durable before it counts."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from straitsx_bulk.flows.breakers import Limit, RefusalBreaker, Stop
from straitsx_bulk.flows.defects import describe_defect
from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.flows.delivery.journal import Journal
from straitsx_bulk.flows.delivery.listing import Listing
from straitsx_bulk.flows.delivery.means import SURE_SECONDS, Means
from straitsx_bulk.flows.delivery.planning import Plan, Step, plan_row
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.delivery.pulse import Pulse
from straitsx_bulk.flows.delivery.referring import list_first_mentions
from straitsx_bulk.flows.delivery.rows import Result, Row
from straitsx_bulk.flows.delivery.sending import RowJourney
from straitsx_bulk.flows.delivery.stops import StopRunError
from straitsx_bulk.io.ledger import Account, Digests, Known
from straitsx_bulk.io.straitsx import CustomerProfiles
from straitsx_bulk.schemas.errors import StoppedError

PLANNED_ROWS = 10_000
"""Rows planned at a time: what the ledger knows of them fits in memory, and asking for it costs little."""

FIRST_CREATES = 40
"""Rows after which a run knows whether most of its profiles exist already."""

Waiting = tuple[Row, Plan, Known | None]
Take = Callable[[Result], None]


@dataclass(slots=True)
class Delivery:
    """Delivers rows of one run.

    Attributes:
        account: The account's part of the ledger.
        digests: Makes keyed hashes.
        api: The client.
        committer: The ledger's group commits.
        policy: What the user allowed.
        stop: Set by anyone who wants the run to end.
        limit: ``--limit``.
        breaker: ``--max-refused``.
        workers: Rows under way at most; the client limits requests in flight on its own.
        on_result: Told of each row that is done, in the order of answers.
        before_first_call: Done once, before anything is sent.
        listing: Pages the account's list where that is cheaper.
        pulse: Whether the API answers anybody.
        rows_ahead: Accepted rows of the run that no chunk has brought yet; 0 where nobody has counted.
        sure_seconds: How long an intent surely keeps others away.
    """

    account: Account
    digests: Digests
    api: CustomerProfiles
    committer: Committer
    policy: Policy
    stop: Stop
    limit: Limit
    breaker: RefusalBreaker
    workers: int
    on_result: Callable[[Result], None]
    before_first_call: Callable[[], Awaitable[None]]
    listing: Listing
    pulse: Pulse = field(default_factory=Pulse)
    rows_ahead: int = 0
    sure_seconds: float = SURE_SECONDS
    _prepared: bool = False

    async def deliver(self, rows: Sequence[Row], journal: Journal) -> dict[int, Result]:
        """Deliver some rows, in order; however it ends, what became of them is given.

        Args:
            rows: At most a few ten thousand.
            journal: Takes what the ledger does not keep.

        Returns:
            Results by position; rows without one were not attempted.
        """
        results: dict[int, Result] = {}
        self.rows_ahead = max(self.rows_ahead - len(rows), 0)

        def take(result: Result) -> None:
            results[result.position] = result
            journal.write(result)
            self.on_result(result)

        if not self.stop.is_urgent:
            try:
                await self._deliver(rows, results, take)
            except StoppedError as error:
                self._fail(str(error))
            except Exception as error:  # noqa: BLE001 - the reports must be written whatever happens here
                self._fail(describe_defect(error))
        return results

    async def _deliver(self, rows: Sequence[Row], results: Mapping[int, Result], take: Take) -> None:
        waiting = await self._plan(rows, take)
        if waiting and self.stop.reason is None:
            await self._prepare_calls()
            await self._send(await self._learn(len(rows), waiting, results, take), take)

    async def _plan(self, rows: Sequence[Row], take: Take) -> list[Waiting]:
        """Ask the ledger about rows; those that need no call are done at once."""
        known = await self.committer.run(lambda: known_of(rows, self.account))
        plans = [(row, plan_row(row, known.get(row.position), self.policy, self.digests)) for row in rows]
        mentions = list_first_mentions(plans, known)
        if mentions:
            await self.committer.run(lambda: self.account.commit(settlements=mentions))
        waiting: list[Waiting] = []
        for row, plan in plans:
            if plan.result is not None:
                take(plan.result)
            else:
                waiting.append((row, plan, known.get(row.position)))
        return waiting

    async def _learn(
        self, rows: int, waiting: list[Waiting], results: Mapping[int, Result], take: Take
    ) -> list[Waiting]:
        """Page the list first where most rows would need a look-up: of an upgrade, or once creates have met so."""
        if self.listing.done:
            return waiting
        if self.policy.creates:
            first, waiting = waiting[:FIRST_CREATES], waiting[FIRST_CREATES:]
            await self._send(first, take)
            met = sum(results[row.position].api_calls > 1 for row, *_ in first if row.position in results)
            if self.stop.reason is not None or 2 * met < len(first):
                return waiting
        lookups = sum(plan.step in {Step.LOOK_UP, Step.CREATE} for _, plan, _ in waiting)
        expected = lookups + round(lookups / rows * self.rows_ahead)  # the rows to come are most likely like these
        if await self.listing.learn(int(min(expected, self.limit.left))):
            return await self._plan([row for row, *_ in waiting], take)
        return waiting

    async def _prepare_calls(self) -> None:
        """Do once what comes before the first call."""
        if not self._prepared:
            await self.before_first_call()
            self._prepared = True

    async def _send(self, waiting: list[Waiting], take: Take) -> None:
        """Carry rows to their results, several side by side; a cancellation waits for those that have begun."""
        if not waiting:
            return
        means = Means(self.api, self.committer, self.digests, self.policy, self.stop, self.pulse, self.sure_seconds)
        todo = iter(waiting)
        count = min(self.workers, len(waiting))
        workers = [asyncio.ensure_future(self._work(means, todo, take)) for _ in range(count)]
        try:
            await asyncio.wait(workers)
        except asyncio.CancelledError:
            self.stop.interrupt()
            await asyncio.wait(workers)
            raise
        for worker in workers:
            worker.result()

    async def _work(self, means: Means, todo: Iterator[Waiting], take: Take) -> None:
        """Carry rows to their results until there are none, or the run is to end."""
        for row, plan, known in todo:
            while self.stop.reason is None and not self.limit.admit():
                if not self.limit.may_admit_later:
                    self.stop.plan("limit")
                    return
                await self.limit.wait()
            if self.stop.reason is not None:
                return
            result = None
            try:
                result = await self._carry(RowJourney(means, row, known), plan)
            finally:
                self.limit.count(called=result is not None and result.api_calls > 0)
            if result is not None:
                self._close(result, take)

    def _close(self, result: Result, take: Take) -> None:
        """Hand a result on, and end the run where that says so."""
        try:
            take(result)
        except StoppedError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - the row is done, and the others have to come to their ends
            self._fail(describe_defect(error))
        reason = self.breaker.see(result.outcome, result.api_calls)
        if reason is not None:
            self._fail(reason)

    async def _carry(self, journey: RowJourney, plan: Plan) -> Result | None:
        """Carry one row to its result; None where it was not attempted, and the run is to end."""
        try:
            return await journey.go(plan)
        except StopRunError as error:
            self._fail(str(error))
            return error.result
        except StoppedError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - the reports must be written whatever happens to one row
            self._fail(describe_defect(error))
        return await journey.leave()

    def _fail(self, sentence: str) -> None:
        """End the run, and at once: rows that wait for their turn or a connection write nothing more."""
        self.stop.fail(sentence)
        if self.stop.is_urgent:
            self.api.hurry()


def known_of(rows: Sequence[Row], account: Account) -> dict[int, Known]:
    """Ask the ledger what it knows of some rows, by key or else by customer_profile_id.

    Returns:
        By position; rows of which the ledger knows nothing are absent.
    """
    by_key = account.known([row.key for row in rows if row.key])
    without = [row.profile_id for row in rows if not row.key and row.profile_id]
    by_id = account.known_ids(without) if without else {}
    found: dict[int, Known] = {}
    for row in rows:
        known = by_key.get(row.key) if row.key else by_id.get(row.profile_id)
        if known is not None:
            found[row.position] = known
    return found
