"""Cells that name a shared text: by a plain number, or the workbook is refused rather than read wrong."""

import random
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from readers_help import read_all

from straitsx_bulk.io.readers.xlsx_survey import SheetSurvey
from straitsx_bulk.schemas.errors import FileError

TABLE = [["name", "id"], ["Tan", "S1"], ["Lim", "S2"]]


def save_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for r, cells in enumerate(TABLE):
            sheet.write_row(r, 0, cells)


def rewrite(path: Path, old: bytes, new: bytes) -> None:
    """Write something else in the place of what a sheet holds."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert old in sheet
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


ODD = ["x", "4x", "x4", " 4", "4 ", "\n4\n", "4.0", "-1", "1 2", "+4", "４", "18446744073709551620", "12345678901"]


@pytest.mark.parametrize("number", ODD)
def test_a_shared_text_named_by_no_plain_number_is_refused(tmp_path: Path, number: str) -> None:
    """calamine would put the first text of the workbook there, a header, and say nothing."""
    path = tmp_path / "a.xlsx"
    save_xlsxwriter(path)
    rewrite(path, b"<v>4</v>", f"<v>{number}</v>".encode())
    with pytest.raises(FileError, match="is damaged: a part of it cannot be understood"):
        read_all(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b't="s"><v>4', b't="s" s="0"><v>4'),  # as Apache POI orders them
        (b' t="s"', b" t='s'"),
        (b"<v>4</v>", b"<v>04</v>"),
        (b"<v>4</v>", b'<v xml:space="preserve">4</v>'),
        (b"<v>4</v>", b"<f>B1&amp;&quot; t=&quot;</f><v>4</v>"),
    ],
)
def test_a_number_may_stand_in_the_cell_in_whatever_way_xml_allows(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = tmp_path / "a.xlsx"
    save_xlsxwriter(path)
    rewrite(path, old, new)
    assert read_all(path).rows == [(2, TABLE[1]), (3, TABLE[2])]


@pytest.mark.parametrize("new", [b' t="s"></c>', b' t="s"/>', b' t="s"><v></v></c>', b' t="s"><v/></c>'])
def test_a_shared_text_that_is_not_named_is_empty(tmp_path: Path, new: bytes) -> None:
    path = tmp_path / "a.xlsx"
    save_xlsxwriter(path)
    rewrite(path, b' t="s"><v>4</v></c>', new)
    assert read_all(path).rows == [(2, TABLE[1]), (3, ["", "S2"])]


PLAIN_CELLS = [
    '<c r="A1" t="s"><v>{}</v></c>', '<c r="B1" s="7" t="s"><v>{}</v></c>', '<c r="B1" t="s" s="12345"><v>{}</v></c>',
    '<c r="C1"><v>1.5</v></c>', '<c r="D1" t="s"/>', '<c r="E1" t="str"><v>a "s" b</v></c>', '<c r="F1" t="b"/>',
]  # fmt: skip
ODD_CELLS = [
    '<c r="A1" t="s"><v>x</v></c>', '<c r="A1" t="s"><v> {}</v></c>', '<c r="A1" t="s" s="1"><v>{}.0</v></c>',
    '<c r="A1" t="s"><v>{}12345678</v></c>', '<c r="A1" t="s"><f>A2</f><v>{}</v></c>', '<c r="A1" t="s"><v></v></c>',
]  # fmt: skip


@pytest.mark.parametrize("odd", [*ODD_CELLS, ""])
@pytest.mark.parametrize("size", [7, 64, 251, 4096])
def test_an_odd_number_is_found_wherever_blocks_end(size: int, odd: str) -> None:
    """One of many cells, at any place, and never where there is none."""
    chance = random.Random(size)
    for _ in range(1 + size // 100):
        cells = [chance.choice(PLAIN_CELLS).format(chance.randrange(9_999_999)) for _ in range(40)]
        cells.insert(chance.randrange(len(cells)), odd.format(7))
        sheet = f"<worksheet><sheetData><row r='1'>{''.join(cells)}</row></sheetData></worksheet>".encode()
        survey = SheetSurvey([])
        survey.observe(sheet[place : place + size] for place in range(0, len(sheet), size))
        assert survey.doubtful is bool(odd)


def rewrite_part(path: Path, part: str, old: str, new: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('<t>林</t><rPh sb="0" eb="1"><t>リン</t></rPh><phoneticPr fontId="1"/>', "林"),
        ('<r><t>林</t></r><r><rPr><b/></rPr><t>美玲</t></r><rPh sb="0" eb="1"><t>リン</t></rPh>', "林美玲"),
        ("<t>a_x000D_b</t>", "a\rb"),
        ("<t>_x005F_x0041_</t>", "_x0041_"),
        ('<t xml:space="preserve"> Lim </t>', " Lim "),
    ],
)
def test_a_shared_text_is_what_excel_shows_of_it(tmp_path: Path, text: str, shown: str) -> None:
    """How it is pronounced stands beside a name of Chinese letters, and is no part of it; ``_x000D_`` is one letter."""
    path = tmp_path / "a.xlsx"
    save_xlsxwriter(path)
    rewrite_part(path, "xl/sharedStrings.xml", "<t>Lim</t>", text)
    assert read_all(path).rows == [(2, TABLE[1]), (3, [shown, "S2"])]


STRICT = (
    ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships",
    ),
)


def test_a_workbook_that_excel_saved_as_strict_open_xml_is_read(tmp_path: Path) -> None:
    """Other names of everything, and days written as ISO dates."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "id", "born"])
        sheet.write(1, 0, "Tan")
        sheet.write(1, 1, 7, book.add_format({"num_format": "0000"}))
        sheet.write(1, 2, 33010, book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.set_row(1, None, None, {"hidden": True})
    rewrite_part(path, "xl/worksheets/sheet1.xml", "><v>33010</v>", ' t="d"><v>1990-05-17T00:00:00</v>')
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            for old, new in STRICT:
                content = content.replace(old, new)  # noqa: PLW2901 - one after the other
            archive.writestr(name, content)
    reading = read_all(path)
    assert reading.rows == [(2, ["Tan", "0007", "1990-05-17"])]
    assert [note.value for _, _, note, _ in reading.notes] == ["hidden_row"]
