"""``--window``: hours by a zone's clock, calls inside them only, and the same command goes on."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from e2e_exports import as_csv, people
from e2e_program import Reports, StartSandbox
from hypothesis import given
from hypothesis import strategies as st
from prefect_forks import Forks

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.run.keeping_hours import keep_to_window
from straitsx_bulk.flows.window import parse_window
from straitsx_bulk.io.sandbox.server import SandboxServer

MINUTES = st.integers(0, 24 * 60 - 1)


def at(hour: int, minute: int = 0, zone: str = "Asia/Singapore") -> datetime:
    return datetime(2026, 3, 4, hour, minute, tzinfo=ZoneInfo(zone))


def name(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@pytest.mark.parametrize(
    ("window", "moment", "is_open"),
    [
        ("22:00-06:00", at(22), True),
        ("22:00-06:00", at(5, 59), True),
        ("22:00-06:00", at(6), False),
        ("22:00-06:00", at(21, 59), False),
        ("09:00-17:00", at(9), True),
        ("09:00-17:00", at(17), False),
        ("20:00-24:00", at(23, 59), True),
        ("20:00-24:00", at(0), False),
        ("22:00-06:00 UTC", at(22, zone="UTC"), True),
        ("22:00-06:00 UTC", at(22), False),
        ("22:00-06:00 Asia/Singapore", at(14, zone="UTC"), True),
        ("22:00 - 06:00  Asia/Singapore", at(14, zone="UTC"), True),
    ],
)
def test_a_window_is_open_by_the_clock_of_its_zone(window: str, moment: datetime, is_open: bool) -> None:
    assert parse_window(window).is_open(moment) is is_open


@pytest.mark.parametrize(
    "text", ["", "22:00", "22-06", "25:00-06:00", "22:60-06:00", "22:00-22:00", "22:00-06:00 Mars/Base", "a-b"]
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"window|time|zone"):
        parse_window(text)


@given(MINUTES, MINUTES.filter(bool), MINUTES)
def test_a_window_and_its_complement_part_the_day(opens: int, lasts: int, moment: int) -> None:
    closes = (opens + lasts) % (24 * 60)
    inside = parse_window(f"{name(opens)}-{name(closes)}")
    outside = parse_window(f"{name(closes)}-{name(opens)}")
    now = at(0) + timedelta(minutes=moment)
    assert inside.is_open(now) is not outside.is_open(now)


@given(MINUTES, MINUTES.filter(bool), MINUTES)
def test_a_window_is_open_until_its_seconds_have_run_out(opens: int, lasts: int, moment: int) -> None:
    window = parse_window(f"{name(opens)}-{name((opens + lasts) % (24 * 60))}")
    now = at(0) + timedelta(minutes=moment)
    left = timedelta(seconds=window.seconds_left(now))
    assert window.is_open(now) is (left > timedelta(0))
    assert not window.is_open(now + left)
    if left:
        assert window.is_open(now + left - timedelta(seconds=1))


def run_within(window: str | None, times: list[datetime]) -> str | None:
    """Why a run ends whose clock shows these times, one after the other."""
    stop = Stop()
    shown = iter(times)
    last = times[-1]

    async def go() -> None:
        async with keep_to_window(parse_window(window) if window else None, stop, lambda: next(shown, last)):
            for _ in range(20):
                await asyncio.sleep(0)

    asyncio.run(go())
    return stop.reason


def test_a_run_outside_its_window_ends_before_it_begins() -> None:
    assert run_within("22:00-06:00", [at(12)]) == "window"


def test_a_run_inside_its_window_goes_on() -> None:
    assert run_within("22:00-06:00", [at(23)]) is None
    assert run_within(None, [at(23)]) is None


def test_a_window_says_when_it_opens() -> None:
    assert parse_window("22:00-06:00").describe_opening() == "22:00 Asia/Singapore"


def test_a_run_ends_when_its_window_closes() -> None:
    stop = Stop()
    now = at(5, 59) + timedelta(seconds=59.99)

    async def go() -> None:
        nonlocal now
        async with keep_to_window(parse_window("22:00-06:00"), stop, lambda: now):
            assert stop.reason is None
            now = at(6)
            while stop.reason is None:  # noqa: ASYNC110 - the window decides
                await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(go(), 30))
    assert stop.reason == "window"


def test_a_closed_window_makes_no_call_and_the_same_command_goes_on(
    forks: Forks, place: Path, sandbox: SandboxServer
) -> None:
    rows = people(5)
    (place / "people.csv").write_text(as_csv(rows), encoding="utf-8")
    now = datetime.now(UTC)
    closed = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M} UTC"
    given = {"env": "local", "base_url": sandbox.base_url, "window": closed}
    assert forks.run("import", place, files=["people.csv"], options=given) == 0
    [first] = (place / "runs").glob("*T*-*")
    assert (Reports(first).outcomes, Reports(first).summary["stopped"]) == ({"not_attempted": 5}, "window")
    assert sandbox.stats().calls == 0

    opened = given | {"window": f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M} UTC"}
    assert forks.run("import", place, files=["people.csv"], options=opened) == 0
    assert (len(sandbox.profiles()), sandbox.stats().calls) == (5, 5)


def test_rejects_before_a_closed_window_are_told(forks: Forks, place: Path, start_sandbox: StartSandbox) -> None:
    sandbox = start_sandbox()
    (place / "people.csv").write_text(as_csv([*people(2), people(1)[0] | {"registrationId": ""}]), encoding="utf-8")
    now = datetime.now(UTC)
    closed = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M} UTC"
    given = {"env": "local", "base_url": sandbox.base_url, "window": closed}
    assert forks.run("import", place, files=["people.csv"], options=given) == 3
    assert sandbox.stats().calls == 0
