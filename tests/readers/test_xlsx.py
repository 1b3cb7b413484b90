"""Workbooks made by openpyxl and xlsxwriter: cells as a person sees them, under the sheet's own row numbers."""

import datetime
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet
from readers_help import count_known, read_all

from straitsx_bulk.io.readers.row_details import UNCALCULATED
from straitsx_bulk.io.readers.xlsx_survey import SheetSurvey
from straitsx_bulk.schemas.batch import Note
from straitsx_bulk.schemas.errors import FileError, UsageError

Rows = Sequence[Sequence[Any]]
Writer = Callable[[Path, Rows], Path]


def _sheet(book: openpyxl.Workbook) -> Worksheet:
    assert isinstance(book.active, Worksheet)
    return book.active


def write_openpyxl(path: Path, rows: Rows) -> Path:
    """A cell is a value, or a value and its number format."""
    book = openpyxl.Workbook()
    for r, row in enumerate(rows, start=1):
        for c, cell in enumerate(row, start=1):
            value, code = cell if isinstance(cell, tuple) else (cell, None)
            placed = _sheet(book).cell(r, c, value)
            if code:
                placed.number_format = code
    book.save(path)
    return path


def write_openpyxl_stream(path: Path, rows: Rows) -> Path:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet")
    for row in rows:
        cells = []
        for cell in row:
            value, code = cell if isinstance(cell, tuple) else (cell, None)
            made = openpyxl.cell.WriteOnlyCell(sheet, value)
            if code:
                made.number_format = code
            cells.append(made)
        sheet.append(cells)
    book.save(path)
    return path


def write_xlsxwriter(path: Path, rows: Rows) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet("Sheet")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                value, code = cell if isinstance(cell, tuple) else (cell, None)
                sheet.write(r, c, value, book.add_format({"num_format": code}) if code else None)
    return path


def _at(hour: int, minute: int, second: int) -> datetime.datetime:
    return datetime.datetime.combine(datetime.date(1990, 5, 17), datetime.time(hour, minute, second))


WRITERS = [write_openpyxl, write_openpyxl_stream, write_xlsxwriter]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("0012", "0012"),
        (20141166, "20141166"),
        (20141166.0, "20141166"),
        (-5, "-5"),
        (1.5, "1.5"),
        (0.1, "0.1"),
        ((1234567, "00000000"), "01234567"),
        ((1234567, '"S"0000000"D"'), "S1234567D"),
        ((123456789, "000-00-0000"), "123-45-6789"),
        ((12345678, "0000 0000"), "1234 5678"),
        ((20141166, "#,##0"), "20141166"),
        ((20141166, "0.00"), "20141166"),
        ((20141166, "0"), "20141166"),
        ((20141166, "@"), "20141166"),
        ((0.5, "0%"), "50%"),
        ((0.1234, "0.00%"), "12.34%"),
        (123456789012345, "123456789012345"),
        (1234567890123456, "1.23457E+15"),
        ((123000000000000, "0.00E+00"), "1.23E+14"),
        (True, "TRUE"),
        (False, "FALSE"),
        ((datetime.date(1990, 5, 17), "dd/mm/yyyy"), "1990-05-17"),
        ((datetime.date(1990, 5, 17), "mmm-yy"), "1990-05-17"),
        ((datetime.date(1990, 5, 17), "[$-409]d-mmm-yy;@"), "1990-05-17"),
        ((datetime.date(1990, 5, 17), 'dd"th of" mmmm'), "1990-05-17"),
        ((_at(13, 4, 5), "d/m/yyyy h:mm"), "1990-05-17 13:04:05"),
        ((_at(0, 0, 0), "d/m/yyyy h:mm"), "1990-05-17"),
        ((datetime.time(3, 4, 5), "hh:mm:ss"), "03:04:05"),
        ((datetime.timedelta(hours=30), "[h]:mm:ss"), "30:00:00"),
        ("  two  spaces ", "  two  spaces "),
        ("line\nbreak", "line\nbreak"),
        ("'=1+1", "'=1+1"),
        ("陈美玲", "陈美玲"),
    ],
)
def test_a_cell_is_the_text_a_person_sees(tmp_path: Path, write: Writer, cell: Any, text: str) -> None:
    reading = read_all(write(tmp_path / "a.xlsx", [["name", "id"], ["A", cell], ["B", "x"]]))
    assert [["A", text], ["B", "x"]] == reading.cells
    assert reading.origins[0].format == "xlsx"


