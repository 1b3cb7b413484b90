"""Answers on the wire, the failing ones included: what ASGI alone cannot do is done on the connection's transport."""

import asyncio
from email.utils import formatdate

from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from straitsx_bulk.io.sandbox.answers import Answer

LARGEST_BODY = 1 << 20  # bytes; far above any profile

Header = tuple[bytes, bytes]


class SandboxProtocol(H11Protocol):
    """Uvicorn's HTTP protocol, with the transport put into each request's scope so that a fault can break it off."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Note the transport of a new connection."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


async def read_body(receive: Receive) -> bytes | None:
    """The whole body of a request, or None if the client went away first; more than the largest is cut off."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        whole: bytes = message["body"]
        return whole
    return await _read_rest(receive, message)


async def _read_rest(receive: Receive, message: Message) -> bytes | None:
    parts = bytearray()
    while message["type"] == "http.request":
        if len(parts) <= LARGEST_BODY:
            parts += message["body"]
        if not message.get("more_body", False):
            return bytes(parts)
        message = await receive()
    return None


async def send_answer(send: Send, answer: Answer, more: list[Header]) -> None:
    """Send a whole answer with some more headers."""
    await send(_start(answer, more))
    await send({"type": "http.response.body", "body": answer.body})


async def send_truncated(scope: Scope, receive: Receive, send: Send, answer: Answer, more: list[Header]) -> None:
    """Send an answer up to the middle of its body and close the connection."""
    await send(_start(answer, more))
    await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
    _find_transport(scope).close()
    await _await_disconnect(receive)


async def drop_connection(scope: Scope, receive: Receive) -> None:
    """Close the connection without a byte."""
    _find_transport(scope).abort()
    await _await_disconnect(receive)


async def withhold_answer(scope: Scope, receive: Receive, stopping: asyncio.Event, longest: float) -> None:
    """Say nothing until the client gives up, the server stops or the time is over; then the connection is closed."""
    ends = [asyncio.ensure_future(_await_disconnect(receive)), asyncio.ensure_future(stopping.wait())]
    try:
        await asyncio.wait(ends, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    await drop_connection(scope, receive)


def make_retry_after(setting: str, now: float) -> list[Header]:
    """The ``Retry-After`` header for a setting: none, seconds, or a date so many seconds after now."""
    if not setting:
        return []
    seconds = setting.removeprefix("date:")
    text = formatdate(now + int(seconds), usegmt=True) if setting.startswith("date:") else seconds
    return [(b"retry-after", text.encode("ascii"))]


def _start(answer: Answer, more: list[Header]) -> Message:
    length = (b"content-length", b"%d" % len(answer.body))
    return {"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length, *more]}


def _find_transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport


async def _await_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
