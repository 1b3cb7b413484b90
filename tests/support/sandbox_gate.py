"""A gate in front of a sandbox: so many calls go through and the others wait, so that a test acts while they do.

Nothing has to be quick then: a process is killed, or told to end, at the very call that the test names.
"""

import asyncio
from types import TracebackType
from typing import Self

from e2e_program import wait_until
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from straitsx_bulk.io.sandbox.server import SandboxServer

EVERY = 10_000
"""More calls than any test makes."""


class Gate:
    """Lets so many calls through; those that come later wait until they are let through, or the ``with`` block ends.

    A call whose client has died while it waited is not done at all, unless ``done`` says that it is done first and
    only its answer waits. It stands in the way of connections that are made from now on.

    Args:
        sandbox: A running one.
        calls: How many calls it lets through at first.
        done: Whether a call that waits is done, and its answer waits.
    """

    def __init__(self, sandbox: SandboxServer, calls: int, *, done: bool = False) -> None:
        self._server = sandbox._running().server
        self._app: ASGIApp = self._server.config.loaded_app
        self._turns = asyncio.Semaphore(calls)
        self._done = done
        self._waiting = 0
        self._gone = 0

    def __enter__(self) -> Self:
        self._server.config.loaded_app = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.config.loaded_app = self._app
        self.let_through(EVERY)

    @property
    def waiting(self) -> int:
        """How many calls wait at the gate now."""
        return self._waiting

    def wait_for(self, calls: int) -> None:
        """Wait until so many calls wait at the gate."""
        wait_until(lambda: self._waiting >= calls, f"{calls} calls at the gate")

    def let_through(self, calls: int) -> None:
        """Let so many more calls through."""
        loop = self._server._loop
        assert loop is not None
        loop.call_soon_threadsafe(self._release, calls)

    def let_one_through(self) -> None:
        """Wait for a call and let it through, no other: however long this takes, nothing goes on meanwhile."""
        gone = self._gone
        self.wait_for(1)
        self.let_through(1)
        wait_until(lambda: self._gone > gone, "the call has gone through the gate")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request, as ASGI has it."""
        if scope["path"].startswith("/_sandbox/"):
            await self._app(scope, receive, send)
        elif self._done:
            await self._app(scope, receive, self._hold(send))
        else:
            await self._wait_here()
            if not scope["state"]["transport"].is_closing():
                await self._app(scope, receive, send)

    def _release(self, calls: int) -> None:
        for _ in range(calls):
            self._turns.release()

    def _hold(self, send: Send) -> Send:
        async def send_later(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._wait_here()
            await send(message)

        return send_later

    async def _wait_here(self) -> None:
        self._waiting += 1
        await self._turns.acquire()
        self._waiting -= 1
        self._gone += 1
