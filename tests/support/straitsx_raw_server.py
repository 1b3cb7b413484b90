"""A server on a real socket that does what its script says: answers, cuts answers short, hangs up, stays silent."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec

P = ParamSpec("P")

PROFILE_ID = "customer_profile_11111111-2222-4333-8444-555555555555"


@dataclass(frozen=True)
class Seen:
    """A request as the server read it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    at: float


Step = Callable[[Seen, asyncio.StreamWriter], Awaitable[bool]]
"""Does something about a request; True keeps the connection."""


def answer(
    status: int, value: object = None, *, headers: dict[str, str] | None = None, body: bytes | None = None
) -> Step:
    """Answer with JSON, or with ``body`` as it is."""
    content = json.dumps(value).encode() if body is None else body
    lines = {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}
    head = f"HTTP/1.1 {status} Answer\r\n" + "".join(f"{name}: {text}\r\n" for name, text in lines.items() if text)

    async def step(_: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(head.encode() + b"\r\n" + content)
        await writer.drain()
        return lines.get("Connection") != "close"

    return step


def profile(profile_id: str = PROFILE_ID, **attributes: object) -> dict[str, object]:
    """A profile as the API answers with it."""
    return {
        "data": {
            "id": profile_id,
            "type": "customer_profile",
            "attributes": {"verificationStatus": "pending", **attributes},
        }
    }


def created(profile_id: str = PROFILE_ID, **attributes: object) -> Step:
    """Answer 200 with a profile."""
    return answer(200, profile(profile_id, **attributes))


def error(status: int, code: str, text: str = "made up", handling: str = "", **headers: str) -> Step:
    """Answer with the API's first shape of error."""
    value = {"error": text, "error_code": code, "error_handling": handling}
    return answer(status, value, headers={name.replace("_", "-"): text for name, text in headers.items()})


def raw(content: bytes) -> Step:
    """Write these bytes and hang up."""

    async def step(_: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(content)
        await writer.drain()
        return False

    return step


async def hang_up(_: Seen, __: asyncio.StreamWriter) -> bool:
    """Close the connection after the request was read, without a word."""
    return False


async def reset(_: Seen, writer: asyncio.StreamWriter) -> bool:
    """Reset the connection after the request was read."""
    writer.transport.abort()
    return False


async def silence(_: Seen, writer: asyncio.StreamWriter) -> bool:
    """Never answer."""
    await writer.wait_closed()
    return False


def drip(content: bytes, seconds: float) -> Step:
    """Write byte by byte for ever; no read is ever silent for long."""

    async def step(_: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(content)
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(seconds)
        return False

    return step


@dataclass
class RawServer:
    """Follows its script, one step a request, and then repeats ``otherwise``.

    ``requests`` is what it read, ``asked`` is set at the first; ``deaf`` connections, the first ones, are closed before
    anything is read.
    """

    script: list[Step] = field(default_factory=list)
    otherwise: Step = field(default_factory=created)
    deaf: int = 0
    tls: ssl.SSLContext | None = None
    requests: list[Seen] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def methods(self) -> list[str]:
        """What it was asked, in order."""
        return [request.method for request in self.requests]

    async def __aenter__(self) -> "RawServer":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer, deaf=self.connections <= self.deaf))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, deaf: bool) -> None:
        try:
            while not deaf:
                seen = await _read_request(reader)
                self.requests.append(seen)
                self.asked.set()
                step = self.script.pop(0) if self.script else self.otherwise
                if not await step(seen, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client hung up
        finally:
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    at = time.monotonic()
    headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Seen(method, path, query, headers, body, at)


@contextmanager
def reserved_port() -> Iterator[int]:
    """Keep a port of this machine for a server that is to come: nobody listens at it, and nobody else gets it."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


def in_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test in an event loop of its own."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run
