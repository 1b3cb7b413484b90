"""Looks into an .xlsx for what calamine does not give: number formats, error cells, hidden rows.

Sheets are searched as bytes first, at hardly any cost; only a sheet that has something to say is parsed a second time,
as a stream, so that memory stays flat.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from straitsx_bulk.io.readers.number_formats import BUILT_IN, Show, compile_format
from straitsx_bulk.io.readers.row_details import MOST_CELLS, RowDetails, refuse_vast
from straitsx_bulk.io.readers.xlsx_rows import measure_cells, parse_rows
from straitsx_bulk.io.readers.xml_parts import explain_parts, read_part, read_tree

_OVERLAP = 64
_HEAD = 65_536
_COUNT = re.compile(rb"count\s*=\s*[\"'](\d{4,})", re.IGNORECASE)
_ODD_MARKUP = (b"='", b"= ", b"=\t", b"=\n", b"=\r")
"""Attributes as no program writes them: the search of bytes would not see what stands behind."""
_NOTEWORTHY = (b't="e"', b'hidden="1"', b'hidden="true"')
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_INLINE = np.frombuffer(b"inli", np.uint32)
"""How the commonest attribute of letters begins that is no cell's place: inlineStr."""
_LONGEST_WORD = 32


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
        with explain_parts(source):
            self._refuse_counts()
            self._parts = self._find_sheets()
            self._shows = self._read_styles()

    def survey_sheet(self, sheet: str) -> bool:
        """Search a sheet's bytes for anything worth a second look, as ``Package`` says."""
        found, odd, tail, last_row, width = False, False, b"", 0, 1
        styles = "|".join(str(style) for style in self._shows)
        pattern = re.compile(rf' s="(?:{styles})"'.encode()) if styles else None
        with explain_parts(self._source):
            for block in self._read_sheet(sheet):
                text = tail + block
                found = found or any(sign in text for sign in _NOTEWORTHY) or bool(pattern and pattern.search(text))
                width = max(width, _find_far_column(text))
                last_row = _find_last_row(text) or last_row
                odd = odd or any(sign in text for sign in _ODD_MARKUP) or _has_longer_number(text, last_row)
                tail = text[-_OVERLAP:]
            if tail and (odd or last_row == 0 or width * _round_up(last_row) > MOST_CELLS):
                refuse_vast(*measure_cells(self._read_sheet(sheet)), self._source)
        return found or odd

    def read_details(self, sheet: str) -> Iterator[RowDetails]:
        """Give the rows that have something to say, as ``Package`` says."""
        with explain_parts(self._source):
            yield from parse_rows(self._read_sheet(sheet), self._shows)

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
        """Find the part of each sheet by its name."""
        book = read_tree(self._archive, "xl/workbook.xml", self._source)
        targets = read_targets(self._archive, "xl/_rels/workbook.xml.rels", self._source)
        sheets: dict[str, str] = {}
        for sheet in book.iter() if book is not None else ():
            if _local(sheet.tag) == "sheet":
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
    return int(text) if text and text.isdecimal() else -1


def _find_last_row(text: bytes) -> int:
    start = text.rfind(b"<row ")
    found = re.search(rb'\br="(\d{1,9})"', text[start : start + 200]) if start >= 0 else None
    return int(found.group(1)) if found else 0


def _round_up(row: int) -> int:
    """Give the least power of ten above a row's number: a cell may name another row than the one it stands in."""
    return int(10 ** max(len(str(row)), 4))


def _has_longer_number(text: bytes, row: int) -> bool:
    """Tell whether an attribute ends in a number with more digits than a row's, as the place of a cell does."""
    return b"0" * len(str(_round_up(row))) + b'"' in text.translate(_DIGITS)


def _find_far_column(text: bytes) -> int:
    """Find the rightmost column beyond Z that a piece of a sheet refers to; 26 where there is none."""
    data = np.frombuffer(text, np.uint8)
    letters = (data & 0xDF) - np.uint8(ord("A"))  # what is no letter wraps around or ends up above 25
    letter = letters < 26
    found = (data[:-5] == ord("=")) & (data[1:-4] == ord('"')) & letter[2:-3] & letter[3:-2]
    places = np.flatnonzero(found) + 2
    if not places.size:
        return 26
    if _has_long_name(data, letter, places):
        return MOST_CELLS
    places = places[_is_digit(data[places + 2 + letter[places + 2]])]  # str and the like are no cells
    if not places.size:
        return 26
    first, second, third = (letters[places + offset].astype(np.int64) + 1 for offset in (0, 1, 2))
    two = first * 26 + second
    return int(np.where(letter[places + 2], two * 26 + third, two).max())


def _has_long_name(data: npt.NDArray[np.uint8], letter: npt.NDArray[np.bool_], places: npt.NDArray[np.int64]) -> bool:
    """Tell whether four letters or more and a digit stand somewhere: a column that no sheet has."""
    places = places[letter[places + 2] & letter[places + 3]]
    words = np.stack([data[places + offset] for offset in range(4)], axis=1).view(np.uint32)[:, 0]
    places = places[words != _INLINE]
    for _ in range(_LONGEST_WORD):
        places = places[places + 1 < len(data)] + 1
        going_on = letter[places]
        if _is_digit(data[places[~going_on]]).any():
            return True
        places = places[going_on]
    return bool(places.size)


def _is_digit(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return (data >= ord("0")) & (data <= ord("9"))
