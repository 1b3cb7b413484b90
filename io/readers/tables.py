"""Text columns in Arrow's memory: from bytes, from records, and from one order to another."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from straitsx_bulk.io.readers.cells import TEXT
from straitsx_bulk.io.readers.headers import GUARDED
from straitsx_bulk.io.readers.records import Dialect

_PANDAS_TEXT = pd.StringDtype(na_value=np.nan)
_GUARD = f"^'([{re.escape(GUARDED)}])"
_PARSE_BYTES = 512 * 1024


def parse_records(
    block: bytes, dialect: Dialect, width: int, columns: Sequence[int], *, breaks_inside: bool
) -> Any | None:
    """Parse whole, equally wide records of plain quoting.

    Args:
        block: UTF-8 that begins and ends with a record.
        dialect: How it is written.
        width: Cells of every record.
        columns: 0-based columns to read.
        breaks_inside: Whether a quoted cell holds a line break.

    Returns:
        A ``pyarrow.Table`` of text columns named by their place, or None where the parser refuses the block.
    """
    if not block:
        return build_table([], columns)
    names = [str(column) for column in range(width)]
    wanted = [str(column) for column in columns]
    try:
        return pacsv.read_csv(
            pa.BufferReader(block),
            read_options=pacsv.ReadOptions(
                column_names=names, block_size=max(len(block), 1) if breaks_inside else _PARSE_BYTES
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote,
                newlines_in_values=breaks_inside,
                ignore_empty_lines=False,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(wanted, TEXT),
                include_columns=wanted,
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None


def build_table(records: Sequence[Sequence[str]], columns: Sequence[int]) -> Any:
    """Make a table of records; cells past a record's end are empty."""
    return build_columns([[r[c] if c < len(r) else "" for r in records] for c in columns], columns)


def build_columns(columns: Sequence[Iterable[str]], names: Sequence[int]) -> Any:
    """Make a table of columns of text, which may be Arrow arrays already."""
    arrays = [column if isinstance(column, pa.Array) else pa.array(column, type=TEXT) for column in columns]
    return pa.table(arrays, names=[str(name) for name in names])


def merge_rows(tables: Sequence[Any], rows: Sequence[npt.NDArray[np.int64]]) -> tuple[Any, npt.NDArray[np.int64]]:
    """Bring tables of the same columns together in the order of their row numbers.

    Returns:
        The table, and the row numbers, ascending.
    """
    numbers = np.concatenate(rows)
    order = np.argsort(numbers, kind="stable")
    return pa.concat_tables(tables).take(pa.array(order)), numbers[order]


def join_tables(parts: Sequence[Any]) -> Any:
    """Put tables of the same columns one after another, without copying their text."""
    return pa.concat_tables(parts)


def find_blank(table: Any) -> npt.NDArray[np.bool_]:
    """Tell which rows hold nothing but white space; looks at a further column only where all before were blank."""
    blank = np.ones(table.num_rows, bool)
    for column in table.columns:
        places = np.flatnonzero(blank)
        if not places.size:
            break
        texts = column if len(places) == len(blank) else column.take(pa.array(places))
        open_places = np.flatnonzero(~_find_plain(texts))  # mostly none: the exact look costs twenty times as much
        blank[places] = False
        if open_places.size:
            rest = texts.take(pa.array(open_places))
            empty = pc.or_(pc.equal(rest, ""), pc.utf8_is_space(rest))
            blank[places[open_places]] = np.asarray(empty.to_numpy())
    return blank


def _find_plain(column: Any) -> npt.NDArray[np.bool_]:
    """Tell which texts begin with an ASCII character that is no white space, by their first byte alone."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return np.concatenate([_find_plain_chunk(chunk) for chunk in chunks]) if chunks else np.zeros(0, bool)


def _find_plain_chunk(chunk: Any) -> npt.NDArray[np.bool_]:
    _, offsets, data = chunk.buffers()
    if not len(chunk) or data is None or not data.size:
        return np.zeros(len(chunk), bool)
    places = np.frombuffer(offsets, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
    letters = np.frombuffer(data, np.uint8)
    first = letters[np.minimum(places[:-1], len(letters) - 1)]
    plain: npt.NDArray[np.bool_] = (places[1:] > places[:-1]) & (first > ord(" ")) & (first < 127)
    return plain


def mask_foreign(table: Any) -> Any:
    """Put U+FFFD in the place of every character beyond ASCII."""
    masked = [pc.replace_substring_regex(column, r"[^\x00-\x7F]", "\ufffd") for column in table.columns]
    return pa.table(masked, names=table.column_names)


def find_matches(column: Any, text: str) -> npt.NDArray[np.int64]:
    """Find the rows of a column whose text holds another text."""
    return np.flatnonzero(pc.match_substring(column, text).to_numpy())


def take_rows(table: Any, places: npt.NDArray[np.int64]) -> Any:
    """Take some rows of a table."""
    return table.take(pa.array(places))


def drop_guards(table: Any) -> Any:
    """Take away the ``'`` that our CSV reports put before a text that a spreadsheet program would calculate."""
    plain = [pc.replace_substring_regex(column, _GUARD, r"\1", max_replacements=1) for column in table.columns]
    return pa.table(plain, names=table.column_names)


def to_frame(table: Any) -> pd.DataFrame:
    """Make a pandas table of text columns over the same memory."""
    frame: pd.DataFrame = table.to_pandas(types_mapper={TEXT: _PANDAS_TEXT}.get)
    return frame
