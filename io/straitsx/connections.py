"""Connections to the API, each carrying one request at a time.

httpx's own transport keeps a pool, and wraps every request, answer and error once more: two fifths of what a request
costs. Here httpcore, the engine that httpx drives, is driven directly, through what it exports; httpx still reads the
addresses, makes the TLS settings and unpacks answers. Behind a proxy httpcore's own pool does the work.
"""

import ssl
from typing import Protocol

import httpcore
import httpx

KEEP_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than the five after which common servers close it, for a POST written
to a connection that is just being closed is in doubt."""


class Way(Protocol):
    """Carries requests to the API, one at a time."""

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request and wait for the head of its answer.

        Raises:
            Exception: One of httpcore's.
        """
        ...

    async def aclose(self) -> None:
        """Let go of the connection."""
        ...


class DirectWay:
    """A way without a proxy: one connection, made anew when it has gone.

    Args:
        origin: Scheme, host and port of the API.
        context: TLS settings.
    """

    def __init__(self, origin: httpcore.Origin, context: ssl.SSLContext) -> None:
        self._origin = origin
        self._context = context
        self._connection = self._connect()

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request, on a new connection where the last one was closed or may be closed at any moment."""
        if self._connection.is_closed() or self._connection.has_expired():
            await self._connection.aclose()
            self._connection = self._connect()
        return await self._connection.handle_async_request(request)

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._connection.aclose()

    def _connect(self) -> httpcore.AsyncHTTPConnection:
        return httpcore.AsyncHTTPConnection(self._origin, self._context, keepalive_expiry=KEEP_ALIVE)


def open_way(address: httpx.URL, proxy: str | None, context: ssl.SSLContext) -> Way:
    """Open a way to the API; nothing is connected before the first request.

    Args:
        address: The API's.
        proxy: The proxy's URL, or None.
        context: TLS settings.
    """
    if proxy is None:
        return DirectWay(read_address(address).origin, context)
    named = httpx.Proxy(proxy)
    return httpcore.AsyncHTTPProxy(
        proxy_url=read_address(named.url),
        proxy_auth=named.raw_auth,
        ssl_context=context,
        max_connections=1,
        max_keepalive_connections=1,
        keepalive_expiry=KEEP_ALIVE,
    )


def read_address(url: httpx.URL, target: bytes | None = None) -> httpcore.URL:
    """Give an address as httpcore takes it.

    Args:
        url: Parsed and encoded.
        target: Path and query where they are not the URL's.
    """
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path if target is None else target
    )
