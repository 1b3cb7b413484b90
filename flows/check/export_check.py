"""The check of one export, batch by batch, in one pass: its dates are watched while its rows are checked."""

from collections.abc import Iterator, Mapping
from functools import partial

from straitsx_bulk.flows.check.residents import ResidentCount
from straitsx_bulk.flows.check.returning import drop_examples, hold_formats
from straitsx_bulk.io.readers.row_details import UNCALCULATED
from straitsx_bulk.schemas.batch import Batch, Note
from straitsx_bulk.schemas.check import Checker, CheckSettings
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.date_watch import DateWatch, Formats
from straitsx_bulk.schemas.layout import Layout


class ExportCheck:
    """Checks the batches of one export, in order.

    Args:
        layouts: Of each of its sheets.
        known: Sheet to header to the date formats that a mapping declares or a rejects file carries.
        settings: Rail, repair and today.
        settled: Sheet to header to the date formats that its whole column told; None while they are watched.

    Attributes:
        examples: Rows of the template's examples, left out.
        hidden: Rows that a workbook hides, read like all others.
        uncalculated: Cells of a workbook that hold a formula without a value, read as empty.
        residents: Rows whose nationality may be meant otherwise than it is read.
    """

    def __init__(
        self,
        layouts: Mapping[str, Layout],
        known: Mapping[str, Mapping[str, Formats]],
        settings: CheckSettings,
        settled: Mapping[str, Mapping[str, Formats]] | None = None,
    ) -> None:
        self._layouts, self._known, self._settings, self._settled = layouts, known, settings, settled
        self._watches = {
            sheet: DateWatch(layout, partial(hold_formats, known=known[sheet])) for sheet, layout in layouts.items()
        }
        self._checkers: dict[str, tuple[Mapping[str, Formats], Checker]] = {}
        self.examples = self.hidden = self.uncalculated = 0
        self.residents = ResidentCount()

    def check(self, batch: Batch) -> CheckedBatch | None:
        """Check the next batch; None where it holds nothing but examples."""
        sheet = batch.origin.sheet
        self.look_at(batch)
        real = drop_examples(batch, self._layouts[sheet])
        self.examples += len(batch) - len(real)
        self.hidden += sum(note.note is Note.HIDDEN_ROW for note in batch.notes)
        self.uncalculated += sum(note.detail == UNCALCULATED for note in batch.notes)
        self.residents.observe(real, self._layouts[sheet])
        return self._find_checker(sheet).check(real) if len(real) else None

    def look_at(self, batch: Batch) -> None:
        """Take note of the next batch's dates only."""
        if self._settled is None:
            self._watches[batch.origin.sheet].observe(batch)

    @property
    def is_open(self) -> bool:
        """Whether rows to come can still tell how dates of those that were checked are to be read."""
        return self._settled is None and any(watch.telling for watch in self._watches.values())

    def holds(self) -> bool:
        """Tell, behind the last batch, whether every row was checked with dates read as the whole column has them."""
        return self._settled is not None or all(watch.holds() for watch in self._watches.values())

    def settle(self) -> "ExportCheck":
        """Make the check of the same export anew, by the date formats that its columns told."""
        return ExportCheck(self._layouts, self._known, self._settings, self._list_formats())

    def list_found(self) -> Iterator[tuple[str, str, Formats]]:
        """List sheet, header and formats of every watched column; none where no date was in another form than ISO's."""
        if self.is_open or self._settled is not None:
            for sheet, found in self._list_formats().items():
                for header, formats in found.items():
                    yield sheet, header, formats

    def _list_formats(self) -> Mapping[str, Mapping[str, Formats]]:
        if self._settled is not None:
            return self._settled
        return {sheet: watch.formats for sheet, watch in self._watches.items()}

    def _find_checker(self, sheet: str) -> Checker:
        """Give the checker for what is known of a sheet's dates by now."""
        formats = self._list_formats()[sheet]
        before, checker = self._checkers.get(sheet, (None, None))
        if checker is None or before != formats:
            checker = Checker(self._layouts[sheet], self._settings, {**self._known[sheet], **formats})
            self._checkers[sheet] = (formats, checker)
        return checker
