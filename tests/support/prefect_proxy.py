"""A server between a program and Prefect's, which can fail: answer 503, or say nothing at all."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(slots=True)
class Proxy:
    """Passes bytes on until it is told to fail.

    Attributes:
        upstream: Port on 127.0.0.1 to pass on to; 0 for none.
        mode: ``through``, ``503`` or ``silent``.
        refused: Requests answered with 503.
    """

    upstream: int = 0
    mode: str = "through"
    refused: int = 0
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _open: set[socket.socket] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The API's address through this proxy."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"

    def fail(self, mode: str) -> None:
        """Fail from now on, connections that are open included."""
        self.mode = mode
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._take, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """Stop taking connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.fail("503")

    def _take(self, connection: socket.socket) -> None:
        self._open.add(connection)
        with suppress(OSError), connection:
            if self.mode == "through":
                self._pass_on(connection)
            elif self.mode == "503":
                connection.recv(65536)
                self.refused += 1
                connection.sendall(UNAVAILABLE)
            else:
                while connection.recv(65536):
                    pass
        self._open.discard(connection)

    def _pass_on(self, connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self.upstream)) as other:
            self._open.add(other)
            back = threading.Thread(target=pump, args=(other, connection), daemon=True)
            back.start()
            pump(connection, other)
            back.join()
            self._open.discard(other)


def pump(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until either side ends."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def run_proxy(upstream: int = 0, mode: str = "through") -> Iterator[Proxy]:
    """Serve a proxy meanwhile."""
    proxy = Proxy(upstream, mode)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