@pytest.mark.parametrize("write", WRITERS)
def test_rows_have_the_sheets_own_numbers(tmp_path: Path, write: Writer) -> None:
    """Read back with openpyxl: the cell at each row number holds what the row holds."""
    rows: list[list[Any]] = [["Customer list"], [], ["", "name", "", "id"]]
    for n in range(50):
        rows.extend([[]] if n % 3 == 0 else [["", f"Tan {n}", "", n]])
    path = write(tmp_path / "a.xlsx", rows)
    reading = read_all(path, batch_rows=4, known_headers=count_known)
    sheet = _sheet(openpyxl.load_workbook(path))
    assert reading.origins[0].header_row == 3
    assert reading.headers == ["name", "id"]
    assert [[sheet.cell(r, 2).value, str(sheet.cell(r, 4).value)] for r in reading.numbers] == reading.cells
    assert len(reading.rows) == 33


def test_the_table_may_start_anywhere(tmp_path: Path) -> None:
    rows: Rows = [[], [], [None, None, "name", "id"], [None, None, "A", (7, "000")], [], [None, None, "B", None]]
    reading = read_all(write_openpyxl(tmp_path / "a.xlsx", rows))
    assert (reading.origins[0].header_row, reading.rows) == (3, [(4, ["A", "007"]), (6, ["B", ""])])


def test_error_cells_are_empty_with_a_note_and_their_row_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "id"])
        sheet.write_formula(1, 0, "=NA()", None, "#N/A")
        sheet.write_row(2, 0, ["A", 1])
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
    reading = read_all(path)
    assert reading.rows == [(2, ["", ""]), (3, ["A", ""])]
    assert reading.notes == [(2, "name", Note.ERROR_CELL, "#N/A"), (3, "id", Note.ERROR_CELL, "#DIV/0!")]


def test_a_formula_is_its_cached_value_and_rich_text_is_plain(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "id"])
        sheet.write_rich_string(1, 0, "Tan ", book.add_format({"bold": True}), "Mei", " Ling")
        sheet.write_formula(1, 1, '="S"&1', None, "S1")
        sheet.write_formula(2, 0, "=1+1", None, 2)
    assert read_all(path).cells == [["Tan Mei Ling", "S1"], ["2", ""]]
    book = openpyxl.Workbook()
    _sheet(book).append(["name", "id"])
    _sheet(book).append([CellRichText("Tan ", TextBlock(InlineFont(b=True), "Mei")), "1"])
    book.save(path)
    assert read_all(path).cells == [["Tan Mei", "1"]]


def test_a_formula_that_was_never_calculated_is_empty_with_a_note(tmp_path: Path) -> None:
    """openpyxl writes formulas without a value, XlsxWriter with 0: a name of ``0`` would pass every check."""
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row in (["name", "id", "x"], ['="A"&"B"', "1", "C"], ["D", "2", None], ["=A2", None, None]):
        _sheet(book).append(row)
    book.save(path)
    reading = read_all(path)
    assert reading.rows == [(2, ["", "1", "C"]), (3, ["D", "2", ""]), (4, ["", "", ""])]
    assert reading.notes == [(2, "name", Note.ERROR_CELL, UNCALCULATED), (4, "name", Note.ERROR_CELL, UNCALCULATED)]
    with xlsxwriter.Workbook(path) as written:
        sheet = written.add_worksheet()
        sheet.write_row(0, 0, ["name", "id", "x"])
        sheet.write_formula(1, 0, '="A"&"B"')
        sheet.write_formula(1, 1, '="S"&1', None, "S1")
        sheet.write_row(2, 0, ["D", 0, 0])
        sheet.write_formula(3, 0, "=A2", None, 0.0)  # as Java's POI writes it
        sheet.write_formula(3, 1, "=1/2", None, 0.5)
    reading = read_all(path)
    assert reading.rows == [(2, ["", "S1", ""]), (3, ["D", "0", "0"]), (4, ["", "0.5", ""])]
    assert reading.notes == [(2, "name", Note.ERROR_CELL, UNCALCULATED), (4, "name", Note.ERROR_CELL, UNCALCULATED)]


