"""Whole processes, timed several times; the least of each is kept, for what else the machine does only adds."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Timing:
    """One process.

    Attributes:
        seconds: Wall clock.
        peak: Most memory, in MB.
    """

    seconds: float
    peak: float


def time_process(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Timing:
    """Run a command and measure it.

    Raises:
        RuntimeError: It failed; its last words are in the message.
    """
    before = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own commands
        list(command),
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 3}:
        raise RuntimeError(
            f"{' '.join(command)} ended with {process.returncode}: {said[-500:].decode(errors='replace')}"
        )
    return Timing(time.perf_counter() - before, peak_of(usage))


def peak_of(usage: resource.struct_rusage) -> float:
    """Give a process's most memory in MB."""
    return usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def least(times: int, run: Callable[[], Timing]) -> Timing:
    """Measure several times; give the fastest run, with the most memory of all."""
    runs = [run() for _ in range(times)]
    return Timing(min(r.seconds for r in runs), max(r.peak for r in runs))
