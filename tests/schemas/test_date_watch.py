"""Dates told while rows are being checked: what holds at the end, and what must be checked again."""

from datetime import date
from functools import partial

import pytest
from check_help import make_batch, make_layout
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas import date_watch
from straitsx_bulk.schemas.date_watch import DateWatch
from straitsx_bulk.schemas.layout import Layout, ParameterSource
from straitsx_bulk.schemas.repair_dates import read_date

LAYOUT = Layout((ParameterSource("dateOfBirth", ("DOB",)),))


def _watch(*batches: list[str], layout: Layout = LAYOUT) -> DateWatch:
    watch = DateWatch(layout, dict)
    for values in batches:
        watch.observe(make_batch([{"DOB": value} for value in values]))
    return watch


def test_iso_dates_tell_nothing() -> None:
    watch = _watch(["1990-01-21", ""], ["1991-02-22"])
    assert (watch.telling, watch.holds()) == (False, True)


def test_a_format_that_stays_needs_no_second_check() -> None:
    watch = _watch(["13/02/1990", "01/02/1990"], ["05/06/1991"])
    assert watch.holds()
    assert watch.formats == {"DOB": ("%d/%m/%Y",)}


@pytest.mark.parametrize("late", ["13/02/1990", "02/13/1990"])
def test_an_order_that_only_a_later_batch_tells_asks_for_a_second_check(late: str) -> None:
    assert not _watch(["01/02/1990"], [late]).holds()


def test_an_order_that_a_later_batch_contradicts_asks_for_a_second_check() -> None:
    assert not _watch(["13/02/1990", "01/02/1990"], ["02/13/1990"]).holds()


def test_a_further_format_that_reads_no_earlier_text_does_not() -> None:
    watch = _watch(["13/02/1990", "01/02/1990"], ["14-02-1990"], ["21 Jan 1990"], ["31/04/1990", "rubbish"])
    assert watch.holds()
    assert watch.formats == {"DOB": ("%d/%m/%Y", "%d-%m-%Y", "%d %b %Y")}


def test_texts_beyond_what_is_remembered_count_as_read_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(date_watch, "MOST_TEXTS", 1)
    assert not _watch(["13/02/1990", "14/02/1990"], ["14-02-1990"]).holds()
    assert _watch(["13/02/1990", "14/02/1990"], ["15/02/1990"]).holds()


def test_excels_zero_is_thought_of() -> None:
    assert not _watch(["01021990.0"], ["13021990"]).holds()


def test_dates_joined_of_several_columns_are_judged_by_their_formats_alone() -> None:
    layout = Layout((ParameterSource("dateOfBirth", ("DOB", "more")),))
    watch = DateWatch(layout, dict)
    for value in ("13/02/1990", "14-02-1990"):
        watch.observe(make_batch([{"DOB": value, "more": ""}]))
    assert not watch.holds()


def test_formats_are_settled_with_what_is_known() -> None:
    watch = DateWatch(LAYOUT, partial(_add, more=("%Y",)))
    watch.observe(make_batch([{"DOB": "13/02/1990"}]))
    assert watch.formats == {"DOB": ("%d/%m/%Y", "%Y")}


def _add(found: dict[str, tuple[str, ...]], more: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {header: formats + more for header, formats in found.items()}


_TEXTS = st.sampled_from(("01/02/1990", "13/02/1990", "02/13/1990", "x", "", "19900121", "01-02-1990", "1 Feb 90"))


@given(st.lists(st.lists(_TEXTS, min_size=1, max_size=4), min_size=1, max_size=4))
@settings(max_examples=80, deadline=None)
def test_what_holds_reads_as_a_survey_of_the_whole_column_would(batches: list[list[str]]) -> None:

    watch, whole = DateWatch(LAYOUT, dict), _watch(*batches)
    final = whole.formats["DOB"]
    alike = True
    for values in batches:
        watch.observe(make_batch([{"DOB": value} for value in values]))
        used = watch.formats["DOB"]
        alike &= all(
            read_date(v, (), used, date(2026, 1, 1)) == read_date(v, (), final, date(2026, 1, 1)) for v in values if v
        )
    assert alike or not whole.holds()


def test_the_layout_of_all_parameters_is_watched() -> None:
    batch = make_batch([{"dateOfBirth": "13/02/1990", "dateOfIncorporation": "1990-01-01"}])
    watch = DateWatch(make_layout(batch.origin.headers), dict)
    watch.observe(batch)
    assert watch.formats == {"dateOfBirth": ("%d/%m/%Y",), "dateOfIncorporation": ()}
