"""``make bench``: a few minutes, ratios within one run, written to benchmarks/results.md."""

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.data import write_export
from benchmarks.delivering import measure_delivery
from benchmarks.measuring import Timing, least, time_process

PROGRAM = str(Path(sys.executable).with_name("straitsx-bulk"))
PANDAS = "import pandas, sys; pandas.read_csv(sys.argv[1], dtype=str)"
RESULTS = Path(__file__).with_name("results.md")


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the file to check")
    parser.add_argument("--deliver", type=int, default=5_000, help="rows to deliver")
    parser.add_argument("--times", type=int, default=3, help="how often each is measured")
    chosen = parser.parse_args()
    lines = [*describe_machine()]
    with tempfile.TemporaryDirectory(prefix="straitsx-bulk-bench-") as name:
        folder = Path(name)
        lines += measure_check(folder, chosen.rows, chosen.times)
        lines += measure_start(folder, chosen.times)
        lines += measure_delivery(folder, chosen.deliver)
    text = "\n".join(["# Measured by `make bench`", "", *lines, ""])
    RESULTS.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def describe_machine() -> Iterator[str]:
    """Say what it was measured on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("pandas", "pyarrow", "pandera", "httpx", "SQLAlchemy"))
    yield f"Python {platform.python_version()} on {platform.system()} {platform.machine()}; {packages}."
    yield ""
    yield "| work | ours | compared with | ratio |"
    yield "| --- | ---: | --- | ---: |"


def measure_check(folder: Path, rows: int, times: int) -> Iterator[str]:
    """``validate`` of a CSV of 18 columns, 5 % dirty, against pandas merely reading it; and its memory."""
    small, large = folder / "small.csv", folder / "large.csv"
    write_export(small, rows)
    write_export(large, 4 * rows)
    ours = least(times, lambda: validate(small, folder))
    reading = least(times, lambda: time_process([sys.executable, "-c", PANDAS, str(small)], folder))
    four = validate(large, folder)
    yield (
        f"| validate {rows:,} rows | {ours.seconds:.1f} s | pandas.read_csv(dtype=str) alone {reading.seconds:.1f} s "
        f"| {ours.seconds / reading.seconds:.2f} |"
    )
    yield f"| its memory | {ours.peak:,.0f} MB | pandas alone {reading.peak:,.0f} MB | {ours.peak / reading.peak:.2f} |"
    yield f"| memory of {4 * rows:,} rows | {four.peak:,.0f} MB | {rows:,} rows | {four.peak / ours.peak:.2f} |"


def validate(path: Path, folder: Path) -> Timing:
    """Check a file, results.csv included, without the workbook."""
    return time_process([PROGRAM, "validate", str(path), "--reports", "results", "--quiet"], folder)


def measure_start(folder: Path, times: int) -> Iterator[str]:
    """How long it takes until something happens."""
    tiny = folder / "tiny.csv"
    write_export(tiny, 10, dirty=0)
    python = least(times, lambda: time_process([sys.executable, "-c", "pass"], folder))
    shown = least(times, lambda: time_process([PROGRAM, "--help"], folder))
    checked = least(times, lambda: validate(tiny, folder))
    imports = least(
        times, lambda: time_process([sys.executable, "-c", "import pandas, pyarrow, pandera.pandas"], folder)
    )
    ratio = shown.seconds / python.seconds
    yield f"| --help | {shown.seconds:.2f} s | an empty Python {python.seconds:.2f} s | {ratio:.1f} |"
    yield (
        f"| validate 10 rows | {checked.seconds:.2f} s | importing pandas, pyarrow, pandera {imports.seconds:.2f} s "
        f"| {checked.seconds / imports.seconds:.2f} |"
    )


if __name__ == "__main__":
    main()
