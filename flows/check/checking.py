"""The check of a run: exports become checked batches in the spool; no call, no ledger."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date

import pyarrow as pa

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.check.export_check import ExportCheck
from straitsx_bulk.flows.check.opening import describe_doubts
from straitsx_bulk.flows.check.planning import PlannedInput
from straitsx_bulk.flows.check.returning import judge_returned
from straitsx_bulk.flows.options import Settings
from straitsx_bulk.flows.sealing import Seal
from straitsx_bulk.io.prefetch import prefetch
from straitsx_bulk.io.readers import Input
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.check import CheckSettings
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.keys import KeyIndex
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.wording import count_words, make_printable

Tell = Callable[[str, int, int], None]
"""Progress: what is done, rows so far, rows altogether as far as is known."""


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
                export = stack.enter_context(item.open())
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
            examples = count_words(check.examples, "example row")
            were = "was" if check.examples == 1 else "were"
            self.notices.append(f"{item.file.source}: {examples} of the template {were} left out.")
        if check.hidden:
            hidden = count_words(check.hidden, "hidden row was", "hidden rows were")
            self.notices.append(f"{item.file.source}: {hidden} read like all others.")
        if check.uncalculated:
            cells = count_words(check.uncalculated, "formula was", "formulas were")
            mend = "Open the file in a spreadsheet program, save it, and use that."
            self.notices.append(f"{item.file.source}: {cells} never calculated and read as empty. {mend}")
        self.notices.extend(check.residents.describe(item.file.source))

    def _notice_layout(self, item: PlannedInput, sheet: str, layout: Layout) -> None:
        where = f"{item.file.source}, sheet {sheet}" if sheet else item.file.source
        if layout.unused:
            names = make_printable(shorten_list(layout.unused))
            one = len(layout.unused) == 1
            what, them = f"column{'' if one else 's'} {names}", "it" if one else "them"
            self.notices.append(f"{where}: nothing uses the {what}. Name {them} under `keep` to carry {them} along.")
        self.notices.extend(layout.notices)


def shorten_list(names: Sequence[str], most: int = 20, longest: int = 60) -> str:
    """List some names, so that an export of thousands of columns does not fill the screen."""
    shown = [name if len(name) <= longest else f"{name[:longest]}…" for name in names[:most]]
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(shown) + more
