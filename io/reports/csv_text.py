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

from straitsx_bulk.schemas.check_arrow import holds_nothing, join_chunks
from straitsx_bulk.schemas.check_bytes import find_marked, view_bytes

GUARDED = "=+-@\t\r'"
"""A text that begins with one of these gets one ``'`` in front (contract, Reports: no cell is ever a formula)."""

TEXT = pa.large_string()


_GUARDED_BYTES = np.isin(np.arange(256), list(GUARDED.encode()))
_QUOTED_BYTES = bytes(code in b'",\r\n' for code in range(256))


def guard_text(text: str) -> str:
    """Put one ``'`` in front of a text that a spreadsheet could take for a formula."""
    return f"'{text}" if text.startswith(tuple(GUARDED)) else text


def unguard_text(text: str) -> str:
    """Take back what guard_text put there."""
    return text.removeprefix("'")


def arrow_text(values: "pd.Series[str]") -> pa.Array:
    """Give a text column as one Arrow array of large strings without nulls."""
    array = join_chunks(pa.array(values, from_pandas=True))
    array = array if array.type == TEXT else array.cast(TEXT)
    return pc.fill_null(array, "") if array.null_count else array


def repeat_text(text: str, count: int) -> pa.Array:
    """Give a column of one text over and over."""
    return pa.repeat(pa.scalar(text, TEXT), count)


def guard_column(column: pa.Array) -> pa.Array:
    """Guard every text of a column; the column itself where none needs it."""
    if not len(column):
        return column
    run, bounds = view_bytes(column)
    filled = np.flatnonzero(bounds[1:] > bounds[:-1])
    hits = filled[_GUARDED_BYTES[run[bounds[:-1][filled]]]]
    return _replace_at(column, hits, lambda part: pc.binary_join_element_wise(_text("'"), part, _text("")))


def quote_column(column: pa.Array) -> pa.Array:
    """Quote the texts of a column that hold a quote, a comma or a line break, and no others."""
    if not len(column):
        return column
    hits = np.flatnonzero(find_marked(*view_bytes(column), _QUOTED_BYTES))
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
    filled = [not holds_nothing(column) for column in columns]
    ready = [
        quote_column(guard_column(column) if guard else column) if holds else _text("")
        for column, holds in zip(columns, filled, strict=True)
    ]
    last = ready[-1] if filled[-1] else columns[-1]  # one of them must be a column, for there to be lines
    ready[-1] = pc.binary_join_element_wise(last, _text(""), _text("\n"))
    return pa.py_buffer(view_bytes(pc.binary_join_element_wise(*ready, _text(",")))[0])


def csv_header(names: Sequence[str]) -> bytes:
    """Make the header line; a header of the export's own is guarded like any text."""
    return bytes(csv_lines([pa.array([name], TEXT) for name in names]))
