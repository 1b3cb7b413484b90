"""From when a workbook counts days is known in every format, so that its bare day numbers are not four years early."""

import datetime
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from readers_biff import WRITERS
from readers_ods import row, text, valued, write_ods

from straitsx_bulk.io.readers import find_files, open_input

ROWS: list[list[str | float]] = [["name", "born"], ["A", 31548.0]]
Writer = Callable[[Path, bool], object]


def by_openpyxl(path: Path, old: bool) -> None:
    book = openpyxl.Workbook()
    if old:
        book.epoch = CALENDAR_MAC_1904
    for cells in ROWS:
        book.worksheets[0].append(cells)
    book.save(path)


def by_xlsxwriter(path: Path, old: bool) -> None:
    with xlsxwriter.Workbook(path, {"date_1904": old}) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(ROWS):
            sheet.write_row(number, 0, cells)


def by_xlwt(path: Path, old: bool) -> None:
    book = xlwt.Workbook()
    book.dates_1904 = old
    sheet = book.add_sheet("Users")
    for number, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            sheet.write(number, column, cell)
    book.save(str(path))


def by_hand(path: Path, old: bool) -> None:
    if path.suffix == ".ods":
        first = datetime.date(1904, 1, 1) if old else datetime.date(1899, 12, 30)
        rows = [row(text("name"), text("born")), row(text("A"), valued("float", "value", "31548", "31548"))]
        write_ods(path, {"Users": rows}, first_day=first)
    else:
        WRITERS[path.suffix[1:]](path, ROWS, date_1904=old)


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize(
    ("write", "suffix"),
    [(by_openpyxl, "xlsx"), (by_xlsxwriter, "xlsx"), (by_xlwt, "xls"), *((by_hand, s) for s in ("xls", "xlsb", "ods"))],
)
def test_the_day_count_is_known(tmp_path: Path, write: Writer, suffix: str, old: bool) -> None:
    write(tmp_path / f"users.{suffix}", old)
    [file] = find_files([str(tmp_path / f"users.{suffix}")])
    with open_input(file) as export:
        assert [origin.detected.get("date_system") for origin in export.origins] == ["1904" if old else None]
