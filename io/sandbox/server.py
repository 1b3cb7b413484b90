"""Serving the sandbox: in a thread of this process, or as the whole of it.

Only 127.0.0.1 is bound. Nothing is logged: request lines and bodies hold personal data.
"""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import formatdate
from types import FrameType, TracebackType
from typing import Self

import uvicorn

from straitsx_bulk.io.sandbox.app import SandboxApp
from straitsx_bulk.io.sandbox.control import list_all_profiles
from straitsx_bulk.io.sandbox.counters import SandboxStats
from straitsx_bulk.io.sandbox.routing import PREFIX
from straitsx_bulk.io.sandbox.settings import SandboxError, SandboxSettings
from straitsx_bulk.io.sandbox.store import Profile, ProfileStore
from straitsx_bulk.io.sandbox.wire import SandboxProtocol

HOST = "127.0.0.1"
KEEP_ALIVE = 75  # seconds that an idle connection stays open, as at gateways: only faults asked for drop one
BACKLOG = 2048  # connections that may wait to be accepted
PATIENCE = 5  # seconds for calls in flight when the server stops


@dataclass(frozen=True, slots=True)
class Serving:
    """Where a sandbox can be reached.

    Attributes:
        base_url: What a client is given, ``http://127.0.0.1:PORT/v1``.
        port: The port.
        state_id: The random id of its state: the account, whatever the port.
    """

    base_url: str
    port: int
    state_id: str


class SandboxServer:
    """A sandbox in a background thread of this process.

    Use it as a context manager; inside it listens. ``stats`` and ``state_id`` can be asked for afterwards too.

    Args:
        settings: How it behaves.
    """

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self._settings = settings or SandboxSettings()
        self._sandbox: _Sandbox | None = None
        self._thread: threading.Thread | None = None
        self._last_stats: SandboxStats | None = None

    def __enter__(self) -> Self:
        """Start; returns when it listens.

        Raises:
            SandboxError: If the port is taken, the state file cannot be used, or a setting is wrong.
        """
        sandbox = _Sandbox(self._settings)
        thread = threading.Thread(target=sandbox.run, name="sandbox", daemon=True)
        thread.start()
        sandbox.server.listening.wait()
        if not sandbox.server.started:
            sandbox.close()
            raise SandboxError("The sandbox failed before it began to listen.")
        self._sandbox, self._thread = sandbox, thread
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def stop(self) -> None:
        """Stop: calls in flight are answered, withheld answers broken off, the state is closed. Twice is as once."""
        sandbox = self._running()
        if self._thread is None:
            return
        sandbox.server.request_stop()
        self._thread.join()
        self._thread = None
        self._last_stats = sandbox.app.read_stats()
        sandbox.close()

    @property
    def base_url(self) -> str:
        """What a client is given, ``http://127.0.0.1:PORT/v1``."""
        return self._running().serving.base_url

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._running().serving.port

    @property
    def state_id(self) -> str:
        """The random id of the state: the sandbox's account, whatever the port."""
        return self._running().serving.state_id

    def stats(self) -> SandboxStats:
        """The figures since the start or the last reset."""
        return self._last_stats or self._running().app.read_stats()

    def reset(self) -> None:
        """Begin the figures anew; profiles stay."""
        self._running().app.reset_counters()

    def profiles(self) -> list[Profile]:
        """Every profile, in the order of creation, as kept; only while it runs."""
        if self._last_stats is not None:
            raise SandboxError("The sandbox has stopped; ask for its profiles while it runs.")
        return list(list_all_profiles(self._running().store))

    def _running(self) -> "_Sandbox":
        if self._sandbox is None:
            raise SandboxError("The sandbox has not been started; use it in a with statement.")
        return self._sandbox


def serve(settings: SandboxSettings, *, announce: Callable[[Serving], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; in the main thread.

    Args:
        settings: How it behaves.
        announce: Called once it listens, with where.

    Raises:
        SandboxError: If the port is taken, the state file cannot be used, or a setting is wrong.
    """
    sandbox = _Sandbox(settings, announce)
    try:
        sandbox.run()
    finally:
        sandbox.close()


class _Sandbox:
    """Store, application, socket and server of one sandbox, made together or not at all."""

    def __init__(self, settings: SandboxSettings, announce: Callable[[Serving], None] | None = None) -> None:
        self._socket = _bind_port(settings.port)
        try:
            self.store = ProfileStore(settings.state)
        except SandboxError:
            self._socket.close()
            raise
        try:
            self.app = SandboxApp(settings, self.store)
        except SandboxError:
            self.close()
            raise
        port: int = self._socket.getsockname()[1]
        self.serving = Serving(f"http://{HOST}:{port}{PREFIX}", port, self.store.state_id)
        self.server = _Server(self.app, self.serving, announce)

    def run(self) -> None:
        try:
            self.server.run(sockets=[self._socket])
        finally:
            self.server.listening.set()  # nobody waits for a server that has failed

    def close(self) -> None:
        self._socket.close()
        self.store.close()


class _Server(uvicorn.Server):
    """Uvicorn's server, started and stopped without polling, and without passing a signal on after a clean stop."""

    def __init__(self, app: SandboxApp, serving: Serving, announce: Callable[[Serving], None] | None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=SandboxProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=PATIENCE,
            )
        )
        self.listening = threading.Event()
        self._app = app
        self._serving = serving
        self._announce = announce
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_asked = asyncio.Event()

    def request_stop(self) -> None:
        """Ask the server to stop; from any thread or signal handler."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop_asked.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._set_date()
        await super().startup(sockets)
        self.listening.set()
        if self._announce is not None:
            self._announce(self._serving)

    async def main_loop(self) -> None:
        while not self._stop_asked.is_set():
            self._set_date()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop_asked.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.stopping.set()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the form of a signal handler
        self.should_exit = True
        self.request_stop()

    def _set_date(self) -> None:
        date = formatdate(self._app.read_clock(), usegmt=True).encode("ascii")
        self.server_state.default_headers = [(b"date", date)]


def _bind_port(port: int) -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY on what is accepted; without it every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise SandboxError(f"Port {port} on {HOST} cannot be used ({error.strerror}). Name another, or 0.") from error
    return listener
