"""Looks into an .xlsx for what calamine does not give: number formats, errors, hidden rows, formulas without a value.

Sheets are searched as bytes first, at hardly any cost; only a sheet that has something to say is parsed a second time,
as a stream, so that memory stays flat.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence

from straitsx_bulk.io.prefetch import prefetch
from straitsx_bulk.io.readers.number_formats import BUILT_IN, Show, compile_format
from straitsx_bulk.io.readers.row_details import Merged, RowDetails, refuse_vast
from straitsx_bulk.io.readers.xlsx_rows import measure_cells, parse_rows
from straitsx_bulk.io.readers.xlsx_survey import SheetSurvey
from straitsx_bulk.io.readers.xlsx_texts import refuse_odd_numbers
from straitsx_bulk.io.readers.xml_parts import explain_parts, read_part, read_tree

_HEAD = 65_536
_COUNT = re.compile(rb"count\s*=\s*[\"'](\d{4,})", re.IGNORECASE)


class XlsxPackage:
    """An .xlsx file's parts.

    Args:
        archive: The opened file, already found harmless.
        source: The file as the user named it, for errors.

    Raises:
        FileError: A part of it is damaged.
    """

    def __init__(self, archive: zipfile.ZipFile, source: str) -> None:
        self._archive = archive
        self._source = source
        self.counts_from_1904 = False
        self._recalculates = False
        with explain_parts(source):
            self._refuse_counts()
            self._parts = self._find_sheets()
            self._shows = self._read_styles()

    def survey_sheet(self, sheet: str) -> bool:
        """Search a sheet's bytes for anything worth a second look, as ``Package`` says."""
        survey = SheetSurvey(self._shows.keys())
        with explain_parts(self._source):
            survey.observe(prefetch(self._read_sheet(sheet)))
            if survey.may_be_vast:
                refuse_vast(*measure_cells(self._read_sheet(sheet)), self._source)
            if survey.odd or survey.doubtful:
                refuse_odd_numbers(self._read_sheet(sheet))
        return survey.telling or survey.odd

    def list_merged(self, sheet: str) -> Sequence[Merged]:  # noqa: ARG002 - calamine gives those of this format
        """List nothing, as ``Package`` says."""
        return ()

    def read_details(self, sheet: str) -> Iterator[RowDetails]:
        """Give the rows that have something to say, as ``Package`` says."""
        with explain_parts(self._source):
            yield from parse_rows(self._read_sheet(sheet), self._shows, recalculates=self._recalculates)

    def _refuse_counts(self) -> None:
        """Refuse a count of shared texts that the part cannot hold: calamine reserves memory for it.

        Raises:
            ValueError: It is one.
        """
        for part in self._archive.infolist():
            if part.filename.lower().endswith("sharedstrings.xml"):
                with self._archive.open(part) as stream:
                    counts = _COUNT.findall(stream.read(_HEAD))
                if any(int(count) > part.file_size for count in counts):
                    raise ValueError("more shared texts than bytes")

    def _read_sheet(self, sheet: str) -> Iterator[bytes]:
        return read_part(self._archive, self._parts.get(sheet, ""))

    def _find_sheets(self) -> dict[str, str]:
        """Find the part of each sheet by its name, from when the workbook counts days, and whether it is calculated."""
        book = read_tree(self._archive, "xl/workbook.xml", self._source)
        targets = read_targets(self._archive, "xl/_rels/workbook.xml.rels", self._source)
        sheets: dict[str, str] = {}
        for sheet in book.iter() if book is not None else ():
            if _local(sheet.tag) == "workbookPr":
                self.counts_from_1904 = sheet.get("date1904", "").strip() in {"1", "true"}
            elif _local(sheet.tag) == "calcPr":
                self._recalculates = sheet.get("fullCalcOnLoad", "").strip() in {"1", "true"}
            elif _local(sheet.tag) == "sheet":
                key = next((value for name, value in sheet.attrib.items() if _local(name) == "id"), "")
                sheets[sheet.get("name", "")] = targets.get(key, "")
        return sheets

    def _read_styles(self) -> dict[int, Show]:
        """Read which cell styles show numbers in a way that matters."""
        styles = read_tree(self._archive, "xl/styles.xml", self._source)
        if styles is None:
            return {}
        codes = dict(BUILT_IN)
        for node in styles.iter():
            if _local(node.tag) == "numFmt":
                codes[_number(node.get("numFmtId"))] = node.get("formatCode", "")
        formats = [node for group in styles if _local(group.tag) == "cellXfs" for node in group]
        return find_shows(codes, [_number(node.get("numFmtId")) for node in formats])


def read_targets(archive: zipfile.ZipFile, part: str, source: str) -> dict[str, str]:
    """Read which part each relation of a workbook names."""
    links = read_tree(archive, part, source)
    found = {} if links is None else {link.get("Id", ""): link.get("Target", "") for link in links}
    return {key: posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") for key, target in found.items()}


def find_shows(codes: dict[int, str], formats: list[int]) -> dict[int, Show]:
    """Find which cell styles show numbers in a way that matters.

    Args:
        codes: Number of a format to its code.
        formats: Number of each cell style's format.
    """
    compiled = {key: compile_format(code) for key, code in codes.items()}
    found = ((style, compiled.get(key)) for style, key in enumerate(formats))
    return {style: show for style, show in found if show is not None}


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _number(text: str | None) -> int:
    """Read a number as calamine does, which takes one with spaces or zeros for another: a date would be a number.

    Raises:
        ValueError: It is written so.
    """
    if text and text != str(int(text)):
        raise ValueError("a number is written as no program does")
    return int(text) if text else -1
