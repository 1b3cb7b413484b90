"""Our reader alone: every batch of an export, and how long that took. ``EXPORT``."""

import json
import sys
import time

import pandas  # noqa: F401 - its import is no part of reading

import straitsx_bulk.io.readers.workbooks  # noqa: F401 - neither is ours
from straitsx_bulk.io.readers import find_files, open_input


def main(path: str) -> None:
    """Read, and say how long that took."""
    [file] = find_files([path])
    before, processor = time.perf_counter(), time.process_time()
    with open_input(file) as export:
        rows = sum(len(batch) for batch in export.batches())
    seconds, used = time.perf_counter() - before, time.process_time() - processor
    sys.stdout.write(json.dumps({"seconds": seconds, "processor": used, "rows": rows}))


if __name__ == "__main__":
    main(sys.argv[1])
