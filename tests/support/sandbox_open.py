"""A sandbox in this process together with a client that has a key."""

import asyncio
import dataclasses
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from e2e_program import DEADLINE, wait_until
from straitsx_virtual_time import SkippingLoop

from straitsx_bulk.io.sandbox.server import SandboxServer
from straitsx_bulk.io.sandbox.settings import SandboxSettings

T = TypeVar("T")

KEY = {"X-XFERS-APP-API-KEY": "a-made-up-key"}
UNLIMITED = SandboxSettings(tps=None)


@contextmanager
def open_sandbox(settings: SandboxSettings = UNLIMITED) -> Iterator[tuple[SandboxServer, httpx.Client]]:
    """Start a sandbox and a client."""
    with (
        SandboxServer(settings) as server,
        # plain http needs no certificates
        httpx.Client(base_url=server.base_url, headers=KEY, verify=False, timeout=DEADLINE) as client,
    ):
        yield server, client


def unlimited(**settings: object) -> SandboxSettings:
    """Settings without a rate limit."""
    return dataclasses.replace(UNLIMITED, **settings)  # type: ignore[arg-type]  # tests give what each setting takes


def read_error(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and shape of an error answer."""
    content = answer.json()
    shape = "nested" if "errors" in content else "flat"
    error = content["errors"][0] if shape == "nested" else content
    assert set(error) == {"error", "error_code", "error_handling"}
    return answer.status_code, error["error_code"], shape


def settle(sandbox: SandboxServer) -> None:
    """Wait until a sandbox is done with what clients that are gone had sent: what the kernel holds comes late."""
    with socket.create_connection(("127.0.0.1", sandbox.port)) as last:  # behind all that have connected before
        last.sendall(b"GET /_sandbox/stats HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        while last.recv(65_536):
            pass
    state = sandbox._running().server.server_state
    wait_until(lambda: not state.connections and not state.tasks, "the sandbox is done with its clients")


def outlast_silence(sandbox: SandboxServer, work: Coroutine[Any, Any, T]) -> T:
    """Run what asks a sandbox; while an answer is withheld, more time than a request has passes at once."""
    loop = SkippingLoop()

    async def main() -> T:
        running, passed = asyncio.ensure_future(work), 0
        while not running.done():
            withheld = sum(endings.get("withheld", 0) for endings in sandbox.stats().by_call.values())
            if withheld > passed:
                loop.skip(DEADLINE)
                passed = withheld
            await asyncio.wait({running}, timeout=0.002)
        return running.result()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main())
