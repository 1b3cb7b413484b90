"""What to do after a run, the most urgent first."""

from collections import Counter
from collections.abc import Iterator

from straitsx_bulk.io.reports.totals import Totals
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import RunEnd, RunFacts

PLANNED_ENDS = {"limit": "the limit was reached", "window": "the time window closed"}
"""Values of ``stopped`` that are no accident (contract, Commands)."""


def count_words(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun: ``1 row``, ``4,210 rows``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def advise(facts: RunFacts, end: RunEnd, totals: Totals, *, rejects: bool) -> Iterator[str]:
    """Say what to do next.

    Args:
        facts: What was known when the run started.
        end: What is known now.
        totals: The counts.
        rejects: Whether there is a rejects workbook.

    Yields:
        Sentences.
    """
    outcomes = totals.outcomes
    yield from _advise_on_end(end)
    if outcomes[Outcome.IN_DOUBT]:
        doubt = count_words(outcomes[Outcome.IN_DOUBT], "row is", "rows are")
        yield f"{doubt} in doubt: run straitsx-bulk reconcile, or the same command again; neither creates twice."
    yield from _advise_on_repair(facts, totals)
    yield from _advise_on_mending(outcomes, rejects=rejects)
    if totals.gaps:
        lacking = count_words(sum(totals.gaps.values()), "row is", "rows are")
        place = "the sheet USD gaps of rejects.xlsx" if rejects else "what the column usd_gaps names in the export"
        yield f"{lacking} complete for SGD only: fill in {place} and import it."
    if facts.command == "validate" and outcomes[Outcome.VALID]:
        valid = count_words(outcomes[Outcome.VALID], "valid row")
        yield f"Import the {valid}: straitsx-bulk import, with the same options."


def _advise_on_end(end: RunEnd) -> Iterator[str]:
    if end.stopped in PLANNED_ENDS:
        yield "Run the same command again for the rows that are left; it goes on where this run ended."
    elif end.stopped:
        yield f"{end.stopped} What was done is kept: the same command goes on where this run stopped."


def _advise_on_repair(facts: RunFacts, totals: Totals) -> Iterator[str]:
    if totals.would_pass and facts.repair != "full":
        rejected = count_words(totals.outcomes[Outcome.REJECTED], "rejected row")
        yield (
            f"--repair full would let {totals.would_pass:,} of {rejected} through. Look at what it would send first: "
            "straitsx-bulk validate --repair full lists every change in the column repairs."
        )


def _advise_on_mending(outcomes: Counter[str], *, rejects: bool) -> Iterator[str]:
    place = "rejects.xlsx and import that file" if rejects else "the export and import it again"
    if outcomes[Outcome.REJECTED]:
        yield f"Mend the {count_words(outcomes[Outcome.REJECTED], 'rejected row')} in {place} with the same mapping."
    if outcomes[Outcome.REFUSED]:
        refused = count_words(outcomes[Outcome.REFUSED], "row")
        yield f"The API refused {refused}; the column message says why. Unmended rows need --retry-refused."
    if outcomes[Outcome.CONFLICT]:
        conflicts = count_words(outcomes[Outcome.CONFLICT], "row differs", "rows differ")
        yield f"{conflicts} from the profile at StraitsX: mend {place}. --overwrite replaces all but the identity."
    if outcomes[Outcome.NOT_FOUND]:
        yield f"{count_words(outcomes[Outcome.NOT_FOUND], 'row names', 'rows name')} no profile that StraitsX knows."
