"""Keeps the connections to one API and hands single requests to them, in turn."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType

import httpx

from straitsx_bulk.io.straitsx.attempt import Attempt, Guard, Reply
from straitsx_bulk.io.straitsx.calls import Call
from straitsx_bulk.io.straitsx.hearing import Hearing
from straitsx_bulk.io.straitsx.pacing import Pacer, Turn
from straitsx_bulk.io.straitsx.proxies import find_proxy
from straitsx_bulk.io.straitsx.signing import Signer

KEEP_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than the five after which common servers close it, for a POST written
to a connection that is just being closed is in doubt."""
ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE)
"""Each of httpx's transports keeps one connection: its pool looks at all of its connections for each request, which at
ten costs a fifth of the speed and at fifty most of it (design.md, "Figures to reach")."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds of one request, in seconds.

    Attributes:
        connect: Until there is a connection, TLS included.
        silence: Longest silence while writing or reading.
        total: From the first byte written to the last byte read; the lease of a row in the ledger must be longer.
    """

    connect: float = 10.0
    silence: float = 30.0
    total: float = 60.0


class Transport:
    """Connections to one API, each used by one request at a time.

    Args:
        base_url: The API's address, without a trailing slash.
        api_key: The key, sent with every request.
        concurrency: Requests in flight at most.
        timeouts: Bounds of one request.
        pacer: Gives each request its turn.
        signer: Signs each attempt, or None.

    Attributes:
        hearing: Whether the API answers.
    """

    def __init__(
        self, base_url: str, api_key: str, concurrency: int, timeouts: Timeouts, pacer: Pacer, signer: Signer | None
    ) -> None:
        self.hearing = Hearing()
        self._base_url = base_url.rstrip("/")
        self._headers = {
            "X-XFERS-APP-API-KEY": api_key,
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "keep-alive",
            "User-Agent": f"straitsx-bulk/{version('straitsx-bulk')}",
        }
        self._concurrency = concurrency
        self._timeouts = timeouts
        self._bounds = httpx.Timeout(timeouts.silence, connect=timeouts.connect, pool=None).as_dict()
        self._pacer = pacer
        self._signer = signer
        self._context: ssl.SSLContext | None = None
        self._in_flight = asyncio.Semaphore(concurrency)
        # Last in, first out, and taken only when the turn is near: a slow pace uses few connections, which stay warm.
        self._free: list[httpx.AsyncHTTPTransport] = []

    async def __aenter__(self) -> "Transport":
        self._context = self._build_context()
        self._free += [self._build_way() for _ in range(self._concurrency)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._free:
            await self._free.pop().aclose()

    def _build_context(self) -> ssl.SSLContext:
        """Build the TLS settings that all connections share; plain http needs no certificates read."""
        plain = self._base_url.startswith("http:")
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else httpx.create_ssl_context()

    def _build_way(self) -> httpx.AsyncHTTPTransport:
        """Build one connection's way to the API.

        httpx's transport without its client: nothing here may follow a redirect, keep a cookie or read .netrc, and
        asking the client for none of that costs a tenth of a request.
        """
        context = self._context or self._build_context()
        return httpx.AsyncHTTPTransport(verify=context, proxy=find_proxy(self._base_url), trust_env=False, limits=ONE)

    async def _renew(self, way: httpx.AsyncHTTPTransport) -> httpx.AsyncHTTPTransport:
        """Give another way in place of one whose connection did not come about.

        httpcore keeps a tunnel through a proxy whose TLS failed as neither idle nor closed: the one connection that a
        way has would never be free again.
        """
        with suppress(Exception):
            await way.aclose()
        return self._build_way()

    async def send(self, call: Call, longest_pause: float, guard: Guard | None = None) -> Reply:
        """Hand one request to a socket, once, and read its answer.

        A cancellation passes through as it is; a request that had been written by then may have been processed.

        Args:
            call: What to send.
            longest_pause: Seconds to wait at most where the API has asked everybody to wait.
            guard: Asked right before the request is written, or None.

        Returns:
            What came of it; no exception of the network gets out.
        """
        async with self._in_flight:
            while True:
                turn = await self._pacer.book(longest_pause, writes=call.writes)
                if turn is None:
                    problem = "it asked to wait longer than this run waits, or the run was to end"
                    return Reply(sent=False, problem=problem, pause=self._pacer.pause_left())
                reply = await self._attempt(call, turn, guard)
                if reply is not None:
                    return reply

    async def _attempt(self, call: Call, turn: Turn, guard: Guard | None) -> Reply | None:
        way = self._free.pop()
        self.hearing.ask()
        try:
            attempt = Attempt(self._pacer, turn, self._timeouts.total, guard, writes=call.writes)
            reply = await attempt.run(way, self._build_request(call))
            if reply is not None and not reply.sent:
                way = await self._renew(way)
        except BaseException:
            self.hearing.drop()
            raise
        finally:
            self._free.append(way)
        if reply is None or reply.lapsed:
            self.hearing.drop()
        return reply

    def _build_request(self, call: Call) -> httpx.Request:
        url = f"{self._base_url}{call.path}{'?' if call.query else ''}{call.query}"
        extensions = {"timeout": self._bounds}
        request = httpx.Request(
            call.method, url, headers=self._headers, content=call.body or None, extensions=extensions
        )
        if call.body:
            request.headers["Content-Type"] = "application/json"
        if self._signer is not None:
            path, _, query = request.url.raw_path.decode("ascii").partition("?")  # what is sent, to the byte
            request.headers.update(self._signer.headers(call.method, path, query, call.body))
        return request
