"""The run's spool: checked rows wait here, as columns, until every row has been checked and delivered.

One Arrow file for each checked batch and one for its findings, in the run's folder, 0600, deleted when the reports
are whole. A run that died leaves its spool behind, and its reports are written from it (contract, Promises 5).
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from straitsx_bulk.io.prefetch import prefetch
from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.checked import FACT_COLUMNS, FINDING_COLUMNS, CheckedBatch

FLAGS = ("accepted", "full_would_pass", "mended")
MANIFEST = "manifest.json"
ROWS, FINDINGS = "rows", "findings"


@dataclass(frozen=True, slots=True)
class SpooledBatch:
    """Where one checked batch lies in the spool.

    Attributes:
        number: From 1, in input order.
        first: Position of its first row over the whole run, from 0.
        rows: How many rows it has.
        accepted: How many of them passed the checks (run-wide findings not counted).
        source: The file it came from.
        sheet: The sheet, or empty.
    """

    number: int
    first: int
    rows: int
    accepted: int
    source: str
    sheet: str


class Spool:
    """A folder of checked batches.

    Args:
        folder: The spool's own folder inside the run's folder; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.batches: list[SpooledBatch] = []
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._writing: Future[None] | None = None

    @property
    def rows(self) -> int:
        """Count the rows spooled so far."""
        return self.batches[-1].first + self.batches[-1].rows if self.batches else 0

    def write(self, checked: CheckedBatch) -> SpooledBatch:
        """Put a checked batch behind the last one; it is written while the next one is checked.

        Raises:
            OSError: An earlier batch could not be written.
        """
        origin = checked.batch.origin
        entry = SpooledBatch(
            len(self.batches) + 1,
            self.rows,
            len(checked),
            int(checked.accepted.sum()),
            origin.source,
            origin.sheet,
        )
        self.flush()
        self._writing = self._writer.submit(self._store, entry, checked)
        self.batches.append(entry)
        return entry

    def _store(self, entry: SpooledBatch, checked: CheckedBatch) -> None:
        self._write_table(self._rows_path(entry), rows_to_table(checked))
        if len(checked.findings):
            self._write_table(self._findings_path(entry), pa.Table.from_pandas(checked.findings, preserve_index=False))

    def take_over(self, other: "Spool") -> None:
        """Put another spool's batches behind the last one; nothing of the other is left.

        Args:
            other: On the same file system; its files are moved, not copied.
        """
        self.flush()
        other.flush()
        for entry in other.batches:
            moved = replace(entry, number=len(self.batches) + 1, first=self.rows)
            for kind in (ROWS, FINDINGS):
                old = name_table(other.folder, kind, entry.number)
                if old.exists():
                    old.rename(name_table(self.folder, kind, moved.number))
            self.batches.append(moved)
        other.delete()

    def cut(self, batches: int) -> None:
        """Forget all but the first batches; others can be written in their place.

        Args:
            batches: How many stay.
        """
        self.flush()
        for entry in self.batches[batches:]:
            self._rows_path(entry).unlink()
            self._findings_path(entry).unlink(missing_ok=True)
        del self.batches[batches:]

    def flush(self) -> None:
        """Wait until everything is written.

        Raises:
            OSError: It could not be.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def read(self, entry: SpooledBatch) -> CheckedBatch:
        """Give a checked batch back as it was written."""
        self.flush()
        findings_path = self._findings_path(entry)
        findings = read_table(findings_path).to_pandas() if findings_path.exists() else empty_findings()
        return table_to_rows(read_table(self._rows_path(entry)), findings)

    def read_values(self, entry: SpooledBatch) -> pd.DataFrame:
        """Give a batch's parameters alone, for telling what differs between two rows."""
        table = read_table(self._rows_path(entry))
        names = json.loads(table.schema.metadata[b"notes"])["parameters"]
        return text_frame({name: stored_value(table, name) for name in names})

    def read_row_numbers(self, entry: SpooledBatch) -> npt.NDArray[np.int64]:
        """Give a batch's row numbers as a person sees them, shape (rows,)."""
        return np.asarray(read_table(self._rows_path(entry))["row"].to_numpy(), dtype=np.int64)

    def __iter__(self) -> Iterator[tuple[SpooledBatch, CheckedBatch]]:
        """Give every batch, in input order."""
        yield from prefetch((entry, self.read(entry)) for entry in self.batches)

    def seal(self, notes: Mapping[str, Any]) -> None:
        """Note that every row has been checked, and what a later process needs to write the reports.

        Args:
            notes: JSON-able facts of the run; no rows.
        """
        self.flush()
        manifest = {"batches": [asdict(entry) for entry in self.batches], "notes": dict(notes)}
        part = self.folder / f"{MANIFEST}.part"
        with open(part, "w", encoding="utf-8", opener=open_private) as stream:
            json.dump(manifest, stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(self.folder / MANIFEST)

    def unseal(self) -> dict[str, Any] | None:
        """Read what :meth:`seal` noted; None where the run ended before every row had been checked."""
        path = self.folder / MANIFEST
        if not path.exists():
            return None
        manifest = json.loads(path.read_text(encoding="utf-8"))
        self.batches = [SpooledBatch(**entry) for entry in manifest["batches"]]
        notes: dict[str, Any] = manifest["notes"]
        return notes

    def delete(self) -> None:
        """Remove the spool; it holds personal data and has done its work."""
        self._writer.shutdown(cancel_futures=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_table(self, name: str, table: pa.Table) -> None:
        """Keep a further table under a name of its own."""
        self._write_table(self.folder / f"{name}.arrow", table)

    def read_table(self, name: str) -> pa.Table:
        """Read a table that :meth:`write_table` kept."""
        return read_table(self.folder / f"{name}.arrow")

    def _rows_path(self, entry: SpooledBatch) -> Path:
        return name_table(self.folder, ROWS, entry.number)

    def _findings_path(self, entry: SpooledBatch) -> Path:
        return name_table(self.folder, FINDINGS, entry.number)

    @staticmethod
    def _write_table(path: Path, table: pa.Table) -> None:
        part = path.with_suffix(".part")
        with open(part, "wb", opener=open_private) as stream:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(stream, table.schema, options=options) as writer:
                writer.write_table(table)
        part.replace(path)


def name_table(folder: Path, kind: str, number: int) -> Path:
    """Name the file of one table of a batch."""
    return folder / f"{kind}-{number:06d}.arrow"


def open_private(path: str, flags: int) -> int:
    """Open a file that only its owner may read (an ``opener`` for ``open``)."""
    return os.open(path, flags, 0o600)


def read_table(path: Path) -> pa.Table:
    """Read an Arrow file whole."""
    with pa.OSFile(str(path), "rb") as stream:
        return pa.ipc.open_file(stream).read_all()


def empty_findings() -> pd.DataFrame:
    """Make a table of findings without a line."""
    columns = {name: pd.Series([], dtype="int64" if name == "position" else "str") for name in FINDING_COLUMNS}
    return pd.DataFrame(columns)


def rows_to_table(checked: CheckedBatch) -> pa.Table:
    """Lay a checked batch out as one Arrow table; a value that equals its source column is not written twice."""
    origin = checked.batch.origin
    arrays: list[pa.Array] = [pa.array(checked.batch.rows, pa.int64())]
    names = ["row"]
    cells = {header: to_arrow(checked.batch.cells[header]) for header in origin.headers}
    for number, header in enumerate(origin.headers):
        names.append(f"cell:{number}")
        arrays.append(cells[header])
    same: dict[str, int] = {}
    for parameter in checked.values.columns:
        value = to_arrow(checked.values[parameter])
        source = checked.headers.get(parameter, ())
        if len(source) == 1 and source[0] in cells and cells[source[0]].equals(value):
            same[parameter] = origin.headers.index(source[0])
            continue
        names.append(f"value:{parameter}")
        arrays.append(value)
    for fact in FACT_COLUMNS:
        names.append(f"fact:{fact}")
        arrays.append(to_arrow(checked.facts[fact]))
    for flag in FLAGS:
        names.append(f"flag:{flag}")
        arrays.append(pa.array(getattr(checked, flag).to_numpy(bool)))
    if checked.batch.seals is not None:
        for column in checked.batch.seals.columns:
            names.append(f"seal:{column}")
            arrays.append(to_arrow(checked.batch.seals[column]))
    notes = {
        "origin": asdict(origin),
        "parameters": list(checked.values.columns),
        "same": same,
        "keep": list(checked.keep.columns),
        "headers": checked.headers,
    }
    return pa.table(arrays, names=names).replace_schema_metadata({"notes": json.dumps(notes)})


def stored_value(table: pa.Table, parameter: str) -> pa.ChunkedArray:
    """Find a parameter's column, stored on its own or as its source column."""
    same = json.loads(table.schema.metadata[b"notes"])["same"]
    return table[f"cell:{same[parameter]}"] if parameter in same else table[f"value:{parameter}"]


def table_to_rows(table: pa.Table, findings: pd.DataFrame) -> CheckedBatch:
    """Turn what :func:`rows_to_table` made back into a checked batch."""
    notes = json.loads(table.schema.metadata[b"notes"])
    stored = notes["origin"]
    origin = Origin(**{**stored, "headers": tuple(stored["headers"])})
    cells = text_frame({header: table[f"cell:{number}"] for number, header in enumerate(origin.headers)})
    seal_names = [name for name in table.column_names if name.startswith("seal:")]
    seals = text_frame({name.removeprefix("seal:"): table[name] for name in seal_names}) if seal_names else None
    rows = np.asarray(table["row"].to_numpy(), dtype=np.int64)
    flags = {flag: pd.Series(table[f"flag:{flag}"].to_numpy(), dtype=bool) for flag in FLAGS}
    return CheckedBatch(
        batch=Batch(origin, rows, cells, (), seals),
        values=text_frame({name: stored_value(table, name) for name in notes["parameters"]}),
        facts=text_frame({fact: table[f"fact:{fact}"] for fact in FACT_COLUMNS}),
        accepted=flags["accepted"],
        full_would_pass=flags["full_would_pass"],
        mended=flags["mended"],
        findings=findings,
        keep=cells[notes["keep"]],
        headers={parameter: tuple(headers) for parameter, headers in notes["headers"].items()},
    )


def to_arrow(texts: "pd.Series[Any]") -> pa.Array:
    """Give a text column's Arrow memory as one array, without a copy where pandas holds it so."""
    array = pa.array(texts.array, pa.large_string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def text_frame(columns: Mapping[str, pa.ChunkedArray]) -> pd.DataFrame:
    """Make a table of texts of dtype ``str`` over Arrow memory."""
    dtype = pd.StringDtype("pyarrow", na_value=np.nan)
    make = pd.array
    return pd.DataFrame({name: make(column.combine_chunks(), dtype=dtype) for name, column in columns.items()})
