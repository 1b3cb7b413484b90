"""Searches a sheet's XML as bytes, all at once with array operations, for what is worth parsing it a second time.

Parsing costs more than calamine's whole reading; a sheet that has nothing to say is never parsed. The search errs on
the safe side only: what it takes for telling may turn out to be nothing, never the other way round. It goes over whole
pieces with single masks, which take next to no time; only where one of these shows something it looks at places.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from straitsx_bulk.io.readers.row_details import MOST_CELLS
from straitsx_bulk.io.readers.xlsx_texts import has_odd_number

_OVERLAP = 64
_REACH = 8
"""Bytes behind a piece that may be looked at."""
_LONGEST_WORD = 32
_FEWEST_DIGITS = 4
_BEGIN = re.compile(rb"<(?:[\w.-]+:)?sheetData\b")
_ROW_END = b"row>"
_END = re.compile(rb"row>\s*</(?:[\w.-]+:)?sheetData\b")
_NO_VALUE = re.compile(rb"f(?<=[/:<]f)(?: [^<>]*)?/?>\s*<(?:/|[\w.-]*:?v(?:\s*/>|\s*>\s*(?:0(?:\.0)?)?\s*<))")
"""Behind a formula: the cell's end, or a value that is empty or the 0 of programs that do not calculate.

It begins with its one letter, which takes a tenth of the time of a pattern that does not.
"""
_COMMENT = b"<!"
"""A comment could hold anything, a second end of the rows too."""
_ODD = np.zeros(256, bool)
_ODD[list(b"' \t\r\n")] = True
"""What no program writes behind a sign of equality; behind it the search would not see what stands there."""
_INLINE = np.frombuffer(b"inli", np.uint32)
"""How the commonest attribute of letters begins that is no cell's place: inlineStr."""
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(slots=True)
class SheetSurvey:
    """What a sheet's bytes show.

    Attributes:
        styles: Numbers of the cell styles that change how a number looks.
        telling: Whether a row is hidden, a cell an error, a formula without a value, or a number shown otherwise.
        odd: Whether the sheet is written as no program does, so that only a parser understands it.
        doubtful: Whether a cell may name a shared text by anything but a plain number.
        last_row: Number of the last row.
        width: The rightmost column that a cell refers to, at least 26.
    """

    styles: Collection[int]
    telling: bool = False
    odd: bool = False
    doubtful: bool = False
    last_row: int = 0
    width: int = 26
    _pattern: re.Pattern[bytes] | None = field(init=False)

    def __post_init__(self) -> None:
        names = "|".join(str(style) for style in self.styles)
        self._pattern = re.compile(rf' s="(?:{names})"'.encode()) if names else None

    @property
    def may_be_vast(self) -> bool:
        """Whether cells may stretch over more than memory holds; a cell may name another row than it stands in."""
        return self.odd or not self.last_row or self.width * 10 ** _count_digits(self.last_row) > MOST_CELLS

    def observe(self, blocks: Iterator[bytes]) -> None:
        """Look at a sheet's XML.

        Args:
            blocks: Its bytes in order.
        """
        for text in _cut_rows(blocks):
            self._observe(text)

    def _observe(self, text: bytes) -> None:
        data = np.frombuffer(text, np.uint8)
        quotes = data == ord('"')
        self.last_row = _find_last_row(text) or self.last_row
        self.odd = self.odd or (b"!" in text and _COMMENT in text) or _has_odd_sign(data, quotes)
        self.odd = self.odd or _has_longer_number(_is_digit(data), quotes, _count_digits(self.last_row))
        self.doubtful = self.doubtful or has_odd_number(data, quotes)
        self.telling = (
            self.telling or _is_telling(text, data, quotes) or bool(self._pattern and self._pattern.search(text))
        )
        self.width = max(self.width, find_far_column(data, quotes))


