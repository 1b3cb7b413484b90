"""``make bench-check``: counts work instead of seconds, so that a regression is caught on any machine, however busy.

Each figure has a bound with a margin over what was counted when it was set. Figures by the row are differences between
two sizes, so that what a run costs once (imports, reports' frames) does not count.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.calling import count_calls
from benchmarks.counters import HEAVY, Counts, read_counts
from benchmarks.data import CODES, write_export
from benchmarks.delivering import name_ledger
from benchmarks.measuring import time_module
from benchmarks.serving import name_delivery, serve_sandbox

SMALL, LARGE = 200_000, 600_000
"""Rows of the files that are checked; both are several batches."""
FEW, MANY = 100, 600
"""Rows that are delivered."""


@dataclass(frozen=True, slots=True)
class Work:
    """One count and its bound.

    Attributes:
        what: For people.
        value: What was counted.
        at_most: The bound.
        at_least: The other bound.
    """

    what: str
    value: float
    at_most: float
    at_least: float = 0

    @property
    def holds(self) -> bool:
        """Whether the count is within its bounds."""
        return self.at_least <= self.value <= self.at_most

    def __str__(self) -> str:
        """A line for people."""
        bound = f"{self.at_least:g} to {self.at_most:g}" if self.at_least else f"at most {self.at_most:g}"
        return f"{'ok  ' if self.holds else 'FAIL'} {self.what}: {self.value:,.4g} ({bound})"


def main() -> int:
    """Count everything; 1 where a bound does not hold."""
    with tempfile.TemporaryDirectory(prefix="straitsx-bulk-work-") as name:
        found = count_work(Path(name))
    sys.stdout.write("\n".join(map(str, found)) + "\n")
    broken = sum(not work.holds for work in found)
    if broken:
        sys.stdout.write(f"{broken} bounds do not hold: something does more work than it did.\n")
    return 1 if broken else 0


def count_work(folder: Path) -> list[Work]:
    """Count everything, two parts at a time."""
    parts: list[Callable[[Path], Iterator[Work]]] = [
        count_check,
        count_ledger,
        count_requests,
        count_imports,
    ]
    places = [folder / part.__name__ for part in parts]
    with ThreadPoolExecutor(2) as pool:
        return [work for found in pool.map(count_part, parts, places) for work in found]


def count_part(part: Callable[[Path], Iterator[Work]], place: Path) -> list[Work]:
    """Count one part, in a folder of its own."""
    place.mkdir()
    return list(part(place))


def probe(folder: Path, counters: str, *words: object) -> Counts:
    """Run the command line there under counters."""
    counted = folder / "counts.json"
    run = time_module(folder, "probe", counted, counters, *words)
    return read_counts(counted) | {"peak": run.peak}


def probe_check(folder: Path, counters: str, rows: int) -> Counts:
    """Check a file of so many rows under counters."""
    export = folder / f"{rows}.csv"
    write_export(export, rows)
    words = ("validate", export, "--reports", "results", "--quiet", "--out", folder / f"out-{rows}")
    return probe(folder, counters, *words) | {"size": export.stat().st_size, "written": count_results(folder, rows)}


def count_results(folder: Path, rows: int) -> int:
    """Count the lines of results.csv, its header apart."""
    [results] = (folder / f"out-{rows}").rglob("results.csv")
    with results.open("rb") as stream:
        return sum(1 for _ in stream) - 1


def count_check(folder: Path) -> Iterator[Work]:
    """A check, three times the rows to one: loops in Python, further passes and what is held in memory are caught."""
    small, large = (probe_check(folder, "functions,bytes,memory", rows) for rows in (SMALL, LARGE))
    rows = LARGE - SMALL

    def each(name: str) -> float:
        return large[name] - small[name]

    yield Work("validate: rows in results.csv for each row of the export", large["written"] / LARGE, 1, 1)
    yield Work("validate: Python functions called a row", each("python_calls") / rows, 2)
    yield Work("validate: built-in functions called a row", each("builtin_calls") / rows, 2)
    yield Work("validate: bytes read for each byte of the export", each("bytes_read") / each("size"), 4)
    yield Work("validate: bytes written for each byte of the export", each("bytes_written") / each("size"), 5)
    yield Work("validate: Arrow's memory, three times the rows", large["arrow_peak"] / small["arrow_peak"], 1.3)
    yield Work("validate: all memory, three times the rows", large["peak"] / small["peak"], 1.3)


def count_ledger(folder: Path) -> Iterator[Work]:
    """What the ledger does for a created row."""
    counted = []
    for rows in (FEW, MANY):
        export = folder / f"{rows}.csv"
        write_export(export, rows, dirty=0, countries=CODES)
        with serve_sandbox(folder) as sandbox:
            words = name_delivery(sandbox, export, "--ledger", name_ledger(), "--reports", "results")
            counted.append(probe(folder, "ledger,functions", *words))
    few, many = counted

    def each(name: str) -> float:
        return (many[name] - few[name]) / (MANY - FEW)

    # How many rows share a commit depends on how fast the disk is; so the bounds are wide.
    yield Work("import: ledger commits a row", each("commits"), 1)
    yield Work("import: ledger statements a row", each("statements"), 2)
    yield Work("import: ledger statements a commit", each("statements") / each("commits"), 8)
    yield Work("import: Python functions called a row", each("python_calls"), 3_500)


def count_requests(folder: Path) -> Iterator[Work]:
    """Calls of the API for each row."""
    calls = count_calls(folder, MANY)
    yield Work("calls to create a profile", calls.created, 1, 1)
    yield Work("calls for a file that is done", calls.finished, 0)
    yield Work("calls to upgrade a profile that the ledger knows", calls.known, 1, 1)
    yield Work("calls to upgrade an unknown profile", calls.unknown, 1.02, 1)
    yield Work("calls to import what is there already, nothing known", calls.met, 0.2)


def count_imports(folder: Path) -> Iterator[Work]:
    """What is imported before anything is done."""
    helped = probe(folder, "modules", "--help")
    yield Work("--help: heavy packages imported", sum(helped[f"has_{name}"] for name in HEAVY), 0)
    yield Work("--help: modules imported", helped["modules"], 350)
    export = folder / "ten.csv"
    write_export(export, 10)
    ten = probe(folder, "modules", "validate", export, "--reports", "results", "--quiet")
    useless = ("prefect", "uvicorn", "starlette", "sqlalchemy", "httpx", "pandera")
    needless = [name for name in useless if ten[f"has_{name}"]]
    yield Work("validate of ten rows: packages imported that it has no use for", len(needless), 0)
    yield Work("validate of ten rows: modules imported", ten["modules"], 1_200)


if __name__ == "__main__":
    sys.exit(main())
