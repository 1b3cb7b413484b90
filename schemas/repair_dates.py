"""What dates a text can mean, and the one it means where that is certain.

Nothing is guessed: a day and a month that could be swapped, a year of two digits, and a moment that is another day in
Singapore are two readings, until a declared format or the whole column says which (contract, Repairs and Checks).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

EXCEL_SERIAL = "excel-serial"
"""A declared format: Excel's day numbers, date system 1900."""

_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) ?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?", re.ASCII
)
_CLOCK = re.compile(r"[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?$", re.IGNORECASE | re.ASCII)
_NUMBERS = re.compile(r"(\d{1,2})([/. -])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([/. -])(\d{1,2})\2(\d{1,2})", re.ASCII)
_EIGHT_DIGITS = re.compile(r"\d{8}", re.ASCII)
_SERIAL = re.compile(r"(\d{1,7})(?:[.,]\d+)?", re.ASCII)
_DAY_NAME = re.compile(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? +", re.IGNORECASE)
_WITH_MONTH_NAME = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[ ./,-]*(?P<b>[a-z]{3,9})\.?[ ./,-]*(?P<y>\d{4}|\d{2})",
        r"(?P<b>[a-z]{3,9})\.?[ ./-]*(?P<d>\d{1,2})(?:st|nd|rd|th)?[ ./,-]+(?P<y>\d{4}|\d{2})",
        r"(?P<y>\d{4})[ ./-]*(?P<b>[a-z]{3,9})\.?[ ./-]*(?P<d>\d{1,2})",
    )
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_OTHER_MONTHS = {
    "January": "januari",
    "February": "februari pebruari",
    "March": "maret mac",
    "May": "mei",
    "June": "juni",
    "July": "juli julai",
    "August": "agustus ogos",
    "October": "oktober",
    "November": "nopember",
    "December": "desember disember",
    "Feb": "peb",
    "Aug": "agu agt ags",
    "Oct": "okt",
    "Nov": "nop",
    "Dec": "des dis",
}
"""The months in Indonesian and Malay, where they are not written as in English."""
_ENGLISH = {word: month for month, words in _OTHER_MONTHS.items() for word in words.split()}
_WORD = re.compile("[a-z]{3,9}", re.IGNORECASE | re.ASCII)
_CHINESE = re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号號]?", re.ASCII)
_SPACED = re.compile(r"(?<=\d) ?([/.-]) ?(?=\d)", re.ASCII)
_SINGAPORE = timezone(timedelta(hours=8))
_PLAUSIBLE_YEARS = range(1800, 2200)
_LONGEST = 100  # no date comes near it, and a hostile cell must not hold up a run


@dataclass(frozen=True, slots=True)
class Reading:
    """One date that a text can mean.

    Attributes:
        date: The date as ``YYYY-MM-DD``.
        format: The ``strptime`` format that reads it so.
    """

    date: str
    format: str


@dataclass(frozen=True, slots=True)
class DateVerdict:
    """What a text says.

    Attributes:
        date: ``YYYY-MM-DD`` where one reading is certain, else empty.
        candidates: The dates that an ambiguous text can mean, at least two; else empty.
        hint: For a text that is no date: what may help, or empty.
    """

    date: str = ""
    candidates: tuple[str, ...] = ()
    hint: str = ""


@lru_cache(maxsize=65_536)
def read_date(text: str, declared: tuple[str, ...], found: tuple[str, ...], today: date) -> DateVerdict:
    """Read a date.

    ISO dates are understood whatever is declared. Declared formats are tried in order and bind; without them, the
    formats found over the whole column settle what would have two readings.

    Args:
        text: A trimmed text, not empty.
        declared: The mapping's formats.
        found: The formats that fit the whole column, where none is declared.
        today: For two-digit years of a declared ``%y``: the latest year not in the future.
    """
    if len(text) > _LONGEST:
        return DateVerdict()
    plain = write_plainly(text)
    if iso := _ISO.fullmatch(text) or _ISO.fullmatch(plain):
        return _judge_iso(*iso.groups())
    for form in declared or found:
        if parsed := _parse(text, form, today) or _parse(plain, form, today):
            return DateVerdict(parsed.isoformat())
    readings = list_readings(text, today)
    dates = tuple(dict.fromkeys(reading.date for reading in readings))
    short_year = any("%y" in reading.format for reading in readings)
    if declared and not short_year:
        return DateVerdict(hint=f"the declared format is {' or '.join(declared)}")
    if len(dates) == 1 and not short_year:
        return DateVerdict(dates[0])
    return DateVerdict(candidates=dates, hint="" if dates else _hint(text))


def list_readings(text: str, today: date) -> tuple[Reading, ...]:
    """List everything that a text can mean as a date, ISO forms aside.

    A year of two digits gives the latest one not in the future and the one a century before.

    Args:
        text: A trimmed text.
        today: What "in the future" is measured against.
    """
    if len(text) > _LONGEST:
        return ()
    bare = write_plainly(_DAY_NAME.sub("", _CLOCK.sub("", text)))
    return tuple(dict.fromkeys((*_read_numbers(bare, today), *_read_eight_digits(bare), *_read_names(bare, today))))


