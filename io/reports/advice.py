"""What to do after a run, the most urgent first."""

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
        mapped: Whether a mapping was used for any of them.
    """

    rejected: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    mapped: bool = False


NO_REJECTS = RejectNames()


def describe_planned_end(end: RunEnd) -> str:
    """Say in a clause which planned end a run came to; where no call was made, the window may never have opened."""
    if end.stopped == "window" and not end.api.calls:
        return "it is outside the hours of --window, so no call was made"
    return PLANNED_ENDS[end.stopped or ""]


def same_way(*, mapped: bool) -> str:
    """Say how what was mended is to be imported: as the export was, since what was left out would be read otherwise."""
    return "with the same mapping and options" if mapped else "with the same options"


def name_way_in(command: str) -> str:
    """Name the command that takes what was mended: after an upgrade its own, since import creates what is not found."""
    return "upgrade" if command == "upgrade" else "import"


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
        when = " within the hours of --window" if end.stopped == "window" else ""
        yield f"Run the same command again{when} for the rows that are left; it goes on where this run ended."
    if outcomes[Outcome.IN_DOUBT]:
        doubt = count_words(outcomes[Outcome.IN_DOUBT], "row is", "rows are")
        yield f"{doubt} in doubt: run straitsx-bulk reconcile, or the same command again; neither creates twice."
    yield from _advise_on_repair(facts, totals)
    yield from _advise_on_mending(facts, end, totals, rejects)
    if totals.gaps:
        lacking = count_words(sum(totals.gaps.values()), "row is", "rows are")
        place = f"the sheet USD gaps of {list_names(rejects.gaps)}" if rejects.gaps else COLUMN_OF_GAPS
        taken = f"{name_way_in(facts.command)} {'them' if len(rejects.gaps) > 1 else 'it'}"
        yield f"{lacking} complete for SGD only: fill in {place} and {taken} {same_way(mapped=rejects.mapped)}."
    if facts.command == "validate" and outcomes[Outcome.VALID]:
        valid = count_words(outcomes[Outcome.VALID], "valid row")
        yield f"Import the {valid}: straitsx-bulk import, with the same files and options."


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
        look = "--repair full" if facts.dry_run or facts.command == "validate" else "--dry-run --repair full"
        yield (
            f"--repair full would let {totals.would_pass:,} of {rejected} through. Look at what it would send first: "
            f"the same command with {look} sends nothing and lists every change in the column repairs."
        )


def _advise_on_mending(facts: RunFacts, end: RunEnd, totals: Totals, rejects: RejectNames) -> Iterator[str]:
    outcomes, way = totals.outcomes, same_way(mapped=rejects.mapped)
    names, go = list_names(rejects.rejected), name_way_in(facts.command)
    place = f"{names} and {go} {'that file' if len(rejects.rejected) == 1 else 'them'}" if names else AGAIN.format(go)
    if outcomes[Outcome.REJECTED] and not stopped_by_rejects(end):
        yield f"Mend the {count_words(outcomes[Outcome.REJECTED], 'rejected row')} in {place} {way}."
    if outcomes[Outcome.REFUSED]:
        refused = count_words(outcomes[Outcome.REFUSED], "row")
        yield f"The API refused {refused}; the column message says why. Unmended rows need --retry-refused."
    if outcomes[Outcome.CONFLICT]:
        yield _advise_on_conflicts(totals, f"in {place} {way}")
    if outcomes[Outcome.NOT_FOUND]:
        yield _advise_on_not_found(facts, outcomes[Outcome.NOT_FOUND], f"in {place} {way}")


def _advise_on_conflicts(totals: Totals, where: str) -> str:
    count = totals.outcomes[Outcome.CONFLICT]
    conflicts = count_words(count, "row differs", "rows differ")
    mend = f"{conflicts} from the profile at StraitsX: mend the {'row' if count == 1 else 'rows'} {where}."
    return f"{mend} --overwrite replaces all but the identity." if totals.replaceable else mend


def _advise_on_not_found(facts: RunFacts, count: int, where: str) -> str:
    unknown = count_words(count, "row names", "rows name")
    whose = "its" if count == 1 else "their"
    sentence = f"{unknown} no profile that StraitsX knows in this environment and account"
    if facts.command == "upgrade":
        return (
            f"{sentence}: mend {whose} registrationType, registrationId or profile id {where}. "
            "If there is none yet, straitsx-bulk import creates it; upgrade never does."
        )
    return f"{sentence}: mend {whose} profile id {where}, or empty it to go by registrationType and registrationId."


AGAIN = "the export and {0} it again"
