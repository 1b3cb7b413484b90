"""Finds the records of a block of delimited text, all at once, and tells whether its quoting is plain.

A block's quoting is plain if every quote stands where RFC 4180 has it: at the start of a cell, at its end, or doubled
inside a quoted cell. Then the number of quotes before a byte tells whether it is inside quotes, and delimiters and line
ends can be counted with array operations. Anything else is left to the csv module, which is slower and decides cases
like ``5" pipe``.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_LF, _CR = 10, 13
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scan:
    """The records of a block.

    Attributes:
        end: Bytes up to and with the last record's line end; what follows belongs to the next block.
        starts: First byte of each record, shape (n,).
        stops: Byte after each record's line end, shape (n,).
        cells: Cells of each record, shape (n,).
        blank: Whether a record is an empty line, shape (n,).
        lines: Physical lines in the block, those inside quotes included.
        breaks_inside: Whether a quoted cell holds a line break.
    """

    end: int
    starts: Positions
    stops: Positions
    cells: Positions
    blank: npt.NDArray[np.bool_]
    lines: int
    breaks_inside: bool


@dataclass(frozen=True, slots=True)
class EvenScan:
    """The records of a block of which nothing is known but where they end; whoever parses them sees how wide they are.

    Attributes:
        end: Bytes up to and with the last record's line end; what follows belongs to the next block.
        records: How many there are.
        longest: Bytes of the longest one.
        lines: Physical lines in the block, those inside quotes included.
        breaks_inside: Whether a quoted cell holds a line break.
    """

    end: int
    records: int
    longest: int
    lines: int
    breaks_inside: bool


def scan_ends(block: bytes, delimiter: int, quote: int) -> EvenScan | None:
    """Find where the records of a block end, which costs a third of ``scan_block``: it counts no delimiter.

    Args:
        block: Bytes of UTF-8 that begin with a record.
        delimiter: The delimiter's byte.
        quote: The quote's byte.

    Returns:
        The records, or None where ``scan_block`` has to look: the quoting is not plain, a CR stands without its LF, or
        no record is complete.
    """
    data = np.frombuffer(block, np.uint8)
    quotes = np.empty(0, np.int64)
    if quote in block:
        marks = np.flatnonzero((data == _LF) | (data == quote))
        are_quotes = data[marks] == quote
        inside = np.bitwise_xor.accumulate(are_quotes)
        quotes, breaks, ends = marks[are_quotes], marks[~are_quotes], marks[~are_quotes & ~inside]
    else:
        ends = breaks = np.flatnonzero(data == _LF)
    if not ends.size or (_CR in block and np.count_nonzero(data[breaks - 1] == _CR) != block.count(_CR)):
        return None
    end = int(ends[-1]) + 1
    if quotes.size and not _is_plain(data, quotes[: np.searchsorted(quotes, end)], delimiter, quote):
        return None
    lines = int(np.searchsorted(breaks, end))
    return EvenScan(end, len(ends), int(np.diff(ends, prepend=-1).max()), lines, lines != len(ends))


def scan_block(block: bytes, delimiter: int, quote: int, *, at_end: bool) -> Scan | None:
    """Find the records of a block that begins with a record.

    Args:
        block: Bytes of UTF-8; at the end of the file it must end with a line break.
        delimiter: The delimiter's byte.
        quote: The quote's byte.
        at_end: Whether nothing follows the block; if more follows, an incomplete last record is left over.

    Returns:
        The records, or None where the quoting is not plain or no record is complete.
    """
    data = np.frombuffer(block, np.uint8)
    breaks = _find_line_ends(data, block, at_end=at_end)
    separators = np.flatnonzero(data == delimiter)
    quotes = np.flatnonzero(data == quote) if quote in block else np.empty(0, np.int64)
    ends = breaks
    if quotes.size:
        ends = breaks[_are_outside(breaks, quotes)]
    if not ends.size:
        return None
    end = int(ends[-1]) + 1
    lines = int(np.searchsorted(breaks, end))
    if quotes.size:
        quotes = quotes[: np.searchsorted(quotes, end)]
        if not _is_plain(data, quotes, delimiter, quote):
            return None
        separators = separators[_are_outside(separators, quotes)]
    return _build_scan(data, ends, separators, lines)


def _find_line_ends(data: npt.NDArray[np.uint8], block: bytes, *, at_end: bool) -> Positions:
    """Find LF, and CR that no LF follows; a CR as the last byte waits for the next block."""
    feeds = np.flatnonzero(data == _LF)
    if _CR not in block:
        return feeds
    returns = np.flatnonzero(data == _CR)
    if returns[-1] == len(data) - 1:
        last_counts = at_end
        lone = returns[:-1][data[returns[:-1] + 1] != _LF]
        lone = np.append(lone, returns[-1]) if last_counts else lone
    else:
        lone = returns[data[returns + 1] != _LF]
    return np.sort(np.concatenate((feeds, lone))) if lone.size else feeds


def _are_outside(positions: Positions, quotes: Positions) -> npt.NDArray[np.bool_]:
    outside: npt.NDArray[np.bool_] = (np.searchsorted(quotes, positions) & 1) == 0
    return outside


def _is_plain(data: npt.NDArray[np.uint8], quotes: Positions, delimiter: int, quote: int) -> bool:
    """Tell whether each opening quote starts a cell (or doubles) and each closing one ends it (or doubles)."""
    allowed = np.zeros(256, bool)
    allowed[[delimiter, quote, _LF, _CR]] = True
    opens, closes = quotes[0::2], quotes[1::2]
    if opens.size and opens[0] == 0:
        opens = opens[1:]
    return bool(allowed[data[opens - 1]].all() and allowed[data[closes + 1]].all())


def _build_scan(data: npt.NDArray[np.uint8], ends: Positions, separators: Positions, lines: int) -> Scan:
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    before = np.searchsorted(separators, ends)
    cells = np.diff(before, prepend=0) + 1
    lengths = ends - starts
    carriage = (lengths == 1) & (data[starts] == _CR)
    return Scan(
        end=int(ends[-1]) + 1,
        starts=starts,
        stops=ends + 1,
        cells=cells,
        blank=(lengths == 0) | carriage,
        lines=lines,
        breaks_inside=lines != len(ends),
    )
