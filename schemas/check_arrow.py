"""Text columns as Arrow arrays: the few operations that the checks are built from.

Arrow's kernels work on the memory behind pandas' text columns without copying it and release the interpreter, and RE2
takes no longer for one text than for another. pyarrow ships no types, hence the aliases.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Texts: TypeAlias = Any
"""A ``pyarrow.LargeStringArray`` without nulls; an empty cell is ``""``."""
Flags: TypeAlias = npt.NDArray[np.bool_]
Positions: TypeAlias = npt.NDArray[np.int64]

_MOST_BITS = 62
"""Labels for each of which a whole number has a bit."""


def to_texts(column: "pd.Series[str]") -> Texts:
    """Give a pandas text column as an Arrow array, sharing its memory."""
    array = join_chunks(pa.array(column, type=pa.large_string(), from_pandas=True))
    return pc.fill_null(array, "") if array.null_count else array


def join_chunks(array: Any) -> Any:  # a pyarrow.Array or ChunkedArray
    """Give an Arrow column as one array; of one chunk, without the copy that pyarrow itself would make."""
    if not isinstance(array, pa.ChunkedArray):
        return array
    return array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()


def make_texts(texts: Sequence[str]) -> Texts:
    """Make an Arrow array from Python texts."""
    return pa.array(texts, type=pa.large_string())


def make_text(text: str) -> Any:  # a pyarrow scalar
    """Make an Arrow scalar, for kernels that take a column and a text."""
    return pa.scalar(text, type=pa.large_string())


def repeat_text(text: str, count: int) -> Texts:
    """Make a column that holds one text throughout."""
    return pa.repeat(make_text(text), count)


def to_column(texts: Texts) -> "pd.Series[str]":
    """Give an Arrow array as a pandas column of dtype ``str`` with a RangeIndex, sharing its memory."""
    column: pd.Series[str] = texts.to_pandas()
    return column


def to_table(columns: dict[str, Texts]) -> pd.DataFrame:
    """Give Arrow arrays of one length as a pandas table of dtype ``str`` with a RangeIndex, sharing their memory."""
    table: pd.DataFrame = pa.table(columns).to_pandas()
    return table


def to_flags(array: Any) -> Flags:  # a pyarrow.BooleanArray
    """Give an Arrow array of booleans as numpy has it."""
    flags: Flags = array.to_numpy(zero_copy_only=False)
    return flags


def match_whole(texts: Texts, pattern: str) -> Flags:
    """Tell which texts a pattern matches from the first to the last character.

    Args:
        texts: Any texts.
        pattern: RE2 syntax.
    """
    return to_flags(pc.match_substring_regex(texts, rf"\A(?:{pattern})\z"))


def match_part(texts: Texts, pattern: str) -> Flags:
    """Tell which texts hold a match of a pattern (RE2 syntax) anywhere."""
    return to_flags(pc.match_substring_regex(texts, pattern))


def replace_all(texts: Texts, pattern: str, replacement: str) -> Texts:
    r"""Replace every match of a pattern; groups are ``\1`` in the replacement (RE2 syntax)."""
    return pc.replace_substring_regex(texts, pattern, replacement)


def find_empty(texts: Texts) -> Flags:
    """Tell which texts are empty."""
    return to_flags(pc.equal(pc.binary_length(texts), 0))


def holds_nothing(texts: Texts) -> bool:
    """Tell whether all texts are empty, by the offsets of the first and the last alone."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)
    return bool(offsets[texts.offset] == offsets[texts.offset + len(texts)]) if len(texts) else True


def find_changed(before: Texts, after: Texts) -> Flags:
    """Tell where two columns of one length differ."""
    return to_flags(pc.not_equal(before, after))


def find_ascii(texts: Texts) -> Flags:
    """Tell which texts are ASCII throughout."""
    return to_flags(pc.string_is_ascii(texts))


def take_rows(texts: Texts, positions: Positions) -> Texts:
    """Take the texts at some positions, in that order."""
    return texts.take(pa.array(positions))


def put_rows(texts: Texts, flags: Flags, replacements: Texts) -> Texts:
    """Put replacements where the flags are set, in order; there are as many as flags set."""
    if not len(replacements):
        return texts
    return pc.replace_with_mask(texts, pa.array(flags), replacements)


def blank_rows(texts: Texts, flags: Flags) -> Texts:
    """Empty the texts where the flags are set; where all of those are empty already, nothing is copied."""
    if not flags.any() or holds_nothing(texts) or not (flags & ~find_empty(texts)).any():
        return texts
    return pc.if_else(pa.array(flags), make_text(""), texts)


def join_labels(count: int, labels: Sequence[str], positions: Sequence[Positions]) -> Texts:
    """Join the labels of each row by ``;``, in the order given.

    Args:
        count: How many rows there are.
        labels: One label for each array of positions.
        positions: Where each label stands, 0-based, no place twice.

    Returns:
        One text a row, empty where no label stands.
    """
    if not labels:
        return repeat_text("", count)
    if len(labels) <= _MOST_BITS:
        return _join_by_bits(count, labels, positions)
    rows = np.concatenate(positions)
    names = np.repeat(np.arange(len(labels)), [len(p) for p in positions])[np.argsort(rows, kind="stable")]
    ends = np.cumsum(np.bincount(rows, minlength=count))
    offsets = pa.array(np.concatenate(([0], ends)).astype(np.int32))
    lists = pa.ListArray.from_arrays(offsets, pa.array(labels, type=pa.string()).take(pa.array(names)))
    return pc.binary_join(lists, ";").cast(pa.large_string())


def _join_by_bits(count: int, labels: Sequence[str], positions: Sequence[Positions]) -> Texts:
    """Join labels where a bit is enough for each: rows of the same labels are joined once."""
    bits = np.zeros(count, dtype=np.int64)
    for number, rows in enumerate(positions):
        bits[rows] |= 1 << number
    encoded = pa.array(bits).dictionary_encode()
    joined = [
        ";".join(label for number, label in enumerate(labels) if held >> number & 1)
        for held in encoded.dictionary.to_pylist()
    ]
    return make_texts(joined).take(encoded.indices)
