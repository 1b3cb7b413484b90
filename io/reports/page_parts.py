"""The parts of report.html."""

from collections.abc import Iterator, Sequence

from straitsx_bulk.io.reports.charts import draw_bars, draw_stack
from straitsx_bulk.io.reports.html import Child, Html, join, tag
from straitsx_bulk.io.reports.story import Line, Story, is_rehearsal
from straitsx_bulk.io.reports.totals import Totals
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.parameters import Rail
from straitsx_bulk.schemas.run import RunEnd, RunFacts

COLOURS = {
    Outcome.VALID: "good-fill",
    Outcome.CREATED: "good-fill",
    Outcome.UPGRADED: "info-fill",
    Outcome.UNCHANGED: "idle-fill",
    Outcome.EXISTS: "idle-fill",
    Outcome.CONFLICT: "violet-fill",
    Outcome.NOT_FOUND: "violet-fill",
    Outcome.REJECTED: "mixed-fill",
    Outcome.REFUSED: "bad-fill",
    Outcome.IN_DOUBT: "bad-fill",
    Outcome.NOT_ATTEMPTED: "track",
}
_CHARTED = 10


def show_header(facts: RunFacts, story: Story) -> Html:
    """Show what ran, and how it went in one sentence."""
    kind = f"{facts.command}, dry run" if facts.dry_run else facts.command
    where = f"{facts.environment}, {facts.host}, account {facts.account}" if facts.host else "no calls"
    return tag(
        "header",
        tag("p", f"straitsx-bulk {kind} - {where}", class_="eyebrow"),
        tag("h1", story.headline),
        tag("p", story.stop, class_="status bad") if story.stop else "",
    )


def show_figures(facts: RunFacts, end: RunEnd, totals: Totals) -> Html:
    """Show the figures that everybody asks for first."""
    good = totals.outcomes[Outcome.VALID] if is_rehearsal(facts) else totals.there
    mend = sum(totals.outcomes[o] for o in (Outcome.REJECTED, Outcome.REFUSED, Outcome.CONFLICT, Outcome.NOT_FOUND))
    figures = [
        ("Rows read", totals.rows, ""),
        ("Would be sent" if is_rehearsal(facts) else "In StraitsX", good, _share(good, totals.rows)),
        ("Complete for USD", totals.ready[Rail.USD], _share(totals.ready[Rail.USD], totals.rows)),
        ("To mend", mend, _share(mend, totals.rows)),
        ("Calls", end.api.calls, ""),
    ]
    cards = (
        tag("div", tag("dt", label), tag("dd", f"{count:,} ", tag("span", aside, class_="aside") if aside else ""))
        for label, count, aside in figures
    )
    return tag("dl", cards, class_="figures")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def show_sections(facts: RunFacts, end: RunEnd, totals: Totals, story: Story) -> Html:
    """Show all sections that have something to show."""
    steps = [step for step in (story.go_on, *story.steps) if step]
    return join(
        _section("What to do next", tag("ol", (tag("li", step) for step in steps))) if steps else "",
        _section(
            "How far the rows came", draw_bars("From rows read to USD", story.funnel, "info-fill", whole=totals.rows)
        ),
        _show_outcomes(story) if totals.rows else "",
        _show_reasons("Why rows were rejected", story.reasons, "mixed-fill", facts, totals),
        _show_coded("What the API refused", "Code", story.refusals),
        _show_gaps(story),
        _show_coded("What else was noticed", "Warning", story.warnings),
        _show_calls(facts, end, story) if facts.host else "",
        _show_files(totals) if len(totals.sources) > 1 else "",
        _section("Notices", tag("ul", (tag("li", notice) for notice in end.notices))) if end.notices else "",
        _show_run(facts, end),
    )


def _section(title: str, *children: Child) -> Html:
    name = title.lower().replace(" ", "-")
    return tag("section", tag("h2", title, id=name), *children, aria_labelledby=name)


def _table(caption: str, heads: Sequence[str], rows: Iterator[Sequence[Child]], numbers: frozenset[int]) -> Html:
    """Make a table; its first column heads the rows, and the columns ``numbers`` are aligned as figures."""
    classes = ["number" if number in numbers else "text" for number in range(len(heads))]
    top = tag("tr", (tag("th", head, scope="col", class_=c) for head, c in zip(heads, classes, strict=True)))
    body = (tag("tr", _cells(row, classes)) for row in rows)
    table = tag("table", tag("thead", top), tag("tbody", body), aria_label=caption)
    return tag("div", table, class_="scroll", tabindex=0, role="group", aria_label=f"{caption}, table")


def _cells(row: Sequence[Child], classes: Sequence[str]) -> Iterator[Html]:
    for number, (cell, kind) in enumerate(zip(row, classes, strict=True)):
        yield tag("td", cell, class_=kind) if number else tag("th", cell, scope="row", class_=kind)


