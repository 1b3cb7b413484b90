"""How long it takes until something happens."""

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.data import write_export
from benchmarks.figures import Figure
from benchmarks.measuring import Timing, least, time_process, time_program

IMPORTS = "import pandas, pyarrow.csv, pyarrow.compute"
WRONG = frozenset({2})


def measure_start(folder: Path, times: int) -> Iterator[Figure]:
    """``--help``, a mistake, and ten rows."""
    tiny = folder / "tiny.csv"
    write_export(tiny, 10, dirty=0)
    python = least(times, lambda: run_python(folder, "pass"))
    imports = least(times, lambda: run_python(folder, IMPORTS))
    shown = least(times, lambda: time_program(folder, "--help"))
    wrong = least(times, lambda: time_program(folder, "validate", "absent.csv", good=WRONG))
    unknown = least(times, lambda: time_program(folder, "validate", tiny, "--rale", "usd", good=WRONG))
    ten = least(times, lambda: time_program(folder, "validate", tiny, "--reports", "results", "--quiet"))
    yield compare("--help", shown, 0.3, python)
    yield compare("an unknown option", unknown, 0.3, python)
    yield compare("a file that is not there", wrong, 0.3, python)
    yield compare("validate 10 rows", ten, 2.5, imports)
    yield Figure(
        "… and the libraries it needs",
        f"{ten.seconds:.2f} s",
        f"importing pandas and pyarrow: {imports.seconds:.2f} s",
        ten.seconds / imports.seconds,
    )


def run_python(folder: Path, code: str) -> Timing:
    """Run a line of Python."""
    return time_process([sys.executable, "-c", code], folder)


def compare(work: str, ours: Timing, goal: float, python: Timing) -> Figure:
    """Set a start beside its goal in seconds."""
    other = f"the goal of {goal:g} s (an empty Python takes {python.seconds:.2f} s)" if goal < 1 else f"{goal:g} s"
    return Figure(work, f"{ours.seconds:.2f} s", other, ours.seconds / goal, at_most=1)
