"""CSV text from Arrow columns: guarded against formulas, quoted only where it must be.

Arrow's own CSV writer quotes every text, so the lines are joined here, with Arrow's kernels and no loop over rows:
a million rows in about a second.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

GUARDED = "=+-@\t\r'"
"""A text that begins with one of these gets one ``'`` in front (contract, Reports: no cell is ever a formula)."""

TEXT = pa.large_string()


def _table_of(characters: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, dtype=bool)
    table[list(characters.encode())] = True
    return table


_GUARDED_BYTES = _table_of(GUARDED)
_QUOTED_BYTES = _table_of('",\r\n')


def guard_text(text: str) -> str:
    """Put one ``'`` in front of a text that a spreadsheet could take for a formula."""
    return f"'{text}" if text.startswith(tuple(GUARDED)) else text


def unguard_text(text: str) -> str:
    """Take back what guard_text put there."""
    return text.removeprefix("'")


def arrow_text(values: "pd.Series[str]") -> pa.Array:
    """Give a text column as one Arrow array of large strings without nulls."""
    array = pa.array(values, from_pandas=True)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    array = array if array.type == TEXT else array.cast(TEXT)
    return pc.fill_null(array, "") if array.null_count else array


def repeat_text(text: str, count: int) -> pa.Array:
    """Give a column of one text over and over."""
    return pa.repeat(pa.scalar(text, TEXT), count)


def _bytes_and_offsets(column: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(data or b"", dtype=np.uint8), bounds


def guard_column(column: pa.Array) -> pa.Array:
    """Guard every text of a column; the column itself where none needs it."""
    if not len(column):
        return column
    data, bounds = _bytes_and_offsets(column)
    filled = np.flatnonzero(bounds[1:] > bounds[:-1])
    hits = filled[_GUARDED_BYTES[data[bounds[:-1][filled]]]]
    return _replace_at(column, hits, lambda part: pc.binary_join_element_wise(_text("'"), part, _text("")))


def quote_column(column: pa.Array) -> pa.Array:
    """Quote the texts of a column that hold a quote, a comma or a line break, and no others."""
    if not len(column):
        return column
    data, bounds = _bytes_and_offsets(column)
    positions = np.flatnonzero(_QUOTED_BYTES[data[bounds[0] : bounds[-1]]]) + bounds[0]
    hits = np.unique(np.searchsorted(bounds, positions, side="right") - 1)
    return _replace_at(column, hits, _quote_all)


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, TEXT)


def _quote_all(part: pa.Array) -> pa.Array:
    doubled = pc.replace_substring(part, '"', '""')
    return pc.binary_join_element_wise(_text('"'), doubled, _text('"'), _text(""))


def _replace_at(column: pa.Array, hits: npt.NDArray[np.int64], change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    if not len(hits):
        return column
    mask = np.zeros(len(column), dtype=bool)
    mask[hits] = True
    return pc.replace_with_mask(column, pa.array(mask), change(column.take(pa.array(hits))))


def csv_lines(columns: Sequence[pa.Array], *, guard: bool = True) -> pa.Buffer:
    """Make CSV lines, each ended by a line feed.

    Args:
        columns: Arrays of large strings, all of one length, at least one.
        guard: Whether to guard the texts; not those that are guarded already.

    Returns:
        The lines' bytes, UTF-8.
    """
    ready = [quote_column(guard_column(column) if guard else column) for column in columns]
    ready[-1] = pc.binary_join_element_wise(ready[-1], _text(""), _text("\n"))
    lines = pc.binary_join_element_wise(*ready, _text(","))
    data, bounds = _bytes_and_offsets(lines)
    return pa.py_buffer(data[bounds[0] : bounds[-1]]) if len(lines) else pa.py_buffer(b"")


def csv_header(names: Sequence[str]) -> bytes:
    """Make the header line; a header of the export's own is guarded like any text."""
    return bytes(csv_lines([pa.array([name], TEXT) for name in names]))
