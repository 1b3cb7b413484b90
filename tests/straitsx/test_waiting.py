"""Waiting over real sockets in virtual time: Retry-After, the bound on repeats, the pace, and the figures of it."""

import asyncio

import pytest
from straitsx_client import create, get, open_client
from straitsx_raw_server import (
    RawServer,
    answer,
    created,
    error,
    hang_up,
)
from straitsx_virtual_time import VirtualClock, in_virtual_time

from straitsx_bulk.io.straitsx import Kind, Pacer, Patience


@in_virtual_time
async def test_retry_after_is_obeyed_by_everybody() -> None:
    script = [error(429, "STXE-9000", Retry_After="1")]
    async with RawServer(script) as server, open_client(server.base_url) as api:
        first = asyncio.create_task(create(api))
        await server.asked.wait()
        answers = await asyncio.gather(first, *(create(api) for _ in range(3)), get(api))
        assert {result.kind for result in answers} == {Kind.OK}
        refused = server.requests[0]
        later = [request.at for request in server.requests if request.at - refused.at > 0.1]
        assert len(later) >= 4
        assert min(later) - refused.at >= 1.0


@in_virtual_time
async def test_a_503_that_names_a_time_is_obeyed_too() -> None:
    script = [answer(503, headers={"Retry-After": "1"}, body=b"")]
    async with RawServer(script) as server, open_client(server.base_url) as api:
        assert (await create(api)).kind == Kind.IN_DOUBT
        assert (await get(api)).kind == Kind.OK
        asked, again = server.requests
        assert again.at - asked.at >= 1.0


@pytest.mark.parametrize("status", [429, 503])
@in_virtual_time
async def test_who_is_told_to_wait_too_long_gives_up_instead_of_asking_early(status: int) -> None:
    server = RawServer(otherwise=answer(status, headers={"Retry-After": "3600"}, body=b""))
    async with server, open_client(server.base_url) as api:
        first = await get(api)
        second = await create(api)
        assert (first.kind, first.calls, first.retry_after) == (Kind.FAILED, 1, 3600.0)
        assert (second.kind, second.calls) == (Kind.NOT_SENT, 0)
        assert second.retry_after is not None
        assert len(server.requests) == 1


@in_virtual_time
async def test_waiting_callers_give_up_when_the_pause_becomes_too_long() -> None:
    server = RawServer([answer(429, headers={"Retry-After": "3600"}, body=b"")])
    async with server, open_client(server.base_url, pacer=Pacer(1, clock=VirtualClock()), concurrency=5) as api:
        answers = await asyncio.wait_for(asyncio.gather(*(create(api) for _ in range(5))), timeout=10)
        assert [result.kind for result in answers] == [Kind.NOT_SENT] * 5
        assert len(server.requests) == 1


@in_virtual_time
async def test_total_time_bounds_the_repeats() -> None:
    patience = Patience(attempts=10_000, total=0.3, first_wait=0.01, longest_wait=0.01, jitter=0.0)
    server = RawServer(otherwise=error(500, "STXE-9100"))
    async with server, open_client(server.base_url, patience=patience) as api:
        result = await asyncio.wait_for(get(api), timeout=20)
        assert result.kind == Kind.FAILED
        assert 2 < result.calls < 100


@in_virtual_time
async def test_figures_count_every_request_its_repeats_and_its_429() -> None:
    script = [
        created(),
        error(429, "STXE-9000", Retry_After="0"),
        created(),
        hang_up,
        error(400, "XFE12"),
        error(500, "STXE-9100"),
        created(),
    ]
    async with RawServer(script) as server, open_client(server.base_url) as api:
        for call in (create, create, create, create, get):
            await call(api)
        figures = api.figures()
        assert figures.calls == len(server.requests) == 7
        assert dict(figures.by_status) == {"0": 1, "200": 3, "400": 1, "429": 1, "500": 1}
        assert (figures.retries, figures.throttled) == (2, 1)
        assert 1 <= figures.max_rate <= 7


@in_virtual_time
async def test_requests_reach_the_server_at_the_pace() -> None:
    pacer = Pacer(20, clock=VirtualClock())
    async with RawServer() as server, open_client(server.base_url, pacer=pacer, concurrency=10) as api:
        await asyncio.gather(*(create(api) for _ in range(50)))
        instants = [request.at for request in server.requests]
        for first, after in zip(instants, instants[20:], strict=False):
            assert after - first >= 1.0
        assert api.figures().max_rate <= 20


@in_virtual_time
async def test_a_request_in_flight_is_never_one_too_many() -> None:
    in_flight, most = 0, 0

    async def slow(seen: object, writer: asyncio.StreamWriter) -> bool:
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        await asyncio.sleep(0.02)
        in_flight -= 1
        return await created()(seen, writer)  # type: ignore[arg-type]  # the step does not look at the request

    async with RawServer(otherwise=slow) as server, open_client(server.base_url, concurrency=23) as api:
        await asyncio.gather(*(create(api) for _ in range(60)))
        assert most == 23
        assert server.connections == 23
