"""The connections below the client: kept while good, made anew when gone; packed answers are unpacked."""

import asyncio
import gzip
import json
import ssl
import zlib
from collections.abc import Callable

import pytest
from straitsx_client import BODY, create, get, open_client
from straitsx_raw_server import RawServer, Seen, Step, answer, created, profile, reserved_port
from straitsx_virtual_time import in_virtual_time

from straitsx_bulk.io.straitsx import Kind, transport

PLAIN = json.dumps(profile(customerName="Tan Ah Kow")).encode()


def deflate(content: bytes) -> bytes:
    return zlib.compress(content)


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("deflate", deflate)])
@in_virtual_time
async def test_a_packed_answer_is_unpacked(name: str, pack: Callable[[bytes], bytes]) -> None:
    packed = answer(200, headers={"Content-Encoding": name}, body=pack(PLAIN))
    async with RawServer([packed, packed]) as server, open_client(server.base_url) as api:
        results = [await create(api), await get(api)]
        assert [result.profile and result.profile.attributes["customerName"] for result in results] == [
            "Tan Ah Kow"
        ] * 2
        assert server.connections == 1
        assert name in server.requests[0].headers["accept-encoding"]


def in_pieces(content: bytes, *, packed: str = "") -> Step:
    """Answer piece by piece, in chunked transfer."""
    head = "HTTP/1.1 200 Answer\r\nTransfer-Encoding: chunked\r\n" + (f"Content-Encoding: {packed}\r\n" * bool(packed))

    async def step(_: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(head.encode() + b"\r\n")
        for start in range(0, len(content), 50):
            piece = content[start : start + 50]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(b"0\r\n\r\n")
        return True

    return step


@in_virtual_time
async def test_an_answer_in_pieces_is_put_together_packed_or_not() -> None:
    script = [in_pieces(PLAIN), in_pieces(gzip.compress(PLAIN), packed="gzip")]
    async with RawServer(script) as server, open_client(server.base_url) as api:
        assert [(await create(api)).kind for _ in range(2)] == [Kind.OK, Kind.OK]
        assert server.connections == 1


@in_virtual_time
async def test_one_connection_carries_request_after_request() -> None:
    async with RawServer() as server, open_client(server.base_url) as api:
        assert {(await create(api)).kind for _ in range(5)} == {Kind.OK}
        assert server.connections == 1


@in_virtual_time
async def test_an_answer_that_ends_its_connection_is_followed_by_another_connection() -> None:
    last = answer(200, profile(), headers={"Connection": "close"})
    async with RawServer([last, last]) as server, open_client(server.base_url) as api:
        assert [(await create(api)).kind for _ in range(3)] == [Kind.OK] * 3
        assert server.connections == 3


@in_virtual_time
async def test_an_idle_connection_is_kept_and_given_up_before_servers_do() -> None:
    async with RawServer() as server, open_client(server.base_url) as api:
        connections = []
        for idle in (0.0, transport.KEEP_ALIVE - 0.1, transport.KEEP_ALIVE + 0.1):
            await asyncio.sleep(idle)
            assert (await create(api)).kind == Kind.OK
            connections.append(server.connections)
        assert (connections, transport.KEEP_ALIVE < 5) == ([1, 1, 2], True)


@in_virtual_time
async def test_after_a_connection_that_did_not_come_about_the_next_one_is_tried() -> None:
    with reserved_port() as port:
        async with open_client(f"http://127.0.0.1:{port}/v1", concurrency=1) as api:
            assert (await create(api)).kind == Kind.NOT_SENT
            async with RawServer(port=port) as server:
                assert (await create(api)).kind == Kind.OK
                assert len(server.requests) == 1


@in_virtual_time
async def test_the_host_header_names_the_port_and_brackets_an_address_of_version_six() -> None:
    hosts: list[str] = []
    server = RawServer()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        hosts.extend(line[6:] for line in head.split("\r\n") if line.lower().startswith("host: "))
        await created()(Seen("POST", "", "", {}, b"", 0.0), writer)
        writer.close()

    try:
        six = await asyncio.start_server(accept, "::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    port = six.sockets[0].getsockname()[1]
    async with six, open_client(f"http://[::1]:{port}/v1") as api:
        assert (await create(api)).kind == Kind.OK
    async with server, open_client(server.base_url) as api:
        await create(api)
    assert [*hosts, server.requests[0].headers["host"]] == [f"[::1]:{port}", f"127.0.0.1:{server.port}"]


@in_virtual_time
async def test_a_base_path_is_sent_encoded() -> None:
    async with RawServer() as server, open_client(f"{server.base_url.removesuffix('/v1')}/größe/v1/") as api:
        assert (await api.create(BODY)).kind == Kind.OK
        assert server.requests[0].path == "/gr%C3%B6%C3%9Fe/v1/kyc/customer_profiles"


def test_plain_http_reads_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> ssl.SSLContext:
        raise AssertionError("certificates were read")

    monkeypatch.setattr("httpx.create_ssl_context", refuse)

    async def ask() -> Kind:
        async with RawServer() as server, open_client(server.base_url) as api:
            return (await create(api)).kind

    assert asyncio.run(ask()) == Kind.OK
