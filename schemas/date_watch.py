"""The date formats of an export's columns, told while its rows are being checked.

Which order of day and month a column means is certain only behind its last row, and reading an export twice to learn
it costs as much as checking it. So rows are checked with what the column has told so far; at the end the formats are
compared, and only where a text would be read otherwise by now must the export be checked again.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from straitsx_bulk.schemas.batch import Batch
from straitsx_bulk.schemas.dates import DateSurvey, list_formats, list_telling, list_undeclared
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.repair_dates import read_date

MOST_TEXTS = 100_000
"""Distinct texts of a column that are remembered; with more, a format that changes is a reason to check again."""

Formats = tuple[str, ...]
Settle = Callable[[Mapping[str, Formats]], dict[str, Formats]]
"""Header to the formats that its rows show, to those that it is to be read by."""

_ANY_DAY = date(2000, 1, 1)  # what is surveyed has years of four digits


class DateWatch:
    """Watches the undeclared date columns of one sheet.

    Args:
        layout: Where the dates come from.
        settle: What the found formats come to, beside those that a rejects file carries.

    Attributes:
        telling: Whether any row had a date in another form than ISO's.
    """

    def __init__(self, layout: Layout, settle: Settle) -> None:
        self._layout = layout
        self._settle = settle
        self._surveys: dict[str, DateSurvey] = {}
        self._columns: dict[str, _Texts] = {}
        self.telling = False

    def observe(self, batch: Batch) -> None:
        """Take note of a batch's dates; the formats from now on are those that it is to be checked by."""
        for header, texts in list_telling(self._layout, batch).items():
            survey = self._surveys.setdefault(header, DateSurvey())
            column = self._columns.setdefault(header, _Texts())
            survey.observe_texts(column.pick_new(texts))
            column.note_use(texts, survey.formats)
            self.telling |= bool(texts)

    @property
    def formats(self) -> dict[str, Formats]:
        """Header to the formats found so far, as Checker takes them and the summary names them."""
        return self._settle(list_formats(self._surveys))

    def holds(self) -> bool:
        """Tell whether every text reads now as it did when its rows were checked."""
        settled = self.formats
        mixed = {s.headers[0] for s in list_undeclared(self._layout) if len(s.headers) > 1 or s.override is not None}
        return all(
            self._columns[header].read_alike(
                survey.formats, exact=header not in mixed and settled[header] == survey.formats
            )
            for header, survey in self._surveys.items()
        )


class _Texts:
    """The texts of one column, and by which formats they were read."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._uses: dict[Formats, set[str]] = {}
        self._lost: set[Formats] = set()

    def pick_new(self, texts: Iterable[str]) -> list[str]:
        """Pick the texts that were not there before: a text's second vote changes nothing."""
        fresh = [text for text in texts if text not in self._known]
        if len(self._known) < MOST_TEXTS:
            self._known.update(fresh)
        return fresh

    def note_use(self, texts: list[str], formats: Formats) -> None:
        """Take note that texts were read by some formats."""
        if formats in self._lost or not texts:
            return
        used = self._uses.setdefault(formats, set())
        used.update(texts)
        if len(used) > MOST_TEXTS:
            del self._uses[formats]
            self._lost.add(formats)

    def read_alike(self, formats: Formats, *, exact: bool) -> bool:
        """Tell whether all texts read by other formats before read the same by these.

        Args:
            formats: What the whole column told.
            exact: Whether the texts are what is judged, and these formats what it is judged by.
        """
        others = {before: texts for before, texts in self._uses.items() if before != formats}
        if self._lost - {formats} or (others and not exact):
            return False
        return all(_reads_alike(text, before, formats) for before, texts in others.items() for text in texts)


def _reads_alike(text: str, before: Formats, formats: Formats) -> bool:
    forms = {text, text.removesuffix(".0")}  # the check takes Excel's zero away, the survey leaves it
    return all(read_date(t, (), before, _ANY_DAY) == read_date(t, (), formats, _ANY_DAY) for t in forms)
