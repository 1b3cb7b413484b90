"""Looks into an .xlsx for what calamine does not give: number formats, error cells, hidden rows.

Sheets are searched as bytes first, at hardly any cost; only a sheet that has something to say is parsed a second time,
as a stream, so that memory stays flat.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from straitsx_bulk.io.readers.number_formats import BUILT_IN, Show, compile_format
from straitsx_bulk.io.readers.xlsx_rows import RowDetails, measure_cells, parse_rows
from straitsx_bulk.schemas.errors import FileError

_BLOCK = 1024 * 1024
_OVERLAP = 64
_MOST_CELLS = 64_000_000  # 32 bytes each in calamine
_ODD_QUOTE = b"='"
_NOTEWORTHY = (b't="e"', b'hidden="1"', b'hidden="true"', _ODD_QUOTE)


class XlsxPackage:
    """An .xlsx file's parts.

    Args:
        archive: The opened file, already found harmless.
        source: The file as the user named it, for errors.
    """

    def __init__(self, archive: zipfile.ZipFile, source: str) -> None:
        self._archive = archive
        self._source = source
        self._parts = self._find_sheets()
        self._shows = self._read_styles()

    def read_details(self, sheet: str) -> Iterator[RowDetails]:
        """Give the rows of a sheet that have something to say, in order.

        Raises:
            FileError: The sheet is damaged.
        """
        part = self._parts.get(sheet)
        if part is None or part not in self._archive.namelist():
            return
        with self._explain_damage():
            yield from parse_rows(self._read_part(part), self._shows)

    def survey_sheet(self, sheet: str) -> bool:
        """Search a sheet's bytes for anything worth a second look, and measure how far it stretches.

        Returns:
            Whether ``read_details`` has anything to give.

        Raises:
            FileError: The sheet is damaged, or stretches over more cells than memory holds.
        """
        part = self._parts.get(sheet)
        if part is None or part not in self._archive.namelist():
            return False
        with self._explain_damage():
            return self._survey_part(part)

    def _survey_part(self, part: str) -> bool:
        styles = "|".join(str(style) for style in self._shows)
        pattern = re.compile(rf' s="(?:{styles})"'.encode()) if styles else None
        found, odd, tail, last_row, width = False, False, b"", 0, 1
        for block in self._read_part(part):
            text = tail + block
            found = found or any(sign in text for sign in _NOTEWORTHY) or bool(pattern and pattern.search(text))
            odd = odd or _ODD_QUOTE in text
            width = max(width, _find_far_column(text))
            last_row = _find_last_row(text) or last_row
            tail = text[-_OVERLAP:]
        if width * last_row > _MOST_CELLS or last_row == 0 or odd:
            self._measure_part(part)
        return found

    def _measure_part(self, part: str) -> None:
        """Measure by parsing how far the cells with values stretch; those that only carry formatting do not count."""
        rows, columns = measure_cells(self._read_part(part))
        if rows * columns > _MOST_CELLS:
            raise FileError(
                self._source,
                f"a sheet stretches over {rows:,} rows and {columns:,} columns; clear the cells far off the table.",
            )

    def _read_part(self, part: str) -> Iterator[bytes]:
        with self._archive.open(part) as stream:
            while block := stream.read(_BLOCK):
                yield block

    def _read_xml(self, part: str) -> ElementTree.Element | None:
        if part not in self._archive.namelist():
            return None
        content = self._archive.read(part)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise FileError(self._source, "declares XML entities, which no workbook does. It was not opened.")
        return ElementTree.fromstring(content)  # noqa: S314 - entities were just refused

    def _find_sheets(self) -> dict[str, str]:
        """Find the part of each sheet by its name."""
        with self._explain_damage():
            book, links = self._read_xml("xl/workbook.xml"), self._read_xml("xl/_rels/workbook.xml.rels")
        if book is None or links is None:
            return {}
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        sheets: dict[str, str] = {}
        for sheet in book.iter():
            if _local(sheet.tag) == "sheet":
                key = next((value for name, value in sheet.attrib.items() if _local(name) == "id"), None)
                sheets[sheet.get("name", "")] = posixpath.normpath(posixpath.join("/xl", targets.get(key, ""))).lstrip(
                    "/"
                )
        return sheets

    def _read_styles(self) -> dict[int, Show]:
        """Read which cell styles show numbers in a way that matters."""
        with self._explain_damage():
            styles = self._read_xml("xl/styles.xml")
        if styles is None:
            return {}
        codes = dict(BUILT_IN)
        codes |= {
            _number(n.get("numFmtId")): n.get("formatCode", "") for n in styles.iter() if _local(n.tag) == "numFmt"
        }
        formats = [node for group in styles if _local(group.tag) == "cellXfs" for node in group]
        compiled = {key: compile_format(code) for key, code in codes.items()}
        found = ((i, compiled.get(_number(node.get("numFmtId")))) for i, node in enumerate(formats))
        return {i: show for i, show in found if show is not None}

    @contextmanager
    def _explain_damage(self) -> Iterator[None]:
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise FileError(
                self._source, "is damaged: a part of it cannot be unpacked. Open and save it again."
            ) from error
        except (ElementTree.ParseError, expat.ExpatError, ValueError) as error:
            raise FileError(self._source, "is damaged: a part of it is no XML. Open and save it again.") from error


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else -1


def _find_last_row(text: bytes) -> int:
    start = text.rfind(b"<row ")
    found = re.search(rb'\br="(\d+)"', text[start : start + 200]) if start >= 0 else None
    return int(found.group(1)) if found else 0


def _find_far_column(text: bytes) -> int:
    """Find the rightmost column beyond Z that a piece of a sheet refers to; 1 where there is none."""
    data = np.frombuffer(text, np.uint8)
    letters = data - np.uint8(ord("A"))  # what is no capital letter wraps around or ends up above 25
    capital = letters < 26
    found = (data[:-4] == ord("=")) & (data[1:-3] == ord('"')) & capital[2:-2] & capital[3:-1]
    places = np.flatnonzero(found)
    if not places.size:
        return 1
    first, second, third = (letters[places + offset].astype(np.int64) + 1 for offset in (2, 3, 4))
    two = first * 26 + second
    return int(np.where(capital[places + 4], two * 26 + third, two).max())
