"""What goes over the wire, and what the client makes of good answers."""

import asyncio
import json
import logging
import os
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from straitsx_client import API_KEY, open_client
from straitsx_raw_server import PROFILE_ID, RawServer, Seen, Step, answer, created, error, in_loop, profile
from straitsx_virtual_time import VirtualClock, in_virtual_time

from straitsx_bulk.io.straitsx import Answer, Kind, Pacer, RemoteProfile

OTHER = "customer_profile_66666666-7777-4888-8999-000000000000"


def item(profile_id: str, kind: object = "personal", number: object = "S1234567D", **more: object) -> dict[str, object]:
    return profile(profile_id, registrationType=kind, registrationId=number, **more)


def listed(*items: object) -> Step:
    return answer(200, list(items))


@in_loop
async def test_a_create_sends_compact_json_with_key_and_version() -> None:
    body = {"customerName": "Tan Ah Kow", "customerNativeName": "陳亞九", "address": {"street": "1 Made Up Road"}}
    async with RawServer() as server, open_client(server.base_url) as api:
        result = await api.create(body)
        [seen] = server.requests
        assert (seen.method, seen.path, seen.query) == ("POST", "/v1/kyc/customer_profiles", "")
        expected = '{"customerName":"Tan Ah Kow","customerNativeName":"陳亞九","address":{"street":"1 Made Up Road"}}'
        assert expected.encode() == seen.body
        assert seen.headers["x-xfers-app-api-key"] == API_KEY
        assert seen.headers["user-agent"] == f"straitsx-bulk/{version('straitsx-bulk')}"
        assert seen.headers["content-type"] == "application/json"
        assert "x-signature" not in seen.headers
        assert result.profile == RemoteProfile(PROFILE_ID, {"verificationStatus": "pending"}, "pending")


@in_loop
async def test_each_call_goes_to_its_address() -> None:
    async with RawServer() as server, open_client(server.base_url) as api:
        await api.get(PROFILE_ID)
        await api.patch(PROFILE_ID, {"nationality": "SG"})
        await api.verify(PROFILE_ID, "verified")
        assert [(seen.method, seen.path, seen.body) for seen in server.requests] == [
            ("GET", f"/v1/kyc/customer_profiles/{PROFILE_ID}", b""),
            ("PATCH", f"/v1/kyc/customer_profiles/{PROFILE_ID}", b'{"nationality":"SG"}'),
            (
                "PUT",
                f"/v1/sandbox/kyc/customer_profiles/{PROFILE_ID}",
                b'{"data":{"attributes":{"verificationStatus":"verified"}}}',
            ),
        ]


@in_loop
async def test_a_page_is_asked_for_with_an_encoded_query() -> None:
    since = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=8)))
    async with RawServer(otherwise=listed(item("a"), item("b"))) as server, open_client(server.base_url) as api:
        result = await api.page(3, 100, sort="-created_at", created_after=since)
        assert [found.id for found in result.profiles] == ["a", "b"]
        assert server.requests[0].query == (
            "page%5Bnumber%5D=3&page%5Bsize%5D=100&sort=-created_at"
            "&filter%5Bcreated_after%5D=2026-01-02T03%3A04%3A05%2B08%3A00"
        )


@pytest.mark.parametrize("profile_id", ["", ".", ".."])
@in_loop
async def test_an_id_that_would_lead_elsewhere_is_not_asked_for(profile_id: str) -> None:
    async with RawServer() as server, open_client(server.base_url) as api:
        results = [await api.get(profile_id), await api.patch(profile_id, {}), await api.verify(profile_id, "verified")]
        assert [(result.kind, result.calls) for result in results] == [(Kind.NOT_FOUND, 0)] * 3
        assert server.requests == []


@pytest.mark.parametrize("profile_id", ["../x", "a/b", "a?b=c", "a#b", "%2e%2e", "é", "a b"])
@in_loop
async def test_an_id_stays_one_part_of_the_path(profile_id: str) -> None:
    async with RawServer(otherwise=created(profile_id)) as server, open_client(server.base_url) as api:
        assert (await api.get(profile_id)).kind == Kind.OK
        [seen] = server.requests
        assert seen.path.count("/") == 4
        assert seen.query == ""


@in_loop
async def test_text_that_is_not_unicode_is_refused_unsent() -> None:
    async with RawServer() as server, open_client(server.base_url) as api:
        body = {"customerName": "\ud800"}
        refused = [await api.create(body), await api.patch(PROFILE_ID, body)]
        assert [(result.kind, result.calls) for result in refused] == [(Kind.REFUSED, 0)] * 2
        assert (await api.find("personal", "\ud800")).kind == Kind.REFUSED
        assert (await api.get("\ud800")).kind == Kind.NOT_FOUND
        assert server.requests == []


