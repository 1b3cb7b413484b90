"""Dates: what a value says, what a column says, and nothing guessed."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from check_help import PERSON, TODAY, check_rows, list_labels, make_batch, make_layout
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.dates import DateSurvey, list_formats, list_telling, today_in_singapore
from straitsx_bulk.schemas.layout import Layout, ParameterSource
from straitsx_bulk.schemas.repair_dates import DateVerdict, read_date

days = st.dates(min_value=date(1900, 1, 1), max_value=TODAY)


def _read(text: str, *declared: str, found: tuple[str, ...] = ()) -> DateVerdict:
    return read_date(text, declared, found, TODAY)


def _survey(*values: str) -> DateSurvey:
    survey = DateSurvey()
    for value in values:
        survey.observe(pd.Series([value], dtype="str"))
    return survey


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("21/01/1990", "%d/%m/%Y", "1990-01-21"),
        ("02/01/1990", "%d/%m/%Y", "1990-01-02"),
        ("02/01/1990", "%m/%d/%Y", "1990-02-01"),
        ("1/2/1990", "%d/%m/%Y", "1990-02-01"),
        ("21.01.90", "%d.%m.%y", "1990-01-21"),
        ("21.01.26", "%d.%m.%y", "2026-01-21"),
        ("04.02.26", "%d.%m.%y", "1926-02-04"),
        ("03.02.26", "%d.%m.%y", "2026-02-03"),
        ("29.02.00", "%d.%m.%y", "2000-02-29"),
        ("21 Jan 1990", "%d %b %Y", "1990-01-21"),
        ("32894", "excel-serial", "1990-01-21"),
        ("32894.0", "excel-serial", "1990-01-21"),
        ("32894.5", "excel-serial", "1990-01-21"),
        ("1", "excel-serial", "1900-01-01"),
        ("59", "excel-serial", "1900-02-28"),
        ("61", "excel-serial", "1900-03-01"),
        ("1990-01-21", "%d/%m/%Y", "1990-01-21"),
        ("1990-01-21 00:00:00", "%d/%m/%Y", "1990-01-21"),
        ("21/01/1990 00:00", "%d/%m/%Y", "1990-01-21"),
        ("2020-01-02", "%Y-%d-%m", "2020-01-02"),
        ("17 Agustus 1990", "%d %B %Y", "1990-08-17"),
        ("5-Des-90", "%d-%b-%y", "1990-12-05"),
        (" 5/ 1/1990".strip(), "%d/%m/%Y", "1990-01-05"),
        ("5 / 1 / 1990", "%d / %m / %Y", "1990-01-05"),
        ("1990年2月1日", "%Y年%m月%d日", "1990-02-01"),
    ],
)
def test_declared_format_reads(text: str, form: str, expected: str) -> None:
    assert _read(text, form).date == expected


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("21/01/1990", "%m/%d/%Y"),
        ("31/04/1990", "%d/%m/%Y"),
        ("60", "excel-serial"),
        ("0", "excel-serial"),
        ("99999999", "excel-serial"),
        ("1990-02-30", "%Y-%m-%d"),
        ("tomorrow", "%d/%m/%Y"),
    ],
)
def test_declared_format_binds(text: str, form: str) -> None:
    verdict = _read(text, form)
    assert (verdict.date, verdict.candidates) == ("", ())


def test_declared_formats_are_tried_in_order() -> None:
    assert _read("01/02/1990", "%m/%d/%Y", "%d/%m/%Y").date == "1990-01-02"
    assert _read("21/02/1990", "%m/%d/%Y", "%d/%m/%Y").date == "1990-02-21"


def test_two_digit_year_is_ambiguous_unless_declared() -> None:
    assert _read("21/01/90").candidates == ("1990-01-21", "1890-01-21")
    assert _read("21/01/30").candidates == ("1930-01-21", "1830-01-21")
    assert _read("21/01/90", "%d/%m/%Y").candidates == ("1990-01-21", "1890-01-21")
    assert _read("21-Jan-90").candidates == ("1990-01-21", "1890-01-21")
    assert _read("01/02/90").candidates == ("1990-02-01", "1890-02-01", "1990-01-02", "1890-01-02")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("21/01/1990", "1990-01-21"),
        ("01/21/1990", "1990-01-21"),
        ("5/5/1990", "1990-05-05"),
        ("21 01 1990", "1990-01-21"),
        ("1990.1.21", "1990-01-21"),
        ("19900121", "1990-01-21"),
        ("21011990", "1990-01-21"),
        ("1st March 1990", "1990-03-01"),
        ("Sunday, 21 January 1990", "1990-01-21"),
        ("Sept 3, 1990", "1990-09-03"),
        ("21JAN1990", "1990-01-21"),
        ("1990-Jan-21", "1990-01-21"),
        ("21/01/1990 12:00:00 AM", "1990-01-21"),
        ("1990-01-21T00:00:00+08:00", "1990-01-21"),
        ("1990-01-21T09:30:00Z", "1990-01-21"),
        ("1990-01-21 23:59", "1990-01-21"),
    ],
)
def test_value_with_one_reading_is_read(text: str, expected: str) -> None:
    assert _read(text).date == expected


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("01/02/1990", ("1990-02-01", "1990-01-02")),
        ("01021990", ("1990-02-01", "1990-01-02")),
        ("1990-01-20T16:00:00Z", ("1990-01-20", "1990-01-21")),
        ("1990-01-21T03:00:00+12:00", ("1990-01-21", "1990-01-20")),
    ],
)
def test_value_with_two_readings_names_both(text: str, candidates: tuple[str, ...]) -> None:
    assert _read(text) == DateVerdict(candidates=candidates)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "1990",
        "32894",
        "31/04/1990",
        "1990-13-01",
        "00/00/1990",
        "21/01-1990",
        "21 Foo 1990",
        "1990-01-21T25:00",
        "٢١/٠١/١٩٩٠",
    ],
)
def test_value_without_a_reading_is_no_date(text: str) -> None:
    verdict = _read(text)
    assert (verdict.date, verdict.candidates) == ("", ())


@pytest.mark.parametrize("piece", [",", "T ", "1/", "1 ", "a "])
@pytest.mark.parametrize("declared", [(), ("%d/%m/%Y", "%d %b %Y")])
def test_hostile_cell_is_no_date_and_holds_up_nobody(piece: str, declared: tuple[str, ...]) -> None:
    """Looked through by the patterns, such a cell would take ten minutes."""
    text = piece * 300_000
    assert _read(text, *declared) == DateVerdict()
    assert _survey(text).formats == ()


def test_day_number_brings_a_hint() -> None:
    assert "excel-serial" in _read("32894").hint


@given(days, st.sampled_from(("%d/%m/%Y", "%m-%d-%Y", "%Y.%m.%d", "%d %B %Y", "%d%m%Y")))
@settings(max_examples=150, deadline=None)
def test_declared_reading_is_the_date_that_was_written(day: date, form: str) -> None:
    assert _read(day.strftime(form), form).date == day.isoformat()


@given(days, st.sampled_from(("%d/%m/%Y", "%m-%d-%Y", "%Y.%m.%d", "%d %B %Y", "%b %d, %Y", "%d%m%Y", "%Y%m%d")))
@settings(max_examples=200, deadline=None)
def test_date_that_was_written_is_always_among_the_readings(day: date, form: str) -> None:
    verdict = _read(day.strftime(form))
    assert day.isoformat() in (verdict.date, *verdict.candidates)


@given(days)
def test_excel_serial_is_the_inverse_of_excels_day_number(day: date) -> None:
    number = (day - date(1899, 12, 30)).days
    serial = number if number > 60 else number - 1
    assert _read(str(serial), "excel-serial").date == day.isoformat()


@given(st.lists(days, min_size=1, max_size=30), st.sampled_from(("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y")))
@settings(max_examples=80, deadline=None)
def test_survey_finds_the_format_where_one_value_tells(written: list[date], form: str) -> None:
    survey = _survey(*(day.strftime(form) for day in written))
    telling = any(day.day > 12 for day in written)
    assert survey.formats == ((form,) if telling else ())


def test_column_settles_its_ambiguous_values() -> None:
    survey = _survey("01/02/1990", "13/02/1990")
    assert survey.formats == ("%d/%m/%Y",)
    assert _read("01/02/1990", found=survey.formats).date == "1990-02-01"


def test_column_padded_with_spaces_settles_its_ambiguous_values() -> None:
    survey = _survey("1/ 2/1990", "13/ 2/1990")
    assert survey.formats == ("%d/%m/%Y",)
    assert _read("1/ 2/1990", found=survey.formats).date == "1990-02-01"


def test_months_are_read_in_the_languages_of_the_region() -> None:
    shared = {4: "April", 9: "September", 10: "Oktober", 11: "November"}
    indonesian = {1: "Januari", 2: "Februari", 3: "Maret", 5: "Mei", 6: "Juni", 7: "Juli", 8: "Agustus", 12: "Desember"}
    malay = {1: "Januari", 2: "Februari", 3: "Mac", 5: "Mei", 6: "Jun", 7: "Julai", 8: "Ogos", 12: "Disember"}
    for months in (shared, indonesian, malay):
        read = {number: _read(f"2 {name.upper()} 1990").date for number, name in months.items()}
        assert read == {number: f"1990-{number:02}-02" for number in months}


def test_column_without_a_telling_value_stays_ambiguous_and_names_both_readings() -> None:
    survey = _survey("01/02/1990", "05/06/1991")
    assert survey.formats == ()
    assert survey.readings == ("%d/%m/%Y", "%m/%d/%Y")


def test_column_that_contradicts_itself_settles_nothing() -> None:
    survey = _survey("13/02/1990", "02/13/1990", "01/02/1990")
    assert (survey.formats, survey.readings) == ((), ())
    assert len(_read("01/02/1990", found=survey.formats).candidates) == 2


def test_order_holds_over_separators() -> None:
    survey = _survey("13/02/1990", "01-02-1990")
    assert set(survey.formats) == {"%d/%m/%Y", "%d-%m-%Y"}


@pytest.mark.parametrize("idle", ["", "N/A", "1990-01-21", "31/04/1990", "rubbish", "21/01/90", "05/05/1990"])
def test_values_that_tell_nothing_do_not_spoil_a_column(idle: str) -> None:
    assert "%d/%m/%Y" in _survey("13/02/1990", idle, "01/02/1990").formats


def test_unambiguous_formats_are_noted_too() -> None:
    assert _survey("19900121", "21 Jan 1990", "1990/01/21").formats == ("%Y%m%d", "%d %b %Y", "%Y/%m/%d")


@given(st.lists(st.sampled_from(("01/02/1990", "13/02/1990", "02/13/1990", "x", "", "19900121")), max_size=12))
@settings(max_examples=60, deadline=None)
def test_survey_does_not_depend_on_batches(values: list[str]) -> None:
    whole = DateSurvey()
    whole.observe(pd.Series(values, dtype="str"))
    assert set(_survey(*values).formats) == set(whole.formats)


def test_only_undeclared_columns_with_other_forms_tell_something() -> None:
    rows = [{"dateOfBirth": "1990-01-21", "dateOfIncorporation": "01/02/1990"}, {"dateOfBirth": "N/A"}]
    batch = make_batch(rows)
    told = list_telling(make_layout(batch.origin.headers), batch)
    assert {header: texts for header, texts in told.items() if texts} == {"dateOfIncorporation": ["01/02/1990"]}
    declared = Layout((ParameterSource("dateOfIncorporation", ("dateOfIncorporation",), formats=("%d/%m/%Y",)),))
    assert list_telling(declared, batch) == {}


def test_formats_found_over_the_column_reach_the_check() -> None:
    rows = [PERSON | {"dateOfBirth": "01/02/1990"}, PERSON | {"dateOfBirth": "13/02/1990"}]
    batch = make_batch(rows)
    survey = DateSurvey()
    for part in (make_batch(rows[:1]), make_batch(rows[1:])):
        survey.observe_texts(list_telling(make_layout(batch.origin.headers), part)["dateOfBirth"])
    found = list_formats({"dateOfBirth": survey})
    assert found == {"dateOfBirth": ("%d/%m/%Y",)}
    checked = check_rows(rows, date_formats=found)
    assert checked.values["dateOfBirth"].tolist() == ["1990-02-01", "1990-02-13"]
    assert checked.facts["repairs"].tolist() == ["dateOfBirth:date_format"] * 2


def test_two_readings_are_named_in_the_finding() -> None:
    checked = check_rows([PERSON | {"dateOfBirth": "01/02/1990"}])
    assert list_labels(checked) == ["dateOfBirth:ambiguous_date"]
    assert checked.findings.at[0, "detail"] == "1990-02-01 or 1990-01-02"


def test_none_reads_no_other_form() -> None:
    checked = check_rows(
        [PERSON | {"dateOfBirth": "21/01/1990"}], repair="none", date_formats={"dateOfBirth": ("%d/%m/%Y",)}
    )
    assert list_labels(checked) == ["dateOfBirth:bad_date"]
    assert checked.findings.at[0, "suggestion"] == "1990-01-21"


def test_today_is_singapores() -> None:
    now = np.datetime64("now", "s").astype("datetime64[s]").item()
    assert today_in_singapore() in {(now + timedelta(hours=8, seconds=s)).date() for s in (-5, 0, 5)}
