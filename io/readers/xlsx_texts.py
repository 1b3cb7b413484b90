"""Finds cells that name a shared text by anything but a plain number.

calamine takes such a name, be it only written with a space as XML allows, for the number 0: the first text of the
workbook, mostly a header, would stand in its place without a word. Writers do not do so; a sheet is searched as bytes,
and parsed only where these leave a doubt.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from straitsx_bulk.io.readers.xml_parts import parse_stream

_MOST_ATTRIBUTES = 24
"""Bytes of further attributes that are stepped over; with the number they stay below what pieces of a sheet overlap."""
_MOST_DIGITS = 10
_NEEDED = 12
"""Bytes behind the attribute that are looked at; nearer to a piece's end it is left to the next piece."""
_ATTRIBUTE = int.from_bytes(b't="s', "little")
_VALUE = int.from_bytes(b"><v>", "little")
_EACH = np.uint64(0x0101010101010101)
_HIGH = _EACH * np.uint64(0x80)
_ONE, _SEVEN = np.uint64(1), np.uint64(7)
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


def has_odd_number(data: Bytes, quotes: Mask) -> bool:
    """Tell whether a cell of shared text may be written in another way than writers do.

    Args:
        data: A piece of a sheet; the last 64 of its bytes, but for 8, begin the next piece.
        quotes: Which of its bytes are quotes.

    Returns:
        Whether ``refuse_odd_numbers`` has to look.
    """
    places = np.flatnonzero(quotes[:-2] & (data[1:-1] == ord("s")) & quotes[2:]) + 3
    places = places[(places >= 5) & (places <= len(data) - _NEEDED)]
    places = places[_view(data, "<u4")[places - 5] == _ATTRIBUTE]
    others = data[places] != ord(">")
    if others.any():
        places = np.concatenate([places[~others], _skip_attributes(data, places[others])])
    if (_view(data, "<u4")[places] != _VALUE).any():
        return True
    return bool((~_is_number(_view(data, "<u8")[places + 4])).any())


def _view(data: Bytes, kind: str) -> npt.NDArray[np.unsignedinteger]:
    """See every byte and those behind it as one number, without copying."""
    count = len(data) - np.dtype(kind).itemsize + 1
    view: npt.NDArray[np.unsignedinteger] = np.ndarray((max(count, 0),), kind, data, strides=(1,))
    return view


def _skip_attributes(data: Bytes, places: Places) -> Places:
    """Step over other attributes to the tag's end; cells without a value are left out."""
    for _ in range(_MOST_ATTRIBUTES):
        going = data[places] != ord(">")
        if not going.any():
            break
        places = places + going
        places = places[places <= len(data) - _NEEDED]
    left: Places = places[data[places - 1] != ord("/")]
    return left


def _is_number(words: Words) -> Mask:
    """Tell which words are one to seven digits and the beginning of a tag behind them, or are cut off there."""
    digits = words ^ (_EACH * np.uint64(ord("0")))
    others = ((digits + _EACH * np.uint64(0x76)) | digits) & _HIGH  # the high bit of each byte that is no digit
    first = (others & (~others + _ONE)) >> _SEVEN  # 1 in the place of the first such byte, 0 if there is none
    found = words & (first * np.uint64(0xFF))
    closed: Mask = (found == first * np.uint64(ord("<"))) & (first > _ONE)
    cut: Mask = (found == 0) & (first > 0)
    plain: Mask = closed | cut
    return plain


def refuse_odd_numbers(blocks: Iterator[bytes]) -> None:
    """Parse a sheet and refuse a shared text whose number is none.

    Raises:
        expat.ExpatError: It is no XML.
        ValueError: A cell names its text so, or the sheet declares entities.
    """
    cells = _SharedCells()
    for _ in parse_stream(blocks, cells.start, cells.end, cells.text):
        pass


@dataclass(slots=True)
class _SharedCells:
    """Looks at the cells of shared text while expat goes through a sheet."""

    shared: bool = False
    inside: bool = False
    number: str = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self.shared = attributes.get("t") == "s"
        elif name == "v":
            self.inside, self.number = self.shared, ""

    def text(self, data: str) -> None:
        if self.inside:
            self.number += data

    def end(self, tag: str) -> None:
        if self.inside and tag.rpartition(":")[2] == "v":
            self.inside = False
            if self.number and not (
                self.number.isascii() and self.number.isdigit() and len(self.number) <= _MOST_DIGITS
            ):
                raise ValueError("a cell names a shared text by no plain number")
