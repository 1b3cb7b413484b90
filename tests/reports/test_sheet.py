"""Texts in the workbook: every one is text, and reads back exactly."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from straitsx_bulk.io.reports.seals import carry_text
from straitsx_bulk.io.reports.sheet import TextRow, TextSheet
from straitsx_bulk.io.reports.workbook_styles import make_styles

texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "a\rb",
        "a\r\nb",
        "\x00\x1f",
        "_x0041_",
        "_x005F_x0041_",
        "\ufffe",
        " x ",
        "1",
        "TRUE",
    ]
)


def write(rows: list[list[str]]) -> BytesIO:
    out = BytesIO()
    workbook = openpyxl.Workbook(write_only=True)
    with TemporaryDirectory() as folder:
        sheet = TextSheet(workbook, "Rejected", Path(folder) / "scratch", len(rows[0]))
        styles = make_styles(workbook)
        for row in rows:
            sheet.write(TextRow(row, [styles.text] * len(row)))
        workbook.save(out)
        assert list(Path(folder).iterdir()) == []
    out.seek(0)
    return out


@settings(max_examples=60)
@given(st.lists(st.tuples(st.just("x"), texts, texts, st.just("y")).map(list), min_size=1, max_size=5))
@example([["x", "\r", " ", "y"], ["x", "\t\n", "\u00a0 \u2003", "y"]])
def test_every_text_reads_back_exactly(rows: list[list[str]]) -> None:
    sheet = CalamineWorkbook.from_filelike(write(rows)).get_sheet_by_index(0)
    assert sheet.to_python() == [[carry_text(cell) for cell in row] for row in rows]


@settings(max_examples=30)
@given(st.lists(texts, min_size=1, max_size=5))
def test_no_cell_is_a_formula_or_a_number(row: list[str]) -> None:
    sheet = openpyxl.load_workbook(write([["x", *row]])).worksheets[0]
    filled = [cell for cell in sheet[1] if cell.value is not None]
    assert {(cell.data_type, cell.number_format) for cell in filled} == {("s", "@")}


def test_numbers_are_numbers() -> None:
    workbook = openpyxl.Workbook(write_only=True)
    out = BytesIO()
    with TemporaryDirectory() as folder:
        sheet = TextSheet(workbook, "Rejected", Path(folder) / "scratch", 2)
        styles = make_styles(workbook)
        sheet.write(TextRow([7, 0.5], [styles.number, styles.share]))
        workbook.save(out)
    assert [cell.value for cell in openpyxl.load_workbook(out).worksheets[0][1]] == [7, 0.5]


def test_the_temporary_file_is_in_the_folder_and_closed_to_others(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = TextSheet(workbook, "Rejected", tmp_path / "scratch", 1)
    sheet.write(TextRow(["x"], [0]))
    assert (tmp_path / "scratch").stat().st_mode & 0o777 == 0o600
    workbook.save(BytesIO())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [32_767, 32_768, 100_000])
def test_a_text_is_as_long_as_a_cell_can_be(length: int) -> None:
    sheet = CalamineWorkbook.from_filelike(write([["x", "a" * length]])).get_sheet_by_index(0)
    assert sheet.to_python() == [["x", "a" * 32_767]]
