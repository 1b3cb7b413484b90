import string

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_samples import seal

from straitsx_bulk.io.reports.csv_text import GUARDED
from straitsx_bulk.io.reports.seals import (
    LONGEST_CELL,
    SEAL_COLUMNS,
    SEALED_COLUMNS,
    CheckNotes,
    carry_text,
    codes_in,
    cut_text,
    iterate_cells,
    judge_seals,
    make_check,
    pack_notes,
    read_check,
    read_notes,
)

SEALED = ("users.csv", "Users", "12", "checks", "customerName:missing | Empty.", "")
CELLS = {"Name": "Tan Mei Ling", "ID": "00123", "Notes": ""}
NOTES = CheckNotes({"DOB": "%d/%m/%Y"}, ("dateOfBirth",))


def frames(rows: list[dict[str, str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the seals and the cells of rows that each hold CELLS, changed as told."""
    cells = pd.DataFrame(
        [{**CELLS, **{k: v for k, v in row.items() if k not in SEAL_COLUMNS}} for row in rows], dtype="str"
    )
    known = dict(zip(SEALED_COLUMNS, SEALED, strict=True))
    known["_check"] = make_check(CELLS.items(), SEALED, pack_notes(NOTES), seal)
    return pd.DataFrame(
        [{**known, **{k: v for k, v in row.items() if k in SEAL_COLUMNS}} for row in rows], dtype="str"
    ), cells


def judge(**changes: str) -> tuple[bool, bool]:
    seals, cells = frames([changes])
    mended, edited = judge_seals(seals, cells, seal)
    return bool(mended.iloc[0]), bool(edited.iloc[0])


def test_a_row_that_comes_back_as_it_went_is_neither_mended_nor_edited() -> None:
    assert judge() == (False, False)


@pytest.mark.parametrize(
    "change", [{"Name": "Tan Mei  Ling"}, {"Notes": "x"}, {"ID": ""}, {"dateOfBirth": "1980-01-02"}]
)
def test_a_changed_cell_is_a_mended_row(change: dict[str, str]) -> None:
    assert judge(**change) == (True, False)


def test_an_added_column_that_stays_empty_mends_nothing() -> None:
    assert judge(dateOfBirth="") == (False, False)


@pytest.mark.parametrize("column", SEAL_COLUMNS)
def test_an_edited_grey_cell_is_seen(column: str) -> None:
    assert judge(**{column: "13"}) == (True, True)
    assert judge(**{column: ""}) == ((False, False) if column == "_suggestions" else (True, True))


def test_a_row_that_an_analyst_added_has_no_origin() -> None:
    assert judge(**dict.fromkeys(SEAL_COLUMNS, "")) == (True, True)


def test_a_check_moved_to_another_row_is_seen() -> None:
    other = make_check(CELLS.items(), (*SEALED[:2], "13", *SEALED[3:]), "", seal)
    assert judge(_check=other) == (True, True)


def test_another_secret_gives_another_seal() -> None:
    seals, cells = frames([{}])
    assert judge_seals(seals, cells, lambda data: seal(data + b"!"))[1].tolist() == [True]


def test_columns_in_another_order_change_nothing() -> None:
    seals, cells = frames([{}])
    assert judge_seals(seals, cells[["Notes", "ID", "Name"]], seal)[0].tolist() == [False]


def test_verdicts_stand_on_the_index_of_the_rows() -> None:
    seals, cells = frames([{}, {"ID": "7"}, {"_row": "9"}])
    seals.index = cells.index = pd.Index([5, 1, 3])
    mended, edited = judge_seals(seals, cells, seal)
    assert mended.to_dict() == {5: False, 1: True, 3: True}
    assert edited.to_dict() == {5: False, 1: False, 3: True}


def test_notes_come_back_from_rows_that_can_be_believed() -> None:
    seals, _ = frames([{}, {"_row": "13"}])
    assert read_notes(seals, seal) == NOTES
    assert read_notes(seals.iloc[1:], seal) is None


@given(st.dictionaries(st.text(string.printable, max_size=5), st.text(max_size=5)), st.lists(st.text(), max_size=3))
def test_any_notes_come_back(formats: dict[str, str], added: list[str]) -> None:
    notes = CheckNotes(formats, tuple(added))
    check = read_check(make_check(CELLS.items(), SEALED, pack_notes(notes), seal), SEALED, seal)
    assert check is not None
    assert check.notes == notes


def test_a_check_is_never_taken_for_a_formula() -> None:
    assert not make_check(CELLS.items(), SEALED, "", seal).startswith(tuple(GUARDED))


def test_line_breaks_that_a_spreadsheet_rewrites_do_not_mend_a_row() -> None:
    check = make_check([("Notes", "a\r\nb")], SEALED, "", seal)
    seals = pd.DataFrame([dict(zip(SEAL_COLUMNS, (*SEALED, check), strict=True))], dtype="str")
    assert judge_seals(seals, pd.DataFrame({"Notes": ["a\nb"]}, dtype="str"), seal)[0].tolist() == [False]


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_carrying_twice_is_carrying_once(text: str) -> None:
    assert carry_text(carry_text(text)) == carry_text(text)


def test_a_text_is_cut_to_a_cell_and_never_through_a_character() -> None:
    assert cut_text("a" * LONGEST_CELL) == "a" * LONGEST_CELL
    assert cut_text("a" + "😀" * 20_000) == "a" + "😀" * 16_383
    assert cut_text("a" * 40_000) == "a" * LONGEST_CELL


def test_codes_are_read_from_an_errors_cell() -> None:
    assert codes_in("customerName:missing;row:duplicate | Two sentences.") == ("customerName:missing", "row:duplicate")
    assert codes_in("customerName:missing") == ("customerName:missing",)
    assert codes_in("") == ()


def test_rows_without_columns_have_no_cells() -> None:
    assert list(iterate_cells(pd.DataFrame(index=range(2)))) == [[], []]
