"""Looks into an .xlsb for what calamine does not give: number formats, error cells, hidden rows ([MS-XLSB])."""

import struct
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from straitsx_bulk.io.readers.number_formats import BUILT_IN, Show
from straitsx_bulk.io.readers.row_details import ERROR_NAMES, MOST_MERGED, Merged, RowDetails, refuse_vast
from straitsx_bulk.io.readers.xlsx_package import find_shows, read_targets
from straitsx_bulk.io.readers.xml_parts import explain_parts, read_part
from straitsx_bulk.schemas.errors import FileError

_ROW, _BLANK, _RK, _ERROR, _REAL, _FORMULA_NUMBER, _FORMULA_ERROR, _LAST_CELL = 0, 1, 2, 3, 5, 9, 11, 11
_FORMAT, _STYLE, _BOOK, _SHEET, _MERGED, _STYLES_BEGIN, _STYLES_END = 44, 47, 153, 156, 176, 617, 618
_HIDDEN = 0x10
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_LEAST_BYTES = {_BLANK: 8, _RK: 12, _REAL: 16, _FORMULA_NUMBER: 16, 6: 12, 7: 12, 8: 12}
"""Bytes that a cell's record has at least, by its kind; 9 for all others."""
_XlsbCell = tuple[int, bool, int, int, bytes]
"""Row number, whether it is hidden, kind, 0-based column, record."""
_NUMBERS = frozenset({_RK, _REAL, _FORMULA_NUMBER})
_ERRORS = frozenset({_ERROR, _FORMULA_ERROR})


class XlsbPackage:
    """An .xlsb file's parts.

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
        self._merged: defaultdict[str, dict[Merged, None]] = defaultdict(dict)
        with explain_parts(source):
            targets = read_targets(archive, "xl/_rels/workbook.bin.rels", source)
            self._parts = {name: targets[key] for name, key in self._list_sheets()}
            self._shows = self._read_styles()

    def survey_sheet(self, sheet: str) -> bool:
        """Measure a sheet and see whether it has anything to tell, as ``Package`` says."""
        rows, columns, telling = 0, 0, False
        for row, hidden, kind, column, data in self._read_cells(sheet):
            if kind > _BLANK:
                rows, columns = row, max(columns, column + 1)
            telling = telling or hidden or kind in _ERRORS or int.from_bytes(data[4:7], "little") in self._shows
        refuse_vast(rows, columns, self._source)
        return telling

    def list_merged(self, sheet: str) -> Sequence[Merged]:
        """List the merged ranges of a sheet, as ``Package`` says."""
        return tuple(self._merged[sheet])

    def read_details(self, sheet: str) -> Iterator[RowDetails]:
        """Give the rows that have something to say, as ``Package`` says."""
        for (row, hidden), cells in groupby(self._read_cells(sheet), key=lambda cell: cell[:2]):
            errors: dict[int, str] = {}
            shows: dict[int, Show] = {}
            filled = False
            for _, _, kind, column, data in cells:
                filled = filled or kind > _BLANK
                if kind in _ERRORS:
                    errors[column] = ERROR_NAMES.get(data[8], "#ERROR")
                elif kind in _NUMBERS:
                    _add_show(shows, column, self._shows.get(int.from_bytes(data[4:7], "little")))
            if filled and (hidden or errors or shows):
                yield RowDetails(row, hidden, errors, shows)

    def _read_cells(self, sheet: str) -> Iterator[_XlsbCell]:
        """Give the cells of a sheet, after a check of what calamine takes on trust.

        Raises:
            FileError: A row or cell stands where none can be.
        """
        row, hidden = 0, False
        for kind, data in self._read_records(self._parts.get(sheet, "")):
            if kind == _ROW:
                above, row = row, int.from_bytes(data[:4], "little") + 1
                if len(data) < 12 or not above < row <= _MOST_ROWS:
                    raise FileError(self._source, "is damaged: its rows are out of order. Open and save it again.")
                hidden = bool(data[11] & _HIDDEN)
            elif _BLANK <= kind <= _LAST_CELL:
                column = int.from_bytes(data[:4], "little")
                if len(data) < _LEAST_BYTES.get(kind, 9) or column >= _MOST_COLUMNS or not row:
                    raise FileError(self._source, f"is damaged: row {row} holds a cell that cannot be.")
                yield row, hidden, kind, column, data
            elif kind == _MERGED and len(data) >= 16 and len(self._merged[sheet]) < MOST_MERGED:
                top, bottom, left, right = struct.unpack_from("<4I", data)
                self._merged[sheet][(top, left), (bottom, right)] = None

    def _list_sheets(self) -> Iterator[tuple[str, str]]:
        """Give each sheet's name and its relation, and note from when the workbook counts days."""
        for kind, data in self._read_records("xl/workbook.bin"):
            if kind == _BOOK:
                self.counts_from_1904 = bool(data[:1] and data[0] & 1)
            elif kind == _SHEET:
                key, end = _read_text(data, 8)
                yield _read_text(data, end)[0], key

    def _read_styles(self) -> dict[int, Show]:
        codes, formats, inside = dict(BUILT_IN), list[int](), False
        for kind, data in self._read_records("xl/styles.bin"):
            if kind == _FORMAT:
                codes[int.from_bytes(data[:2], "little")] = _read_text(data, 2)[0]
            elif kind in {_STYLES_BEGIN, _STYLES_END}:
                inside = kind == _STYLES_BEGIN
            elif kind == _STYLE and inside:
                formats.append(int.from_bytes(data[2:4], "little"))
        return find_shows(codes, formats)

    def _read_records(self, part: str) -> Iterator[tuple[int, bytes]]:
        with explain_parts(self._source):
            yield from _split_records(read_part(self._archive, part), self._source)


def _add_show(shows: dict[int, Show], column: int, show: Show | None) -> None:
    if show is not None:
        shows[column] = show


def _split_records(blocks: Iterator[bytes], source: str) -> Iterator[tuple[int, bytes]]:
    """Cut a part into its records: number, size (both of variable length) and data."""
    rest = b""
    for block in blocks:
        data, place = rest + block, 0
        while (head := _read_head(data, place)) is not None:
            kind, start, end = head
            if end > len(data):
                break
            yield kind, data[start:end]
            place = end
        rest = data[place:]
    if rest:
        raise FileError(source, "is damaged: a part of it is cut off. Open and save it again.")


def _read_head(data: bytes, place: int) -> tuple[int, int, int] | None:
    """Read a record's number and where its data starts and ends; None where the bytes do not suffice."""
    if place + 6 > len(data) and not (place < len(data) and _is_whole(data, place)):
        return None
    kind, place = data[place], place + 1
    if kind & 0x80:
        kind, place = (kind & 0x7F) | (data[place] & 0x7F) << 7, place + 1
    size = 0
    for shift in (0, 7, 14, 21):
        byte, place = data[place], place + 1
        size |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    return kind, place, place + size


def _is_whole(data: bytes, place: int) -> bool:
    """Tell whether a record's number and size are all there, near the end of the bytes."""
    place += 2 if data[place] & 0x80 else 1
    for byte in data[place : place + 4]:
        place += 1
        if not byte & 0x80:
            return True
    return False


def _read_text(data: bytes, place: int) -> tuple[str, int]:
    """Read a text with its length before it, and give where it ends.

    Raises:
        ValueError: It is cut off.
    """
    count = int.from_bytes(data[place : place + 4], "little")
    end = place + 4 + 2 * count
    if end > len(data):
        raise ValueError("a text is cut off")
    return data[place + 4 : end].decode("utf-16-le", "replace"), end