def test_rows_of_nothing_but_formulas_that_were_never_calculated_are_rows(tmp_path: Path) -> None:
    """Of a sheet that a program filled with references to another one, no row would be read, and nothing said."""
    book = openpyxl.Workbook()
    _sheet(book).append(["name", "id"])
    for number in range(2, 1203):
        _sheet(book).append([f"=Other!A{number}", f"=Other!B{number}"])
    _sheet(book).row_dimensions[1202].hidden = True
    book.save(tmp_path / "a.xlsx")
    reading = read_all(tmp_path / "a.xlsx")
    assert reading.rows == [(number, ["", ""]) for number in range(2, 1203)]
    assert [note[:3] for note in reading.notes[-3:]] == [
        (1202, None, Note.HIDDEN_ROW),
        (1202, "name", Note.ERROR_CELL),
        (1202, "id", Note.ERROR_CELL),
    ]
    assert len(reading.notes) == 2403


@pytest.mark.parametrize(
    ("cell", "text", "notes"),
    [
        ("><f>A1</f><v>0</v>", "0", 0),  # by a program that calculates: nothing asks to do it when the file is opened
        (' t="str"><f>A1</f><v></v>', "", 0),  # as Excel writes a formula that gives an empty text
        ("><f>A1</f><v/>", "", 1),
        ("><f>A1</f>", "", 1),
        ('><f t="shared" si="0"/>', "", 1),
        ('><f t="shared" si="0"/><v>7</v>', "7", 0),
    ],
)
def test_what_a_formula_without_a_value_looks_like(tmp_path: Path, cell: str, text: str, notes: int) -> None:
    whole = write_openpyxl(tmp_path / "a.xlsx", [["name", "id"], ["A", 4711]])
    assert b' t="n"><v>4711</v>' in zipfile.ZipFile(whole).read("xl/worksheets/sheet1.xml")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(b' fullCalcOnLoad="1"', b"")
            new.writestr(name, content.replace(b' t="n"><v>4711</v>', cell.encode()))
    reading = read_all(tmp_path / "b.xlsx")
    assert reading.cells == [["A", text]]
    assert len(reading.notes) == notes


