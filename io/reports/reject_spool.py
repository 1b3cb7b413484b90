"""Rows to mend wait here, as Arrow streams in the run's folder (0600), until the run has ended.

The rejects files can only be written then: the date formats, the added columns and the number of files are not known
earlier. The streams are deleted when the files are there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from straitsx_bulk.io.reports.folder import open_private
from straitsx_bulk.io.reports.reject_rows import RejectRows, gather_rejects
from straitsx_bulk.io.reports.seals import CheckNotes, Seal, unpack_notes
from straitsx_bulk.schemas.batch import Origin
from straitsx_bulk.schemas.parameters import BY_NAME, PARAMETER_NAMES
from straitsx_bulk.schemas.run import ReportedBatch

GroupKey = tuple[tuple[str, ...], str, tuple[tuple[str, tuple[str, ...]], ...]]
"""Headers, the mapping's name, and which parameter is read from which headers."""

Place = tuple[str, str]
"""Source and sheet as this run read them."""


@dataclass(slots=True)
class RejectGroup:
    """Rows to mend of exports with the same headers and mapping.

    Attributes:
        headers: The original headers, in order.
        mapped: Parameter to the headers it is read from.
        mapping: The mapping's name, or empty.
        path: The Arrow stream.
        added: Columns to add, headed by the API parameter's name.
        counts: Place to its rows: first of the sheet ``Rejected``, then of ``USD gaps``.
        earlier: Place to what the ``_check`` cells of an earlier rejects file carried.
    """

    headers: tuple[str, ...]
    mapped: Mapping[str, tuple[str, ...]]
    mapping: str
    path: Path
    added: set[str] = field(default_factory=set)
    counts: dict[Place, tuple[int, int]] = field(default_factory=dict)
    earlier: dict[Place, CheckNotes] = field(default_factory=dict)

    @property
    def added_columns(self) -> tuple[str, ...]:
        """The columns to add, in the parameter table's order."""
        return tuple(name for name in PARAMETER_NAMES if name in self.added and name not in self.headers)


class RejectSpool:
    """All rows to mend of a run.

    Args:
        folder: The run's folder.
        seal: The keyed hash of the ``_check`` cells.
    """

    def __init__(self, folder: Path, seal: Seal) -> None:
        self._folder, self._seal = folder, seal
        self._groups: dict[GroupKey, RejectGroup] = {}
        self._streams: dict[Path, tuple[BinaryIO, pa.RecordBatchStreamWriter]] = {}

    @property
    def groups(self) -> list[RejectGroup]:
        """The groups that have rows; where none has, the first one, so that a file with its headers can be written."""
        groups = list(self._groups.values())
        return [group for group in groups if group.counts] or groups[:1]

    def add(self, reported: ReportedBatch) -> None:
        """Put a batch's rows to mend away."""
        origin = reported.checked.batch.origin
        group = self._group_of(reported)
        for rows in gather_rejects(reported, self._seal):
            group.added |= rows.added & BY_NAME.keys()
            self._count(group, origin, rows)
            place = {b"source": origin.source.encode(), b"sheet": origin.sheet.encode()}
            self._stream_of(group, rows.table.schema).write_batch(rows.table, custom_metadata=place)

    def _group_of(self, reported: ReportedBatch) -> RejectGroup:
        origin, mapped = reported.checked.batch.origin, reported.checked.headers
        mapping = origin.detected.get("mapping", "")
        key = (origin.headers, mapping, tuple(sorted((name, tuple(found)) for name, found in mapped.items())))
        if key not in self._groups:
            path = self._folder / f".rejects-{len(self._groups) + 1}.spool"
            self._groups[key] = RejectGroup(origin.headers, mapped, mapping, path)
        return self._groups[key]

    def _stream_of(self, group: RejectGroup, schema: pa.Schema) -> pa.RecordBatchStreamWriter:
        if group.path not in self._streams:
            file = open_private(group.path)
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._streams[group.path] = (file, pa.ipc.new_stream(file, schema, options=options))
        return self._streams[group.path][1]

    @staticmethod
    def _count(group: RejectGroup, origin: Origin, rows: RejectRows) -> None:
        place = (origin.source, origin.sheet)
        gaps = rows.table["_gap"].to_pylist().count(True)
        before = group.counts.get(place, (0, 0))
        group.counts[place] = (before[0] + len(rows.table) - gaps, before[1] + gaps)
        known = group.earlier.get(place, CheckNotes())
        for packed in rows.table["_notes"].unique().to_pylist():
            notes = unpack_notes(packed)
            known = CheckNotes({**known.date_formats, **notes.date_formats}, (*known.added, *notes.added))
        group.earlier[place] = CheckNotes(known.date_formats, tuple(dict.fromkeys(known.added)))

    def end_writing(self) -> None:
        """Close the streams; nothing is added after this."""
        for file, stream in self._streams.values():
            stream.close()
            file.close()
        self._streams.clear()

    def remove(self) -> None:
        """Delete what was put away."""
        self.end_writing()
        for group in self._groups.values():
            group.path.unlink(missing_ok=True)


def read_rows(group: RejectGroup, places: frozenset[Place], *, gap: bool) -> Iterator[pa.RecordBatch]:
    """Read the rows of one sheet back.

    Args:
        group: The group, its stream closed.
        places: Only rows of these places.
        gap: Rows of the sheet ``USD gaps``, or of ``Rejected``.

    Yields:
        Batches in input order, none of them empty.
    """
    if not group.path.exists():
        return
    with pa.OSFile(str(group.path)) as file, pa.ipc.open_stream(file) as stream:
        while True:
            try:
                batch, metadata = stream.read_next_batch_with_custom_metadata()
            except StopIteration:
                return
            if (metadata[b"source"].decode(), metadata[b"sheet"].decode()) in places:
                chosen = batch.filter(batch["_gap"] if gap else pa.compute.invert(batch["_gap"]))
                if len(chosen):
                    yield chosen
