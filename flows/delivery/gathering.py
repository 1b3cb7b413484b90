"""What an earlier process of a run left: outcomes in the ledger, words in the journal."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.delivery.journal import read_journal
from straitsx_bulk.flows.delivery.rows import Result, Row, read_rows
from straitsx_bulk.flows.delivery.settling import IN_DOUBT
from straitsx_bulk.io.ledger import Account, RowOutcome
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.outcomes import Outcome

NO_WORDS = Result(-1, Outcome.NOT_ATTEMPTED)
"""Stands for a row of which the journal says nothing."""


class Decided:
    """A run's decided rows, given out by position as the chunks come.

    Args:
        outcomes: Ordered by position.
    """

    def __init__(self, outcomes: Iterator[RowOutcome]) -> None:
        self._outcomes = outcomes
        self._next = next(outcomes, None)

    def take_before(self, position: int) -> Iterator[RowOutcome]:
        """Give the outcomes of rows before a position that were not given yet."""
        while self._next is not None and self._next.position < position:
            yield self._next
            self._next = next(self._outcomes, None)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """What a dead process was sending: nobody knows yet what became of it.

    Attributes:
        keys: Of the profiles.
        profile_ids: Where they are known; a row without a whole key is told by them.
    """

    keys: frozenset[bytes] = frozenset()
    profile_ids: frozenset[str] = frozenset()

    def holds(self, row: Row) -> bool:
        """Say whether a row is one of them."""
        return row.key in self.keys if row.key else row.profile_id in self.profile_ids


NOTHING = Doubtful()


def list_doubtful(account: Account, run_id: str) -> Doubtful:
    """List what a dead run was sending."""
    sending = account.sending(run_id)
    ids = frozenset(known.customer_profile_id for known in sending if known.customer_profile_id)
    return Doubtful(frozenset(known.key for known in sending), ids)


def gather_results(
    first: int,
    chunk: CheckedBatch,
    checked: CheckedRun,
    decided: Decided,
    account: Account,
    doubtful: Doubtful = NOTHING,
) -> dict[int, Result]:
    """Put a chunk's results together from the journal, which has the words, and the ledger, which has the truth.

    Args:
        first: Position of the chunk's first row over the whole run.
        chunk: Rows.
        checked: The run's.
        decided: The run's decided rows; chunks come in order.
        account: The account's part of the ledger.
        doubtful: What was being sent when the process died.
    """
    told = read_journal(checked.spool.folder, first)
    results = {position: result for position, result in told.items() if result.api_calls == 0}
    facts = chunk.facts
    for outcome in decided.take_before(first + len(chunk)):
        place = outcome.position - first
        # A kill between the ledger and the journal leaves no words; what the check said of the rail still holds.
        rail, gaps = str(facts["rail"].iat[place]), str(facts["usd_gaps"].iat[place])
        words = told.get(outcome.position) or Result(outcome.position, Outcome.VALID, rail=rail, usd_gaps=gaps)
        results[outcome.position] = replace(
            words,
            outcome=Outcome(outcome.outcome),
            customer_profile_id=outcome.customer_profile_id,
            verification_status=outcome.verification_status,
            http_status=outcome.http_status,
            api_code=outcome.api_code,
            api_calls=outcome.api_calls,
            finished_at=outcome.finished_at,
        )
    if doubtful != NOTHING:
        results |= {
            row.position: Result(
                row.position, Outcome.IN_DOUBT, row.profile_id, rail=row.rail, usd_gaps=row.usd_gaps, message=IN_DOUBT
            )
            for row in read_rows(chunk, first, account.digests)
            if row.position not in results and doubtful.holds(row)
        }
    return results
