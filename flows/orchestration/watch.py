"""What Prefect is shown of a run while it goes: its steps and how far it is; names and counts, nothing else.

All of it is best effort: Prefect's server may answer 503 under load or be gone, and that must never stop a delivery.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import chain
from types import TracebackType
from typing import IO, Any, Self, TextIO, TypeVar, cast
from uuid import UUID

import httpx

from straitsx_bulk.flows.defects import describe_defect
from straitsx_bulk.flows.quiet_libraries import silence_telemetry
from straitsx_bulk.flows.streams import SteadyStream
from straitsx_bulk.schemas.errors import StraitsxBulkError

silence_telemetry()  # before Prefect is imported, or it has its say

from prefect import task  # noqa: E402 - see above
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact  # noqa: E402 - see above
from prefect.cache_policies import NO_CACHE  # noqa: E402 - see above
from prefect.exceptions import PrefectException  # noqa: E402 - see above
from prefect.logging.handlers import PrefectConsoleHandler  # noqa: E402 - see above

T = TypeVar("T")

TROUBLES = (PrefectException, httpx.HTTPError, OSError, TimeoutError, RuntimeError, ValueError)
"""What a Prefect server that is overloaded, gone or of another version may raise in its client."""

SHOW_SECONDS = 10.0
"""How often the progress is shown; each time is a request to Prefect's server."""

TELL_SECONDS = 5.0
"""How long Prefect may take to take in what it is told beside its states."""

REST_SECONDS = 30.0
"""How long it is told nothing more after it did not take something in."""


def steady_log() -> None:
    """Let Prefect's log on standard error be dropped where nobody reads it any more: a worker that was killed.

    Rich ends the process there, in the middle of a delivery (``Console.on_broken_pipe``).
    """
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "prefect"]
    for handler in chain.from_iterable(logging.getLogger(name).handlers for name in ("", *names)):
        if isinstance(handler, PrefectConsoleHandler) and not isinstance(handler.console.file, SteadyStream):
            handler.console.file = cast("IO[str]", SteadyStream(cast("TextIO", handler.console.file)))


class StepFailedError(StraitsxBulkError):
    """What Prefect is told of a step that failed."""


def describe_error(error: Exception) -> str:
    """Tell an error without the values it may hold: our own sentences hold none."""
    return str(error) if isinstance(error, StraitsxBulkError) else describe_defect(error)


@dataclass(slots=True)
class Patience:
    """Whether Prefect is told anything now.

    Attributes:
        until: Not before this moment of the monotonic clock.
    """

    until: float = float("-inf")


_PATIENCE = Patience()


def is_resting() -> bool:
    """Say whether Prefect's server has lately not taken something in, and is told nothing more for a while."""
    return time.monotonic() < _PATIENCE.until


async def try_to_tell(tell: Callable[[], Awaitable[T]], seconds: float = TELL_SECONDS) -> T | None:
    """Tell Prefect something, if its server will have it; None where it would not, or has not lately.

    Args:
        tell: Makes the request.
        seconds: How long it may take.
    """
    if is_resting():
        return None
    try:
        async with asyncio.timeout(seconds):
            return await tell()
    except TROUBLES:
        _PATIENCE.until = time.monotonic() + REST_SECONDS
        return None


class PrefectObserver:
    """Shows each step as a task run of its own and the progress as an artifact, never a row.

    Args:
        restarts: Whether Prefect starts this run again if its process dies.
        every: Seconds between two looks at the progress.
    """

    def __init__(self, *, restarts: bool = False, every: float = SHOW_SECONDS) -> None:
        self.restarts = restarts
        self._every = every
        self._latest: tuple[str, int, int] | None = None
        self._artifact: UUID | None = None
        self._showing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to show the progress."""
        self._showing = asyncio.create_task(self._keep_showing())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show where it ended, and end."""
        if self._showing is not None:
            self._showing.cancel()
            await asyncio.gather(self._showing, return_exceptions=True)
        await try_to_tell(self._show)

    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do a step's work as a task; its result and its error go round Prefect, not through it."""
        results: list[T] = []
        errors: list[Exception] = []
        begun = False

        @task(name=name, persist_result=False, cache_policy=NO_CACHE, retries=0, log_prints=False)
        async def watched() -> None:
            nonlocal begun
            begun = True
            try:
                results.append(await work())
            except Exception as error:  # noqa: BLE001 - Prefect would log its message, which may quote a row
                errors.append(error)
                raise StepFailedError(f"{name}: {describe_error(error)}") from None

        try:
            await watched()
        except (StepFailedError, *TROUBLES):
            if not begun:  # Prefect could not even begin: the work is done all the same
                return await work()
        if errors:
            raise errors[0] from None
        return results[0]

    def progress(self, phase: str, done: int, total: int) -> None:
        """Take note of how far a phase is; it is shown from time to time."""
        self._latest = (phase, done, total)

    async def _keep_showing(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await try_to_tell(self._show)

    async def _show(self) -> None:
        if self._latest is None:
            return
        phase, done, total = self._latest
        share: float = 100 * done / total if total else 100
        words: dict[str, Any] = {"progress": share, "description": f"{done:,} of {total:,} rows {phase}"}
        if self._artifact is None:
            made = await acreate_progress_artifact(key="progress", **words)
            self._artifact = made if isinstance(made, UUID) else None
        else:
            await aupdate_progress_artifact(self._artifact, **words)
