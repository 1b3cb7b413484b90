"""Workbooks as other programs write them: xlwt, odfpy, pyxlsbwriter, pandas and LibreOffice."""

import csv
import datetime
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import odf.office
import odf.opendocument
import odf.style
import odf.table
import odf.text
import openpyxl
import pandas as pd
import pytest
import pyxlsbwriter
import xlsxwriter
import xlwt
from openpyxl.comments import Comment
from readers_biff import Cell, write_xls, write_xlsb
from readers_help import count_known, read_all
from readers_ods import gap, row, text, write_ods
from readers_office import AS_CSV, SOFFICE, convert

from straitsx_bulk.io.readers.row_details import UNCALCULATED
from straitsx_bulk.schemas.batch import Note
from straitsx_bulk.schemas.errors import FileError

BORN = datetime.date(1990, 5, 17)
Rows = Sequence[Sequence[Any]]
Writer = Callable[[Path, Rows], Path]


def _at(hour: int, minute: int, second: int) -> datetime.datetime:
    return datetime.datetime.combine(BORN, datetime.time(hour, minute, second))


def save_xlwt(path: Path, rows: Rows, *, date_1904: bool = False) -> Path:
    """A cell is a value, or a value and its number format."""
    book = xlwt.Workbook()
    book.dates_1904 = date_1904
    sheet = book.add_sheet("Users")
    for r, cells in enumerate(rows):
        for c, cell in enumerate(cells):
            value, code = cell if isinstance(cell, tuple) else (cell, "General")
            if value is not None:
                sheet.write(r, c, value, xlwt.easyxf(num_format_str=code))
    book.save(str(path))
    return path


def save_odfpy(path: Path, rows: Rows) -> Path:
    """Texts, numbers and dates; None is an empty cell."""
    book = odf.opendocument.OpenDocumentSpreadsheet()
    table = odf.table.Table(name="Users")
    for cells in rows:
        made = odf.table.TableRow()
        for value in cells:
            made.addElement(_make_odf_cell(value))
        table.addElement(made)
    book.spreadsheet.addElement(table)
    book.save(str(path))
    return path


def _make_odf_cell(value: Any) -> Any:
    if value is None:
        return odf.table.TableCell()
    if isinstance(value, datetime.date):
        cell = odf.table.TableCell(valuetype="date", datevalue=value.isoformat())
    elif isinstance(value, str):
        cell = odf.table.TableCell(valuetype="string")
    else:
        cell = odf.table.TableCell(valuetype="float", value=value)
    cell.addElement(odf.text.P(text=f"{value:%d/%m/%Y}" if isinstance(value, datetime.date) else str(value)))
    return cell


def save_xlsb_by_hand(path: Path, rows: Rows) -> Path:
    """Texts; None is an empty cell."""
    return write_xlsb(path, [[Cell(c) if c else None for c in cells] for cells in rows], name="Users")


def save_pyxlsb(path: Path, rows: Rows) -> Path:
    """Texts, numbers, dates; None is an empty cell."""
    with pyxlsbwriter.XlsbWriter(str(path)) as book:
        book.add_sheet("Users")
        width = max(map(len, rows))
        book.write_sheet([[*cells, *[None] * (width - len(cells))] for cells in rows])
        book.add_sheet("Old", hidden=True)
        book.write_sheet([["name"], ["B"]])
    return path


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("0012", "0012"),
        ("陈美玲", "陈美玲"),
        (20141166, "20141166"),
        (1.5, "1.5"),
        ((1234567, "00000000"), "01234567"),
        ((1234567, '"S"0000000"D"'), "S1234567D"),
        ((0.125, "0.0%"), "12.5%"),
        ((BORN, "dd/mm/yyyy"), "1990-05-17"),
        ((BORN, "d-mmm-yy"), "1990-05-17"),
        ((_at(13, 4, 5), "d/m/yy h:mm"), "1990-05-17 13:04:05"),
        ((datetime.time(3, 4, 5), "hh:mm:ss"), "03:04:05"),
        (True, "TRUE"),
        (123456789012345.0, "123456789012345"),
        (1234567890123456.0, "1.23457E+15"),
    ],
)
def test_what_xlwt_writes_is_the_text_a_person_sees(tmp_path: Path, cell: Any, shown: str) -> None:
    reading = read_all(save_xlwt(tmp_path / "a.xls", [["name", "id"], ["A", cell], ["B", "x"]]))
    assert reading.rows == [(2, ["A", shown]), (3, ["B", "x"])]
    assert (reading.origins[0].format, reading.origins[0].sheet) == ("xls", "Users")


