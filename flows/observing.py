"""Who watches a run's steps: nobody in this process, Prefect where it runs the flow.

The steps are plain functions; an observer may wrap each of them, and nothing but the step's name reaches it.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Observer(Protocol):
    """Watches steps."""

    @property
    def restarts(self) -> bool:
        """Say whether this run is started again, as the same run, if its process dies."""
        ...

    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do a step's work, watched under a name that says nothing of any row."""
        ...

    def progress(self, phase: str, done: int, total: int) -> None:
        """Learn how far a phase is, in rows."""
        ...


class NoObserver:
    """Watches nothing."""

    restarts = False

    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:  # noqa: ARG002 - the protocol's signature
        """Do the work."""
        return await work()

    def progress(self, phase: str, done: int, total: int) -> None:
        """Ignore it."""
