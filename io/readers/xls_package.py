"""Looks into an .xls for what calamine does not give: number formats, error cells, hidden rows ([MS-XLS])."""

import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from straitsx_bulk.io.readers.compound_file import CompoundError, read_stream
from straitsx_bulk.io.readers.formats import explain_os_error
from straitsx_bulk.io.readers.number_formats import BUILT_IN, Show
from straitsx_bulk.io.readers.row_details import ERROR_NAMES, Merged, RowDetails
from straitsx_bulk.io.readers.xlsx_package import find_shows
from straitsx_bulk.schemas.errors import FileError

_FORMULA, _EOF, _PROTECTED, _SHEET, _MANY_RK, _STYLE = 0x0006, 0x000A, 0x002F, 0x0085, 0x00BD, 0x00E0
_NUMBER, _ERROR, _ROW, _RK, _FORMAT, _START = 0x0203, 0x0205, 0x0208, 0x027E, 0x041E, 0x0809
_DATE_MODE, _SHARED_TEXTS = 0x0022, 0x00FC
_TEXTS = frozenset({0x00D6, 0x00FD, 0x0204})
_NUMBERS = frozenset({_NUMBER, _RK})
_HIDDEN = 0x20
_SIZE = 0x0200
_MOST_ROWS, _MOST_COLUMNS = 65_536, 256
_UNICODE_VERSION = 0x0600


class XlsPackage:
    """An .xls file's records.

    Args:
        path: The file.
        source: The file as the user named it, for errors.

    Raises:
        FileError: It is damaged or protected.
    """

    def __init__(self, path: Path, source: str) -> None:
        self._source = source
        try:
            self._stream = read_stream(path.read_bytes(), ("Workbook", "Book"))
        except OSError as error:
            raise FileError(source, explain_os_error(error)) from error
        except CompoundError as error:
            raise FileError(source, f"is damaged: {error}. Open and save it again.") from error
        self.counts_from_1904 = False
        self._places: dict[str, int] = {}
        self._shows: dict[int, Show] = {}
        self._read_globals()
        self._telling = {name: self._survey(name) for name in self._places}  # before calamine loads all sheets at once

    def survey_sheet(self, sheet: str) -> bool:
        """See whether a sheet has anything to tell, as ``Package`` says."""
        return self._telling.get(sheet, False)

    def list_merged(self, sheet: str) -> Sequence[Merged]:  # noqa: ARG002 - calamine gives those of this format
        """List nothing, as ``Package`` says."""
        return ()

    def read_details(self, sheet: str) -> Iterator[RowDetails]:
        """Give the rows that have something to say, as ``Package`` says."""
        return self._collect(sheet).list_rows()

    def _survey(self, sheet: str) -> bool:
        collected = self._collect(sheet)
        if collected.rows > _MOST_ROWS or collected.columns > _MOST_COLUMNS:
            raise FileError(self._source, "is damaged: it names cells that no .xls can hold. Open and save it again.")
        return next(collected.list_rows(), None) is not None

    def _collect(self, sheet: str) -> "_Collected":
        collected = _Collected(self._shows)
        for kind, data in self._read_records(self._places.get(sheet, len(self._stream))):
            collected.add(kind, data)
        return collected

    def _read_globals(self) -> None:
        """Read the sheets' places, the number formats, and from when days are counted."""
        codes, formats, unicode = dict(BUILT_IN), list[int](), True
        for kind, data in self._read_records(0):
            if kind == _START:
                unicode = data[:2] == _UNICODE_VERSION.to_bytes(2, "little")
            elif kind == _DATE_MODE:
                self.counts_from_1904 = data[:2] == b"\1\0"
            elif kind == _PROTECTED:
                raise FileError(self._source, "is protected by a password; save a copy without one.")
            elif kind == _SHARED_TEXTS and int.from_bytes(data[4:8], "little") > len(self._stream):
                raise FileError(self._source, "is damaged: it counts more texts than it can hold.")
            elif kind == _SHEET and len(data) > 8:
                self._places[_read_text(data[6:], 1, unicode=unicode)] = int.from_bytes(data[:4], "little")
            elif kind == _FORMAT and len(data) > 3:
                width = 2 if unicode else 1
                codes[int.from_bytes(data[:2], "little")] = _read_text(data[2:], width, unicode=unicode)
            elif kind == _STYLE:
                formats.append(int.from_bytes(data[2:4], "little"))
        self._shows = find_shows(codes, formats)

    def _read_records(self, place: int) -> Iterator[tuple[int, bytes]]:
        """Give the records from a place to the end of its part of the stream."""
        while place + 4 <= len(self._stream):
            kind, size = struct.unpack_from("<HH", self._stream, place)
            if kind == _EOF:
                return
            yield kind, self._stream[place + 4 : place + 4 + size]
            place += 4 + size


