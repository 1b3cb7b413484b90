"""What a run has to tell people, in the order they ask: how far the rows came, what stands in the way, what to do next.

The page and the terminal tell the same story from here.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from straitsx_bulk.io.reports.advice import (
    NO_REJECTS,
    PLANNED_ENDS,
    RejectNames,
    advise,
    advise_on_stop,
    describe_planned_end,
)
from straitsx_bulk.io.reports.explain import explain_code, explain_refusal
from straitsx_bulk.io.reports.totals import Totals
from straitsx_bulk.schemas.outcomes import GOOD, Outcome
from straitsx_bulk.schemas.parameters import BY_NAME, Rail
from straitsx_bulk.schemas.run import RunEnd, RunFacts
from straitsx_bulk.schemas.wording import count_words, end_sentence

MEANINGS = {
    Outcome.VALID: "would be sent",
    Outcome.CREATED: "new profile",
    Outcome.UPGRADED: "existed; filled in",
    Outcome.UNCHANGED: "already there with all of this",
    Outcome.EXISTS: "existed; left alone",
    Outcome.CONFLICT: "existed with other values; nothing written",
    Outcome.NOT_FOUND: "no such profile",
    Outcome.REJECTED: "failed the checks; never sent",
    Outcome.REFUSED: "the API said no",
    Outcome.IN_DOUBT: "sent, and nobody knows yet what became of it",
    Outcome.NOT_ATTEMPTED: "the run ended before it",
}
"""The contract's outcomes in a few words each."""


@dataclass(frozen=True, slots=True)
class Line:
    """A counted line of the story.

    Attributes:
        label: What is counted.
        count: Rows.
        note: A sentence beside it, or empty.
    """

    label: str
    count: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """The story of a run.

    Attributes:
        headline: A sentence or two.
        stop: Why it stopped before its end, as a sentence; empty where it did not, or as planned.
        go_on: How to go on after the stop, where the reason does not say it.
        mood: ``good``, ``mixed`` or ``bad``.
        funnel: From rows read to profiles ready for USD.
        outcomes: The outcomes that occurred, the good ones first.
        reasons: Why rows were rejected, most frequent first.
        refusals: The API's codes, most frequent first.
        warnings: What was noticed and rejected nothing, most frequent first.
        gaps: Parameters that keep profiles from USD, most frequent first.
        lone_gaps: Sentences on profiles that lack one thing only.
        steps: What to do next, the most urgent first.
        seconds: How long the run took.
    """

    headline: str
    stop: str
    go_on: str
    mood: str
    funnel: tuple[Line, ...]
    outcomes: tuple[Line, ...]
    reasons: tuple[Line, ...]
    refusals: tuple[Line, ...]
    warnings: tuple[Line, ...]
    gaps: tuple[Line, ...]
    lone_gaps: tuple[str, ...]
    steps: tuple[str, ...]
    seconds: float


def tell_story(facts: RunFacts, end: RunEnd, totals: Totals, rejects: RejectNames = NO_REJECTS) -> Story:
    """Make the story of a run that has ended.

    Args:
        facts: What was known when the run started.
        end: What is known now.
        totals: The counts.
        rejects: The workbooks to mend in.

    Returns:
        The story.
    """
    alone, members = _count_gaps(totals.gaps)
    return Story(
        headline=_headline(facts, end, totals),
        stop="" if end.stopped in PLANNED_ENDS else end_sentence(end.stopped or ""),
        go_on=advise_on_stop(facts, end, rejects),
        mood=_mood(end, totals),
        funnel=tuple(_funnel(facts, totals)),
        outcomes=tuple(Line(str(o), totals.outcomes[o], MEANINGS[o]) for o in Outcome if totals.outcomes[o]),
        reasons=_explain(totals.errors),
        refusals=tuple(Line(code, count, explain_refusal(code)) for code, count in totals.refusals.most_common()),
        warnings=_explain(totals.warnings),
        gaps=tuple(Line(_label(name), count, name) for name, count in members.most_common()),
        lone_gaps=tuple(_lone_gap(name, count, facts) for name, count in alone.most_common()),
        steps=tuple(advise(facts, end, totals, rejects)),
        seconds=max((end.finished_at - facts.started_at).total_seconds(), 0.0),
    )


def is_rehearsal(facts: RunFacts) -> bool:
    """Say whether nothing was to be sent."""
    return facts.dry_run or facts.command == "validate"


def _headline(facts: RunFacts, end: RunEnd, totals: Totals) -> str:
    if not totals.rows:
        return "The input has a header and no rows."
    read = count_words(totals.rows, "row")
    if is_rehearsal(facts):
        known = f" {count_words(totals.there, 'row is', 'rows are')} in StraitsX already." if totals.there else ""
        told = f"{totals.outcomes[Outcome.VALID]:,} of {read} would be sent, and nothing was.{known}"
    else:
        verb = "is" if totals.there == 1 else "are"
        told = f"{totals.there:,} of {read} {verb} in StraitsX, {totals.ready[Rail.USD]:,} of them ready for USD."
    if end.stopped in PLANNED_ENDS:
        return f"{told} The run ended as planned: {describe_planned_end(end)}."
    return f"Stopped before the end. {told}" if end.stopped else told


def _mood(end: RunEnd, totals: Totals) -> str:
    if end.stopped and end.stopped not in PLANNED_ENDS:
        return "bad"
    attempted = totals.rows - totals.outcomes[Outcome.NOT_ATTEMPTED]
    return "good" if attempted == sum(totals.outcomes[outcome] for outcome in GOOD) else "mixed"


def _funnel(facts: RunFacts, totals: Totals) -> Iterator[Line]:
    yield Line("Rows read", totals.rows)
    yield Line("Passed the checks", totals.accepted)
    if is_rehearsal(facts):
        label = "Would be sent, or is there" if totals.there else "Would be sent"
        yield Line(label, totals.outcomes[Outcome.VALID] + totals.there)
    else:
        yield Line("Taken to the API", totals.sent)
        yield Line("In StraitsX", totals.there)
    yield Line("Complete for USD", totals.ready[Rail.USD])


def _explain(counts: Counter[str]) -> tuple[Line, ...]:
    return tuple(Line(code, count, explain_code(code)[0]) for code, count in counts.most_common())


def _label(name: str) -> str:
    return "Address" if name == "address" else BY_NAME[name].label if name in BY_NAME else name


def _count_gaps(gaps: Counter[str]) -> tuple[Counter[str], Counter[str]]:
    """Count profiles by the one thing they lack, and by each thing they lack; an address is one thing."""
    alone: Counter[str] = Counter()
    members: Counter[str] = Counter()
    for text, count in gaps.items():
        names = dict.fromkeys(name.partition(".")[0] for name in text.split(";"))
        members.update(dict.fromkeys(names, count))
        if len(names) == 1:
            alone.update(dict.fromkeys(names, count))
    return alone, members


def _lone_gap(name: str, count: int, facts: RunFacts) -> str:
    label = _label(name)
    article = "an" if label[0].lower() in "aeiou" else "a"
    noun = "row lacks" if count == 1 else "rows lack"
    if not is_rehearsal(facts):
        noun = "profile lacks" if count == 1 else "profiles lack"
    return f"{count:,} {noun} only {article} {label[0].lower()}{label[1:]}."
