"""One attempt at one request, which knows whether anything of it was written.

httpx does the HTTP. Its ``trace`` extension calls back at the last moment before a request's first byte is written,
with a connection in hand: there the request's turn is taken, and there it becomes "sent". Every failure before that
moment proves that nothing left this machine, whatever the exception is called; every failure after it proves nothing,
not even a connection that turns out to have been closed (what was written may have been read first).
"""

import asyncio
import errno
import os
import re
import ssl
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import httpx

from straitsx_bulk.io.straitsx.judging import PROXY_BARS
from straitsx_bulk.io.straitsx.pacing import Pacer, Turn

Guard = Callable[[], Awaitable[bool]]
"""Asked right before a request is written, once more for each attempt: may it still be sent?"""

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes of an answer that are read; what is longer is taken for garbage."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one attempt.

    Attributes:
        sent: Whether anything may have been written to the socket.
        status: HTTP status, 0 where no answer came.
        headers: The answer's headers, names in lower case.
        body: The bytes received.
        complete: Whether the answer came to its end.
        problem: For people, where no whole answer came: why. Holds nothing personal.
        hopeless: For people, where nothing was sent and trying again cannot help: a sentence that says what to do.
        pause: Seconds that the API asked everybody to wait, where that is why nothing was sent.
        lapsed: Whether nothing was sent because it might not be sent any more.
    """

    sent: bool
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    complete: bool = False
    problem: str = ""
    hopeless: str = ""
    pause: float | None = None
    lapsed: bool = False


class _LapsedError(Exception):
    """The guard said no. Nothing was written."""


class _PostponedError(Exception):
    """Everybody was told to wait: the connection is given back before it grows stale. Nothing was written."""


class Attempt:
    """One attempt, from the connection to the last byte of the answer.

    Args:
        pacer: Gives the turn.
        turn: Booked for this attempt.
        total: Seconds from the first byte written to the last byte read; before it, as many to get a way:
            a proxy can drip as well as a server.
        guard: Asked right before anything is written, or None.
        writes: Whether the request would change something; it is put off once there is a hurry.
    """

    def __init__(
        self, pacer: Pacer, turn: Turn, total: float, guard: Guard | None = None, *, writes: bool = False
    ) -> None:
        self._pacer = pacer
        self._guard = guard
        self._writes = writes
        self._turn = turn
        self._total = total
        self._deadline = asyncio.timeout(total)
        self._sent = False
        self._status = 0
        self._headers: Mapping[str, str] = {}
        self._body = bytearray()
        self._complete = False

    async def run(self, way: httpx.AsyncHTTPTransport, request: httpx.Request) -> Reply | None:
        """Send the request and read its answer.

        Args:
            way: Has a connection free for this request.
            request: Ready to be sent.

        Returns:
            What came of it, or None where the turn was put off before anything was written.
        """
        request.extensions["trace"] = partial(self._trace, request)
        try:
            async with self._deadline:
                await self._receive(way, request)
        except _PostponedError:
            return None
        except _LapsedError:
            return Reply(sent=False, lapsed=True)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError) as error:
            problem, hopeless = word_problem(error), "" if self._sent else word_hopeless(error)
        else:
            problem = hopeless = ""
        return Reply(self._sent, self._status, self._headers, bytes(self._body), self._complete, problem, hopeless)

    async def _trace(self, request: httpx.Request, event: str, info: Mapping[str, object]) -> None:
        if self._sent or not event.endswith(".send_request_headers.started"):
            return
        if getattr(info.get("request"), "method", b"") == b"CONNECT":
            return  # asks a proxy for the way; the request itself comes after
        self._deadline.reschedule(None)  # a turn takes as long as it takes
        if not await self._pacer.slot(self._turn, writes=self._writes) or (self._writes and self._pacer.is_hurried):
            raise _PostponedError
        if self._guard is not None and not await self._guard():
            raise _LapsedError
        self._sent = True
        request.extensions.pop("trace")  # nothing that follows is of interest, and each of a dozen events costs
        self._deadline.reschedule(asyncio.get_running_loop().time() + self._total)

    async def _receive(self, way: httpx.AsyncHTTPTransport, request: httpx.Request) -> None:
        response = await way.handle_async_request(request)
        try:
            self._status, self._headers = response.status_code, response.headers
            async for chunk in iterate_body(response):
                self._body += chunk
                if len(self._body) > LARGEST_BODY:
                    return
            # Without either header the end of the connection is the end of the body, and a cut looks the same.
            self._complete = not {"content-length", "transfer-encoding"}.isdisjoint(response.headers)
        finally:
            await response.aclose()


def iterate_body(response: httpx.Response) -> AsyncIterable[bytes]:
    """Give a body's bytes as they come, unpacked where they are packed; httpx's decoders cost a tenth of a request."""
    if isinstance(response.stream, httpx.AsyncByteStream) and "content-encoding" not in response.headers:
        return response.stream
    return response.aiter_bytes()


def word_problem(error: Exception) -> str:
    """Say why no answer came, without the words of the exception: they can hold addresses and what was sent.

    Args:
        error: An exception of httpx or the system.

    Returns:
        A phrase for people.
    """
    if isinstance(error, httpx.ProxyError):
        status = re.match(r"\d{3}", str(error))
        return f"the proxy refused the way to the API ({status.group() if status else 'no status'})"
    if isinstance(error, httpx.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, httpx.ConnectError):
        return f"no connection ({_find_reason(error)})"
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return "no answer in time"
    if isinstance(error, httpx.DecodingError):
        return "an answer that cannot be decoded"
    return f"the connection broke ({type(error).__name__})"


def word_hopeless(error: Exception) -> str:
    """Say what to do about a way to the API that is barred for good.

    Args:
        error: An exception of httpx or the system, before anything was sent.

    Returns:
        A sentence for people, or empty where trying again may help.
    """
    if isinstance(error, httpx.ProxyError) and str(error).startswith("407"):
        return PROXY_BARS
    for reason in _walk_reasons(error):
        if isinstance(reason, ssl.SSLCertVerificationError):
            return (
                f"The API's certificate is not accepted ({reason.verify_message}): check this computer's clock, and "
                "where a proxy opens TLS, name its certificate authority in SSL_CERT_FILE."
            )
    return ""


def _find_reason(error: BaseException) -> str:
    """Find the system's words below httpx's exception: refused, unknown host."""
    for reason in _walk_reasons(error):
        if isinstance(reason, ssl.SSLError):  # its number is no errno
            return "TLS could not be set up"
        if isinstance(reason, OSError) and (number := reason.errno) is not None:
            return os.strerror(number) if number in errno.errorcode else (reason.strerror or type(reason).__name__)
    return "the server did not let us in"


def _walk_reasons(error: BaseException) -> Iterator[BaseException]:
    reason: BaseException | None = error
    while reason is not None:
        yield reason
        reason = reason.__cause__ or reason.__context__
