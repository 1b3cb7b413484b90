"""The floor of writing a workbook: openpyxl's write-only mode, bare texts. ``CSV WORKBOOK``."""

import csv
import json
import sys
import time
from pathlib import Path

from openpyxl import Workbook


def main(source: Path, target: Path) -> None:
    """Write the rows of a CSV, and say how long that took."""
    with source.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    before, processor = time.perf_counter(), time.process_time()
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Rejected")
    for row in rows:
        sheet.append(row)
    workbook.save(target)
    seconds, used = time.perf_counter() - before, time.process_time() - processor
    sys.stdout.write(json.dumps({"seconds": seconds, "processor": used, "rows": len(rows) - 1}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
