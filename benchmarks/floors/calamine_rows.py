"""The floor of reading a workbook: calamine, every row handed to Python. ``WORKBOOK``."""

import json
import sys
import time

from python_calamine import CalamineWorkbook


def main(path: str) -> None:
    """Read, and say how long that took."""
    before, processor = time.perf_counter(), time.process_time()
    rows = sum(1 for _ in CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows())
    seconds, used = time.perf_counter() - before, time.process_time() - processor
    sys.stdout.write(json.dumps({"seconds": seconds, "processor": used, "rows": rows}))


if __name__ == "__main__":
    main(sys.argv[1])
