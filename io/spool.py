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
from straitsx_bulk.io.spool_table import StoredRows, rows_to_table, table_to_rows
from straitsx_bulk.schemas.checked import FINDING_COLUMNS, CheckedBatch

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
        return StoredRows(read_table(self._rows_path(entry))).values()

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
        # Not compressed: that takes longer than writing does, and columns that nobody looks at need not be unpacked.
        with open(part, "wb", opener=open_private) as stream, pa.ipc.new_file(stream, table.schema) as writer:
            writer.write_table(table)
        part.replace(path)


def name_table(folder: Path, kind: str, number: int) -> Path:
    """Name the file of one table of a batch."""
    return folder / f"{kind}-{number:06d}.arrow"


def open_private(path: str, flags: int) -> int:
    """Open a file that only its owner may read (an ``opener`` for ``open``)."""
    return os.open(path, flags, 0o600)


def read_table(path: Path) -> pa.Table:
    """Open an Arrow file; of its columns, only those that are looked at are read."""
    with pa.memory_map(str(path), "rb") as stream:
        return pa.ipc.open_file(stream).read_all()


def empty_findings() -> pd.DataFrame:
    """Make a table of findings without a line."""
    columns = {name: pd.Series([], dtype="int64" if name == "position" else "str") for name in FINDING_COLUMNS}
    return pd.DataFrame(columns)
