"""Unpaced delivery to a local sandbox in a process of its own, ledger and reports included."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.data import CODES, write_export
from benchmarks.measuring import Timing, least, time_process

PROGRAM = str(Path(sys.executable).with_name("straitsx-bulk"))
TIMES = 3


@contextmanager
def serve_sandbox(folder: Path) -> Iterator[str]:
    """Run a sandbox without a rate limit; a new state each time."""
    command = [PROGRAM, "sandbox", "--port", "0", "--tps", "0"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        line = process.stderr.readline() if process.stderr else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            raise RuntimeError(f"the sandbox did not start: {line}")
        try:
            yield found[0]
        finally:
            process.terminate()


def measure_delivery(folder: Path, rows: int) -> Iterator[str]:
    """Deliver clean rows as the program does, and as a bare loop over httpx would."""
    export, none = folder / "deliver.csv", folder / "none.csv"
    write_export(export, rows, dirty=0, countries=CODES)
    write_export(none, 1, dirty=0, countries=CODES)
    ours = least(TIMES, lambda: deliver(export, folder))
    start = least(TIMES, lambda: deliver(none, folder))
    bare = least(TIMES, lambda: send_bare(export, folder, rows))
    bare_start = least(TIMES, lambda: send_bare(none, folder, 1))
    mine, theirs = ours.seconds - start.seconds, bare.seconds - bare_start.seconds
    yield (
        f"| deliver {rows:,} rows, start-up apart | {rows / mine:,.0f} a second "
        f"| a bare httpx loop {rows / theirs:,.0f} a second | {theirs / mine:.2f} |"
    )


def deliver(export: Path, folder: Path) -> Timing:
    """Import into a fresh sandbox with a fresh ledger."""
    with serve_sandbox(folder) as url:
        command = [PROGRAM, "import", str(export), "--env", "local", "--base-url", url, "--quiet", "--no-prefect"]
        return time_process(command, folder, {"XDG_CONFIG_HOME": str(folder / "config")})


def send_bare(export: Path, folder: Path, rows: int) -> Timing:
    """Send the same rows with nothing around them."""
    with serve_sandbox(folder) as url:
        script = Path(__file__).with_name("bare_loop.py")
        return time_process([sys.executable, str(script), url, str(export), str(rows)], folder)
