"""An export as rows and as bodies, with the csv module."""

import csv
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers.rules import RowCheck


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Read an export row by row."""
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def read_bodies(path: Path) -> Iterator[dict[str, object]]:
    """Read an export and give the bodies of the rows that pass."""
    check = RowCheck()
    for row in read_rows(path):
        checked = check.check_row(row)
        if checked.rail:
            yield checked.body
