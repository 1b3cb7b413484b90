"""Reads ``Retry-After``: seconds or an HTTP date (RFC 9110, section 10.2.3)."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 86_400.0
"""Seconds; a longer wait is taken for a mistake in the header and read as this."""


def parse_retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read how long the API asks to wait.

    A date is compared with the answer's own ``Date``, where it has one: the two clocks need not agree.

    Args:
        headers: The answer's headers, names in lower case or a mapping that ignores case.
        now: What to compare a date with where the answer has no ``Date``; by default this computer's clock.

    Returns:
        Seconds from the answer on, between 0 and LONGEST_WAIT, or None where the header is absent or makes no sense.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = _parse_seconds(text)
    if seconds is None:
        until = parse_http_date(text)
        if until is None:
            return None
        start = parse_http_date(headers.get("date", "")) or now or datetime.now(UTC)
        seconds = (until - start).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _parse_seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return None if math.isnan(seconds) else seconds


def parse_http_date(text: str) -> datetime | None:
    """Read an HTTP date.

    Args:
        text: For example ``Wed, 21 Oct 2026 07:28:00 GMT``.

    Returns:
        The instant with time zone, or None where the text is no date.
    """
    try:
        instant = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
