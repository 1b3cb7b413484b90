"""The date formats of whole columns, and what day it is.

``01/02/1990`` has two readings; which one an export means shows in its other rows. A survey looks at every value of a
column, batch by batch, before any is judged (contract, Repairs: "only one reading is possible over the whole column").
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

import pandas as pd
import pyarrow as pa

from straitsx_bulk.schemas.batch import Batch
from straitsx_bulk.schemas.check_arrow import Texts, match_whole, to_texts
from straitsx_bulk.schemas.check_sources import read_source
from straitsx_bulk.schemas.layout import Layout, ParameterSource
from straitsx_bulk.schemas.parameters import BY_NAME, Kind
from straitsx_bulk.schemas.repair_dates import EXCEL_SERIAL, Reading, list_readings
from straitsx_bulk.schemas.repair_text import empty_placeholders, normalise_texts, trim_texts

__all__ = ["EXCEL_SERIAL", "DateSurvey", "list_formats", "list_telling", "list_undeclared", "today_in_singapore"]

_ISO_OR_EMPTY = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?)?"
_ANY_DATE = BY_NAME["dateOfBirth"]
_SINGAPORE = timezone(timedelta(hours=8), "Asia/Singapore")
_ANY_DAY = date(2000, 1, 1)  # survey readings with four-digit years do not depend on today


def today_in_singapore() -> date:
    """Give today's date in Asia/Singapore, which has been at UTC+8 without summer time since 1982."""
    return datetime.now(_SINGAPORE).date()


class DateSurvey:
    """What one column's values, seen batch by batch, say about its format.

    A value that can be no date at all says nothing: it will be a finding of its own. Years of two digits say nothing
    either. Memory does not grow with the column.
    """

    def __init__(self) -> None:
        self._orders = {"dmy", "mdy"}
        self._seen: dict[str, dict[str, None]] = {"dmy": {}, "mdy": {}, "other": {}}

    def observe(self, values: "pd.Series[str]") -> None:
        """Take note of a column's values.

        Args:
            values: Text, dtype ``str``; empty and ISO values are stepped over.
        """
        self.observe_texts(_pick_telling(to_texts(values)).to_pylist())

    def observe_texts(self, texts: Iterable[str]) -> None:
        """Take note of distinct texts, tidied, that are neither empty nor in ISO's form (``list_telling``)."""
        for text in texts:
            self._vote(_list_full_readings(text))

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that read every value in one way; those of an order that stays ambiguous are not among them."""
        order = next(iter(self._orders)) if len(self._orders) == 1 else None
        return (*(self._seen[order] if order else ()), *self._seen["other"])

    @property
    def readings(self) -> tuple[str, ...]:
        """The formats that fit equally well, day first and month first, where the column does not tell; else empty."""
        if len(self._orders) != 2:
            return ()
        return (*self._seen["dmy"], *self._seen["mdy"])

    def _vote(self, readings: tuple[Reading, ...]) -> None:
        orders = {_order_of(reading.format) for reading in readings}
        for reading in readings:
            self._seen[_order_of(reading.format)][reading.format] = None
        swappable = orders & {"dmy", "mdy"}
        if swappable:
            self._orders &= swappable


def list_telling(layout: Layout, batch: Batch) -> dict[str, list[str]]:
    """List what a batch's undeclared date columns hold in another form than ISO's.

    Args:
        layout: Where the dates come from.
        batch: Rows as read.

    Returns:
        Header to distinct texts, tidied, none where all dates are ISO's; of a parameter joined from several columns,
        the first header.
    """
    telling: dict[str, list[str]] = {}
    for source in list_undeclared(layout):
        texts = _pick_telling(read_source(source, batch.cells).texts).to_pylist()
        telling[source.headers[0]] = [*telling.get(source.headers[0], ()), *texts]
    return telling


def list_formats(surveys: Mapping[str, DateSurvey]) -> dict[str, tuple[str, ...]]:
    """Give each surveyed header's formats, as Checker takes them and the summary names them."""
    return {header: survey.formats for header, survey in surveys.items()}


def list_undeclared(layout: Layout) -> list[ParameterSource]:
    """List the sources of dates whose format nobody declared."""
    dates = ((source, BY_NAME.get(source.parameter)) for source in layout.sources if source.headers)
    return [source for source, known in dates if known and known.kind is Kind.DATE and not source.formats]


def _pick_telling(texts: Texts) -> Texts:
    """Pick the distinct texts, tidied, that are neither empty nor in ISO's form."""
    other = texts.filter(pa.array(~match_whole(texts, _ISO_OR_EMPTY))).unique()
    for mend in (trim_texts, normalise_texts, trim_texts, empty_placeholders):
        other = mend(_ANY_DATE, other)
    return other.filter(pa.array(~match_whole(other, _ISO_OR_EMPTY)))


@lru_cache(maxsize=65_536)
def _list_full_readings(text: str) -> tuple[Reading, ...]:
    return tuple(reading for reading in list_readings(text, _ANY_DAY) if "%y" not in reading.format)


def _order_of(form: str) -> str:
    if "%b" in form.lower() or form.startswith("%Y"):
        return "other"
    return "dmy" if form.startswith("%d") else "mdy"
