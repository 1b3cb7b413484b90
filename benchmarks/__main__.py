"""``make bench``: a few minutes, ratios within one run, written to benchmarks/results.md."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.calling import measure_calls
from benchmarks.checking import measure_check
from benchmarks.delivering import measure_delivery
from benchmarks.figures import Figure, Remark, format_table
from benchmarks.machine import describe_load, describe_machine
from benchmarks.measuring import MeasuredError
from benchmarks.pacing import measure_pace
from benchmarks.peer_runs import compare_checks, compare_deliveries
from benchmarks.starting import measure_start
from benchmarks.workbooks import measure_workbooks

RESULTS = Path(__file__).with_name("results.md")
Part = Callable[[Path], Iterable[Figure | Remark]]


def main() -> None:
    """Measure everything, show each part as it is done, and write the results."""
    chosen = read_arguments()
    begun = time.monotonic()
    lines: list[str] = []
    for block in measure_parts(chosen):
        sys.stdout.write("\n".join([*block, ""]))
        sys.stdout.flush()
        lines += block
    end = f"Took {time.monotonic() - begun:.0f} s; programs that wanted a core when it ended: {describe_load()}."
    sys.stdout.write(f"{end}\n")
    if not chosen.only:
        RESULTS.write_text("\n".join([*lines, end, ""]), encoding="utf-8")


def measure_parts(chosen: argparse.Namespace) -> Iterator[list[str]]:
    """Give the results' beginning, then part after part."""
    load = f"Each ratio is of one run. Programs that wanted a core when it began: {describe_load()}."
    yield ["# Measured by `make bench`", "", *describe_machine(), "", load, ""]
    for title, part in list_parts(chosen).items():
        if chosen.only in title.lower():
            sys.stderr.write(f"… {title}\n")
            with tempfile.TemporaryDirectory(prefix="straitsx-bulk-bench-") as name:
                yield list(format_table(title, measure_part(part, Path(name))))


def measure_part(part: Part, folder: Path) -> Iterator[Figure | Remark]:
    """Measure one part; what went wrong stands in the results, beside what did not."""
    try:
        yield from part(folder)
    except MeasuredError as error:
        sys.stderr.write(f"\n*** NOT MEASURED: {error}\n\n")
        yield Remark(f"**Not measured to its end: {str(error).splitlines()[0]}**")


def read_arguments() -> argparse.Namespace:
    """Read what to measure, and at which size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the file to check; another has four times")
    parser.add_argument("--deliver", type=int, default=5_000, help="rows to deliver")
    parser.add_argument("--times", type=int, default=2, help="how often what varies is measured")
    parser.add_argument("--full", action="store_true", help="everything three times, and peers with more rows")
    parser.add_argument("--only", default="", help="a part, by a word of its title; results.md stays as it is")
    return parser.parse_args()


def list_parts(chosen: argparse.Namespace) -> dict[str, Part]:
    """Give the parts by title, each of its size."""
    times = 3 if chosen.full else chosen.times
    tenth, more = chosen.rows // 10, 4 if chosen.full else 1
    return {
        "Start-up": lambda folder: measure_start(folder, times + 1),
        "Check": lambda folder: measure_check(folder, chosen.rows, times),
        "Check, beside what a user would pick": lambda folder: compare_checks(folder, tenth, more * tenth // 5),
        "Workbooks": lambda folder: measure_workbooks(folder, tenth, tenth * more // 4, times),
        "Calls": lambda folder: measure_calls(folder, chosen.deliver // 5),
        "Delivery": lambda folder: measure_delivery(folder, chosen.deliver, times),
        "Paced delivery": measure_pace,
        "Import, beside what a user would pick": lambda folder: compare_deliveries(
            folder, chosen.deliver * 2 // 5, more * chosen.deliver // 20
        ),
    }


if __name__ == "__main__":
    main()
