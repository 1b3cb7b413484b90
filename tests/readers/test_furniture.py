"""What stands around a workbook's values: merged headers, rich text, hidden rows and sheets, mere formatting."""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import odf.opendocument
import odf.style
import odf.table
import odf.text
import openpyxl
import pytest
import xlsxwriter
import xlwt
from odf.teletype import addTextToElement
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.worksheet.worksheet import Worksheet
from readers_biff import Cell, Range, Rows, write_xlsb
from readers_help import count_known, read_all
from readers_ods import covered, error, gap, number, row, span, text, valued, write_ods

from straitsx_bulk.io.readers import InputFile, open_input
from straitsx_bulk.io.readers.cells import Value, to_texts
from straitsx_bulk.schemas.batch import Note
from straitsx_bulk.schemas.errors import UsageError

FORMATTED = 300
"""Rows below the table that carry a number format and nothing else."""
MERGED: tuple[Range, ...] = (((0, 0), (0, 3)), ((1, 0), (2, 0)), ((1, 1), (1, 2)), ((1, 3), (2, 3)))
"""A title over the table; then a header of two storeys, of which ``name`` and ``id`` fill both."""
TITLE, UPPER, LOWER = "Customer list", ("name", "Home", "", "id"), ("", "country", "type", "")
PLAIN = ["Ong", "MY", "business", "0012"]
"""The hidden row, below one of which the name is a rich text."""
RICH = ("Tan ", "Mei", " Ling")
BODY = [["Tan Mei Ling", "SG", "personal", "0011"], PLAIN]
Furnish = Callable[[Path], None]


def furnish_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    bold = TextBlock(InlineFont(b=True), RICH[1])
    for cells in ([TITLE], UPPER, LOWER, [CellRichText(RICH[0], bold, RICH[2]), *BODY[0][1:]], PLAIN):
        sheet.append([cell or None for cell in cells])
    for (top, left), (bottom, right) in MERGED:
        sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    sheet.row_dimensions[5].hidden = True
    for below in range(6, 6 + FORMATTED):
        sheet.cell(below, 4).number_format = "0000"
    book.create_sheet("Old").append(["name", "id"])
    book["Old"].sheet_state = "hidden"
    book.save(path)


def furnish_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet, hidden = book.add_worksheet("Users"), book.add_worksheet("Old")
        for r, cells in enumerate(([TITLE], UPPER, LOWER, BODY[0], PLAIN)):
            sheet.write_row(r, 0, cells)
        for (top, left), (bottom, right) in MERGED:
            sheet.merge_range(top, left, bottom, right, ([TITLE], UPPER)[top][left])
        sheet.write_rich_string(3, 0, RICH[0], book.add_format({"bold": True}), *RICH[1:])
        sheet.set_row(4, None, None, {"hidden": True})
        zeros = book.add_format({"num_format": "0000"})
        for below in range(5, 5 + FORMATTED):
            sheet.write_blank(below, 3, None, zeros)
        hidden.write_row(0, 0, ["name", "id"])
        hidden.hide()


