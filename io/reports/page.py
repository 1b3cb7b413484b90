"""report.html: the run on one page that needs nothing from elsewhere, for screens, paper and screen readers."""

import base64
import hashlib
from pathlib import Path

from straitsx_bulk.io.reports.advice import NO_REJECTS, RejectNames
from straitsx_bulk.io.reports.folder import write_whole
from straitsx_bulk.io.reports.html import Html, join, tag
from straitsx_bulk.io.reports.page_parts import show_figures, show_header, show_sections
from straitsx_bulk.io.reports.page_style import STYLE
from straitsx_bulk.io.reports.story import tell_story
from straitsx_bulk.io.reports.totals import Totals
from straitsx_bulk.schemas.run import RunEnd, RunFacts

NAME = "report.html"


def make_page(facts: RunFacts, end: RunEnd, totals: Totals, rejects: RejectNames = NO_REJECTS) -> str:
    """Make the page's HTML.

    Args:
        facts: What was known when the run started.
        end: What is known now.
        totals: The counts.
        rejects: The workbooks to mend in.

    Returns:
        A whole document. It holds counts, codes and the names of files, sheets and columns, and no value of a row.
    """
    story = tell_story(facts, end, totals, rejects)
    body = join(
        show_header(facts, story),
        tag("main", show_figures(facts, end, totals), show_sections(facts, end, totals, story)),
        tag(
            "footer",
            tag("p", f"straitsx-bulk {facts.version}. The rows themselves are in results.csv, beside this page."),
        ),
    )
    title = f"{facts.command} {facts.started_at:%Y-%m-%d %H:%M} - straitsx-bulk"
    return f"<!DOCTYPE html>\n{tag('html', _make_head(title), tag('body', body), lang='en')}\n"


def _make_head(title: str) -> Html:
    """Make the head; the policy lets the page use its own style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Html(STYLE)),
    )


def write_page(folder: Path, facts: RunFacts, end: RunEnd, totals: Totals, rejects: RejectNames) -> Path:
    """Write report.html into the run's folder."""
    path = folder / NAME
    with write_whole(path) as file:
        file.write(make_page(facts, end, totals, rejects).encode())
    return path
