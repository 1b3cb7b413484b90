"""Whole processes, timed several times; the least of each is kept, for what else the machine does only adds."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PROGRAM = str(Path(sys.executable).with_name("straitsx-bulk"))
CHECKOUT = Path(__file__).resolve().parents[1]
GOOD = frozenset({0, 3})
"""Exit statuses of a run that came to its end (3: some rows are rejected)."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One process.

    Attributes:
        seconds: Wall clock.
        processor: Seconds of processor time, user and system, of all its threads.
        peak: Most memory, in MB.
        output: What it wrote to standard output.
    """

    seconds: float
    processor: float
    peak: float
    output: str = ""

    @property
    def said(self) -> dict[str, float]:
        """What it measured itself and wrote as JSON."""
        figures: dict[str, float] = json.loads(self.output)
        return figures


class MeasuredError(Exception):
    """What was to be measured did not work."""


def time_process(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    good: frozenset[int] = GOOD,
) -> Timing:
    """Run a command and measure it.

    Args:
        command: Program and arguments.
        folder: Where it runs.
        environment: Variables on top of ours.
        good: Exit statuses that are no failure.

    Raises:
        MeasuredError: It failed; the message's first line names it without places, the others are its last words.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        before = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own commands
            list(command),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        output, errors = (read_back(stream) for stream in (out, err))
    if process.returncode not in good:
        words = " ".join(Path(word).name for word in command[:4])
        raise MeasuredError(f"{words} ended with {process.returncode}\n{errors[-2000:]}")
    return Timing(seconds, usage.ru_utime + usage.ru_stime, peak_of(usage), output)


def read_back(stream: IO[bytes]) -> str:
    """Read what a process has written."""
    stream.seek(0)
    return stream.read().decode(errors="replace")


def peak_of(usage: resource.struct_rusage) -> float:
    """Give a process's most memory in MB."""
    return usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def time_program(folder: Path, *arguments: object, good: frozenset[int] = GOOD) -> Timing:
    """Run our command line there, with a home of its own."""
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    return time_process([PROGRAM, *map(str, arguments)], folder, home, good)


def time_module(folder: Path, module: str, *arguments: object, python: str = sys.executable) -> Timing:
    """Run one of the benchmark's own modules."""
    environment = {"PYTHONPATH": str(CHECKOUT)}
    return time_process([python, "-m", f"benchmarks.{module}", *map(str, arguments)], folder, environment)


def least(times: int, run: Callable[[], Timing]) -> Timing:
    """Measure several times; give the least times and the most memory of all."""
    runs = [run() for _ in range(times)]
    fastest = min(runs, key=lambda timing: timing.seconds)
    processor, peak = min(r.processor for r in runs), max(r.peak for r in runs)
    return Timing(fastest.seconds, processor, peak, fastest.output)
