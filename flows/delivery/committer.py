"""Durable before it counts: what the delivery tells the ledger, in groups, off the event loop.

Rows are sent side by side, and each needs its intent on disk before its request leaves and its answer on disk before it
counts. One commit for each would make the disk set the speed; here whatever has gathered while the last commit ran goes
into the next one.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from straitsx_bulk.io.ledger import Account, Intent, Known, Progress, RowOutcome, RunTakenError, Settlement

T = TypeVar("T")


class Committer:
    """The delivery's only way to the ledger while requests are in flight.

    Args:
        account: The account's part of the ledger; used from one thread of this object's own.
        progress: Says how far the run has used what it may use, to be kept with what is committed; None where there is
            nothing to keep.
        gather_seconds: How long a commit waits for company. A dozen rows' answers cost the ledger little more than one,
            but each waits the longer: for runs that send as fast as they can.
    """

    def __init__(
        self,
        account: Account,
        progress: Callable[[], Progress | None] | None = None,
        gather_seconds: float = 0.0,
    ) -> None:
        self._account = account
        self._progress = progress
        self._gather_seconds = gather_seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._intents: list[tuple[Intent, asyncio.Future[bool]]] = []
        self._settlements: list[tuple[Settlement, asyncio.Future[None]]] = []
        self._rows: list[tuple[RowOutcome, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def __aenter__(self) -> Self:
        """Start taking work."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit what is waiting, then stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        self._thread.shutdown()

    async def begin(self, intent: Intent, after: Settlement | None = None) -> bool:
        """Make an intent durable.

        Args:
            intent: What is about to be sent.
            after: What is known of the key's last request, which this run had begun: written in the same transaction,
                so that nobody can come between.

        Returns:
            Whether the key is ours to send; False where somebody else is sending it or has sent it meanwhile.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        self._intents.append((intent, future))
        self._wake.set()
        if after is None:
            return await future
        settled: asyncio.Future[None] = loop.create_future()
        self._settlements.append((after, settled))
        begun, _ = await asyncio.gather(future, settled)
        return begun

    async def settle(self, settlement: Settlement) -> None:
        """Make an answer durable."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._settlements.append((settlement, future))
        self._wake.set()
        await future

    async def record(self, outcome: RowOutcome) -> None:
        """Keep a row's outcome that changes nothing of its key."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rows.append((outcome, future))
        self._wake.set()
        await future

    async def release(self, key: bytes) -> None:
        """Free a key whose request was never processed."""
        await self.run(lambda: self._account.release([key]))

    async def keep(self, key: bytes) -> bool:
        """Make sure that nobody has taken a key over that was begun a while ago."""
        return await self.run(lambda: self._account.keep(key))

    async def known(self, key: bytes) -> Known | None:
        """Look one key up again, after somebody else had it."""
        return (await self.run(lambda: self._account.known([key]))).get(key)

    async def run(self, work: Callable[[], T]) -> T:
        """Do something else with the ledger, on its thread, in turn."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _run(self) -> None:
        while not (self._closing and not self._waiting):
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                if self._gather_seconds and not self._closing:
                    await asyncio.sleep(self._gather_seconds)
                await self._commit_gathered()

    @property
    def _waiting(self) -> bool:
        return bool(self._intents or self._settlements or self._rows)

    async def _commit_gathered(self) -> None:
        """Commit whatever has gathered, as one transaction, and tell everybody who waits for it."""
        intents, self._intents = split_repeated(self._intents)
        settlements, self._settlements = self._settlements, []
        rows, self._rows = self._rows, []
        commit = partial(
            self._account.commit,
            settlements=[settlement for settlement, _ in settlements],
            rows=[row for row, _ in rows],
            intents=[intent for intent, _ in intents],
            progress=self._progress() if self._progress is not None else None,
        )
        done = [waiting for _, waiting in (*settlements, *rows)]
        try:
            acquired = await self.run(commit)
        except RunTakenError as error:  # nothing more is begun; what was answered is true all the same
            fail_all((waiting for _, waiting in intents), error)
            self._settlements[:0], self._rows[:0] = settlements, rows
            return
        except Exception as error:  # noqa: BLE001 - whoever waits for the commit must learn of it, whatever it is
            fail_all([*done, *(waiting for _, waiting in intents)], error)
            return
        for settled in done:
            if not settled.done():
                settled.set_result(None)
        for intent, begun in intents:
            if not begun.done():
                begun.set_result(intent.key in acquired)


def split_repeated(intents: list[tuple[Intent, T]]) -> tuple[list[tuple[Intent, T]], list[tuple[Intent, T]]]:
    """Part intents into the first of each key, and those that have to wait: two rows may speak of one profile."""
    seen: set[bytes] = set()
    first: list[tuple[Intent, T]] = []
    again: list[tuple[Intent, T]] = []
    for entry in intents:
        (again if entry[0].key in seen else first).append(entry)
        seen.add(entry[0].key)
    return first, again


def fail_all(futures: Iterable["asyncio.Future[Any]"], error: Exception) -> None:
    """Tell everybody who waits that it did not work."""
    for future in futures:
        if not future.done():
            future.set_exception(error)
