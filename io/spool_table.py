"""A checked batch as one Arrow table, and back; pandas' text columns and Arrow's share their memory."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.check_arrow import holds_nothing, join_chunks
from straitsx_bulk.schemas.checked import FACT_COLUMNS, CheckedBatch

FLAGS = ("accepted", "full_would_pass", "mended")
TEXT = pa.large_string()
_PANDAS_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)


def rows_to_table(checked: CheckedBatch) -> pa.Table:
    """Lay a checked batch out as one Arrow table; a value that equals its source column is not written twice.

    Columns of empty texts are only named.
    """
    origin = checked.batch.origin
    columns: dict[str, pa.Array] = {"row": pa.array(checked.batch.rows, pa.int64())}
    cells = {header: to_arrow(checked.batch.cells[header]) for header in origin.headers}
    columns |= {f"cell:{number}": cells[header] for number, header in enumerate(origin.headers)}
    same: dict[str, int] = {}
    for parameter in checked.values.columns:
        value = to_arrow(checked.values[parameter])
        source = checked.headers.get(parameter, ())
        if len(source) == 1 and source[0] in cells and cells[source[0]].equals(value):
            same[parameter] = origin.headers.index(source[0])
        else:
            columns[f"value:{parameter}"] = value
    columns |= {f"fact:{fact}": to_arrow(checked.facts[fact]) for fact in FACT_COLUMNS}
    columns |= {f"flag:{flag}": pa.array(getattr(checked, flag).to_numpy(bool)) for flag in FLAGS}
    if checked.batch.seals is not None:
        columns |= {f"seal:{name}": to_arrow(checked.batch.seals[name]) for name in checked.batch.seals.columns}
    empty = [name for name, array in columns.items() if array.type == TEXT and holds_nothing(array)]
    notes = {
        "origin": asdict(origin),
        "parameters": list(checked.values.columns),
        "same": same,
        "keep": list(checked.keep.columns),
        "headers": checked.headers,
        "seals": None if checked.batch.seals is None else list(checked.batch.seals.columns),
        "empty": empty,
    }
    stored = pa.table({name: array for name, array in columns.items() if name not in empty})
    return stored.replace_schema_metadata({"notes": json.dumps(notes)})


class StoredRows:
    """What :func:`rows_to_table` made, column by column.

    Args:
        table: As it was read.
    """

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.notes: dict[str, Any] = json.loads(table.schema.metadata[b"notes"])
        self._empty = frozenset(self.notes["empty"])

    def text(self, name: str) -> pa.ChunkedArray:
        """Give a column of texts, written or only named."""
        if name in self._empty:
            return pa.chunked_array([pa.repeat(pa.scalar("", TEXT), self.table.num_rows)])
        return self.table[name]

    def value(self, parameter: str) -> pa.ChunkedArray:
        """Give a parameter's column, stored on its own or as its source column."""
        same = self.notes["same"]
        return self.text(f"cell:{same[parameter]}" if parameter in same else f"value:{parameter}")

    def values(self) -> pd.DataFrame:
        """Give the table of all parameters."""
        return text_frame({name: self.value(name) for name in self.notes["parameters"]})


def table_to_rows(table: pa.Table, findings: pd.DataFrame) -> CheckedBatch:
    """Turn what :func:`rows_to_table` made back into a checked batch."""
    stored = StoredRows(table)
    notes = stored.notes
    origin = Origin(**{**notes["origin"], "headers": tuple(notes["origin"]["headers"])})
    cells = text_frame({header: stored.text(f"cell:{number}") for number, header in enumerate(origin.headers)})
    seals = (
        None if notes["seals"] is None else text_frame({name: stored.text(f"seal:{name}") for name in notes["seals"]})
    )
    rows = np.asarray(table["row"].to_numpy(), dtype=np.int64)
    flags = {flag: pd.Series(table[f"flag:{flag}"].to_numpy(), dtype=bool) for flag in FLAGS}
    return CheckedBatch(
        batch=Batch(origin, rows, cells, (), seals),
        values=stored.values(),
        facts=text_frame({fact: stored.text(f"fact:{fact}") for fact in FACT_COLUMNS}),
        accepted=flags["accepted"],
        full_would_pass=flags["full_would_pass"],
        mended=flags["mended"],
        findings=findings,
        keep=cells[notes["keep"]],
        headers={parameter: tuple(headers) for parameter, headers in notes["headers"].items()},
    )


def to_arrow(texts: "pd.Series[Any]") -> pa.Array:
    """Give a text column's Arrow memory as one array, without a copy where pandas holds it so."""
    return join_chunks(pa.array(texts.array, TEXT, from_pandas=True))


def text_frame(columns: Mapping[str, pa.ChunkedArray]) -> pd.DataFrame:
    """Make a table of texts of dtype ``str`` over Arrow memory."""
    table = pa.table(dict(columns))
    frame: pd.DataFrame = table.to_pandas(types_mapper={TEXT: _PANDAS_TEXT}.get)
    return frame
