"""``--dry-run``: the same plan as the import's, without a call and without a word to the ledger."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.delivery.listing import FEWEST_LOOKUPS
from straitsx_bulk.flows.delivery.loop import known_of
from straitsx_bulk.flows.delivery.planning import FEWEST_CALLS, MOST_CALLS, Step, plan_row
from straitsx_bulk.flows.delivery.rows import Result, read_rows, report_rows
from straitsx_bulk.flows.presenting import describe_duration
from straitsx_bulk.flows.run.delivering import cut_chunks, make_policy
from straitsx_bulk.io.reports.writer import Reports
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.wording import count_words

if TYPE_CHECKING:
    from straitsx_bulk.flows.run.importing import ImportRun

WORDS = {
    Step.CREATE: "to create",
    Step.PATCH: "to bring up to date",
    Step.LOOK_UP: "to look up by registration id",
    Step.READ: "to read and compare",
    Step.SETTLE: "in doubt, to find out about",
    Step.WAIT: "under way in another run",
}


@dataclass(slots=True)
class Forecast:
    """What the command would do.

    Attributes:
        rate: Requests a second, or None for unlimited.
        limit: ``--limit``, or None.
        joins: Whether the key is new to the account, so that it has to read a profile first.
        command: ``import`` or ``upgrade``.
        steps: Next step to rows.
    """

    rate: float | None
    limit: int | None
    joins: bool = False
    command: str = "import"
    steps: Counter[Step] = field(default_factory=Counter)

    @property
    def fewest(self) -> int:
        """The least calls."""
        return sum(FEWEST_CALLS[step] * count for step, count in self.steps.items()) + self._joining

    @property
    def most(self) -> int:
        """The most calls, without retries; one of them may be to find out that paging the list would cost more."""
        looks = self.steps[Step.LOOK_UP] + self.steps[Step.CREATE]
        rows = sum(MOST_CALLS[step] * count for step, count in self.steps.items())
        return rows + self._joining + (looks >= FEWEST_LOOKUPS)

    @property
    def _joining(self) -> int:
        return int(self.joins and self.steps.total() > 0)

    def admit(self, step: Step) -> bool:
        """Count a row's step, unless ``--limit`` ends the run before it."""
        if self.limit is not None and sum(self.steps.values()) >= self.limit:
            return False
        self.steps[step] += 1
        return True

    def sentences(self) -> Iterator[str]:
        """Say it for people."""
        rows = [f"{count:,} {WORDS[step]}" for step, count in self.steps.items()]
        yield f"The {self.command} would send: {', '.join(rows) or 'nothing'}."
        if not self.steps:
            return
        calls = count_words(self.fewest, "call")
        span = calls if self.fewest == self.most else f"{calls} at least and {self.most:,} at most"
        yield f"That is {span}, retries not counted."
        if self.rate is not None:
            least, most = self.fewest / self.rate, self.most / self.rate
            end = (datetime.now().astimezone() + timedelta(seconds=least)).strftime("%d %b %H:%M")
            times = dict.fromkeys((describe_duration(least), describe_duration(most)))
            yield f"At {self.rate:g} a second that takes {' to '.join(times)} and ends {end} or later."


def forecast_run(run: "ImportRun", checked: CheckedRun, reports: Reports) -> Forecast:
    """Plan every accepted row as the import would, and report it as ``valid`` where it would be sent."""
    settings = run.prepared.settings
    account = run.account
    joins = account.some_profile() is not None and not account.knows_key(run.api.fingerprint)
    forecast = Forecast(settings.rate, settings.limit, joins, settings.command)
    policy, digests = make_policy(settings), run.account.digests
    for first, chunk in cut_chunks(checked):
        rows = list(read_rows(chunk, first, digests))
        known = known_of(rows, run.account)
        results: dict[int, Result] = {}
        for row in rows:
            plan = plan_row(row, known.get(row.position), policy, digests)
            if plan.result is not None:
                results[row.position] = plan.result
            elif run.stop.reason is None and forecast.admit(plan.step):
                results[row.position] = Result(row.position, Outcome.VALID, rail=row.rail, usd_gaps=row.usd_gaps)
        reports.add(report_rows(chunk, first, results, Outcome.NOT_ATTEMPTED))
    return forecast
