"""Counts work while a program runs: statements, calls of functions, memory, bytes, imports."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

Counts = dict[str, float]


@contextmanager
def count_ledger(counts: Counts) -> Iterator[None]:
    """Count the ledger's statements and commits, and the time of its transactions, commit included."""
    from sqlalchemy import Connection, Engine, Pool, event

    counts |= dict.fromkeys(("statements", "commits", "ledger_processor", "ledger_seconds"), 0)
    begun = threading.local()

    def see_statement(_c: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        counts["statements"] += not statement.startswith("BEGIN")

    def see_commit(connection: Connection) -> None:
        counts["commits"] += not connection.get_execution_options().get("ledger_read", False)

    def see_checkout(*_: Any) -> None:
        begun.at = (time.thread_time(), time.perf_counter())

    def see_checkin(*_: Any) -> None:
        processor, seconds = getattr(begun, "at", (time.thread_time(), time.perf_counter()))
        counts["ledger_processor"] += time.thread_time() - processor
        counts["ledger_seconds"] += time.perf_counter() - seconds

    heard: list[tuple[Any, str, Callable[..., None]]] = [
        (Engine, "after_cursor_execute", see_statement),
        (Engine, "commit", see_commit),
        (Pool, "checkout", see_checkout),
        (Pool, "checkin", see_checkin),
    ]
    for target, name, listener in heard:
        event.listen(target, name, listener)
    try:
        yield
    finally:
        for target, name, listener in heard:
            event.remove(target, name, listener)


@contextmanager
def count_functions(counts: Counts) -> Iterator[None]:
    """Count calls of Python functions and of built-in ones, in every thread that starts from now on."""
    python, builtin = count(), count()

    def see(_frame: FrameType, kind: str, _argument: object) -> None:
        if kind == "call":
            next(python)
        elif kind == "c_call":
            next(builtin)

    threading.setprofile(see)
    sys.setprofile(see)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        counts |= {"python_calls": next(python), "builtin_calls": next(builtin)}


@contextmanager
def count_memory(counts: Counts) -> Iterator[None]:
    """Take the most memory that Arrow held at a time: all columns of text are in it."""
    import pyarrow as pa

    try:
        yield
    finally:
        counts["arrow_peak"] = pa.default_memory_pool().max_memory() or 0


@contextmanager
def count_bytes(counts: Counts) -> Iterator[None]:
    """Count bytes read and written, of whatever file; 0 where the system does not tell."""
    before = read_transfer()
    try:
        yield
    finally:
        after = read_transfer()
        for name, field in (("bytes_read", "rchar"), ("bytes_written", "wchar")):
            counts[name] = after.get(field, 0) - before.get(field, 0)


def read_transfer() -> Mapping[str, int]:
    """Ask the system what this process has read and written so far."""
    source = Path("/proc/self/io")
    lines = source.read_text(encoding="ascii").splitlines() if source.exists() else []
    return {name: int(number) for name, _, number in (line.partition(": ") for line in lines)}


@contextmanager
def count_modules(counts: Counts) -> Iterator[None]:
    """Count imported modules, and note which heavy packages are among them."""
    try:
        yield
    finally:
        counts["modules"] = len(sys.modules)
        counts |= {f"has_{name}": float(name in sys.modules) for name in HEAVY}


@contextmanager
def time_workbook(counts: Counts) -> Iterator[None]:
    """Time the writing of rejects workbooks."""
    from straitsx_bulk.io.reports import workbook

    name = "write_workbook"
    written: Callable[..., Path] = getattr(workbook, name)

    def write(*arguments: Any) -> Path:
        before, processor = time.perf_counter(), time.thread_time()
        path = written(*arguments)
        counts["workbook_seconds"] = counts.get("workbook_seconds", 0) + time.perf_counter() - before
        counts["workbook_processor"] = counts.get("workbook_processor", 0) + time.thread_time() - processor
        return path

    setattr(workbook, name, write)
    try:
        yield
    finally:
        setattr(workbook, name, written)


HEAVY = ("prefect", "pandas", "pandera", "pyarrow", "numpy", "sqlalchemy", "httpx", "openpyxl", "uvicorn", "starlette")
COUNTERS: Mapping[str, Any] = {
    "ledger": count_ledger,
    "functions": count_functions,
    "memory": count_memory,
    "bytes": count_bytes,
    "modules": count_modules,
    "workbook": time_workbook,
}


def read_counts(path: Path) -> Counts:
    """Read what was kept."""
    counts: Counts = json.loads(path.read_text(encoding="utf-8"))
    return counts


def write_counts(path: Path, counts: Counts) -> None:
    """Keep what was counted."""
    path.write_text(json.dumps(counts), encoding="utf-8")
