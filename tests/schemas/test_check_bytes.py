"""Columns looked at byte by byte: what is told to be fine certainly is, against plain Python."""

import re
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.check_arrow import join_labels, make_texts
from straitsx_bulk.schemas.check_bytes import (
    find_iso_days,
    find_listed_shapes,
    find_marked,
    find_no_number,
    find_untidy,
    list_marks,
    view_bytes,
)

texts = st.lists(st.text(alphabet="aZ09 +-/,.é\t張", max_size=6), max_size=12)
numbers = st.lists(st.text(alphabet="+019 a", max_size=6), max_size=12)
days = st.lists(
    st.one_of(
        st.dates(min_value=date(1890, 1, 1), max_value=date(2040, 12, 31)).map(date.isoformat),
        st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"),
        st.sampled_from(("", "1990-02-30", "01/02/1990", "1990-1-1", "2000-01-01T00:00", "199O-01-01", "1990/01/01")),
    ),
    max_size=12,
)


def _slice(cells: list[str]) -> pa.Array:
    """Put texts in the middle of a longer column, as a batch of a table stands."""
    return make_texts(["before", *cells, "behind"]).slice(1, len(cells))


@given(texts)
def test_bytes_and_bounds_give_the_texts_back(cells: list[str]) -> None:
    run, bounds = view_bytes(_slice(cells))
    pieces = [run[a:b].tobytes().decode() for a, b in pairwise(bounds.tolist())]
    assert cells == pieces


@given(texts)
def test_a_text_is_marked_that_holds_another_character(cells: list[str]) -> None:
    found = find_marked(*view_bytes(_slice(cells)), list_marks("[a-z0-9 ]"))
    assert [not re.fullmatch("[a-z0-9 ]*", cell) for cell in cells] == found.tolist()


@given(texts)
def test_spaces_at_an_end_or_in_a_row_are_found(cells: list[str]) -> None:
    found = find_untidy(*view_bytes(_slice(cells)))
    for cell, untidy in zip(cells, found.tolist(), strict=True):
        if cell:
            assert (cell != " ".join(cell.split(" ")).strip(" ") or "  " in cell) == untidy


@given(numbers)
@example(["1+", ""])
def test_what_is_told_to_be_a_number_is_one(cells: list[str]) -> None:
    found = find_no_number(*view_bytes(_slice(cells)))
    for cell, wrong in zip(cells, found.tolist(), strict=True):
        if cell:
            assert (re.fullmatch(r"\+?[1-9][0-9]*", cell) is None) == wrong


@given(days)
@settings(max_examples=200)
def test_certain_days_are_dates_within_the_limits(cells: list[str]) -> None:
    found = find_iso_days(_slice(cells), "1900-01-01", "2026-11-22")
    for cell, certain in zip(cells, found.tolist(), strict=True):
        if certain:
            assert date(1900, 1, 1) <= date.fromisoformat(cell) <= date(2026, 11, 22)
        elif re.fullmatch(r"(19[0-9]{2}|20[01][0-9])-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])", cell):
            pytest.fail(f"{cell} is certain")


@given(texts)
def test_no_listed_word_is_overlooked(cells: list[str]) -> None:
    words = ("na", "-", "+9")
    shapes = set(find_listed_shapes(_slice(cells), words).tolist())
    assert {place for place, cell in enumerate(cells) if cell.lower() in words} <= shapes


@given(st.lists(st.lists(st.integers(0, 9), unique=True), max_size=70))
@settings(max_examples=60)
def test_labels_are_joined_in_their_order_however_many_there_are(places: list[list[int]]) -> None:
    labels = [f"l{number}" for number in range(len(places))]
    joined = join_labels(10, labels, [np.array(sorted(rows), dtype=np.int64) for rows in places])
    expected = [";".join(label for label, rows in zip(labels, places, strict=True) if row in rows) for row in range(10)]
    assert expected == joined.to_pylist()
