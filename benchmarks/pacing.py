"""Paced delivery: how much of the allowance is used, and whether the API ever says 429."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.data import CODES, write_export
from benchmarks.delivering import name_ledger
from benchmarks.figures import Figure
from benchmarks.serving import Sandbox, deliver, serve_sandbox

RATES = ((5, 50), (50, 500))
"""Calls a second and rows: the vendor's allowance, and ten times that."""
LOOK = 0.005


def measure_pace(folder: Path) -> Iterator[Figure]:
    """Deliver under a limit that the sandbox enforces."""
    for rate, rows in RATES:
        export = folder / f"paced-{rate}.csv"
        write_export(export, rows, dirty=0, countries=CODES)
        with serve_sandbox(folder, tps=rate) as sandbox:
            with Watch(sandbox, rows) as watch:
                deliver(folder, sandbox, export, "--ledger", name_ledger(), "--rate", rate)
            throttled = sandbox.ask("stats")["refused_for_rate"]
        reached = (rows - 1) / (watch.last - watch.first)
        yield Figure(
            f"paced delivery, {rows} rows at {rate} a second",
            f"{reached:.2f} calls/s, {throttled} times 429",
            f"the allowance: {rate} calls/s",
            reached / rate if not throttled else 0,
            at_least=0.98,
        )


class Watch:
    """Looks at a sandbox's count of calls in a thread, from the first to the last.

    Args:
        sandbox: Which.
        calls: How many there will be.

    Attributes:
        first: When the first call had come, seconds on a clock that never goes back.
        last: When the last had come.
    """

    def __init__(self, sandbox: Sandbox, calls: int) -> None:
        self._sandbox, self._calls = sandbox, calls
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.first = self.last = 0.0

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.is_set() and not self.last:
            calls = self._sandbox.count_calls()
            now = time.perf_counter()
            if calls and not self.first:
                self.first = now
            if calls >= self._calls:
                self.last = now
            time.sleep(LOOK)
        self.last = self.last or time.perf_counter()