def _key(colour: str) -> Html:
    square = tag("rect", width=14, height=14, rx=3, class_=colour)
    return tag("svg", square, class_="key", viewBox="0 0 14 14", aria_hidden="true", focusable="false")


def _show_outcomes(story: Story) -> Html:
    colours = [COLOURS[Outcome(line.label)] for line in story.outcomes]
    rows = (
        (join(_key(COLOURS[Outcome(line.label)]), line.label), f"{line.count:,}", line.note) for line in story.outcomes
    )
    return _section(
        "What became of the rows",
        draw_stack("Outcomes", story.outcomes, colours),
        _table("Rows by outcome", ("Outcome", "Rows", "Meaning"), rows, frozenset({1})),
    )


def _show_reasons(title: str, lines: Sequence[Line], colour: str, facts: RunFacts, totals: Totals) -> Child:
    if not lines:
        return ""
    win = ""
    if totals.would_pass and facts.repair != "full":
        win = f"With --repair full, {totals.would_pass:,} of these rows would pass."
    examples = totals.examples
    rows = ((_show_code(x.label), f"{x.count:,}", x.note, _show_example(examples.get(x.label, ""))) for x in lines)
    return _section(
        title,
        tag("p", win) if win else "",
        draw_bars("Most frequent reasons", lines[:_CHARTED], colour),
        _table(title, ("Reason", "Rows", "What it means", "First seen, masked"), rows, frozenset({1})),
    )


def _show_code(code: str) -> Html:
    """Show a ``parameter:code``; on paper it may go on in another line after the parameter."""
    parameter, colon, kind = code.partition(":")
    return tag("code", f"{parameter}{colon}", tag("wbr") if colon else "", kind)


def _show_example(example: str) -> Html:
    place, _, text = example.partition(": ")
    return join(place, tag("br"), tag("samp", text)) if text else join(place)


def _show_coded(title: str, head: str, lines: Sequence[Line]) -> Child:
    if not lines:
        return ""
    rows = ((_show_code(line.label), f"{line.count:,}", line.note) for line in lines)
    return _section(title, _table(title, (head, "Rows", "What it means"), rows, frozenset({1})))


def _show_gaps(story: Story) -> Child:
    if not story.gaps:
        return ""
    return _section(
        "What keeps profiles from USD",
        draw_bars("Parameters that are missing for USD", story.gaps, "info-fill"),
        tag("ul", (tag("li", sentence) for sentence in story.lone_gaps)) if story.lone_gaps else "",
    )


def _show_calls(facts: RunFacts, end: RunEnd, story: Story) -> Html:
    api = end.api
    allowance = f" of {facts.rate:g} allowed" if facts.rate else ""
    told = [
        ("Calls", f"{api.calls:,}"),
        ("Most in one second", f"{api.max_rate:g}{allowance}"),
        ("Sent again", f"{api.retries:,}"),
        ("Answers 429 (too fast)", f"{api.throttled:,}"),
        ("Time", write_seconds(story.seconds)),
    ]
    lines = [
        Line(f"HTTP {code}" if code != "0" else "no answer", count) for code, count in sorted(api.by_status.items())
    ]
    return _section(
        "Calls, rate and time",
        _facts(told),
        draw_bars("Calls by HTTP status", lines, "info-fill") if lines else "",
    )


def _show_files(totals: Totals) -> Html:
    shown = [outcome for outcome in Outcome if totals.outcomes[outcome]]
    rows = (
        (source, f"{sum(counts.values()):,}", *(f"{counts[outcome]:,}" for outcome in shown))
        for source, counts in totals.sources.items()
    )
    heads = ("File", "Rows", *map(str, shown))
    return _section("Files", _table("Rows by file", heads, rows, frozenset(range(1, len(heads)))))


def _show_run(facts: RunFacts, end: RunEnd) -> Html:
    told = [
        ("Run", facts.run_id),
        ("Started", f"{facts.started_at:%Y-%m-%d %H:%M:%S %Z}"),
        ("Ended", f"{end.finished_at:%Y-%m-%d %H:%M:%S %Z}"),
        ("Key", facts.key_fingerprint),
        ("Rail", facts.rail),
        ("Repair", facts.repair),
        ("Inputs", ", ".join(facts.inputs)),
        *((f"Dates in {column}", found) for column, found in end.date_formats.items()),
    ]
    return _section("This run", _facts(told))


def _facts(told: Sequence[tuple[str, str]]) -> Html:
    return tag("dl", ((tag("dt", name), tag("dd", text)) for name, text in told if text), class_="facts")


def write_seconds(seconds: float) -> str:
    """Write a duration for people: ``0.4 s``, ``2 min 5 s``, ``3 h 12 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
