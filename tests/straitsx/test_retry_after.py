"""Retry-After in seconds and as a date, and what is neither."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from straitsx_bulk.io.straitsx.retry_after import LONGEST_WAIT, parse_http_date, parse_retry_after

NOW = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("1e99", LONGEST_WAIT),
        ("inf", LONGEST_WAIT),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_seconds_and_dates_are_read(text: str, expected: float | None) -> None:
    assert expected == parse_retry_after({"retry-after": text}, NOW)


def test_a_date_is_compared_with_the_answers_own_clock() -> None:
    headers = {"retry-after": "Wed, 21 Oct 2026 08:00:05 GMT", "date": "Wed, 21 Oct 2026 08:00:00 GMT"}
    assert parse_retry_after(headers, NOW) == 5.0


def test_no_header_is_no_wait() -> None:
    assert parse_retry_after({}) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_raises(retry_after: str, date: str) -> None:
    wait = parse_retry_after({"retry-after": retry_after, "date": date})
    assert wait is None or 0 <= wait <= LONGEST_WAIT


@pytest.mark.parametrize("text", ["Mon, 01 Jan 0001 00:00:00 +2359", "Fri, 31 Dec 9999 23:59:59 -2359"])
def test_a_date_at_the_end_of_time_does_no_harm(text: str) -> None:
    parse_http_date(text)
    wait = parse_retry_after({"retry-after": text}, NOW)
    assert wait is None or 0 <= wait <= LONGEST_WAIT
