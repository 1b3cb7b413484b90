"""The text of a workbook's cell as a person sees it (contract, Input)."""

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta
TEXT = pa.large_string()
"""The type behind pandas' text columns, so that nothing is copied on the way there."""
_EXACT = 1e15
"""Spreadsheet programs keep 15 digits; of a longer number the last ones are gone for good."""


def to_text(value: Value) -> str:
    """Give a cell's text.

    Whole numbers come without ``.0`` and in full up to 15 digits; longer ones, whose last digits are lost, in
    scientific form, so that the checks can say so.
    """
    return _TEXT_OF[type(value)](value)


def to_texts(values: Sequence[Value]) -> Any:
    """Give the texts of a column as an Arrow array; what is text already, as most is, costs least."""
    try:
        return pa.array(values, type=TEXT)
    except (pa.ArrowTypeError, pa.ArrowInvalid):  # not all are texts
        pass
    if set(map(type, values)) == {float}:
        numbers = np.array(values)
        if (np.abs(numbers) < _EXACT).all() and (numbers == np.trunc(numbers)).all():
            return pc.cast(pa.array(numbers.astype(np.int64)), TEXT)
    return pa.array([value if type(value) is str else _TEXT_OF[type(value)](value) for value in values], type=TEXT)


def number_text(value: float) -> str:
    """Give a number's text as a cell without a number format shows it, wide enough."""
    if abs(value) >= _EXACT:
        return scientific_text(value)
    if value == int(value):
        return str(int(value))
    return f"{value:.15g}".upper()


def scientific_text(value: float, decimals: int | None = None) -> str:
    """Give a number's text in scientific form: ``1.23E+15``.

    Args:
        value: The number.
        decimals: Digits after the point; as many as needed, at most 5, if None.
    """
    mantissa, exponent = f"{value:.{5 if decimals is None else decimals}E}".split("E")
    if decimals is None and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}E{exponent}"


def _date_text(value: datetime.datetime) -> str:
    rounded = _round_seconds(value)
    if rounded.time() == datetime.time():
        return rounded.strftime("%Y-%m-%d").rjust(10, "0")
    return rounded.isoformat(sep=" ")


def _round_seconds(value: datetime.datetime) -> datetime.datetime:
    """Round to the second: day fractions are never exact."""
    half = datetime.timedelta(microseconds=500_000)
    if value >= datetime.datetime.max - half:  # noqa: DTZ901 - cells know no time zone
        return value.replace(microsecond=0)
    return (value + half).replace(microsecond=0)


def _time_text(value: datetime.time) -> str:
    seconds = round(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6)
    return _clock_text(seconds)


def _clock_text(seconds: int) -> str:
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_TEXT_OF: dict[type, Callable[[Any], str]] = {
    str: str,
    float: number_text,
    int: number_text,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime.datetime: _date_text,
    datetime.date: lambda value: value.isoformat(),
    datetime.time: _time_text,
    datetime.timedelta: lambda value: _clock_text(round(value.total_seconds())),
}