def write_plainly(text: str) -> str:
    """Write a date as most exports do: months by their English names, no space around separators, no Chinese signs.

    Args:
        text: A trimmed text, a date or not.
    """
    if chinese := _CHINESE.fullmatch(text):
        return "-".join(chinese.groups())
    english = _WORD.sub(lambda word: _ENGLISH.get(word[0].lower(), word[0]), text)
    return _SPACED.sub(r"\1", english)


def _judge_iso(day: str, clock: str | None, zone: str | None) -> DateVerdict:
    """Judge ``YYYY-MM-DD`` and what may follow; a moment counts on the day of its own zone and of Singapore."""
    try:
        written = date.fromisoformat(day)
        if not clock:
            return DateVerdict(day)
        midnight = set(clock) <= set("0:.,")
        moment = datetime.fromisoformat(f"{day}T{clock.replace(',', '.')}{_tidy_zone(zone)}")
    except ValueError:
        return DateVerdict()
    local = moment.astimezone(_SINGAPORE).date() if zone and not midnight else written
    if local == written:
        return DateVerdict(day)
    return DateVerdict(candidates=(day, local.isoformat()))


def _tidy_zone(zone: str | None) -> str:
    if not zone or zone in ("Z", "UTC"):
        return "+00:00"
    return zone


def _parse(text: str, form: str, today: date) -> date | None:
    """Read a text by one format, with a clock time behind it or without; nothing where it does not fit."""
    if form == EXCEL_SERIAL:
        return _parse_serial(text)
    for candidate in dict.fromkeys((text, _CLOCK.sub("", text))):
        try:
            parsed = datetime.strptime(candidate, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
        return _latest_past(parsed, today) if "%y" in form else parsed
    return None


def _parse_serial(text: str) -> date | None:
    """Read a day number of date system 1900, in which 60 is 29 February 1900, a day that never was."""
    number = _SERIAL.fullmatch(text)
    serial = int(number[1]) if number else 0
    if serial in (0, 60) or serial > 2_958_465:
        return None
    return date(1899, 12, 30 if serial > 60 else 31) + timedelta(days=serial)


def _latest_past(parsed: date, today: date) -> date:
    """Move a date whose century is not told to its latest year that is not in the future."""
    recent = _make_date(2000 + parsed.year % 100, parsed.month, parsed.day)
    return recent if recent and recent <= today else parsed.replace(year=1900 + parsed.year % 100)


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _give(year: str, month: int, day: int, form: str, today: date | None = None) -> Iterator[Reading]:
    """Give the readings of one order of numbers: one, two where the year has two digits, none where it is no date."""
    if len(year) == 4:
        years, form = [int(year)], form.replace("%y", "%Y")
    else:
        recent = _make_date(2000 + int(year), month, day)
        latest = 2000 + int(year) - (100 if today and recent and recent > today else 0)
        years = [latest, latest - 100]
    for candidate in years:
        if found := _make_date(candidate, month, day):
            yield Reading(found.isoformat(), form)


def _read_numbers(text: str, today: date) -> Iterator[Reading]:
    """Read ``21/01/1990``, its other separators and orders, and ``1990/01/21``."""
    if found := _NUMBERS.fullmatch(text):
        first, sep, second, year = found.groups()
        yield from _give(year, int(second), int(first), f"%d{sep}%m{sep}%y", today)
        yield from _give(year, int(first), int(second), f"%m{sep}%d{sep}%y", today)
    elif found := _YEAR_FIRST.fullmatch(text):
        year, sep, month, day = found.groups()
        yield from _give(year, int(month), int(day), f"%Y{sep}%m{sep}%d")


def _read_eight_digits(text: str) -> Iterator[Reading]:
    """Read ``19900121`` and ``21011990``: a plausible year can only stand at one end, 18 to 21 being no month."""
    if not _EIGHT_DIGITS.fullmatch(text):
        return
    if int(text[:4]) in _PLAUSIBLE_YEARS:
        yield from _give(text[:4], int(text[4:6]), int(text[6:]), "%Y%m%d")
    if int(text[4:]) in _PLAUSIBLE_YEARS:
        yield from _give(text[4:], int(text[2:4]), int(text[:2]), "%d%m%Y")
        yield from _give(text[4:], int(text[:2]), int(text[2:4]), "%m%d%Y")


def _read_names(text: str, today: date) -> Iterator[Reading]:
    """Read dates with the month's name in English, whole or its first letters."""
    for pattern in _WITH_MONTH_NAME:
        if found := pattern.fullmatch(text):
            word = found["b"].lower()
            month = next((i for i, name in enumerate(_MONTHS, 1) if name.startswith(word)), 0)
            form = "%d %B %y" if len(word) > 4 else "%d %b %y"
            yield from _give(found["y"], month, int(found["d"]), form, today)


def _hint(text: str) -> str:
    number = _SERIAL.fullmatch(text)
    if number and 3_000 < int(number[1]) < 80_000:
        return f"a day number of Excel? Then declare the format {EXCEL_SERIAL}"
    return ""
