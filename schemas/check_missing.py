"""What lacks in a row whose cell holds something all the same: the sentence says why that counts as nothing."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from straitsx_bulk.schemas.check_arrow import find_empty, make_texts, take_rows, to_texts
from straitsx_bulk.schemas.check_columns import Fault
from straitsx_bulk.schemas.check_sources import WHOLE_ADDRESS
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS
from straitsx_bulk.schemas.repair_text import find_placeholders
from straitsx_bulk.schemas.wording import show_cell

_NOT_TOLD = "the address in one cell does not tell it for certain"


def explain_missing(faults: list[Fault], layout: Layout, cells: pd.DataFrame) -> list[Fault]:
    """Give the same faults, what is missing from a full cell with a detail.

    Args:
        faults: Of one batch.
        layout: Where each parameter comes from.
        cells: The batch's cells as read.
    """
    columns = {s.parameter: (*s.headers, *((s.override,) if s.override else ())) for s in layout.sources}
    return [_explain(fault, columns, cells) if fault.code is Code.MISSING else fault for fault in faults]


def _explain(fault: Fault, columns: dict[str, tuple[str, ...]], cells: pd.DataFrame) -> Fault:
    of_whole = fault.parameter not in columns and fault.parameter in ADDRESS_PARTS
    shown: dict[int, str] = {}
    for header in columns.get(WHOLE_ADDRESS if of_whole else fault.parameter, ()):
        for place, text in _read_filled(fault, cells[header]):
            shown[place] = f"{shown[place]} {text}" if place in shown else text
    if not shown:
        return fault
    nothing = find_placeholders(make_texts(list(shown.values()))) if of_whole else np.ones(len(shown), dtype=bool)
    said = {
        place: f"{text} counts as empty" if empty else _NOT_TOLD
        for (place, text), empty in zip(shown.items(), nothing.tolist(), strict=True)
    }
    return replace(fault, details=tuple(said.get(place, "") for place in range(len(fault.positions))))


def _read_filled(fault: Fault, cells: "pd.Series[str]") -> Iterator[tuple[int, str]]:
    """Give what stands in the cells of a fault's rows, by place among them; cells that look blank are left out."""
    texts = take_rows(to_texts(cells), fault.positions)
    filled = ~find_empty(texts)
    if not filled.any():
        return
    encoded = texts.filter(pa.array(filled)).dictionary_encode()
    shown = [show_cell(text) for text in encoded.dictionary.to_pylist()]
    for place, index in zip(np.flatnonzero(filled).tolist(), encoded.indices.to_pylist(), strict=True):
        if shown[index]:
            yield place, shown[index]
