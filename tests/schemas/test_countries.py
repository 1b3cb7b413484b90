"""Which country a text means: every name and code of ISO, our tables, and what must never be guessed."""

import subprocess
import sys
import unicodedata
from collections.abc import Callable

import pandas as pd
import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas import countries
from straitsx_bulk.schemas.countries import CountryMatch, country_name, resolve_country, to_alpha2
from straitsx_bulk.schemas.country_names import ALIASES, AMBIGUOUS
from straitsx_bulk.schemas.demonyms import DEMONYMS

ISO = list(pycountry.countries)
WITHOUT_DEMONYM = {"AQ", "BV", "GS", "HM", "IO", "SJ", "TF", "UM", "VA"}  # uninhabited, or nobody is called after them
OURS = [(code, name) for table in (ALIASES, DEMONYMS) for code, names in table.items() for name in names.split(", ")]
KNOWN = [*OURS, *((c.alpha_2, c.name) for c in ISO if c.alpha_2 != "CG")]


def without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not "\u0300" <= c <= "\u036f")


@pytest.mark.parametrize("field", ["alpha_2", "alpha_3", "numeric", "name", "official_name", "common_name"])
def test_every_iso_country_is_found_by_each_of_its_codes_and_names(field: str) -> None:
    """All 249, whatever the case; only "Congo" names two, though ISO gives the short name to one of them."""
    texts = {getattr(c, field): c.alpha_2 for c in ISO if getattr(c, field, "")}
    texts.pop("Congo", None)
    assert texts == {text: resolve_country(text).code for text in texts}
    assert texts == {text: resolve_country(text.lower()).code for text in texts}
    assert texts == {text: resolve_country(f"  {text.upper()} ").code for text in texts}


def test_alpha2_lists_the_assigned_codes_in_order() -> None:
    assert tuple(sorted(c.alpha_2 for c in ISO)) == countries.ALPHA2


def test_an_unknown_module_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="ALPHA9"):
        countries.ALPHA9  # noqa: B018 - looking is the act


def test_every_inhabited_country_has_a_demonym() -> None:
    shared = {code for codes in AMBIGUOUS.values() for code in codes.split(", ")}
    assert set(countries.ALPHA2) - WITHOUT_DEMONYM == set(DEMONYMS) | shared


@pytest.mark.parametrize(("code", "name"), OURS)
def test_every_name_and_demonym_of_our_tables_means_its_country(code: str, name: str) -> None:
    assert CountryMatch(code=code) == resolve_country(name)


@pytest.mark.parametrize(
    ("name", "candidates"), [(name, c) for names, c in AMBIGUOUS.items() for name in names.split(", ")]
)
def test_a_name_of_several_countries_gives_the_candidates(name: str, candidates: str) -> None:
    assert CountryMatch(candidates=tuple(candidates.split(", "))) == resolve_country(name)


def test_the_tables_name_assigned_codes_only_and_no_name_twice() -> None:
    named = {c for codes in AMBIGUOUS.values() for c in codes.split(", ")} | set(ALIASES) | set(DEMONYMS)
    assert set() == named - set(countries.ALPHA2)
    ours = [name for _, name in OURS]
    assert sorted({name for name in ours if ours.count(name) > 1}) == []


def test_no_name_of_ours_hides_a_code() -> None:
    """A short name such as UAE must not be another country's alpha-2 or alpha-3."""
    codes = {c.alpha_3: c.alpha_2 for c in ISO} | {c.alpha_2: c.alpha_2 for c in ISO}
    assert [(name, code) for code, name in OURS if codes.get(name.upper(), code) != code] == []


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "N/A", "n.a.", "N A", "na/na", "Unknown", "Others", "Stateless", "Refugee", "Kosovo", "XK",
        "XKX", "ZZ", "EU", "European", "Asian", "African", "Arab", "Malay", "Tamil", "Kurdish", "Tibetan", "Eurasian",
        "Singapor", "Singapore PR", "Non-Singaporean", "Permanent Resident", "36", "+65", "65", "702.0", "0702", "S",
        "S.G", "West Indian", "New Guinea", "Northern Cyprus", "Somaliland", "Ga-na", "US-CA", "Malaysian Chinese",
        "999", "🇸🇬", "?", "கானா",
    ],
)  # fmt: skip
def test_what_names_no_country_for_certain_stays_unknown(text: str) -> None:
    assert CountryMatch() == resolve_country(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NA", "NA"),
        ("no", "NO"),
        ("In", "IN"),
        ("PER", "PE"),
        ("GIN", "GN"),
        ("lao", "LA"),
        ("CAN", "CA"),
        ("MAR", "MA"),
    ],
)
def test_a_code_beats_every_other_reading(text: str, code: str) -> None:
    assert CountryMatch(code=code) == resolve_country(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Singapore (SG)", CountryMatch("SG")),
        ("SG - Singapore", CountryMatch("SG")),
        ("SGP / Singaporean", CountryMatch("SG")),
        ("Korea (KR)", CountryMatch("KR")),
        ("Korea, KP", CountryMatch("KP")),
        ("Congo - CD", CountryMatch("CD")),
        ("Singapore / Malaysia", CountryMatch(candidates=("MY", "SG"))),
        ("Singaporean (Chinese)", CountryMatch(candidates=("CN", "SG"))),
        ("Georgia, USA", CountryMatch(candidates=("GE", "US"))),
        ("Singapore (PR)", CountryMatch(candidates=("PR", "SG"))),
        ("SG/MY", CountryMatch()),
    ],
)
def test_parts_that_agree_are_one_country_and_parts_that_differ_are_candidates(
    text: str, expected: CountryMatch
) -> None:
    assert expected == resolve_country(text)


