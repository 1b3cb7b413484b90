"""The date formats of whole columns, and what day it is.

``01/02/1990`` has two readings; which one an export means shows in its other rows. A survey looks at every value of a
column, batch by batch, before any is judged (contract, Repairs: "only one reading is possible over the whole column").
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

import pandas as pd
import pyarrow as pa

from straitsx_bulk.schemas.batch import Batch
from straitsx_bulk.schemas.check_arrow import Texts, match_whole, to_texts
from straitsx_bulk.schemas.check_sources import read_source
from straitsx_bulk.schemas.layout import Layout, ParameterSource
from straitsx_bulk.schemas.parameters import BY_NAME, Kind
from straitsx_bulk.schemas.repair_dates import EXCEL_SERIAL, DateVerdict, Reading, list_readings, read_date
from straitsx_bulk.schemas.repair_text import empty_placeholders, normalise_texts, trim_texts

__all__ = [
    "EXCEL_SERIAL",
    "ISO_FORMAT",
    "DateCount",
    "DateFits",
    "DateSurvey",
    "list_formats",
    "list_telling",
    "list_undeclared",
    "today_in_singapore",
]

ISO_FORMAT = "%Y-%m-%d"

_ISO_OR_EMPTY = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?)?"
_ISO_START = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]|$)"
_NO_DATE = DateVerdict()
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

    def pick_fitting(self, formats: Iterable[str]) -> tuple[str, ...]:
        """Pick of some formats those whose order the column tells, and those that have one order only."""
        told = self._orders if len(self._orders) == 1 else set()
        return tuple(form for form in formats if _order_of(form) in {"other", *told})

    @property
    def is_contested(self) -> bool:
        """Whether some values can only be day first and others only month first: no order reads the whole column."""
        return not self._orders

    def _vote(self, readings: tuple[Reading, ...]) -> None:
        orders = {_order_of(reading.format) for reading in readings}
        for reading in readings:
            self._seen[_order_of(reading.format)][reading.format] = None
        swappable = orders & {"dmy", "mdy"}
        if swappable:
            self._orders &= swappable


@dataclass(frozen=True, slots=True)
class DateFits:
    """How many of a column's values which formats read, for people.

    Attributes:
        total: Values that are not empty.
        formats: Format to the values that it reads, the most first; a value may fit two. Those that a mapping can
            declare, with the separators of the values.
        short_formats: The same of values whose years have two digits.
        short: Values whose years have two digits.
        serials: Values that look like Excel's day numbers.
        unread: Values that are no date at all.
        loose: Values that are read where nothing is declared, and by no format that could be, such as ``3rd May 1990``.
    """

    total: int = 0
    formats: Mapping[str, int] = field(default_factory=dict)
    short_formats: Mapping[str, int] = field(default_factory=dict)
    short: int = 0
    serials: int = 0
    unread: int = 0
    loose: int = 0


class DateCount:
    """Counts, batch by batch, which formats read how many of a column's values. Memory does not grow with it."""

    def __init__(self) -> None:
        self._formats: Counter[str] = Counter()
        self._short_formats: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._total = 0

    def observe(self, values: "pd.Series[str]") -> None:
        """Count a batch's values.

        Args:
            values: Text, dtype ``str``; empty ones and what stands for them are stepped over.
        """
        counts = values.value_counts()
        texts = _tidy(to_texts(counts.index.to_series())).to_pylist()
        for text, count in zip(texts, counts.tolist(), strict=True):
            if text:
                self._count(str(text), int(count))

    @property
    def fits(self) -> DateFits:
        """What was counted so far."""
        return DateFits(
            total=self._total,
            formats=dict(self._formats.most_common()),
            short_formats=dict(self._short_formats.most_common()),
            short=self._kinds["short"],
            serials=self._kinds["serial"],
            unread=self._kinds["unread"],
            loose=self._kinds["loose"],
        )

    def _count(self, text: str, count: int) -> None:
        kind, formats = _judge_form(text)
        self._kinds[kind] += count
        self._total += count
        if kind == "full" and not any(read_date(text, (form,), (), _ANY_DAY).date for form in formats):
            self._kinds["loose"] += count
        for form in formats:
            (self._short_formats if kind == "short" else self._formats)[form] += count


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
    other = _tidy(texts.filter(pa.array(~match_whole(texts, _ISO_OR_EMPTY))).unique())
    return other.filter(pa.array(~match_whole(other, _ISO_OR_EMPTY)))


def _tidy(texts: Texts) -> Texts:
    for mend in (trim_texts, normalise_texts, trim_texts, empty_placeholders):
        texts = mend(_ANY_DATE, texts)
    return texts


@lru_cache(maxsize=65_536)
def _list_full_readings(text: str) -> tuple[Reading, ...]:
    return tuple(reading for reading in list_readings(text, _ANY_DAY) if "%y" not in reading.format)


def _order_of(form: str) -> str:
    if "%b" in form.lower() or form.startswith("%Y"):
        return "other"
    return "dmy" if form.startswith("%d") else "mdy"


@lru_cache(maxsize=65_536)
def _judge_form(text: str) -> tuple[str, tuple[str, ...]]:
    """Say what kind of date a tidied text is, and the formats that a mapping could declare for it."""
    if re.match(_ISO_START, text):
        return ("full", (ISO_FORMAT,)) if read_date(text, (), (), _ANY_DAY) != _NO_DATE else ("unread", ())
    readings = _list_full_readings(text)
    kind = "full" if readings else "short"
    readings = readings or list_readings(text, _ANY_DAY)
    if readings:
        return kind, tuple(dict.fromkeys(_write_format(text, reading) for reading in readings))
    return ("serial" if read_date(text, (), (), _ANY_DAY).hint else "unread"), ()


def _write_format(text: str, reading: Reading) -> str:
    """Write a reading's format with the text's own separators; as it is where that reads nothing."""
    month = re.search(r"[A-Za-z]{3,}", text) if "%b" in reading.format.lower() else None
    if month is None:
        return reading.format
    parts = (re.sub(r"[0-9]{4}", "%Y", part) for part in (text[: month.start()], text[month.end() :]))
    before, after = (re.sub(r"(?<![0-9])[0-9]{1,2}(?![0-9])", "%d", part) for part in parts)
    head = "%y".join(after.rsplit("%d", 1)) if "%y" in reading.format else after
    name = "%b" if len(month[0]) == 3 else "%B"
    form = f"{before}{name}{head}"
    told = not re.search(r"[A-Za-z]", re.sub(r"%[dbByY]", "", form)) and read_date(text, (form,), (), _ANY_DAY).date
    return form if told else reading.format