def test_dates_of_the_1904_system_are_the_same_days(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    _sheet(book).append(["name", "born"])
    _sheet(book).append(["A", datetime.date(1990, 5, 17)])
    book.save(tmp_path / "a.xlsx")
    with xlsxwriter.Workbook(tmp_path / "b.xlsx", {"date_1904": True, "default_date_format": "d/m/yy"}) as other:
        sheet = other.add_worksheet()
        sheet.write_row(0, 0, ["name", "born"])
        sheet.write_row(1, 0, ["A", datetime.date(1990, 5, 17)])
    for name in ("a.xlsx", "b.xlsx"):
        assert read_all(tmp_path / name).cells == [["A", "1990-05-17"]]


def test_hidden_rows_are_read_and_said_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["name", "id"], ["A", "1"], ["B", "2"], ["C", "3"]):
        _sheet(book).append(row)
    _sheet(book).row_dimensions[3].hidden = True
    book.save(tmp_path / "a.xlsx")
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as other:
        sheet = other.add_worksheet()
        for r, row in enumerate((["name", "id"], ["A", "1"], ["B", "2"], ["C", "3"])):
            sheet.write_row(r, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
    for name in ("a.xlsx", "b.xlsx"):
        reading = read_all(tmp_path / name)
        assert reading.cells == [["A", "1"], ["B", "2"], ["C", "3"]]
        assert reading.notes == [(3, None, Note.HIDDEN_ROW, "")]


def test_merged_headers_name_every_column_and_two_storeys_are_read_below(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = _sheet(book)
    sheet.append(["Customer list", None, None, None])
    sheet.append(["name", "Home", None, "id"])
    sheet.append([None, "country", "type", None])
    sheet.append(["A", "SG", "personal", "1"])
    for area in ("A1:D1", "A2:A3", "B2:C2", "D2:D3"):
        sheet.merge_cells(area)
    book.save(tmp_path / "a.xlsx")
    reading = read_all(tmp_path / "a.xlsx", known_headers=count_known)
    assert (reading.origins[0].header_row, reading.headers) == (3, ["name", "country", "type", "id"])
    assert reading.rows == [(4, ["A", "SG", "personal", "1"])]
    other = openpyxl.Workbook()
    _sheet(other).append(["name", "address", None, "id"])
    _sheet(other).append(["A", "x", "y", "1"])
    _sheet(other).merge_cells("B1:C1")
    other.save(tmp_path / "b.xlsx")
    assert read_all(tmp_path / "b.xlsx").headers == ["name", "address", "address (2)", "id"]


def test_the_lower_of_two_storeys_is_the_header_where_a_merged_one_repeats_its_name(tmp_path: Path) -> None:
    """An address over three columns counts once; the rows begin below the lower storey."""
    book = openpyxl.Workbook()
    sheet = _sheet(book)
    sheet.append(["name", "id", "country", None, None])
    sheet.append([None, None, "Jalan", "Kota", "Kode Pos"])
    sheet.append(["A", "1", "x", "y", "z"])
    for area in ("A1:A2", "B1:B2", "C1:E1"):
        sheet.merge_cells(area)
    book.save(tmp_path / "a.xlsx")
    reading = read_all(tmp_path / "a.xlsx", known_headers=count_known)
    assert reading.headers == ["name", "id", "Jalan", "Kota", "Kode Pos"]
    assert reading.numbers == [3]


def _write_sheets(path: Path, sheets: dict[str, Rows], hidden: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(_sheet(book))
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    book.save(path)
    return path


USERS = [["name", "id", "type"], ["A", "1", "personal"]]


def test_the_one_sheet_with_data_is_found(tmp_path: Path) -> None:
    path = _write_sheets(tmp_path / "a.xlsx", {"Empty": [], "Users": USERS, "Old": USERS}, hidden=["Old"])
    reading = read_all(path)
    assert (reading.origins[0].sheet, reading.origins[0].detected["hidden_sheets"]) == ("Users", "Old")


def test_the_sheet_whose_headers_fit_is_found(tmp_path: Path) -> None:
    notes: Rows = [["please", "read"], ["a", "b"]]
    path = _write_sheets(tmp_path / "a.xlsx", {"Notes": notes, "Users": USERS, "Empty": [], "Old": USERS}, ["Old"])
    found = read_all(path, known_headers=count_known).origins[0]
    assert (found.sheet, found.detected["unread_sheets"]) == ("Users", "Notes")
    named = read_all(path, known_headers=count_known, sheet="Users").origins[0]
    assert (named.detected["other_sheets"], "unread_sheets" in named.detected) == ("Notes", False)


@pytest.mark.parametrize("known", [count_known, None])
def test_two_sheets_that_could_be_meant_are_a_question(tmp_path: Path, known: Any) -> None:
    path = _write_sheets(tmp_path / "a.xlsx", {"Users": USERS, "Old users": USERS})
    with pytest.raises(UsageError, match=r"'Users', 'Old users'.*'sheet:'"):
        read_all(path, known_headers=known)
    assert read_all(path, known_headers=known, sheet="old users").origins[0].sheet == "Old users"


def test_a_named_sheet_may_be_hidden_and_must_be_there(tmp_path: Path) -> None:
    path = _write_sheets(tmp_path / "a.xlsx", {"Users": USERS, "Old": USERS}, hidden=["Old"])
    assert read_all(path, sheet="Old").origins[0].sheet == "Old"
    with pytest.raises(UsageError, match="has no sheet 'New'; it has 'Users', 'Old'"):
        read_all(path, sheet="New")


def test_hidden_data_is_read_where_nothing_else_is_there_and_no_data_says_so(tmp_path: Path) -> None:
    origin = read_all(_write_sheets(tmp_path / "a.xlsx", {"Cover": [], "Old": USERS}, hidden=["Old"])).origins[0]
    assert (origin.sheet, origin.detected["visibility"], "hidden_sheets" in origin.detected) == ("Old", "hidden", False)
    both: dict[str, Rows] = {"Cover": [], "Old": USERS, "Older": USERS}
    with pytest.raises(UsageError, match="'Old', 'Older'"):
        read_all(_write_sheets(tmp_path / "b.xlsx", both, hidden=["Old", "Older"]))
    with pytest.raises(FileError, match="the workbook is empty"):
        read_all(_write_sheets(tmp_path / "c.xlsx", {"Cover": []}))


def test_our_own_rejects_workbook_is_read_whole_whatever_the_mapping_says(tmp_path: Path) -> None:
    seals = ["_source", "_sheet", "_row", "_stage", "_errors", "_suggestions", "_check"]
    rows = [["name", "=id", *seals], ["A", "'=1", "u.xlsx", "Users", "7", "checks", "", "", "c1"]]
    gaps = [["name", "=id", *seals], ["B", "2", "u.xlsx", "Users", "9", "checks", "", "", "c2"]]
    sheets: dict[str, Rows] = {"Rejected": rows, "USD gaps": gaps, "Reasons": [["code", "count"], ["x", 1]]}
    book = openpyxl.Workbook(write_only=True)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            cells = [openpyxl.cell.WriteOnlyCell(sheet, value) for value in line]
            for cell in cells:
                cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
            sheet.append(cells)
    book.save(tmp_path / "rejects.xlsx")
    reading = read_all(tmp_path / "rejects.xlsx", sheet="Users", header_row=3)
    assert reading.cells == [["A", "'=1"], ["B", "2"]]
    assert reading.sheets == ["Rejected", "USD gaps"]
    assert reading.headers == ["name", "=id"]
    assert [(seal["_row"], seal["_check"]) for seal in reading.seals] == [("7", "c1"), ("9", "c2")]


def test_rows_that_only_carry_formatting_cost_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in USERS:
        _sheet(book).append(row)
    _sheet(book).cell(1_048_576, 16_384).font = Font(bold=True)
    book.save(tmp_path / "a.xlsx")
    assert read_all(tmp_path / "a.xlsx").rows == [(2, ["A", "1", "personal"])]


def test_a_lone_cell_far_away_is_refused_before_memory_is_gone(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in USERS:
        _sheet(book).append(row)
    _sheet(book).cell(1_048_576, 16_384, "x")
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(FileError, match="stretches over 1,048,576 rows and 16,384 columns"):
        read_all(tmp_path / "a.xlsx")


def test_a_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = write_openpyxl(tmp_path / "a.xlsx", USERS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as part:
        for _ in range(300):
            part.write(bytes(1024 * 1024))
    with pytest.raises(FileError, match="zip bomb"):
        read_all(path)


def test_a_password_protected_workbook_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "EncryptedPackage".encode("utf-16-le") + bytes(64)
    )
    with pytest.raises(FileError, match="protected by a password"):
        read_all(path)


def test_a_damaged_or_foreign_archive_is_named(tmp_path: Path) -> None:
    whole = write_openpyxl(tmp_path / "a.xlsx", USERS).read_bytes()
    (tmp_path / "b.xlsx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match="damaged"):
        read_all(tmp_path / "b.xlsx")
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as archive:
        archive.writestr("notes.txt", "hello")
    with pytest.raises(FileError, match="zip archive without a workbook"):
        read_all(tmp_path / "c.xlsx")


def test_entities_in_a_workbook_are_refused(tmp_path: Path) -> None:
    source = io.BytesIO(write_openpyxl(tmp_path / "a.xlsx", USERS).read_bytes())
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/styles.xml":
                content = content.replace(b"<styleSheet", b'<!DOCTYPE a [<!ENTITY b "c">]><styleSheet', 1)
            new.writestr(name, content)
    with pytest.raises(FileError, match="declares XML entities"):
        read_all(tmp_path / "b.xlsx")


def test_headers_are_unique_and_unnamed_columns_with_values_get_a_name(tmp_path: Path) -> None:
    rows = [["name", "name", None, None, "id"], ["A", "B", "x", None, "1"]]
    reading = read_all(write_openpyxl(tmp_path / "a.xlsx", rows))
    assert reading.headers == ["name", "name (2)", "column 3", "id"]
    assert reading.cells == [["A", "B", "x", "1"]]


def _survey(rows: bytes, size: int = 10_000) -> SheetSurvey:
    """Survey a sheet with these rows, read in blocks of so many bytes."""
    sheet = (
        b'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://x.example/2006"><cols><col hidden="1"/></cols>'
    )
    sheet += b"<sheetData>" + rows + b'</sheetData><dataValidation sqref="A2:ZZ9999999" t="e"/></worksheet>'
    survey = SheetSurvey([7])
    survey.observe(sheet[place : place + size] for place in range(0, len(sheet), size))
    return survey


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
@pytest.mark.parametrize(
    ("rows", "width", "telling", "vast"),
    [
        (b'<row r="9"><c r="A9" t="inlineStr"><is><t xml:space="preserve">A</t></is></c><c r="Z9"/></row>', 26, 0, 0),
        (b'<row r="7"><c r="AA7" t="str"/><c r="AB7" s="1"/></row>', 28, 0, 0),
        (b'<row r="1"><c r="XFD1"/><c r="B1"/></row>', 16_384, 0, 1),
        (b'<row r="1"><c r="xfd1"/></row>', 16_384, 0, 1),
        (b'<row r="1"><c r="ABCD1"/></row>', 64_000_000, 0, 1),
        (b'<row r="1"><c r="B4294967299"/></row>', 26, 0, 1),
        (b'<row r="1"><c r="B1" s="7"/></row>', 26, 1, 0),
        (b'<row r="1"><c r="B1" s="77"/></row>', 26, 0, 0),
        (b'<row r="1"><c r="B1" t="e"/></row>', 26, 1, 0),
        (b'<row r="1" hidden="1"><c r="B1"/></row>', 26, 1, 0),
        (b'<row r="1" hidden="true"><c r="B1"/></row>', 26, 1, 0),
        (b'<row r="1" hidden="0"><c r="B1"/></row>', 26, 0, 0),
        (b'<row r="1"><c><t>sheetData&gt; sheetData></t></c><c r="B1" t="e"/></row>', 26, 1, 0),
        (b"<row r='1'><c r='B1' t='e'/></row>", 26, 0, 1),
        (b'<row r="1" hidden ="1"><c r="B1"/></row>', 26, 0, 1),
        (b'<row r="1"><c r="B1" t= "e"/></row>', 26, 0, 1),
        (b'<row r="1"><c t="inlineStr"><is><t>a=b, c="AAAA"</t></is></c></row>', 26, 0, 0),
        (b'<row r="1"><c r="B1" t="e"><f>' + b"A1+" * 99 + b"A1</f><v>#N/A</v></c></row>", 26, 1, 0),
        (b'<row r="1"><!-- </sheetData> --><c r="ZZZZZZ1"/></row>', 64_000_000, 0, 1),
        (b'<row r="1"><c r="B1"><f>' + b"A1+" * 99 + b"A1</f><v>1</v></c></row>", 26, 0, 0),
        (b'<row r="1"><c r="B1"><f>' + b"A1+" * 99 + b"A1</f><v></v></c></row>", 26, 1, 0),
        (b'<row r="1"><c r="B1"><f>' + b"A1+" * 99 + b"A1</f><v>0</v></c></row>", 26, 1, 0),
        (b'<row r="1"><x:c r="B1"><x:f>A1</x:f> <x:v /></x:c></row>', 26, 1, 0),
        (b'<row r="1"><c r="B1"><f t="shared" si="0"/></c></row>', 26, 1, 0),
        (b'<row r="1"><c r="B1"><f t="shared" si="0"/><v>5</v></c></row>', 26, 0, 0),
    ],
)
def test_what_a_sheets_bytes_show_does_not_depend_on_where_blocks_end(
    rows: bytes, width: int, telling: int, vast: int, size: int
) -> None:
    survey = _survey(rows, size)
    assert (survey.width, survey.telling, survey.may_be_vast) == (width, bool(telling), bool(vast))


def test_rows_out_of_order_are_refused_rather_than_shown_wrong(tmp_path: Path) -> None:
    whole = write_openpyxl(tmp_path / "a.xlsx", [["name", "id"], ["A", (7, "000")], ["B", (8, "000")]])
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b'<row r="2"', b'<row r="9"').replace(b'"B2"', b'"B9"'))
    with pytest.raises(FileError, match="damaged"):
        read_all(tmp_path / "b.xlsx")


def test_a_cell_that_names_another_row_is_refused_rather_than_shown_wrong(tmp_path: Path) -> None:
    """Values follow the cell's name, number formats the row: ids would lose their zeros without a word."""
    whole = write_openpyxl(tmp_path / "a.xlsx", [["name", "id"], ["A", (7, "000")], ["B", (8, "000")]])
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<row r="3"', b'<row r="9"'))
    with pytest.raises(FileError, match="damaged"):
        read_all(tmp_path / "b.xlsx")
