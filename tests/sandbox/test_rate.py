"""The rate limit, and what the sandbox says of the rate it has seen."""

import asyncio
from typing import Any

import httpx
from e2e_program import DEADLINE
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_bodies import make_sgd_only
from sandbox_open import KEY, open_sandbox, read_error

from straitsx_bulk.io.sandbox.rate import RateLimit, RateMeter
from straitsx_bulk.io.sandbox.settings import SandboxSettings

PATH = "/kyc/customer_profiles"
moments = st.lists(st.floats(0, 10), max_size=40).map(sorted)


def test_calls_of_all_kinds_share_one_allowance_and_a_429_does_nothing(start: Any) -> None:
    server, client = start(tps=5, window=3600.0)
    verdict = {"data": {"attributes": {"verificationStatus": "verified"}}}
    data = client.post(PATH, json=make_sgd_only()).json()["data"]
    client.get(PATH)
    client.patch(f"{PATH}/{data['id']}", json={"gender": "MALE"})
    client.put(f"/sandbox{PATH}/{data['id']}", json=verdict)
    httpx.get(server.base_url + PATH)  # without a key
    beyond = [
        client.post(PATH, json=make_sgd_only()),
        client.get(f"{PATH}/{data['id']}"),
        client.patch(f"{PATH}/{data['id']}", json={"gender": "FEMALE"}),
    ]
    assert [read_error(answer) for answer in beyond] == [
        (429, "STXE-9000", "nested"),
        (429, "STXE-9000", "nested"),
        (429, "STXE-9000", "flat"),
    ]
    assert [profile.attributes.get("gender") for profile in server.profiles()] == ["MALE"]
    assert (server.stats().refused_for_rate, server.stats().calls) == (3, 8)


def test_simultaneous_calls_do_not_exceed_the_allowance() -> None:
    async def list_at_once(base_url: str) -> list[int]:
        async with httpx.AsyncClient(base_url=base_url, headers=KEY, timeout=DEADLINE) as client:
            answers = await asyncio.gather(*(client.get(PATH) for _ in range(12)))
        return sorted(answer.status_code for answer in answers)

    with open_sandbox(SandboxSettings(tps=5, window=3600.0)) as (server, _):
        assert asyncio.run(list_at_once(server.base_url)) == [200] * 5 + [429] * 7
        assert server.stats().max_accepted <= 5


def test_retry_after_is_said_where_it_is_asked_for(start: Any) -> None:
    in_seconds = start(tps=1, window=3600.0, faults="retry-after=2")[1]
    as_date = start(tps=1, window=3600.0, faults="retry-after=date:2")[1]
    silent = start(tps=1, window=3600.0)[1]
    answers = [[client.get(PATH) for _ in range(2)][1] for client in (in_seconds, as_date, silent)]
    said = [answer.headers.get("Retry-After") for answer in answers]
    assert said[0] == "2"
    assert said[1] is not None
    assert said[1].endswith(" GMT")
    assert said[2] is None


def test_five_a_second_is_the_default() -> None:
    assert SandboxSettings().tps == 5


@settings(deadline=None)
@given(moments, st.integers(1, 6))
def test_no_window_ever_holds_more_than_the_allowance(calls: list[float], tps: int) -> None:
    limit = RateLimit(tps, 1.0)
    accepted = [now for now in calls if limit.admit_call(now)]
    assert all(sum(start <= now < start + 1.0 for now in accepted) <= tps for start in accepted)


@settings(deadline=None)
@given(moments, st.integers(1, 6))
def test_a_call_is_refused_only_if_the_window_before_it_is_full(calls: list[float], tps: int) -> None:
    limit = RateLimit(tps, 1.0)
    accepted: list[float] = []
    for now in calls:
        is_full = sum(now - 1.0 < before for before in accepted) >= tps
        assert limit.admit_call(now) is not is_full
        if not is_full:
            accepted.append(now)


@settings(deadline=None)
@given(moments)
def test_the_meter_finds_the_fullest_window(calls: list[float]) -> None:
    meter = RateMeter(1.0)
    for now in calls:
        meter.note_call(now)
    fullest = max((sum(now - 1.0 < before <= now for before in calls) for now in calls), default=0)
    assert meter.most == fullest


def test_fractions_of_an_allowance_are_kept_too() -> None:
    slow = RateLimit(0.5, 1.0)
    assert [slow.admit_call(now) for now in (0.0, 1.0, 1.9, 2.0, 3.0, 4.0)] == [True, False, False, True, False, True]
    assert [RateLimit(2.5, 1.0).admit_call(0.0) for _ in range(1)] == [True]


def test_no_allowance_means_no_limit() -> None:
    assert all(RateLimit(tps, 1.0).admit_call(0.0) for tps in (None, 0) for _ in range(100))
