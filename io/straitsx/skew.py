"""Tells a clock that is wrong: the commonest reason why a correctly signed request is turned down."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from straitsx_bulk.io.straitsx.answers import Answer, Kind
from straitsx_bulk.io.straitsx.retry_after import parse_http_date
from straitsx_bulk.io.straitsx.signing import CLOCK_TOLERANCE

MARGIN = 10.0
"""Seconds by which a measurement may be off: ``Date`` has whole seconds, and the answer took its time."""


def measure_skew(headers: Mapping[str, str], now: datetime) -> float | None:
    """Compare this computer's clock with the API's.

    Args:
        headers: The answer's headers, names in lower case or a mapping that ignores case.
        now: This computer's time when the answer came, with time zone.

    Returns:
        Seconds that this computer is ahead (negative: behind), or None where the answer has no ``Date``.
    """
    there = parse_http_date(headers.get("date", ""))
    return None if there is None else (now - there).total_seconds()


def explain_skew(answer: Answer, skew: float | None) -> Answer:
    """Add the clock to the reason of an answer 401, where a signature cannot have been taken for fresh.

    Args:
        answer: As classified.
        skew: Seconds that this computer is ahead, or None.

    Returns:
        The answer, with one sentence more where the clock is the likely reason.
    """
    if answer.kind is not Kind.STOP or answer.status != 401 or skew is None or abs(skew) < CLOCK_TOLERANCE - MARGIN:
        return answer
    side = "ahead of" if skew > 0 else "behind"
    sentence = (
        f"This computer's clock is {abs(skew):.0f} s {side} the API's, which takes signatures within "
        f"{CLOCK_TOLERANCE:.0f} s: set the clock."
    )
    return replace(answer, message=f"{answer.message} {sentence}".strip(), hint=sentence)
