"""Text columns looked at byte by byte, for cheap tests that tell what is certainly fine.

The bytes behind a column are one run of memory. Translating them by a table and looking for the few that stand out
costs a fifth of a regular expression over every text; what stands out is left to the rules.
"""

import re
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from straitsx_bulk.schemas.check_arrow import Flags, Positions, Texts

Bytes: TypeAlias = npt.NDArray[np.uint8]
Bounds: TypeAlias = npt.NDArray[np.int64]

_SPACE, _PLUS, _DASH, _ZERO = ord(" "), ord("+"), ord("-"), ord("0")
_ISO_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9]


def view_bytes(texts: Texts) -> tuple[Bytes, Bounds]:
    """Give the bytes of a column in one run, and where its texts begin and end in it, shape (n + 1,)."""
    _, offsets, data = texts.buffers()
    if not len(texts):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    first, last = int(bounds[0]), int(bounds[-1])
    run = np.frombuffer(data, np.uint8)[first:last] if last > first else np.empty(0, np.uint8)
    return run, bounds - first if first else bounds


@cache
def list_marks(characters: str) -> bytes:
    """Make the table that marks (1) every byte that is no character of an ASCII class such as ``[a-z0-9]``."""
    allowed = re.compile(characters)
    return bytes(not (code < 128 and allowed.fullmatch(chr(code))) for code in range(256))


def find_marked(run: Bytes, bounds: Bounds, marks: bytes) -> Flags:
    """Tell which texts hold a byte that a table marks."""
    marked = np.frombuffer(run.tobytes().translate(marks), np.bool_)
    return _spread(np.flatnonzero(marked), bounds)


def find_untidy(run: Bytes, bounds: Bounds) -> Flags:
    """Tell which texts begin or end with a space or hold two in a row; an empty text may be told, too."""
    spaces = run == _SPACE
    untidy = _spread(np.flatnonzero(spaces[1:] & spaces[:-1]), bounds)
    if len(run):
        last = len(run) - 1
        untidy |= spaces[np.minimum(bounds[:-1], last)] | spaces[np.maximum(bounds[1:] - 1, 0)]
    return untidy


def find_no_number(run: Bytes, bounds: Bounds) -> Flags:
    """Tell which texts are anything but digits without a leading zero, one ``+`` before them or none."""
    digit_marks = np.frombuffer(bytearray(run.tobytes().translate(list_marks("[0-9]"))), np.bool_)
    starts = np.minimum(bounds[:-1], max(len(run) - 1, 0))
    if not len(run):
        return np.ones(len(starts), np.bool_)
    lengths = np.diff(bounds)
    plus = (run[starts] == _PLUS) & (lengths > 0)  # an empty text at the end has the last byte of the one before it
    digit_marks[starts[plus]] = False
    firsts = np.minimum(starts + plus, len(run) - 1)
    wrong: Flags = _spread(np.flatnonzero(digit_marks), bounds) | (run[firsts] == _ZERO) | (lengths <= plus)
    return wrong


def find_iso_days(texts: Texts, earliest: str, latest: str) -> Flags:
    """Tell which texts are certainly real dates as ``YYYY-MM-DD`` within two days; no more than the 28th of a month."""
    run, bounds = view_bytes(texts)
    positions = np.flatnonzero(np.diff(bounds) == len("YYYY-MM-DD"))
    found = np.zeros(len(texts), np.bool_)
    if not len(positions):
        return found
    every = len(positions) == len(texts)
    cells = run.reshape(-1, 10) if every else run[bounds[positions][:, None] + np.arange(10)]
    digits = cells - np.uint8(_ZERO)  # what is below "0" wraps around and is over 9
    shaped = (digits[:, _ISO_DIGITS] <= 9).all(axis=1) & (cells[:, 4] == _DASH) & (cells[:, 7] == _DASH)
    month, day = digits[:, 5] * np.uint8(10) + digits[:, 6], digits[:, 8] * np.uint8(10) + digits[:, 9]
    certain = shaped & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 28)
    text = np.ascontiguousarray(cells).view("S10").ravel()
    found[positions] = certain & (text >= earliest.encode()) & (text <= latest.encode())
    return found


def find_listed_shapes(texts: Texts, words: "tuple[str, ...]") -> Positions:
    """Find the texts that have the length and, case aside, the first letter of one of some ASCII words."""
    run, bounds = view_bytes(texts)
    if not len(run):
        return np.empty(0, np.int64)
    shapes, longest = _list_shapes(words)
    lengths = np.diff(bounds)
    short = np.flatnonzero((lengths > 0) & (lengths <= longest))
    listed: Positions = short[shapes[lengths[short], run[bounds[:-1][short]]]]
    return listed


@cache
def _list_shapes(words: tuple[str, ...]) -> tuple[Flags, int]:
    longest = max(map(len, words))
    shapes = np.zeros((longest + 1, 256), np.bool_)
    for word in words:
        shapes[len(word), [ord(word[0].lower()), ord(word[0].upper())]] = True
    return shapes, longest


def _spread(places: Positions, bounds: Bounds) -> Flags:
    """Tell which texts some bytes belong to."""
    flags = np.zeros(len(bounds) - 1, np.bool_)
    if len(places):
        flags[np.searchsorted(bounds, places, side="right") - 1] = True
    return flags
