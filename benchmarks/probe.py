"""The whole command line under counters. ``COUNTS.json COUNTERS WORDS…``, counters joined by commas."""

import sys
import time
from contextlib import ExitStack
from importlib.metadata import entry_points
from pathlib import Path

from benchmarks.counters import COUNTERS, Counts, write_counts


def main(target: Path, names: str, words: list[str]) -> int:
    """Run the command and keep what was counted.

    Args:
        target: Where the counts go, as JSON.
        names: Of ``counters.COUNTERS``, joined by commas.
        words: The command line.

    Returns:
        The command's exit status.
    """
    [program] = entry_points(group="console_scripts", name="straitsx-bulk")
    run = program.load()
    sys.argv = ["straitsx-bulk", *words]
    counts: Counts = {}
    code: object = 0
    with ExitStack() as stack:
        for name in names.split(","):
            stack.enter_context(COUNTERS[name](counts))
        processor = time.process_time()
        try:
            run()
        except SystemExit as end:
            code = end.code
        counts["processor"] = time.process_time() - processor
    write_counts(target, counts)
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
