"""Reads workbooks: .xlsx, .xls, .xlsb and .ods."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from straitsx_bulk.io.readers.assembly import Columns, build_batches
from straitsx_bulk.io.readers.calamine_errors import explain_load
from straitsx_bulk.io.readers.files import InputFile, name_path
from straitsx_bulk.io.readers.formats import Format
from straitsx_bulk.io.readers.ods_package import OdsPackage
from straitsx_bulk.io.readers.opening import Input, Wishes
from straitsx_bulk.io.readers.row_details import Package
from straitsx_bulk.io.readers.sheet_choice import TEMPLATE_GUIDE, SheetNames, choose_sheets
from straitsx_bulk.io.readers.sheets import Sheet
from straitsx_bulk.io.readers.stamps import take_stamp
from straitsx_bulk.io.readers.xls_package import XlsPackage
from straitsx_bulk.io.readers.xlsb_package import XlsbPackage
from straitsx_bulk.io.readers.xlsx_package import XlsxPackage
from straitsx_bulk.io.readers.zip_guard import open_archive
from straitsx_bulk.schemas.batch import Batch, Origin


class WorkbookInput(Input):
    """A workbook, looked at and ready to be read as often as needed.

    Raises:
        FileError: It is damaged, protected, a zip bomb, empty, or has no header.
        UsageError: More than one sheet could be meant, or the named one is not there.
    """

    def __init__(self, file: InputFile, kind: Format, wishes: Wishes) -> None:
        self._source = file.source
        self.stamp = take_stamp(file.path, file.source)
        self._kind = kind
        self._wishes = wishes
        self._filled: list[str] = []
        self._archive = None if kind is Format.XLS else open_archive(file.path, file.source)
        try:
            self._package = self._open_package(file)
            with explain_load(file.source):
                self._book = _load_book(file.path)
            names = self._list_sheets()
            self._sheets = choose_sheets(names, self._load_sheet, file.source, wishes)
        except BaseException:
            self._close_archive()
            raise
        self.origins: tuple[Origin, ...] = tuple(sheet.build_origin(names.hidden) for sheet in self._sheets)
        self._note_others(names)
        if self._package.counts_from_1904:
            for origin in self.origins:
                origin.detected["date_system"] = "1904"
        self.rows_estimate = sum(sheet.rows_estimate for sheet in self._sheets)

    def _note_others(self, names: SheetNames) -> None:
        """Note the sheets that a person sees and that are not read; ours for people hold no rows."""
        read = [sheet.name for sheet in self._sheets]
        others = [name for name in names.visible if name in self._filled and name not in (*read, TEMPLATE_GUIDE)]
        key = "other_sheets" if self._wishes.sheet else "unread_sheets"
        for origin in self.origins:
            if others and "rejects" not in origin.detected:
                origin.detected[key] = ", ".join(others)

    def batches(self) -> Iterator[Batch]:
        """Give the rows of all sheets in batches; may be called again."""
        for sheet, origin in zip(self._sheets, self.origins, strict=True):
            columns = sheet.columns
            yield from build_batches(sheet.read_chunks(columns.places), origin, columns, self._wishes.batch_rows)

    def columns(self, headers: Sequence[str]) -> Iterator[Batch]:
        """Give some columns only, in batches."""
        for sheet, origin in zip(self._sheets, self.origins, strict=True):
            chosen: Columns = sheet.columns.choose(headers)
            if chosen.cells:
                chunks = sheet.read_chunks(chosen.places)
                yield from build_batches(chunks, origin, chosen, self._wishes.batch_rows, keep_blank=True)

    def close(self) -> None:
        """Let go of the file."""
        self._close_archive()
        self._book.close()

    def _close_archive(self) -> None:
        if self._archive is not None:
            self._archive.close()

    def _open_package(self, file: InputFile) -> Package:
        """Look into the file beside calamine, which gives values only."""
        if self._archive is None:
            return XlsPackage(file.path, file.source)
        if self._kind is Format.XLSX:
            return XlsxPackage(self._archive, file.source)
        return (XlsbPackage if self._kind is Format.XLSB else OdsPackage)(self._archive, file.source)

    def _list_sheets(self) -> SheetNames:
        sheets = [sheet for sheet in self._book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        return SheetNames(
            visible=tuple(sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible),
            hidden=tuple(sheet.name for sheet in sheets if sheet.visible != SheetVisibleEnum.Visible),
        )

    def _load_sheet(self, name: str) -> Sheet:
        """Load a sheet, measured first: calamine holds it whole."""
        noteworthy = self._package.survey_sheet(name)
        with explain_load(self._source):
            raw = self._book.get_sheet_by_name(name)
            merged = raw.merged_cell_ranges or self._package.list_merged(name)
        package = self._package if noteworthy else None
        sheet = Sheet(self._source, name, self._kind, raw, package, merged, self._wishes)
        if not sheet.is_empty:
            self._filled.append(name)
        return sheet


def _load_book(path: Path) -> CalamineWorkbook:
    """Open a workbook; calamine finds no path that is not UTF-8, and takes the bytes of such a file instead."""
    if name_path(path) == str(path):
        return CalamineWorkbook.from_path(path)
    with path.open("rb") as stream:
        return CalamineWorkbook.from_filelike(stream)
