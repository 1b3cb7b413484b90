"""report.html, read with the standard library's parser."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from reports_readers import report
from reports_samples import CREATED, MIXED, REJECTED, Row, make_reported, run_end, run_facts

from straitsx_bulk.io.reports.html import Html, join, tag
from straitsx_bulk.io.reports.page import make_page
from straitsx_bulk.io.reports.page_parts import write_seconds
from straitsx_bulk.io.reports.story import tell_story
from straitsx_bulk.io.reports.totals import Totals

VOID = {"meta", "br", "wbr"}
EVIL = "<script>alert(1)</script>\"'&"


@dataclass
class Page(HTMLParser):
    """What a parser sees of a page."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    open_tags: list[str] = field(default_factory=list)
    style: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open_tags[-1:] == ["style"]:
            self.style += data
        else:
            self.texts.append(data)

    def find(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def parse(markup: str) -> Page:
    page = Page()
    page.feed(markup)
    page.close()
    assert page.open_tags == []
    return page


def page_of(tmp_path: Path, *batches: object) -> Page:
    path = report(tmp_path, *batches).page  # type: ignore[arg-type] # tests give reported batches only
    assert path is not None
    return parse(path.read_text(encoding="utf-8"))


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return page_of(tmp_path, make_reported(MIXED), make_reported([REJECTED], source="b.csv"))


def test_the_page_needs_nothing_from_elsewhere(page: Page) -> None:
    names = Counter(name for name, _ in page.tags)
    assert not names.keys() & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "form",
        "base",
        "foreignobject",
        "image",
        "use",
    }
    assert not [
        a for _, attributes in page.tags for a in attributes if a in ("src", "href", "style") or a.startswith("on")
    ]
    assert "url(" not in page.style
    assert "@import" not in page.style


def test_the_policy_allows_only_the_pages_own_style(page: Page) -> None:
    [policy] = [meta["content"] for meta in page.find("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_page_has_landmarks_one_title_and_headings_in_order(page: Page) -> None:
    names = [name for name, _ in page.tags]
    assert [names.count(name) for name in ("header", "main", "footer", "h1", "head")] == [1, 1, 1, 1, 1]
    assert page.find("html")[0]["lang"] == "en"
    levels = [int(name[1]) for name in names if re.fullmatch(r"h[1-6]", name)]
    assert levels == [1, *[2] * (len(levels) - 1)]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert [s["aria-labelledby"] for s in page.find("section")] == ids


def test_every_picture_is_told_in_words_or_is_only_an_ornament(page: Page) -> None:
    pictures = page.find("svg")
    assert len(pictures) > 5
    assert all(svg.get("role") == "img" and svg["aria-label"] for svg in pictures if svg.get("aria-hidden") != "true")
    funnel = next(svg["aria-label"] for svg in pictures if svg.get("aria-label", "").startswith("From rows read"))
    assert funnel == (
        "From rows read to USD: Rows read 7; Passed the checks 5; Taken to the API 5; In StraitsX 2; Complete for USD 1"
    )


def test_the_figures_are_there(page: Page) -> None:
    for told in (
        "2 of 7 rows are in StraitsX, 1 of them ready for USD.",
        "customerName:bad_characters",
        "With --repair full, 2 of these rows would pass.",
        "XFE15",
        "5 of 5 allowed",
        "2 min 5 s",
        "b.csv",
    ):
        assert told in page.text


def test_profiles_that_lack_one_thing_are_counted(tmp_path: Path) -> None:
    gaps = ["dateOfBirth"] * 3 + ["address.street;address.city"] * 2 + ["dateOfBirth;nationality"]
    rows = [Row(REJECTED.cells, "created", "sgd", gap) for gap in gaps]
    text = page_of(tmp_path, make_reported(rows)).text
    assert "3 profiles lack only a date of birth." in text
    assert "2 profiles lack only an address." in text
    assert "only a nationality" not in text


def test_no_value_of_a_row_is_on_the_page(page: Page) -> None:
    values = {cell for row in MIXED for cell in row.cells if len(cell) > 3 and cell != "personal"}
    values |= {"1977-06-05", "Wei Ming Lim"}
    assert [value for value in values if value in page.text] == []


def test_names_of_files_sheets_and_headers_are_escaped() -> None:
    totals = Totals()
    totals.add(make_reported(MIXED, source=EVIL))
    totals.add(make_reported(MIXED, source="b.csv"))
    facts = run_facts(inputs=(EVIL,), account=EVIL, host=EVIL)
    end = run_end(notices=(f"{EVIL} is used by nothing.",), date_formats={f"{EVIL} DOB": EVIL}, stopped=EVIL)
    page = parse(make_page(facts, end, totals))
    assert page.find("script") == []
    assert page.text.count(EVIL) >= 6


def test_markup_escapes_whatever_is_not_markup() -> None:
    assert tag("p", "<b>", tag("i", "&"), class_='a"b') == '<p class="a&quot;b">&lt;b&gt;<i>&amp;</i></p>'
    assert join("<", [Html("<br>"), ">"]) == "&lt;<br>&gt;"


@pytest.mark.parametrize(
    ("stopped", "told"),
    [
        (None, "2 of 6 rows are in StraitsX"),
        ("limit", "The run ended as planned: the limit was reached."),
        ("window", "The run ended as planned: the time window closed."),
        ("The key was refused.", "Stopped before the end."),
    ],
)
def test_the_headline_says_how_the_run_ended(stopped: str | None, told: str) -> None:
    totals = Totals()
    totals.add(make_reported(MIXED))
    assert told in parse(make_page(run_facts(), run_end(stopped=stopped), totals)).text


def test_a_validation_says_that_nothing_was_sent() -> None:
    totals = Totals()
    totals.add(make_reported([replace(MIXED[0], outcome="valid"), REJECTED]))
    facts = run_facts(command="validate", host="", environment="")
    text = parse(make_page(facts, run_end(), totals)).text
    assert "1 of 2 rows would be sent, and nothing was." in text
    assert "Calls, rate and time" not in text


def test_no_step_of_a_dry_run_has_more_rows_than_the_one_before() -> None:
    """What is there already needs no call, and counts on."""
    totals = Totals()
    rows = [REJECTED, replace(CREATED, outcome="valid"), *[replace(CREATED, outcome="unchanged")] * 3]
    totals.add(make_reported(rows))
    story = tell_story(run_facts(dry_run=True), run_end(), totals)
    assert [line.count for line in story.funnel] == [5, 4, 4, 4]
    assert story.headline == "1 of 5 rows would be sent, and nothing was. 3 rows are in StraitsX already."


def test_an_empty_run_has_a_page() -> None:
    assert "no rows" in parse(make_page(run_facts(), run_end(), Totals())).text


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.44, "0.4 s"), (59.94, "59.9 s"), (125, "2 min 5 s"), (3600 * 3 + 720, "3 h 12 min")]
)
def test_durations_are_written_for_people(seconds: float, told: str) -> None:
    assert write_seconds(seconds) == told
