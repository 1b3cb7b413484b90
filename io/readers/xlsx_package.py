"""Looks into an .xlsx for what calamine does not give: number formats, error cells, hidden rows.

Sheets are searched as bytes first, at hardly any cost; only a sheet that has something to say is parsed a second time,
as a stream, so that memory stays flat.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from straitsx_bulk.io.readers.number_formats import BUILT_IN, Show, compile_format
from straitsx_bulk.schemas.errors import FileError

_BLOCK = 1024 * 1024
_OVERLAP = 64
_MOST_CELLS = 200_000_000
_NOTEWORTHY = (b't="e"', b'hidden="1"', b'hidden="true"', b"='")
_FAR_COLUMN = re.compile(rb'\br="([A-Z]{2,3})\d')


@dataclass(frozen=True, slots=True)
class RowDetails:
    """What a row's values alone do not show.

    Attributes:
        row: Number of the row in the sheet, from 1.
        hidden: Whether the workbook hides it.
        errors: 0-based column to the error shown there, such as ``#N/A``.
        shows: 0-based column to the function that shows its number.
    """

    row: int
    hidden: bool
    errors: Mapping[int, str]
    shows: Mapping[int, Show]


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
            yield from _parse_rows(self._read_part(part), self._shows)

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
        found, tail, last_row, far = False, b"", 0, set[bytes]()
        for block in self._read_part(part):
            text = tail + block
            found = found or any(sign in text for sign in _NOTEWORTHY) or bool(pattern and pattern.search(text))
            far.update(_FAR_COLUMN.findall(text))
            last_row = _find_last_row(text) or last_row
            tail = text[-_OVERLAP:]
        width = max((_column_number(letters.decode()) for letters in far), default=0)
        if width * last_row > _MOST_CELLS:
            raise FileError(
                self._source,
                f"a sheet stretches over {last_row:,} rows and {width:,} columns; clear the cells far off the table.",
            )
        return found

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


def _column_number(letters: str) -> int:
    """Turn ``A`` into 1, ``AA`` into 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@dataclass(slots=True)
class _RowParser:
    """Collects what is noteworthy while expat goes through a sheet."""

    shows: Mapping[int, Show]
    done: list[RowDetails] = field(default_factory=list)
    row: int = 0
    column: int = -1
    hidden: bool = False
    in_error: bool = False
    in_value: bool = False
    errors: dict[int, str] = field(default_factory=dict)
    shown: dict[int, Show] = field(default_factory=dict)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self.in_value = self.in_error
        elif name == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = -1
            self.hidden = attributes.get("hidden") in {"1", "true"}

    def _start_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        self.column = _column_number(letters) - 1 if letters else self.column + 1
        kind = attributes.get("t", "n")
        self.in_error = kind == "e"
        if self.in_error:
            self.errors[self.column] = ""
        show = self.shows.get(int(attributes.get("s", "-1"))) if kind == "n" else None
        if show is not None:
            self.shown[self.column] = show

    def text(self, data: str) -> None:
        if self.in_value:
            self.errors[self.column] += data

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "v":
            self.in_value = False
        elif name == "row" and (self.hidden or self.errors or self.shown):
            self.done.append(RowDetails(self.row, self.hidden, self.errors, self.shown))
            self.errors, self.shown = {}, {}


def _parse_rows(blocks: Iterator[bytes], shows: Mapping[int, Show]) -> Iterator[RowDetails]:
    collector = _RowParser(shows)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    parser.EntityDeclHandler = _refuse_entity
    for block in blocks:
        parser.Parse(block, False)
        yield from collector.done
        collector.done = []
    parser.Parse(b"", True)
    yield from collector.done


def _refuse_entity(*_: object) -> None:
    raise ValueError("declares an XML entity")
