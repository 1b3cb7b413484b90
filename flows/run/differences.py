"""reconcile.csv: one line for each difference, kept page by page, and written however the comparison ends.

The ledger takes in what a page shows, so that the next comparison finds it the same: a line that is lost is never told
again. So lines are durable before the ledger learns of their page, and those that a killed process left are read again.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from straitsx_bulk.io.reports.csv_text import guard_text, unguard_text
from straitsx_bulk.io.reports.folder import explain_disk_errors, part_of, settle_part, write_whole
from straitsx_bulk.io.spool import open_private

NAME = "reconcile.csv"


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of reconcile.csv, its fields in the contract's order."""

    customer_profile_id: str
    registration_type: str
    registration_id: str
    difference: str
    parameter: str
    ledger_state: str
    verification_status: str


HEADER = tuple(Difference.__dataclass_fields__)


class Differences:
    """Writes a comparison's differences; a context manager.

    Args:
        folder: The run's; where an earlier process of the run has left lines, they are gone on with.

    Attributes:
        path: Where reconcile.csv shall be; until the end it is ``reconcile.csv.part``.
        counts: Kind of difference to lines.
        is_whole: Set where the comparison came to its end.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.counts: Counter[str] = Counter()
        self.is_whole = False
        self._earlier: frozenset[Difference] = frozenset()
        self._stream: TextIO | None = None

    def __enter__(self) -> Self:
        """Begin with what an earlier process of the run has left.

        Raises:
            StoppedError: The disk refuses it.
        """
        part = part_of(self.path)
        with explain_disk_errors(self.path.parent):
            earlier = list(dict.fromkeys(read_differences(part)))
            write_differences(part, earlier)
            self._stream = open(part, "a", encoding="utf-8", newline="", opener=open_private)
        self._earlier = frozenset(earlier)
        self.counts.update(line.difference for line in earlier)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file its name: whatever ended the comparison, the ledger has taken in what the lines say.

        Of a comparison that was ended before it found anything no file is left, which would say that nothing differs.
        """
        with explain_disk_errors(self.path.parent):
            self.keep()
            self._open.close()
            if self.is_whole or self.counts:
                settle_part(self.path)
            else:
                part_of(self.path).unlink()

    def write(self, difference: Difference) -> None:
        """Write a line, unless an earlier process of the run has."""
        if difference in self._earlier:
            return
        self.counts[difference.difference] += 1
        csv.writer(self._open, lineterminator="\n").writerow(guard_line(difference))

    def keep(self) -> None:
        """Make the lines so far durable; before the ledger learns what they rest on.

        Raises:
            StoppedError: The disk refuses it.
        """
        with explain_disk_errors(self.path.parent):
            self._open.flush()
            os.fsync(self._open.fileno())

    @property
    def _open(self) -> TextIO:
        if self._stream is None:
            raise RuntimeError("differences are written inside the context")
        return self._stream


def guard_line(difference: Difference) -> list[str]:
    """Give a line's cells, none of which is a formula."""
    return [guard_text(cell) for cell in astuple(difference)]


def read_differences(path: Path) -> Iterator[Difference]:
    """Read the whole lines of a file; the one that a kill cut short is left out, and a file that is not there is empty.

    Args:
        path: ``reconcile.csv``, or its part.
    """
    if not path.exists():
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    whole = text[: text.rfind("\n") + 1]
    for cells in csv.reader(io.StringIO(whole, newline="")):
        if len(cells) == len(HEADER) and tuple(cells) != HEADER:
            yield Difference(*map(unguard_text, cells))


def write_differences(path: Path, differences: Iterable[Difference]) -> None:
    """Write a file with its header, whole or not at all."""
    text = io.StringIO(newline="")
    lines: list[Sequence[str]] = [HEADER, *map(guard_line, differences)]
    csv.writer(text, lineterminator="\n").writerows(lines)
    with write_whole(path) as file:
        file.write(text.getvalue().encode())


def settle_left(folder: Path) -> Counter[str]:
    """Give the lines that a killed comparison left their file.

    Args:
        folder: The run's.

    Returns:
        Kind of difference to lines; empty where there were none.
    """
    path = folder / NAME
    left = list(dict.fromkeys(read_differences(part_of(path))))
    if left:
        with explain_disk_errors(folder):
            write_differences(part_of(path), left)
            settle_part(path)
    return Counter(line.difference for line in left)
