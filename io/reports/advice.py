"""What to do after a run, the most urgent first."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from straitsx_bulk.io.reports.totals import Totals
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import RunEnd, RunFacts
from straitsx_bulk.schemas.wording import count_words, list_names

PLANNED_ENDS = {"limit": "the limit was reached", "window": "the time window closed"}
"""Values of ``stopped`` that are no accident (contract, Commands)."""


@dataclass(frozen=True, slots=True)
class RejectNames:
    """Names of the rejects workbooks that hold a row to mend; a workbook of headers is nowhere to send a person.

    Attributes:
        rejected: Those with a row on the sheet ``Rejected``.
        gaps: Those with a row on the sheet ``USD gaps``.
    """

    rejected: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


NO_REJECTS = RejectNames()


def advise(facts: RunFacts, end: RunEnd, totals: Totals, rejects: RejectNames) -> Iterator[str]:
    """Say what to do next, but for going on after a stop.

    Args:
        facts: What was known when the run started.
        end: What is known now.
        totals: The counts.
        rejects: The workbooks to mend in; none where they were not wanted.

    Yields:
        Sentences.
    """
    outcomes = totals.outcomes
    if end.stopped in PLANNED_ENDS:
        yield "Run the same command again for the rows that are left; it goes on where this run ended."
    if outcomes[Outcome.IN_DOUBT]:
        doubt = count_words(outcomes[Outcome.IN_DOUBT], "row is", "rows are")
        yield f"{doubt} in doubt: run straitsx-bulk reconcile, or the same command again; neither creates twice."
    yield from _advise_on_repair(facts, totals)
    yield from _advise_on_mending(outcomes, rejects, stopped_by_rejects(end))
    if totals.gaps:
        lacking = count_words(sum(totals.gaps.values()), "row is", "rows are")
        place = f"the sheet USD gaps of {list_names(rejects.gaps)}" if rejects.gaps else COLUMN_OF_GAPS
        yield f"{lacking} complete for SGD only: fill in {place} and import it."
    if facts.command == "validate" and outcomes[Outcome.VALID]:
        valid = count_words(outcomes[Outcome.VALID], "valid row")
        yield f"Import the {valid}: straitsx-bulk import, with the same options."


COLUMN_OF_GAPS = "what the column usd_gaps names in the export"


def stopped_by_rejects(end: RunEnd) -> bool:
    """Say whether ``--max-reject-share`` stopped the run: then the same command would stop again."""
    return "--max-reject-share" in (end.stopped or "")


def advise_on_stop(facts: RunFacts, end: RunEnd, rejects: RejectNames) -> str:
    """Say how to go on after a stop that nobody planned; empty where there was none, or where its reason says it."""
    reason = end.stopped
    if reason is None or reason in PLANNED_ENDS:
        return ""
    if stopped_by_rejects(end):
        place = list_names(rejects.rejected) or "results.csv"
        return (
            f"The same command would stop again. Look at the errors in {place}: most often a column is mapped wrongly, "
            "so mend the mapping; else mend the rows in the export, or allow more with a higher --max-reject-share."
        )
    if "--max-refused" in reason:
        return (
            "Find the cause in the message column of results.csv and mend it; most likely it is the same for all of "
            "them. The same command then goes on with the rows that are left, and sends refused rows again only if "
            "they were mended, or with --retry-refused."
        )
    if "same command" in reason:
        return ""
    if facts.command == "validate" or facts.dry_run:
        return "Nothing was sent: run the same command again."
    return "What was done is kept: the same command goes on where this run stopped."


def _advise_on_repair(facts: RunFacts, totals: Totals) -> Iterator[str]:
    if totals.would_pass and facts.repair != "full":
        rejected = count_words(totals.outcomes[Outcome.REJECTED], "rejected row")
        yield (
            f"--repair full would let {totals.would_pass:,} of {rejected} through. Look at what it would send first: "
            "straitsx-bulk validate --repair full lists every change in the column repairs."
        )


def _advise_on_mending(outcomes: Counter[str], rejects: RejectNames, stopped: bool) -> Iterator[str]:
    names = list_names(rejects.rejected)
    place = f"{names} and import {'that file' if len(rejects.rejected) == 1 else 'them'}" if names else AGAIN
    if outcomes[Outcome.REJECTED] and not stopped:
        yield f"Mend the {count_words(outcomes[Outcome.REJECTED], 'rejected row')} in {place} with the same mapping."
    if outcomes[Outcome.REFUSED]:
        refused = count_words(outcomes[Outcome.REFUSED], "row")
        yield f"The API refused {refused}; the column message says why. Unmended rows need --retry-refused."
    if outcomes[Outcome.CONFLICT]:
        conflicts = count_words(outcomes[Outcome.CONFLICT], "row differs", "rows differ")
        yield f"{conflicts} from the profile at StraitsX: mend {place}. --overwrite replaces all but the identity."
    if outcomes[Outcome.NOT_FOUND]:
        yield f"{count_words(outcomes[Outcome.NOT_FOUND], 'row names', 'rows name')} no profile that StraitsX knows."


AGAIN = "the export and import it again"
