"""Event loops on which no time passes: when everybody waits, the clock jumps to the next timer."""

import asyncio
import random
import selectors
import time
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pytest

T = TypeVar("T")
P = ParamSpec("P")

GRACE = 0.02
"""Seconds of the machine's time in which what was written to a socket of this machine can be read on the other side."""


class _JumpingSelector(selectors.SelectSelector):
    """Never waits: the seconds that it was asked to wait are added to the loop's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Let ``timeout`` seconds pass at once."""
        if timeout is None:
            raise AssertionError("everybody waits for ever")
        self.now += max(timeout, 0.0)
        return super().select(0)


class _SocketSelector(_JumpingSelector):
    """Lets time pass only while no socket has anything for anybody."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Look at the sockets; let ``timeout`` seconds pass at once where they stay silent."""
        if timeout is None:
            return selectors.SelectSelector.select(self)
        ready = selectors.SelectSelector.select(self, min(max(timeout, 0.0), GRACE))
        if not ready:
            self.now += max(timeout, 0.0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own."""

    def __init__(self, selector: _JumpingSelector | None = None) -> None:
        self._jumping = selector or _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Give the virtual time."""
        return self._jumping.now


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop on which time passes as everywhere, and more of it at once when it is told so."""

    def __init__(self) -> None:
        self._skipped = 0.0
        super().__init__()

    def time(self) -> float:
        """Give the time."""
        return super().time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let so many seconds pass at once: whatever was to come by then comes now."""
        self._skipped += seconds


class VirtualClock:
    """The loop's virtual clock; each waking comes up to ``lateness`` seconds late."""

    def __init__(self, lateness: float = 0.0, seed: int = 0) -> None:
        self._lateness = lateness
        self._random = random.Random(seed)

    def now(self) -> float:
        """Give the virtual time."""
        return asyncio.get_running_loop().time()

    async def sleep_until(self, instant: float) -> None:
        """Wait until ``instant``, or a little longer."""
        left = instant - self.now()
        while left > 0:
            await asyncio.sleep(max(left, 1e-9) + self._random.uniform(0, self._lateness))
            left = instant - self.now()


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, however much virtual time that takes."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test whose server and client are both in its loop, on real sockets, in virtual time.

    However slow the machine and however long the process stands still, a time-out is met only by who is truly silent.
    Threads count as silent: no name may be looked up, and no ledger be asked.
    """

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        loop = VirtualLoop(_SocketSelector())
        with pytest.MonkeyPatch.context() as patched, asyncio.Runner(loop_factory=lambda: loop) as runner:
            patched.setattr(time, "monotonic", loop.time)  # the libraries' clock and the loop's are the same time
            runner.run(test(*args, **kwargs))

    return run