def test_xlwts_dates_of_1904_errors_hidden_rows_sheets_merges_and_rich_text(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("Users")
    sheet.write_merge(0, 0, 0, 2, "Customer list")
    for column, name in enumerate(("name", "id", "born")):
        sheet.write(2, column, name)
    sheet.write_rich_text(3, 0, ("Tan ", ("Mei", xlwt.easyfont("bold on")), " Ling"))
    sheet.row(3).set_cell_error(1, 0x2A)
    sheet.write(3, 2, BORN, xlwt.easyxf(num_format_str="dd/mm/yyyy"))
    sheet.write(5, 0, "Ong")
    sheet.row(5).hidden = True
    hidden = book.add_sheet("Old")
    hidden.write(0, 0, "name")
    hidden.visibility = 1
    book.save(str(tmp_path / "a.xls"))
    reading = read_all(tmp_path / "a.xls", known_headers=count_known)
    assert reading.origins[0].detected == {"sheet": "Users", "hidden_sheets": "Old", "date_system": "1904"}
    assert reading.origins[0].header_row == 3
    assert reading.rows == [(4, ["Tan Mei Ling", "", "1990-05-17"]), (6, ["Ong", "", ""])]
    assert reading.notes == [(4, "id", Note.ERROR_CELL, "#N/A"), (6, None, Note.HIDDEN_ROW, "")]


def test_what_odfpy_writes_is_read(tmp_path: Path) -> None:
    rows: Rows = [["Customer list"], [], ["name", "id", "born"], ["Tan", 7, BORN], [None, None], ["Ong", "0012", None]]
    reading = read_all(save_odfpy(tmp_path / "a.ods", rows), known_headers=count_known)
    assert reading.origins[0].header_row == 3
    assert reading.rows == [(4, ["Tan", "7", "1990-05-17"]), (6, ["Ong", "0012", ""])]


def _save_formulas(path: Path, rows: list[list[str]], *, comment: bool = False, result: bool = False) -> None:
    """Write texts, and formulas without a value type: with a comment, or the empty paragraph of one that came to ""."""
    table = odf.table.Table(name="Users")
    for cells in rows:
        row = odf.table.TableRow()
        for cell in cells:
            is_formula = cell[0] == "="
            made = odf.table.TableCell(**({"formula": f"of:{cell}"} if is_formula else {"valuetype": "string"}))
            if is_formula and comment:
                note = odf.office.Annotation()
                note.addElement(odf.text.P(text="Look here"))
                made.addElement(note)
            if not is_formula or result:
                made.addElement(odf.text.P(text="" if is_formula else cell))
            row.addElement(made)
        table.addElement(row)
    book = odf.opendocument.OpenDocumentSpreadsheet()
    book.spreadsheet.addElement(table)
    book.save(str(path))


@pytest.mark.parametrize("comment", [False, True])
def test_a_formula_that_libreoffice_calculated_to_no_text_is_an_empty_cell_and_no_finding(
    tmp_path: Path, comment: bool
) -> None:
    rows = [["name", "id", "more"], ["Tan", "1", "=[.A1]"], ["=[.A1]", "=[.B1]", "=[.A1]"], ["B", "=[.A1]", "x"]]
    _save_formulas(tmp_path / "a.ods", rows, comment=comment, result=True)
    reading = read_all(tmp_path / "a.ods")
    assert (reading.rows, reading.notes) == ([(2, ["Tan", "1", ""]), (4, ["B", "", "x"])], [])


@pytest.mark.parametrize("comment", [False, True])
def test_a_formula_that_odfpy_wrote_without_a_value_is_empty_with_a_note(tmp_path: Path, comment: bool) -> None:
    rows = [["name", "id"], ["=[.A1]", "1"], ["B", "2"], ["=[.A1]", "=[.B1]"]]
    _save_formulas(tmp_path / "a.ods", rows, comment=comment)
    reading = read_all(tmp_path / "a.ods")
    assert reading.rows == [(2, ["", "1"]), (3, ["B", "2"]), (4, ["", ""])]
    expected = [(2, "name"), (4, "name"), (4, "id")]
    assert [(row, header) for row, header, *_ in reading.notes] == expected
    assert {note[2:] for note in reading.notes} == {(Note.ERROR_CELL, UNCALCULATED)}


def test_what_pyxlsbwriter_writes_is_read(tmp_path: Path) -> None:
    rows: Rows = [["Customer list"], [None], ["name", "id", "born"], ["Tan", 7, BORN], [None], ["Ong", "0012", None]]
    reading = read_all(save_pyxlsb(tmp_path / "a.xlsb", rows), known_headers=count_known)
    assert reading.origins[0].detected == {"sheet": "Users", "hidden_sheets": "Old"}
    assert reading.rows == [(4, ["Tan", "7", "1990-05-17"]), (6, ["Ong", "0012", ""])]


@pytest.mark.parametrize(("suffix", "engine"), [("xlsx", "openpyxl"), ("xlsx", "xlsxwriter"), ("ods", "odf")])
def test_what_pandas_writes_is_read(
    tmp_path: Path, suffix: str, engine: Literal["openpyxl", "xlsxwriter", "odf"]
) -> None:
    frame = pd.DataFrame(
        {
            "name": ["Tan", "José 陈", "a\nb"],
            "id": ["0012", "20141166", ""],
            "number": [7, 20141166, 1],
            "born": [BORN, datetime.datetime.combine(BORN, datetime.time(13, 4, 5)), None],
        }
    )
    path = tmp_path / f"a.{suffix}"
    with pd.ExcelWriter(path, engine=engine) as book:
        frame.to_excel(book, index=False, sheet_name="Users", startrow=2)
    reading = read_all(path, known_headers=count_known)
    assert reading.headers == ["name", "id", "number", "born"]
    assert reading.rows == [
        (4, ["Tan", "0012", "7", "1990-05-17"]),
        (5, ["José 陈", "20141166", "20141166", "1990-05-17 13:04:05"]),
        (6, ["a\nb", "", "1", ""]),
    ]


@pytest.mark.parametrize("suffix", ["xlsx", "xlsb", "xls", "ods"])
def test_a_workbook_that_a_program_protected_is_refused(suffix: str) -> None:
    """Made by LibreOffice (.xls, .ods) and msoffcrypto (.xlsx, .xlsb)."""
    with pytest.raises(FileError, match="is protected by a password; save a copy without one"):
        read_all(Path(__file__).with_name("protected") / f"password.{suffix}")


needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed here")


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two workbooks, of many kinds of cells and of 1904, saved by LibreOffice in each format that it writes."""
    folder = tmp_path_factory.mktemp("office")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Users"
    for cells in (["Customer list"], [], ["name", "id", "born", "rate", "ok", "sum", "error"]):
        sheet.append(cells)
    sheet.append(["José 陈", 7, BORN, 0.125, True, "=B4*2", "=NA()"])
    sheet.append(["  two  spaces ", 20141166, datetime.date(2001, 12, 31), 0.5, False, '=A4&"x"', "=1/0"])
    sheet.append([])
    sheet.append(["line\nbreak", 123456789012345, _at(13, 4, 5), 1, True, "=1=1", "none"])
    for r in (4, 5, 7):
        for column, code in (("B", "00000000"), ("C", "dd/mm/yyyy"), ("D", "0.0%")):
            sheet[f"{column}{r}"].number_format = code
    for place in ("A4", "B4", "C4", "G4"):
        sheet[place].comment = Comment("of 9 notes", "a colleague")
    sheet.row_dimensions[5].hidden = True
    book.create_sheet("Old").sheet_state = "hidden"
    book.save(folder / "users.xlsx")
    sources = [folder / "users.xlsx", save_of_1904(folder / "macs.xlsx")]
    kinds = ["xlsx", "xls", "ods", AS_CSV]
    for number in range(len(kinds)):
        (folder / str(number)).mkdir()
    with ThreadPoolExecutor() as pool:
        saved = pool.map(lambda n: convert(kinds[n], folder / str(n), sources), range(len(kinds)))
    return {path.name: path for paths in saved for path in paths}


def save_of_1904(path: Path) -> Path:
    """A header of two storeys, rich text, a hidden row and a hidden sheet, days of the 1904 system."""
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        sheet, hidden = book.add_worksheet("Users"), book.add_worksheet("Old")
        sheet.merge_range("A1:D1", "Customer list")
        for area, name in (("A2:A3", "name"), ("B2:C2", "Home"), ("D2:D3", "born")):
            sheet.merge_range(area, name)
        sheet.write_row("B3", ["country", "type"])
        sheet.write_rich_string("A4", "Tan ", book.add_format({"bold": True}), "Mei", " Ling")
        sheet.write_row("B4", ["SG", "personal"])
        sheet.write_row("A5", ["Ong", "MY", "business"])
        for cell in ("D4", "D5"):
            sheet.write_datetime(cell, BORN, book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.set_row(4, None, None, {"hidden": True})
        hidden.write_row(0, 0, ["name", "id"])
        hidden.hide()
    return path


CALCULATED = [
    (4, ["José 陈", "00000007", "1990-05-17", "12.5%", "TRUE", "14", ""]),
    (5, ["  two  spaces ", "20141166", "2001-12-31", "50.0%", "FALSE", "José 陈x", ""]),
    (7, ["line\nbreak", "123456789012345", "1990-05-17 13:04:05", "100.0%", "TRUE", "TRUE", "none"]),
]


@needs_office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_what_libreoffice_saves_is_the_text_a_person_sees(offices: dict[str, Path], suffix: str) -> None:
    """Formulas are their cached values, errors are empty with a note, hidden rows are told, comments are none of it."""
    reading = read_all(offices[f"users.{suffix}"], known_headers=count_known)
    assert reading.origins[0].header_row == 3
    assert reading.rows == CALCULATED
    assert [note for note in reading.notes if note[2] is Note.ERROR_CELL] == [
        (4, "error", Note.ERROR_CELL, "#N/A"),
        (5, "error", Note.ERROR_CELL, "#DIV/0!"),
    ]
    assert [note[:3] for note in reading.notes if note[2] is Note.HIDDEN_ROW] == [(5, None, Note.HIDDEN_ROW)]


@needs_office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_what_libreoffice_saves_of_1904_merged_rich_and_hidden_is_read(offices: dict[str, Path], suffix: str) -> None:
    reading = read_all(offices[f"macs.{suffix}"], known_headers=count_known)
    (origin,) = reading.origins
    assert (origin.header_row, reading.headers) == (3, ["name", "country", "type", "born"])
    assert origin.detected["hidden_sheets"] == "Old"
    assert reading.rows == [
        (4, ["Tan Mei Ling", "SG", "personal", "1990-05-17"]),
        (5, ["Ong", "MY", "business", "1990-05-17"]),
    ]
    assert [note[:3] for note in reading.notes] == [(5, None, Note.HIDDEN_ROW)]


@needs_office
def test_what_libreoffice_saves_as_text_has_the_same_row_numbers(offices: dict[str, Path]) -> None:
    reading = read_all(offices["users.csv"], known_headers=count_known)
    assert [(n, cells[:2]) for n, cells in reading.rows] == [(n, cells[:2]) for n, cells in CALCULATED]


def _list_writers() -> dict[str, Writer]:
    def save_xlsxwriter(path: Path, rows: Rows) -> Path:
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for r, cells in enumerate(rows):
                sheet.write_row(r, 0, [cell or "" for cell in cells])
        return path

    def save_openpyxl(path: Path, rows: Rows) -> Path:
        book = openpyxl.Workbook()
        for cells in rows:
            book.worksheets[0].append(list(cells))
        book.save(path)
        return path

    def save_by_hand(path: Path, rows: Rows) -> Path:
        return write_ods(path, {"S": [row(*[text(c) if c else gap() for c in cells]) for cells in rows]})

    return {
        "xlsxwriter.xlsx": save_xlsxwriter,
        "openpyxl.xlsx": save_openpyxl,
        "xlwt.xls": save_xlwt,
        "hand.xls": lambda path, rows: write_xls(path, [[Cell(c) if c else None for c in cells] for cells in rows]),
        "odfpy.ods": save_odfpy,
        "hand-o.ods": save_by_hand,
    }


NUMBERED: Rows = [
    ["Customer list", "made", "today"],
    [None] * 3,
    [None, "name", "id"],
    *([None] * 3 if n % 3 == 0 else [None, f"Tan\n{n}" if n % 3 == 1 else f"Ong {n}", f"{n:04d}"] for n in range(40)),
]


@needs_office
def test_row_numbers_are_those_that_libreoffice_shows(tmp_path: Path) -> None:
    """By two writers for each format: LibreOffice's own text of the sheet has the same cells in the same line."""
    paths = [save(tmp_path / name, NUMBERED) for name, save in _list_writers().items()]
    (tmp_path / "out").mkdir()
    for path, shown in zip(paths, convert(AS_CSV, tmp_path / "out", paths), strict=True):
        with shown.open(newline="", encoding="utf-8") as stream:
            lines = list(csv.reader(stream))
        _check_numbers(path, lines)


@pytest.mark.parametrize("save", [save_pyxlsb, save_xlsb_by_hand])
def test_row_numbers_of_an_xlsb_are_those_of_another_reader(tmp_path: Path, save: Writer) -> None:
    path = save(tmp_path / "a.xlsb", NUMBERED)
    with pyxlsbwriter.ExcelReader() as other:
        other.open(str(path))
        lines = [["" if cell is None else cell for cell in cells] for cells in other.get_rows("Users")]
    _check_numbers(path, lines)


def _check_numbers(path: Path, lines: Sequence[Sequence[str]]) -> None:
    reading = read_all(path, known_headers=count_known)
    assert reading.origins[0].header_row == 3
    assert len(reading.rows) == 26
    assert [list(lines[number - 1][1:3]) for number in reading.numbers] == reading.cells, path.name
