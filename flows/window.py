"""``--window``: the hours in which a run may call the API; outside them it pauses and later goes on."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Singapore"
"""The vendor's own zone, and most of its customers'."""

_FORM = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})(?:\s+(\S+))?\s*")


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of every day, by the clock on the wall of a zone.

    Attributes:
        opens: When it opens.
        closes: When it closes; earlier than ``opens`` for a window over midnight.
        zone: Whose clock.
    """

    opens: time
    closes: time
    zone: ZoneInfo

    def is_open(self, now: datetime) -> bool:
        """Say whether calls may be made.

        Args:
            now: With time zone.
        """
        at = now.astimezone(self.zone).time()
        if self.opens < self.closes:
            return self.opens <= at < self.closes
        return at >= self.opens or at < self.closes

    def seconds_left(self, now: datetime) -> float:
        """Give the seconds until it closes, 0 where it is closed; over a change of clocks as the wall shows them."""
        if not self.is_open(now):
            return 0.0
        at = now.astimezone(self.zone).replace(tzinfo=None)
        end = datetime.combine(at.date(), self.closes)
        return ((end if end > at else end + timedelta(days=1)) - at).total_seconds()

    def describe_opening(self) -> str:
        """Say when it opens: ``22:00 Asia/Singapore``."""
        return f"{self.opens:%H:%M} {self.zone.key}"


def parse_window(text: str) -> Window:
    """Read ``22:00-06:00`` or ``22:00-06:00 Asia/Singapore``.

    Args:
        text: Two times of day and, after a space, the zone; without one it is Asia/Singapore.

    Raises:
        ValueError: It is no such thing; the message says what is expected.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(
            f"a window is two times, such as 22:00-06:00, and after a space their zone if that is not {DEFAULT_ZONE}"
        )
    hours = [int(part) for part in found.group(1, 2, 3, 4)]
    opens, closes = _read_time(hours[0], hours[1]), _read_time(hours[2], hours[3])
    if opens == closes:
        raise ValueError("a window that opens and closes at the same time is never open; leave it out for all day")
    return Window(opens, closes, _read_zone(found.group(5) or DEFAULT_ZONE))


def _read_time(hour: int, minute: int) -> time:
    if (hour, minute) == (24, 0):
        return time(0)
    if hour > 23 or minute > 59:
        raise ValueError(f"there is no time of day {hour:02d}:{minute:02d}")
    return time(hour, minute)


def _read_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # unknown, a folder of zones, or no name of one
        raise ValueError(f"there is no time zone {name}; zones are named like {DEFAULT_ZONE} or UTC") from None
