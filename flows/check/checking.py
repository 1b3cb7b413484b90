"""The check of a run: exports become checked batches in the spool; no call, no ledger."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.check.export_check import ExportCheck
from straitsx_bulk.flows.check.kept_rows import KeptReader
from straitsx_bulk.flows.check.opening import describe_doubts, open_export
from straitsx_bulk.flows.check.returning import judge_returned, read_returned_notes
from straitsx_bulk.flows.options import Settings
from straitsx_bulk.flows.presenting import make_printable
from straitsx_bulk.flows.sealing import Seal
from straitsx_bulk.io.prefetch import prefetch
from straitsx_bulk.io.readers import Input, InputFile, hint_folder, name_path
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.batch import Origin
from straitsx_bulk.schemas.check import CheckSettings
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.keys import KeyIndex, RunFindings, apply_run_findings
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.mapping import Mapping as MappingFile
from straitsx_bulk.schemas.mapping import lay_out, load_mapping

RUN_FINDINGS = "run-findings"

Tell = Callable[[str, int, int], None]
"""Progress: what is done, rows so far, rows altogether as far as is known."""


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An export that was looked at: its layout is known before any row is checked.

    Attributes:
        file: Which one.
        mapping: Its mapping file, or None.
        mapping_name: Where that stands, or empty.
        layouts: Of each of its sheets.
        date_formats: Header to the format that a rejects file of ours carries from its export's first reading.
        rows_estimate: About how many rows it has.
    """

    file: InputFile
    mapping: MappingFile | None
    mapping_name: str
    layouts: Mapping[str, Layout]
    date_formats: Mapping[str, str]
    rows_estimate: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What the checks came to.

    Attributes:
        judged: Rows that count for ``--max-reject-share``: all but unmended ones of a rejects file.
        rejected: How many of those were rejected.
        accepted: Rows that would be sent.
    """

    judged: int
    rejected: int
    accepted: int


@dataclass(slots=True)
class CheckedRun:
    """All rows of a run, checked.

    Attributes:
        spool: Where they wait.
        run_findings: Duplicates and identity conflicts over the whole run.
        date_formats: ``source [sheet] header`` to the date format found or declared.
        notices: Sentences for people.
    """

    spool: Spool
    run_findings: RunFindings
    date_formats: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    _tally: "Tally | None" = None

    def batches(self) -> Iterator[tuple[int, CheckedBatch]]:
        """Give every batch in input order with the position of its first row, run-wide findings applied."""
        reader = KeptReader(self.spool, self.run_findings)
        for entry, checked in self.spool:
            if len(self.run_findings.within(entry.first, entry.rows)):
                kept = reader.read(entry.first, entry.rows)
                places = kept.places.__getitem__
                yield entry.first, apply_run_findings(checked, entry.first, self.run_findings, places, kept.values)
            else:
                yield entry.first, checked

    def keep(self) -> None:
        """Note that every row is checked, with what a later process needs for the reports."""
        found = self.run_findings
        arrays = [pa.array(found.positions), pa.array(found.conflicts), pa.array(found.kept)]
        self.spool.write_table(RUN_FINDINGS, pa.table(arrays, names=["positions", "conflicts", "kept"]))
        self.spool.seal({"date_formats": self.date_formats, "notices": self.notices})

    @classmethod
    def recall(cls, spool: Spool) -> "CheckedRun | None":
        """Take up a run whose process is gone; None where it had not checked every row, and so had sent nothing."""
        notes = spool.unseal()
        if notes is None:
            return None
        table = spool.read_table(RUN_FINDINGS)
        columns = (table[name].to_numpy() for name in ("positions", "conflicts", "kept"))
        return cls(spool, RunFindings(*columns), notes["date_formats"], notes["notices"])

    def tally(self) -> "Tally":
        """Count what the checks came to, run-wide findings included; the batches are read once for it."""
        if self._tally is None:
            judged = rejected = accepted = 0
            for _, checked in self.batches():
                judged += int(checked.mended.sum())
                rejected += int((checked.mended & ~checked.accepted).sum())
                accepted += int(checked.accepted.sum())
            self._tally = Tally(judged, rejected, accepted)
        return self._tally


def load_mappings(files: Sequence[InputFile], shared: Path | None) -> dict[Path, MappingFile]:
    """Load every mapping file that a run uses, once.

    Raises:
        UsageError: A mapping file does not hold.
    """
    paths = {file.mapping or shared for file in files}
    return {path: load_mapping(path) for path in sorted(path for path in paths if path is not None)}


def plan_inputs(
    files: Sequence[InputFile], mappings: Mapping[Path, MappingFile], settings: Settings, seal: Seal
) -> list[PlannedInput]:
    """Look at every export and bring its headers and its mapping together, before any row is checked.

    Raises:
        UsageError: An export cannot be read, or does not hold what the command needs.
    """
    planned = []
    for file in files:
        path = file.mapping or settings.mapping
        mapping = mappings[path] if path is not None else None
        with hint_folder(file), open_export(file, mapping) as export:
            notes = read_returned_notes(export, seal)
            layouts = {origin.sheet: lay_out_sheet(origin, mapping, settings, notes.added) for origin in export.origins}
            planned.append(
                PlannedInput(file, mapping, name_path(path or ""), layouts, notes.date_formats, export.rows_estimate)
            )
    return planned


def lay_out_sheet(origin: Origin, mapping: MappingFile | None, settings: Settings, added: Sequence[str]) -> Layout:
    """Bring one sheet's headers and its mapping together.

    Args:
        origin: The sheet.
        mapping: Its mapping file, or None.
        settings: Command and ``--type``.
        added: Columns that a rejects file of ours added; where filled, they beat the mapping.
    """
    where = f"{origin.source}, sheet {origin.sheet}" if origin.sheet else origin.source
    return lay_out(
        mapping,
        origin.headers,
        source=where,
        registration_type=settings.type,
        command=settings.command,
        added=[header for header in added if header in origin.headers],
    )


class InputChecker:
    """Checks exports one after the other into a spool.

    Args:
        settings: Rail and repair.
        spool: Where checked rows go.
        today: In Asia/Singapore.
        stop: Set by anyone who wants the run to end; the rows checked so far are reported.
        tell: Told of the progress.
        seal: Sealed the rejects files that come back.

    Attributes:
        keys: Of the rows checked so far.
        date_formats: Of the columns read so far, as in :class:`CheckedRun`.
        notices: Sentences for people.
    """

    def __init__(self, settings: Settings, spool: Spool, today: date, stop: Stop, tell: Tell, seal: Seal) -> None:
        self._check = CheckSettings(settings.command, settings.rail, settings.repair, today)
        self._spool = spool
        self._stop = stop
        self._tell = tell
        self._seal = seal
        self.keys = KeyIndex()
        self.date_formats: dict[str, str] = {}
        self.notices: list[str] = []
        self._total = 0

    def check(self, planned: Sequence[PlannedInput]) -> CheckedRun:
        """Check every row of every export, in order, and compare all their keys.

        Raises:
            FileError: A place in an export cannot be read.
        """
        self.read(planned)
        return CheckedRun(self._spool, self.keys.resolve(), self.date_formats, self.notices)

    def read(self, planned: Sequence[PlannedInput]) -> None:
        """Check every row of every export, in order; their keys are taken note of and not compared.

        Raises:
            FileError: A place in an export cannot be read.
        """
        self._total = sum(item.rows_estimate for item in planned)
        for item in planned:
            with ExitStack() as stack:
                export = stack.enter_context(open_export(item.file, item.mapping))
                for origin in export.origins:
                    origin.detected["mapping"] = item.mapping_name
                    self.notices.extend(describe_doubts(origin))
                self._check_export(export, item)
            if self._stop.reason is not None:
                break

    def _check_export(self, export: Input, item: PlannedInput) -> None:
        known = {sheet: self._list_known(item, sheet, layout) for sheet, layout in item.layouts.items()}
        for sheet, layout in item.layouts.items():
            self._notice_layout(item, sheet, layout)
        check = ExportCheck(item.layouts, known, self._check)
        before = len(self._spool.batches)
        self._take_batches(check, export)
        if not check.holds():
            again = len(self._spool.batches) - before
            self._spool.cut(before)
            self.keys.cut(before)
            check = check.settle()
            self._take_batches(check, export, again)
        for sheet, header, formats in check.list_found():
            self._note_format(item, sheet, header, formats)
        self._notice_rows(item, check)

    def _take_batches(self, check: ExportCheck, export: Input, again: int = 0) -> None:
        """Check an export's rows: the next batch is read and checked while the last one's keys are taken note of."""
        for checked in prefetch(self._check_batches(check, export, again)):
            self._take(checked)

    def _check_batches(self, check: ExportCheck, export: Input, again: int) -> Iterator[CheckedBatch]:
        """Check batches; once the run is to end, those that were checked before, and what others tell of them."""
        given = 0
        for batch in prefetch(export.batches()):
            if self._stop.reason is None or given < again:
                checked = check.check(batch)
                if checked is not None:
                    given += 1
                    yield checked
            elif check.is_open:
                check.look_at(batch)
            else:
                break

    def _take(self, checked: CheckedBatch) -> None:
        checked = judge_returned(checked, self._seal)
        self.keys.add(checked)
        self._spool.write(checked)
        pa.default_memory_pool().release_unused()  # else each of the threads keeps what its largest batch took
        self._tell("checked", self._spool.rows, max(self._total, self._spool.rows))

    def _list_known(self, item: PlannedInput, sheet: str, layout: Layout) -> dict[str, tuple[str, ...]]:
        """List the date formats that the mapping declares, or that a rejects file carries."""
        known = {source.headers[0]: source.formats for source in layout.sources if source.headers and source.formats}
        known |= {h: tuple(text.split(", ")) for h, text in item.date_formats.items() if h not in known}
        for header, formats in known.items():
            self._note_format(item, sheet, header, formats)
        return known

    def _note_format(self, item: PlannedInput, sheet: str, header: str, formats: Sequence[str]) -> None:
        place = f"{item.file.source} [{sheet}] {header}" if sheet else f"{item.file.source} {header}"
        self.date_formats[place] = ", ".join(formats) or "ambiguous"

    def _notice_rows(self, item: PlannedInput, check: ExportCheck) -> None:
        if check.examples:
            self.notices.append(f"{item.file.source}: {check.examples} example rows of the template were left out.")
        if check.hidden:
            self.notices.append(f"{item.file.source}: {check.hidden} hidden rows were read like all others.")

    def _notice_layout(self, item: PlannedInput, sheet: str, layout: Layout) -> None:
        where = f"{item.file.source}, sheet {sheet}" if sheet else item.file.source
        if layout.unused:
            names = make_printable(shorten_list(layout.unused))
            self.notices.append(
                f"{where}: nothing uses the columns {names}. Name them under `keep` to carry them along."
            )
        self.notices.extend(layout.notices)


def shorten_list(names: Sequence[str], most: int = 20, longest: int = 60) -> str:
    """List some names, so that an export of thousands of columns does not fill the screen."""
    shown = [name if len(name) <= longest else f"{name[:longest]}…" for name in names[:most]]
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(shown) + more