def furnish_xlwt(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Users")
    for r, c, value in ((2, 1, LOWER[1]), (2, 2, LOWER[2]), *((3, c, BODY[0][c]) for c in (1, 2, 3))):
        sheet.write(r, c, value)
    for (top, left), (bottom, right) in MERGED:
        sheet.write_merge(top, bottom, left, right, ([TITLE], UPPER)[top][left])
    sheet.write_rich_text(3, 0, (RICH[0], (RICH[1], xlwt.easyfont("bold on")), RICH[2]))
    for c, value in enumerate(PLAIN):
        sheet.write(4, c, value)
    sheet.row(4).hidden = True
    for below in range(5, 5 + FORMATTED):
        sheet.row(below).set_cell_blank(3, xlwt.easyxf(num_format_str="0000"))
    hidden = book.add_sheet("Old")
    hidden.write(0, 0, "name")
    hidden.visibility = 1
    book.save(str(path))


def furnish_xlsb(path: Path) -> None:
    body: Rows = [[Cell(BODY[0][0], rich=True), *BODY[0][1:]], PLAIN]
    header = [[cell or None for cell in cells] for cells in (UPPER, LOWER)]
    formatted = [[None, None, None, Cell("", "0000")]] * FORMATTED
    rows: Rows = [[TITLE], *header, *body, *formatted]
    write_xlsb(path, rows, hidden=[4], merged=MERGED, name="Users", hidden_sheet="Old")


def furnish_ods(path: Path) -> None:
    rich = text("").replace("<text:p></text:p>", f"<text:p>{RICH[0]}<text:span>{RICH[1]}</text:span>{RICH[2]}</text:p>")
    rows = [
        row(span(text(TITLE), columns=4), covered(3)),
        row(span(text("name"), rows=2), span(text("Home"), columns=2), covered(), span(text("id"), rows=2)),
        row(covered(), text("country"), text("type"), covered()),
        row(rich, *map(text, BODY[0][1:])),
        row(*map(text, PLAIN), hidden=True),
        row(gap(1024), repeated=FORMATTED),
    ]
    write_ods(path, {"Users": rows, "Old": [row(text("name"), text("id"))]}, hidden=["Old"])


def furnish_odfpy(path: Path) -> None:
    book = odf.opendocument.OpenDocumentSpreadsheet()
    off = odf.style.Style(name="off", family="table")
    off.addElement(odf.style.TableProperties(display="false"))
    book.automaticstyles.addElement(off)
    users, old = odf.table.Table(name="Users"), odf.table.Table(name="Old", stylename="off")
    over = odf.table.CoveredTableCell
    rich = _make_odf("")
    rich.childNodes[0].addText(RICH[0])
    rich.childNodes[0].addElement(odf.text.Span(text=RICH[1]))
    rich.childNodes[0].addText(RICH[2])
    tall: dict[str, Any] = {"numberrowsspanned": 2, "numbercolumnsspanned": 1}
    wide: dict[str, Any] = {"numberrowsspanned": 1, "numbercolumnsspanned": 2}
    rows = [
        [_make_odf(TITLE, numberrowsspanned=1, numbercolumnsspanned=4), over(), over(), over()],
        [_make_odf("name", **tall), _make_odf("Home", **wide), over(), _make_odf("id", **tall)],
        [over(), _make_odf("country"), _make_odf("type"), over()],
        [rich, *map(_make_odf, BODY[0][1:])],
    ]
    for cells in rows:
        users.addElement(_join_odf(cells))
    users.addElement(_join_odf([_make_odf(cell) for cell in PLAIN], visibility="collapse"))
    users.addElement(_join_odf([odf.table.TableCell(numbercolumnsrepeated=4)], numberrowsrepeated=FORMATTED))
    old.addElement(_join_odf([_make_odf("name"), _make_odf("id")]))
    for table in (users, old):
        book.spreadsheet.addElement(table)
    book.save(str(path))


def _make_odf(value: str, **spans: Any) -> Any:
    cell = odf.table.TableCell(valuetype="string", **spans)
    cell.addElement(odf.text.P(text=value))
    return cell


def _join_odf(cells: list[Any], **attributes: Any) -> Any:
    made = odf.table.TableRow(**attributes)
    for cell in cells:
        made.addElement(cell)
    return made


WRITERS: dict[str, Furnish] = {
    "openpyxl.xlsx": furnish_openpyxl,
    "xlsxwriter.xlsx": furnish_xlsxwriter,
    "xlwt.xls": furnish_xlwt,
    "hand.xlsb": furnish_xlsb,
    "hand.ods": furnish_ods,
    "odfpy.ods": furnish_odfpy,
}


@pytest.mark.parametrize("name", WRITERS)
def test_merged_headers_rich_text_hidden_rows_and_hidden_sheets_are_read_and_told(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    reading = read_all(tmp_path / name, known_headers=count_known)
    (origin,) = reading.origins
    assert (origin.header_row, reading.headers) == (3, ["name", "country", "type", "id"])
    assert reading.rows == [(4, BODY[0]), (5, PLAIN)]
    assert reading.notes == [(5, None, Note.HIDDEN_ROW, "")]
    assert origin.detected["hidden_sheets"] == "Old"


@pytest.mark.parametrize("name", WRITERS)
def test_a_hidden_sheet_is_read_where_it_is_named_and_another_name_is_a_question(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    (origin,) = read_all(tmp_path / name, sheet="old").origins
    assert (origin.sheet, origin.detected["visibility"]) == ("Old", "hidden")
    visible = read_all(tmp_path / name, known_headers=count_known).origins[0].sheet
    with pytest.raises(UsageError, match=f"has no sheet 'New'; it has '{visible}', 'Old'"):
        read_all(tmp_path / name, sheet="New")


@pytest.mark.parametrize("name", WRITERS)
def test_no_cell_is_visited_below_the_last_one_with_a_value(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Formatting costs what its bytes cost and no more: neither rows nor cells nor memory."""
    visited = []

    def count(values: Sequence[Value]) -> Any:
        visited.append(len(values))
        return to_texts(values)

    monkeypatch.setattr("straitsx_bulk.io.readers.sheets.to_texts", count)
    WRITERS[name](tmp_path / name)
    with open_input(InputFile(tmp_path / name, name, None), known_headers=count_known) as opened:
        assert opened.rows_estimate == len(BODY)
        assert sum(len(batch) for batch in opened.batches()) == len(BODY)
    assert visited == [len(BODY)] * 4


def test_a_merged_name_over_two_columns_names_both(tmp_path: Path) -> None:
    header = row(text("name"), span(text("address"), columns=2), covered(), text("id"))
    write_ods(tmp_path / "a.ods", {"S": [header, row(*map(text, "AxyB"))]})
    rows: Rows = [["name", "address", None, "id"], list("AxyB")]
    write_xlsb(tmp_path / "a.xlsb", rows, merged=[((0, 1), (0, 2))])
    for name in ("a.ods", "a.xlsb"):
        assert read_all(tmp_path / name).headers == ["name", "address", "address (2)", "id"]


NOTE = "<office:annotation><text:p>of 9 notes</text:p></office:annotation>"
BOX = "<draw:frame><draw:text-box><text:p>a box of 8</text:p></draw:text-box></draw:frame>"


@pytest.mark.parametrize("hanging", [NOTE, BOX, NOTE + BOX])
@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (text("Tan\nMei"), "Tan\nMei"),
        (number(7, "007"), "007"),
        (number(8, "8"), "8"),
        (number(0.5, "50%", "percentage"), "50%"),
        (valued("date", "date-value", "1990-05-17", "17/05/90"), "1990-05-17"),
        (valued("time", "time-value", "PT03H04M05S", "03:04:05"), "03:04:05"),
        (valued("boolean", "boolean-value", "true", "WAHR"), "TRUE"),
        (error("#N/A"), ""),
    ],
)
def test_what_hangs_on_an_opendocument_cell_is_none_of_its_text(
    tmp_path: Path, hanging: str, cell: str, shown: str
) -> None:
    """A comment, a picture or a text box stands in the cell's element, before its own paragraphs or behind them."""
    before, behind = (
        cell.replace("<text:p>", hanging + "<text:p>", 1),
        cell.replace("</table:", hanging + "</table:", 1),
    )
    rows = [row(text("name"), text("id")), row(text("A"), before), row(text("B"), behind), row(text("C"), cell)]
    reading = read_all(write_ods(tmp_path / "a.ods", {"Users": rows}))
    assert reading.rows == [(2, ["A", shown]), (3, ["B", shown]), (4, ["C", shown])]
    assert {detail for *_, detail in reading.notes} == ({"#N/A"} if not shown else set())


def test_tabs_line_breaks_and_spaces_of_an_opendocument_text_are_characters(tmp_path: Path) -> None:
    """Left out they would join two words of a name; odfpy writes them as elements, too."""
    by_hand = text("X").replace("X", 'Tan<text:tab/>Mei<text:line-break/>Ling<text:s text:c="2"/>Lim')
    write_ods(tmp_path / "a.ods", {"Users": [row(text("name"), text("id")), row(by_hand, text("1"))]})
    book = odf.opendocument.OpenDocumentSpreadsheet()
    table = odf.table.Table(name="Users")
    table.addElement(_join_odf([_make_odf("name"), _make_odf("id")]))
    cell = _make_odf("")
    addTextToElement(cell.childNodes[0], "Tan\tMei\nLing  Lim")
    table.addElement(_join_odf([cell, _make_odf("1")]))
    book.spreadsheet.addElement(table)
    book.save(str(tmp_path / "b.ods"))
    for name in ("a.ods", "b.ods"):
        assert read_all(tmp_path / name).cells == [["Tan\tMei\nLing  Lim", "1"]]


def _save_odfpy_1904(path: Path) -> None:
    book = odf.opendocument.OpenDocumentSpreadsheet()
    settings = odf.table.CalculationSettings()
    settings.addElement(odf.table.NullDate(datevalue="1904-01-01", valuetype="date"))
    book.spreadsheet.addElement(settings)
    table = odf.table.Table(name="Users")
    table.addElement(_join_odf([_make_odf("name"), _make_odf("born")]))
    day = odf.table.TableCell(valuetype="date", datevalue="1990-05-17")
    day.addElement(odf.text.P(text="17/05/90"))
    table.addElement(_join_odf([_make_odf("A"), day]))
    book.spreadsheet.addElement(table)
    book.save(str(path))


def test_opendocument_dates_of_the_1904_system_are_the_same_days(tmp_path: Path) -> None:
    """The format writes days as days; where counting begins matters to formulas only."""
    day = valued("date", "date-value", "1990-05-17", "17/05/90")
    rows = [row(text("name"), text("born")), row(text("A"), day)]
    write_ods(tmp_path / "a.ods", {"Users": rows}, first_day=datetime.date(1904, 1, 1))
    _save_odfpy_1904(tmp_path / "b.ods")
    for name in ("a.ods", "b.ods"):
        assert read_all(tmp_path / name).cells == [["A", "1990-05-17"]]
