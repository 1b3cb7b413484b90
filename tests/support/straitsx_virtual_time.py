"""An event loop on which no time passes: when everybody waits, the clock jumps to the next timer."""

import asyncio
import random
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


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


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Give the virtual time."""
        return self._jumping.now


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
