"""What an earlier process of a run left: outcomes in the ledger, words in the journal."""

from collections.abc import Collection, Iterator

from straitsx_bulk.flows.checking import CheckedRun
from straitsx_bulk.flows.journal import Words, read_journal
from straitsx_bulk.flows.rows import Result, read_rows
from straitsx_bulk.io.ledger import Account, RowOutcome
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.outcomes import Outcome

NO_WORDS = Words("", "", 0, "", "", "", ())


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


def gather_results(
    first: int,
    chunk: CheckedBatch,
    checked: CheckedRun,
    decided: Decided,
    account: Account,
    doubtful: Collection[bytes],
) -> dict[int, Result]:
    """Put a chunk's results together from the journal, which has the words, and the ledger, which has the truth."""
    words = read_journal(checked.spool.folder, first)
    results = {
        position: Result(
            position,
            Outcome(word.outcome),
            word.customer_profile_id,
            rail=word.rail,
            usd_gaps=word.usd_gaps,
            message=word.message,
        )
        for position, word in words.items()
        if word.api_calls == 0
    }
    for outcome in decided.take_before(first + len(chunk)):
        word = words.get(outcome.position, NO_WORDS)
        results[outcome.position] = Result(
            outcome.position,
            Outcome(outcome.outcome),
            outcome.customer_profile_id,
            outcome.verification_status,
            word.rail,
            word.usd_gaps,
            word.message,
            outcome.http_status,
            outcome.api_code,
            outcome.api_calls,
            outcome.finished_at,
            word.differences,
        )
    if doubtful:
        for row in read_rows(chunk, first, account.digests):
            if row.key in doubtful and row.position not in results:
                results[row.position] = Result(row.position, Outcome.IN_DOUBT, rail=row.rail, usd_gaps=row.usd_gaps)
    return results