def _cut_rows(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Give the rows of a sheet in overlapping pieces, without what stands before them and, mostly, behind them."""
    tail, inside = bytes(_OVERLAP), False
    for block in blocks:
        text = tail + block + bytes(_REACH)
        start = 0 if inside else _find_begin(text)
        if start >= 0:
            inside = True
            end = _find_end(text)
            yield text[start:] if end < 0 else text[start : end + _REACH]
            if end >= 0:
                return
        tail = text[max(start, len(text) - _OVERLAP - _REACH) : -_REACH].rjust(_OVERLAP, b"\0")


def _find_begin(text: bytes) -> int:
    """Find where the rows begin."""
    found = _BEGIN.search(text)
    return found.start() if found else -1


def _find_end(text: bytes) -> int:
    """Find where the rows end, right behind the last of them: the same letters in a cell's text are no end."""
    place = text.rfind(_ROW_END)
    found = _END.match(text, place) if place >= 0 else None
    return found.end() if found else -1


def _find_last_row(text: bytes) -> int:
    start = text.rfind(b"<row ")
    found = re.search(rb'\br="(\d{1,9})"', text[start : start + 200]) if start >= 0 else None
    return int(found.group(1)) if found else 0


def _count_digits(row: int) -> int:
    return max(len(str(row)), _FEWEST_DIGITS)


def _has_odd_sign(data: Bytes, quotes: Mask) -> bool:
    """Tell whether white space stands around a sign of equality, or an apostrophe behind it."""
    signs = data == ord("=")
    if (signs[1:] & (data[:-1] <= ord(" "))).any():
        return True
    bare = signs[:-1] & ~quotes[1:]
    return bool(bare.any()) and bool(_ODD[data[1:][bare]].any())


def _has_longer_number(digits: Mask, quotes: Mask, most: int) -> bool:
    """Tell whether an attribute ends in a number of more digits than a row has, as the place of a cell might."""
    wanted, length, runs = most + 1, 1, digits  # runs[i]: as many digits as ``length`` begin at i
    while length < wanted:
        step = min(length, wanted - length)
        runs = runs[:-step] & runs[step:]
        length += step
    return bool((runs[: len(quotes) - wanted] & quotes[wanted:]).any())


def _is_telling(text: bytes, data: Bytes, quotes: Mask) -> bool:
    """Tell whether a cell is an error or a formula without a value, or a row hidden."""
    if (quotes[:-2] & (data[1:-1] == ord("e")) & quotes[2:]).any() and b't="e"' in text:
        return True
    if _NO_VALUE.search(text):
        return True
    return b"h" in text and b"hidden" in text and (b'hidden="1' in text or b'hidden="t' in text)


def find_far_column(data: Bytes, quotes: Mask) -> int:
    """Find the rightmost column beyond Z that a piece of a sheet refers to.

    Args:
        data: The piece, with four bytes behind its last attribute.
        quotes: Which of its bytes are quotes.

    Returns:
        The column's number; 26 where there is none, MOST_CELLS where a cell names a column that no sheet has.
    """
    letters: Bytes = (data & np.uint8(0xDF)) - np.uint8(ord("A"))  # what is no letter wraps around or ends up above 25
    named = letters < 26
    places = np.flatnonzero(quotes[:-2] & named[1:-1] & named[2:]) + 1
    places = places[data[places - 2] == ord("=")]
    if not places.size:
        return 26
    if _has_long_name(data, letters, places):
        return MOST_CELLS
    places = places[_is_digit(data[places + 2 + (letters[places + 2] < 26)])]  # str and the like are no cells
    if not places.size:
        return 26
    first, second, third = (letters[places + offset].astype(np.int64) + 1 for offset in (0, 1, 2))
    two = first * 26 + second
    return int(np.where(third <= 26, two * 26 + third, two).max())


def _has_long_name(data: Bytes, letters: Bytes, places: Places) -> bool:
    """Tell whether four letters or more and a digit stand somewhere: a column that no sheet has."""
    places = places[(letters[places + 2] < 26) & (letters[places + 3] < 26)]
    words = np.stack([data[places + offset] for offset in range(4)], axis=1).view(np.uint32)[:, 0]
    places = places[words != _INLINE]
    for _ in range(_LONGEST_WORD):
        places = places[places + 1 < len(data)] + 1
        going_on = letters[places] < 26
        if _is_digit(data[places[~going_on]]).any():
            return True
        places = places[going_on]
    return bool(places.size)


def _is_digit(data: Bytes) -> Mask:
    return (data - np.uint8(ord("0"))) < 10
