"""Each failure over a real socket: what it is taken for, and how often the server was asked."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from straitsx_client import QUICK, SHORT, create, get, open_client, patch, verify
from straitsx_raw_server import (
    RawServer,
    Step,
    answer,
    drip,
    error,
    hang_up,
    in_loop,
    profile,
    raw,
    reserved_port,
    reset,
    silence,
)
from straitsx_virtual_time import in_virtual_time

from straitsx_bulk.io.straitsx import Answer, CustomerProfiles, Kind, Patience, Timeouts

Calling = Callable[[CustomerProfiles], Awaitable[Answer]]

CUT = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"data": {"id": "customer_pro'
CHUNKED_CUT = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n{"data": {"id": "customer_pro'
HEAD_CUT = b"HTTP/1.1 200 OK\r\nContent-Ty"
LOST: dict[str, Step] = {
    "hung up without a word": hang_up,
    "reset": reset,
    "silent": silence,
    "half a head": raw(HEAD_CUT),
    "half a body": raw(CUT),
    "half a chunk": raw(CHUNKED_CUT),
    "garbage": raw(b"\x16\x03\x01 what is this\r\n\r\n"),
    "a body without an end": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{", 0.1),
    "a head without an end": drip(b"HTTP/1.1 200 OK\r\nX: ", 0.1),
    "a body that is no gzip": answer(200, headers={"Content-Encoding": "gzip"}, body=b"not gzip at all"),
    "not JSON": answer(200, body=b"<html>Welcome</html>"),
    "no id": answer(200, {"data": {"attributes": {}}}),
    "a refusal whose length nobody told": raw(b'HTTP/1.1 400 Bad Request\r\n\r\n{"error": "made up", "err'),
    "empty": answer(200, body=b""),
    "500": error(500, "STXE-9100"),
    "502 of a proxy": answer(502, body=b"<html>Bad gateway</html>"),
    "424": error(424, "STXE-8000"),
    "503": answer(503, body=b""),
    "408": answer(408, body=b""),
}
lost = pytest.mark.parametrize("step", LOST.values(), ids=LOST.keys())


@lost
@in_virtual_time
async def test_a_post_whose_answer_is_lost_is_in_doubt_and_never_repeated(step: Step) -> None:
    async with RawServer([step]) as server, open_client(server.base_url, timeouts=SHORT) as api:
        result = await create(api)
        assert (result.kind, result.calls, server.methods) == (Kind.IN_DOUBT, 1, ["POST"])
        assert result.message


@lost
@in_virtual_time
async def test_a_get_whose_answer_is_lost_is_asked_again(step: Step) -> None:
    async with RawServer([step, step]) as server, open_client(server.base_url, timeouts=SHORT) as api:
        result = await get(api)
        assert (result.kind, result.calls, server.methods) == (Kind.OK, 3, ["GET"] * 3)


@pytest.mark.parametrize("call", [get, patch, verify])
@in_loop
async def test_what_is_harmless_is_repeated_and_then_given_up(
    call: Calling,
) -> None:
    async with RawServer(otherwise=error(500, "STXE-9100", "broken")) as server, open_client(server.base_url) as api:
        result = await call(api)
        assert (result.kind, result.status, result.code) == (Kind.FAILED, 500, "STXE-9100")
        assert (result.calls, len(server.requests)) == (QUICK.attempts, QUICK.attempts)
        assert result.message == "broken"


@in_loop
async def test_a_post_is_repeated_after_429() -> None:
    script = [error(429, "STXE-9000", Retry_After="0")] * 2
    async with RawServer(script) as server, open_client(server.base_url) as api:
        result = await create(api)
        assert (result.kind, result.calls, server.methods) == (Kind.OK, 3, ["POST"] * 3)
        assert len({request.body for request in server.requests}) == 1


@in_loop
async def test_a_post_that_meets_nothing_but_429_was_not_sent() -> None:
    server = RawServer(otherwise=error(429, "STXE-9000", "slow down", "wait", Retry_After="0"))
    async with server, open_client(server.base_url) as api:
        result = await create(api)
        assert (result.kind, result.status, result.calls) == (Kind.NOT_SENT, 429, QUICK.attempts)
        assert result.message == "slow down — wait"
        assert len(server.requests) == QUICK.attempts


@in_loop
async def test_a_repeat_after_429_that_gets_lost_is_in_doubt() -> None:
    script = [error(429, "STXE-9000", Retry_After="0"), hang_up]
    async with RawServer(script) as server, open_client(server.base_url) as api:
        result = await create(api)
        assert (result.kind, result.calls, server.methods) == (Kind.IN_DOUBT, 2, ["POST"] * 2)


@in_loop
async def test_a_connection_that_is_refused_was_never_written_to() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with open_client(f"http://127.0.0.1:{port}/v1") as api:
            result = await create(api)
            assert (result.kind, result.status, result.calls) == (Kind.NOT_SENT, 0, 0)
            assert "Connection refused" in result.message
            assert (await get(api)).kind == Kind.FAILED
            assert api.figures().calls == 0


@in_virtual_time
async def test_a_post_is_sent_once_the_server_is_back() -> None:
    patience = Patience(attempts=200, total=20.0, first_wait=0.01, longest_wait=0.01, jitter=0.0)
    with reserved_port() as port:
        async with open_client(f"http://127.0.0.1:{port}/v1", patience=patience) as api:
            sending = asyncio.create_task(create(api))
            await asyncio.sleep(0.1)
            async with RawServer(port=port) as back:
                result = await sending
                assert (result.kind, result.calls, back.methods) == (Kind.OK, 1, ["POST"])


@in_loop
async def test_a_host_that_does_not_exist_was_never_written_to() -> None:
    async with open_client("http://nowhere.invalid/v1", patience=Patience(attempts=1)) as api:
        result = await create(api)
        assert (result.kind, result.calls) == (Kind.NOT_SENT, 0)


@in_virtual_time
async def test_tls_that_fails_was_never_written_to() -> None:
    once = Patience(attempts=1)
    async with RawServer() as server, open_client(f"https{server.base_url[4:]}", patience=once) as api:
        result = await create(api)
        assert (result.kind, result.calls, server.methods) == (Kind.NOT_SENT, 0, [])


@in_loop
async def test_a_connection_closed_before_anything_was_read_leaves_a_post_in_doubt() -> None:
    """Nobody here can tell it from one that was read first."""
    async with RawServer(deaf=1) as server, open_client(server.base_url) as api:
        result = await create(api)
        assert (result.kind, result.calls, server.methods) == (Kind.IN_DOUBT, 1, [])


@in_loop
async def test_a_kept_connection_that_the_server_has_closed_meanwhile_is_not_used() -> None:
    closing, closed = answer(200, profile()), asyncio.Event()

    async def answer_and_close(seen: object, writer: asyncio.StreamWriter) -> bool:
        await closing(seen, writer)  # type: ignore[arg-type]  # the step does not look at the request
        writer.close()
        await writer.wait_closed()
        closed.set()
        return False

    async with RawServer([answer_and_close]) as server, open_client(server.base_url) as api:
        assert (await create(api)).kind == Kind.OK
        await closed.wait()
        assert (await create(api)).kind == Kind.OK
        assert (server.connections, len(server.requests)) == (2, 2)


@in_virtual_time
async def test_a_server_that_drips_is_given_up_after_the_total_time() -> None:
    timeouts = Timeouts(connect=2.0, silence=10.0, total=0.3)
    step = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{", 0.1)
    async with RawServer([step]) as server, open_client(server.base_url, timeouts=timeouts) as api:
        assert (await create(api)).kind == Kind.IN_DOUBT


@in_loop
async def test_an_endless_answer_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("straitsx_bulk.io.straitsx.attempt.LARGEST_BODY", 1000)
    huge = answer(200, profile(customerName="x" * 1_000_000))
    async with RawServer([huge, huge]) as server, open_client(server.base_url) as api:
        assert (await create(api)).kind == Kind.IN_DOUBT
        assert (await get(api)).kind == Kind.OK


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@in_loop
async def test_a_redirect_is_never_followed(status: int) -> None:
    async with RawServer() as elsewhere:
        step = answer(status, headers={"Location": f"{elsewhere.base_url}/kyc/customer_profiles"}, body=b"")
        async with RawServer(otherwise=step) as server, open_client(server.base_url) as api:
            created = await create(api)  # 302 and 303 commonly say that a POST was processed, and where its result is
            assert (created.kind, created.calls) == (Kind.IN_DOUBT if status in {302, 303} else Kind.STOP, 1)
            for call in (get, patch):
                result = await call(api)
                assert (result.kind, result.calls) == (Kind.STOP, 1)
        assert elsewhere.requests == []


@in_loop
async def test_a_wrong_key_stops_at_once() -> None:
    step = error(401, "STXE-1000", "Unauthorized", "Check your key.")
    async with RawServer(otherwise=step) as server, open_client(server.base_url) as api:
        for call in (create, get, patch):
            result = await call(api)
            assert (result.kind, result.calls, result.message) == (Kind.STOP, 1, "Unauthorized — Check your key.")
        assert len(server.requests) == 3


@in_loop
async def test_cancelling_passes_through_and_frees_the_connection() -> None:
    async with RawServer([silence]) as server, open_client(server.base_url, concurrency=1) as api:
        task = asyncio.create_task(create(api))
        await server.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await get(api)).kind == Kind.OK
        assert server.methods == ["POST", "GET"]


def write_certificate(folder: Path) -> ssl.SSLContext:
    """Make a server's TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    pem = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(encoding)
    (folder / "server.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


@in_loop
async def test_a_certificate_that_nobody_vouches_for_stops_at_once(tmp_path: Path) -> None:
    server = RawServer(tls=write_certificate(tmp_path))
    async with server, open_client(f"https://localhost:{server.port}/v1") as api:
        result = await create(api)
        assert (result.kind, result.calls, server.requests) == (Kind.STOP, 0, [])
        assert "SSL_CERT_FILE" in result.message


@in_loop
async def test_a_create_answered_with_somebody_elses_profile_is_in_doubt() -> None:
    own = {"registrationType": "personal", "registrationId": "E1234567", "customerName": "Tan Ah Kow"}
    other = answer(200, profile(registrationType="personal", registrationId="E7654321"))
    same = answer(200, profile(registrationType="Personal", registrationId="e1234567"))
    silent = answer(200, profile(customerName="Tan Ah Kow"))
    async with RawServer([other, same, silent]) as server, open_client(server.base_url) as api:
        kinds = [(await api.create(own)).kind for _ in range(3)]
        assert kinds == [Kind.IN_DOUBT, Kind.OK, Kind.OK]


@pytest.mark.parametrize("answered", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nno TLS at all"])
@in_loop
async def test_a_tunnel_that_breaks_during_tls_blocks_no_later_request(
    answered: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """httpcore keeps such a tunnel as neither idle nor closed; without a new way the next request waits for ever."""
    asked: list[bytes] = []

    async def hang_up_after_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(answered)
        await writer.drain()
        writer.close()

    proxy = await asyncio.start_server(hang_up_after_connect, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with proxy, open_client("https://api.example/v1", concurrency=1) as api:
        for _ in range(2):
            assert (await create(api)).kind == Kind.NOT_SENT
    assert len(asked) == 2 * QUICK.attempts
    assert {line.partition(b" ")[0] for line in asked} == {b"CONNECT"}


@in_virtual_time
async def test_a_proxy_that_drips_its_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip_for_ever(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while True:
                writer.write(b"X")
                await writer.drain()
                await asyncio.sleep(0.1)

    proxy = await asyncio.start_server(drip_for_ever, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    once = Patience(attempts=1)
    async with proxy, open_client("https://api.example/v1", patience=once, timeouts=SHORT) as api:
        assert (await create(api)).kind == Kind.NOT_SENT
