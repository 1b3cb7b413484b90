"""Several machines on one: each a folder of its own with its own copies of the exports, and real processes to kill.

Orders for shards wait as files in a folder, as flow runs wait in a work queue; a thread stands in for the workers and
starts a process on the next machine for each.
"""

import asyncio
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from rich.console import Console

from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.machines.foreman import ShardEnd
from straitsx_bulk.flows.machines.shard_runs import deliver_shard
from straitsx_bulk.flows.machines.sharding import ShardedDelivery, deliver_in_shards
from straitsx_bulk.flows.observing import NoObserver
from straitsx_bulk.flows.options import read_options
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.shards.orders import ShardOrder

DEADLINE = 180.0
POLL = 0.02
LOADED_ONCE = (
    "straitsx_bulk.flows.machines.sharding",
    "straitsx_bulk.flows.machines.shard_runs",
    "straitsx_bulk.io.ledger.opening",
    "straitsx_bulk.io.readers.delimited",
    "straitsx_bulk.schemas.profiles",
    "anyio._backends._asyncio",
    "dask.dataframe",
    "httpcore",
    "pandera.backends.pandas.register",
    "pandera.strategies.pandas_strategies",
    "psycopg",
    "pyarrow.dataset",
    "pyarrow.parquet",
)
"""What a whole run and a shard load, what pandera loads at the first check included: else each process would."""
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(list(LOADED_ONCE))


@dataclass(frozen=True, slots=True)
class FolderWorkshop:
    """Orders as files.

    Attributes:
        folder: Where they wait.
        hide: Whether workers cannot see the whole run's folder, as on another machine.
    """

    folder: Path
    hide: bool = False

    async def start(self, order: ShardOrder, life: int) -> str:
        token = f"{order.own_run_id}-{life}"
        if self.hide:
            order = order.model_copy(update={"folder": "/not/here"})
        draft = self.folder / f"{token}.draft"
        draft.write_text(order.model_dump_json(by_alias=True, exclude_none=True))
        if not (self.folder / f"{token}.order").exists():
            draft.rename(self.folder / f"{token}.order")
        return token

    async def look(self, token: str) -> ShardEnd | None:
        path = self.folder / f"{token}.end"
        return ShardEnd(**json.loads(path.read_text())) if path.exists() else None

    async def stop(self, token: str) -> None:
        (self.folder / f"{token}.stop").touch()


@dataclass(slots=True)
class Workers:
    """Starts a process for each order, and tells how it ended.

    Attributes:
        machines: Folders to work in; shard n works in the n-th.
        orders: Where orders wait.
        environ: Of every process.
        started: Tokens, in the order in which they were started.
    """

    machines: Sequence[Path]
    orders: Path
    environ: dict[str, str]
    started: list[str] = field(default_factory=list)
    _running: dict[str, ForkServerProcess] = field(default_factory=dict)
    _closing: threading.Event = field(default_factory=threading.Event)

    def pid_of(self, shard_run: str, life: int = 0) -> int:
        """The process of a shard."""
        token = f"{shard_run}-{life}"
        wait_until(lambda: token in self._running and self._running[token].pid, f"{token} runs")
        return int(self._running[token].pid or 0)

    def work(self) -> None:
        while not self._closing.wait(POLL):
            for path in sorted(self.orders.glob("*.order")):
                if path.stem not in self.started:
                    self._start(path)
            for token, process in list(self._running.items()):
                self._tend(token, process)

    def close(self) -> None:
        self._closing.set()
        for process in self._running.values():
            process.kill()

    def _start(self, path: Path) -> None:
        order = ShardOrder.model_validate_json(path.read_text())
        machine = self.machines[order.shard % len(self.machines)]
        process = start_process(run_shard, machine, self.environ, path.read_text(), str(path.with_suffix(".words")))
        self._running[path.stem] = process
        self.started.append(path.stem)

    def _tend(self, token: str, process: ForkServerProcess) -> None:
        if (self.orders / f"{token}.stop").exists() and process.is_alive():
            (self.orders / f"{token}.stop").unlink()
            os.kill(process.pid or 0, signal.SIGTERM)
        if process.exitcode is not None:
            words = self.orders / f"{token}.words"
            end = {"words": words.read_text() if words.exists() else "no word", "crashed": process.exitcode < 0}
            draft = self.orders / f"{token}.ended"
            draft.write_text(json.dumps(end))
            draft.rename(self.orders / f"{token}.end")
            del self._running[token]


@contextmanager
def working(machines: Sequence[Path], orders: Path, environ: dict[str, str]) -> Iterator[Workers]:
    """Have workers while the block runs."""
    orders.mkdir(exist_ok=True)
    workers = Workers(machines, orders, environ)
    thread = threading.Thread(target=workers.work, daemon=True)
    thread.start()
    try:
        yield workers
    finally:
        workers.close()
        thread.join()


def start_process(
    work: Callable[..., None], machine: Path, environ: dict[str, str], *arguments: object
) -> ForkServerProcess:
    """Start a process in a machine's folder, with an environment of its own."""
    process = _processes.Process(target=enter, args=(work, str(machine), environ, arguments))
    process.start()
    return process


def enter(work: Callable[..., None], machine: str, environ: dict[str, str], arguments: Sequence[Any]) -> None:
    """Begin in the new process."""
    os.chdir(machine)
    os.environ.clear()
    os.environ.update(environ)
    said = os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(said, 2)
    work(*arguments)


def run_shard(order: str, words: str) -> None:
    """Deliver a shard, as a worker's flow run does."""
    try:
        with Presenter(Console(stderr=True), quiet=True) as presenter:
            told = ShardOrder.model_validate_json(order)
            asyncio.run(deliver_shard(told, os.environ, presenter, NoObserver()))
    except Exception as error:
        Path(words).write_text(str(error))
        raise


def run_whole(
    files: Sequence[str], given: dict[str, Any], shards: int, orders: str, run_id: str, hide: bool = False
) -> None:
    """Run the whole run; its exit status is the process's."""
    request = Request("import", tuple(files), read_options(given, {}), os.environ, run_id)
    with Presenter(Console(stderr=True), quiet=True) as presenter:
        delivery = ShardedDelivery(request, shards, FolderWorkshop(Path(orders), hide), poll_seconds=0.05)
        result = asyncio.run(deliver_in_shards(delivery, presenter, NoObserver()))
    sys.exit(result.exit_status)


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Look at a condition until it holds; fails where it does not come true in time."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"not in {DEADLINE:g} s: {what}"
        time.sleep(0.005)  # a poll, not a guess: the condition decides
