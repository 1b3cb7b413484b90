"""From a batch's cells to one text column for each parameter, as the layout says."""

from dataclasses import dataclass, field
from functools import partial, reduce

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas.check_arrow import (
    Flags,
    Positions,
    Texts,
    blank_rows,
    find_empty,
    make_text,
    make_texts,
    repeat_text,
    take_rows,
    to_texts,
)
from straitsx_bulk.schemas.layout import Layout, ParameterSource
from straitsx_bulk.schemas.repair_text import find_placeholders

WHOLE_ADDRESS = "address"
"""The name under which a layout has an address in one column."""


@dataclass(frozen=True, slots=True)
class SourceTexts:
    """What one parameter's columns say.

    Attributes:
        texts: One text a row, joined where there are several columns, words replaced by the mapping's.
        emptied: Rows of which a placeholder was left out of the join; None where there is no join.
    """

    texts: Texts
    emptied: Flags | None = field(default=None)

    def take_rows(self, rows: Positions) -> "SourceTexts":
        """Give the texts of some rows."""
        return SourceTexts(take_rows(self.texts, rows), None if self.emptied is None else self.emptied[rows])


def read_sources(layout: Layout, cells: pd.DataFrame, *, mend: bool) -> dict[str, SourceTexts]:
    """Read every parameter of a layout.

    Args:
        layout: Where each parameter comes from.
        cells: A batch's cells.
        mend: Whether placeholders such as ``N/A`` may be left out where columns are joined.

    Returns:
        Parameter name (or ``address``) to its texts, in the layout's order.
    """
    return {source.parameter: read_source(source, cells, mend=mend) for source in layout.sources}


def read_source(source: ParameterSource, cells: pd.DataFrame, *, mend: bool = False) -> SourceTexts:
    """Read one parameter; see read_sources. A filled added column of a rejects file beats everything else."""
    said = _read_said(source, cells, mend=mend)
    if source.override is None:
        return said
    added = to_texts(cells[source.override])
    filled = ~find_empty(pc.utf8_trim_whitespace(added))
    emptied = None if said.emptied is None else said.emptied & ~filled
    return SourceTexts(pc.if_else(pa.array(filled), added, said.texts), emptied)


def _read_said(source: ParameterSource, cells: pd.DataFrame, *, mend: bool) -> SourceTexts:
    if source.constant is not None:
        return SourceTexts(repeat_text(source.constant, len(cells)))
    columns = [to_texts(cells[header]) for header in source.headers]
    if len(columns) == 1:
        return SourceTexts(_replace_words(columns[0], source))
    parts = [_bare_part(column, mend=mend) for column in columns]
    joined = reduce(partial(_join_two, join=source.join), (part for part, _ in parts))
    emptied = np.logical_or.reduce([flags for _, flags in parts])
    return SourceTexts(_replace_words(joined, source), emptied)


def _join_two(left: Texts, right: Texts, join: str) -> Texts:
    """Join two columns where both have a text; pyarrow's own skipping join loses rows in which every part is null."""
    both = ~find_empty(left) & ~find_empty(right)
    between = pc.if_else(pa.array(both), make_text(join), make_text(""))
    return pc.binary_join_element_wise(left, between, right, make_text(""))


def _bare_part(column: Texts, *, mend: bool) -> tuple[Texts, Flags]:
    """Give one of several columns to join, trimmed, and where a placeholder was left out of it."""
    trimmed = pc.utf8_trim_whitespace(column)
    found = find_placeholders(trimmed) if mend else np.zeros(len(trimmed), dtype=bool)
    return blank_rows(trimmed, found), found


def _replace_words(texts: Texts, source: ParameterSource) -> Texts:
    """Replace the export's own words by the API's, compared with white space collapsed and case folded."""
    if not source.values:
        return texts
    words = {_fold(word): replacement for word, replacement in source.values.items()}
    encoded = texts.dictionary_encode()
    replaced = [words.get(_fold(text), text) for text in encoded.dictionary.to_pylist()]
    return make_texts(replaced).take(encoded.indices)


def _fold(word: str) -> str:
    return " ".join(word.split()).casefold()