@in_loop
async def test_an_answer_about_another_profile_is_no_answer() -> None:
    async with RawServer(otherwise=created(OTHER)) as server, open_client(server.base_url) as api:
        for result in (await api.get(PROFILE_ID), await api.patch(PROFILE_ID, {"nationality": "SG"})):
            assert (result.kind, result.profile, result.profiles) == (Kind.FAILED, None, ())


@in_loop
async def test_nothing_personal_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "stamina"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    script = [error(500, "STXE-9100", "S1234567D is broken"), listed(item("a", number="S1234567D"))]
    async with RawServer(script) as server, open_client(server.base_url) as api:
        await api.find("personal", "S1234567D")
        await api.create({"customerName": "Tan Ah Kow", "registrationId": "S1234567D"})
    for secret in ("S1234567D", "Tan Ah Kow", API_KEY, PROFILE_ID):
        assert secret not in caplog.text
    for name in ("httpx", "httpcore", "stamina"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@in_loop
async def test_logging_of_others_is_left_as_it_was() -> None:
    before = [list(logging.getLogger(name).filters) for name in ("httpx", "httpcore.http11", "stamina")]
    async with RawServer() as server, open_client(server.base_url), open_client(server.base_url):
        pass
    assert before == [list(logging.getLogger(name).filters) for name in ("httpx", "httpcore.http11", "stamina")]


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in list(os.environ):
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}:
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(("status", "kind"), [(403, Kind.NOT_SENT), (407, Kind.STOP), (502, Kind.NOT_SENT)])
def test_a_proxy_that_bars_the_way_has_sent_nothing(proxied: pytest.MonkeyPatch, status: int, kind: Kind) -> None:
    async def main() -> tuple[Answer, list[Seen]]:
        async with RawServer(otherwise=answer(status, body=b"")) as proxy:
            proxied.setenv("https_proxy", f"http://user:word@127.0.0.1:{proxy.port}")
            async with open_client("https://api.invalid/v1") as api:
                return await api.create({"customerName": "Tan Ah Kow"}), proxy.requests

    result, seen = asyncio.run(main())
    assert (result.kind, result.calls) == (kind, 0)
    assert str(status) in result.message
    assert {(request.method, request.path) for request in seen} == {("CONNECT", "api.invalid:443")}


def test_a_plain_proxy_passes_the_request_on(proxied: pytest.MonkeyPatch) -> None:
    async def main() -> tuple[Answer, list[Seen]]:
        async with RawServer(otherwise=created()) as proxy:
            proxied.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
            async with open_client("http://api.invalid/v1") as api:
                return await api.create({"customerName": "Tan Ah Kow"}), proxy.requests

    result, [seen] = asyncio.run(main())
    assert (result.kind, result.calls) == (Kind.OK, 1)
    assert seen.path == "http://api.invalid/v1/kyc/customer_profiles"


def test_this_machine_is_reached_without_the_environments_proxy(proxied: pytest.MonkeyPatch) -> None:
    async def main() -> tuple[Answer, list[Seen]]:
        async with RawServer() as proxy, RawServer() as server:
            proxied.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
            async with open_client(server.base_url) as api:
                return await api.create({"customerName": "Tan Ah Kow"}), proxy.requests

    result, through_proxy = asyncio.run(main())
    assert (result.kind, through_proxy) == (Kind.OK, [])


@given(body=st.dictionaries(st.text(max_size=5), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_sent_reads_back_as_what_was_given(body: dict[str, str]) -> None:
    async def main() -> bytes:
        async with RawServer() as server, open_client(server.base_url) as api:
            await api.create(body)
            return server.requests[0].body

    assert body == json.loads(asyncio.run(main()))


@in_virtual_time
async def test_a_slow_pace_uses_few_connections() -> None:
    pacer = Pacer(6, clock=VirtualClock())
    async with RawServer() as server, open_client(server.base_url, pacer=pacer, concurrency=10) as api:
        await asyncio.gather(*(api.create({"customerName": "Tan Ah Kow"}) for _ in range(10)))
        assert server.connections <= 5


@in_loop
async def test_no_cookie_is_kept() -> None:
    step = answer(200, profile(), headers={"Set-Cookie": "session=1; Path=/"})
    async with RawServer(otherwise=step) as server, open_client(server.base_url, concurrency=1) as api:
        for _ in range(2):
            await api.create({"customerName": "Tan Ah Kow"})
        assert ["cookie" in seen.headers for seen in server.requests] == [False, False]