def test_spaces_do_not_matter() -> None:
    """``HongKong``, ``SouthKorean``: exports lose spaces, and people never agree on them."""
    assert [code for code, _ in KNOWN] == [resolve_country(text.replace(" ", "")).code for _, text in KNOWN]


FORMS: list[Callable[[str], str]] = [
    str.upper, str.lower, str.title, without_accents, lambda t: t.replace(" ", "  "),
    lambda t: t.replace(" ", "_"), lambda t: t.replace("'", "’"), lambda t: t.replace("'", ""), lambda t: f"{t}.",
    lambda t: t.replace(",", " "), lambda t: t.replace("Saint ", "St. "),
    lambda t: t.replace(" and ", " & "),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KNOWN), st.lists(st.sampled_from(FORMS), max_size=3), st.sampled_from(["", "The ", "the "]))
def test_case_accents_and_punctuation_do_not_matter(
    known: tuple[str, str], forms: list[Callable[[str], str]], article: str
) -> None:
    code, text = known
    for form in forms:
        text = form(text)
    assert CountryMatch(code=code) == resolve_country(article + text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[A-Za-z .,/()'-]{1,12}", fullmatch=True))
def test_any_text_gives_one_country_or_candidates_or_neither(text: str) -> None:
    match = resolve_country(text)
    assert match.code == "" or (match.code in countries.ALPHA2 and match.candidates == ())
    assert len(match.candidates) != 1
    assert list(match.candidates) == sorted(set(match.candidates) & set(countries.ALPHA2))


@pytest.mark.parametrize("text", [" " * 500_000 + "x", "Korea, " * 100_000, "S.G." * 100_000])
def test_a_very_long_text_is_unknown_at_once(text: str) -> None:
    assert CountryMatch() == resolve_country(text)


def test_a_code_found_is_found_again() -> None:
    assert list(countries.ALPHA2) == [resolve_country(code).code for code in countries.ALPHA2]


def test_a_column_keeps_its_index_and_gives_codes_and_candidates_as_text() -> None:
    texts = pd.Series(
        ["Singaporean", "Korea", "", "nowhere", "Korea"], index=[7, 7, 2, 9, 1], dtype="str", name="nationality"
    )
    codes, candidates = to_alpha2(texts)
    assert codes.tolist() == ["SG", "", "", "", ""]
    assert candidates.tolist() == ["", "KP, KR", "", "", "KP, KR"]
    for column in (codes, candidates):
        assert texts.index.equals(column.index)
        assert column.dtype == "str"
        assert column.name == "nationality"


def test_an_empty_column_gives_empty_columns() -> None:
    codes, candidates = to_alpha2(pd.Series([], dtype="str"))
    assert [(len(column), str(column.dtype)) for column in (codes, candidates)] == [(0, "str"), (0, "str")]


@pytest.mark.parametrize(
    ("code", "name"),
    [("SG", "Singapore"), ("KR", "South Korea"), ("BO", "Bolivia"), ("GB", "United Kingdom"), ("XK", "XK")],
)
def test_messages_name_a_country_as_people_do(code: str, name: str) -> None:
    assert name == country_name(code)


def test_importing_the_module_does_not_load_the_iso_table() -> None:
    """Start-up matters: only a run that meets a country pays for pycountry."""
    script = "import sys, straitsx_bulk.schemas.countries; print('pycountry' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
        == "False"
    )