@dataclass(slots=True)
class _Collected:
    """What a sheet's records tell; rows and cells do not come in order, so that they are sorted at the end."""

    shows: dict[int, Show]
    rows: int = 0
    columns: int = 0
    hidden: set[int] = field(default_factory=set)
    filled: set[int] = field(default_factory=set)
    errors: defaultdict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    shown: defaultdict[int, dict[int, Show]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, kind: int, data: bytes) -> None:
        if len(data) < 8:
            return
        row, column, style = (number for (number,) in struct.iter_unpack("<H", data[:6]))
        if kind == _ROW:
            if len(data) > 12 and data[12] & _HIDDEN:
                self.hidden.add(row)
        elif kind == _SIZE:
            self._measure(data)
        elif kind == _MANY_RK:
            self._fill(row, max(column, int.from_bytes(data[-2:], "little")))
            for offset, place in enumerate(range(4, len(data) - 2, 6)):
                self._show(row, column + offset, int.from_bytes(data[place : place + 2], "little"))
        elif kind in _NUMBERS or kind in _TEXTS or kind in {_FORMULA, _ERROR}:
            self._fill(row, column)
            self._add_cell(kind, row, column, style, data)

    def _measure(self, data: bytes) -> None:
        """Note the size that the sheet says it has, which calamine believes; one that ends before it starts is vast."""
        shape = "<IIHH" if len(data) >= 14 else "<HHHH"
        top, bottom, left, right = struct.unpack_from(shape, data)
        if (bottom and top > bottom) or (right and left > right):
            self._stretch(_MOST_ROWS + 1, 0)
        self._stretch(bottom, right)

    def _fill(self, row: int, column: int) -> None:
        self.filled.add(row)
        self._stretch(row + 1, column + 1)

    def _stretch(self, rows: int, columns: int) -> None:
        self.rows, self.columns = max(self.rows, rows), max(self.columns, columns)

    def _add_cell(self, kind: int, row: int, column: int, style: int, data: bytes) -> None:
        if kind in _NUMBERS:
            self._show(row, column, style)
        elif kind == _ERROR and data[7]:
            self.errors[row][column] = ERROR_NAMES.get(data[6], "#ERROR")
        elif kind == _FORMULA and data[12:14] != b"\xff\xff":
            self._show(row, column, style)
        elif kind == _FORMULA and data[6] == 2:
            self.errors[row][column] = ERROR_NAMES.get(data[8], "#ERROR")

    def _show(self, row: int, column: int, style: int) -> None:
        show = self.shows.get(style)
        if show is not None:
            self.shown[row][column] = show

    def list_rows(self) -> Iterator[RowDetails]:
        """Give the rows in order."""
        for row in sorted((self.hidden & self.filled) | self.errors.keys() | self.shown.keys()):
            yield RowDetails(row + 1, row in self.hidden, self.errors.get(row, {}), self.shown.get(row, {}))


def _read_text(data: bytes, width: int, *, unicode: bool) -> str:
    """Read a text with its length before it: of two bytes a character, of one, or in an old file's own encoding."""
    count = int.from_bytes(data[:width], "little")
    if not unicode:
        return data[width : width + count].decode("cp1252", "replace")
    if len(data) > width and data[width] & 1:
        return data[width + 1 : width + 1 + 2 * count].decode("utf-16-le", "replace")
    return data[width + 1 : width + 1 + count].decode("latin-1")
