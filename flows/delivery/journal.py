"""Results on their way to the reports, so that a killed run's can be written too.

The ledger holds what was done; what it does not hold (the API's words, a profile's values, rows that cost no call)
waits here. It is personal, so it is in the run's spool and nowhere else, and goes with it.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from straitsx_bulk.flows.delivery.rows import Difference, Result
from straitsx_bulk.io.reports.folder import explain_disk_errors
from straitsx_bulk.io.spool import open_private
from straitsx_bulk.schemas.outcomes import Outcome

_write_json = json.JSONEncoder(ensure_ascii=False).encode

Words = Result
"""What the journal keeps of a row: its result. Of a row that cost a call, the ledger decides what is true."""


class Journal:
    """Appends results, a file for each chunk of rows.

    Args:
        folder: The spool's.
        first: Position of the chunk's first row over the whole run.
    """

    def __init__(self, folder: Path, first: int) -> None:
        self._folder = folder
        with explain_disk_errors(folder):
            self._stream = open(  # noqa: SIM115 - closed by __exit__
                name_file(folder, first), "a", encoding="utf-8", opener=open_private, buffering=1
            )

    def __enter__(self) -> Self:
        """Begin to take results."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file; what a full disk did not take has been told, and must not cost the results."""
        with suppress(OSError):
            self._stream.close()

    def write(self, result: Result) -> None:
        """Keep a result; its line is whole or, after a kill, ignored.

        Raises:
            StoppedError: The disk refuses it.
        """
        fields = [getattr(result, name) for name in PLAIN]
        differences = [[difference.parameter, difference.profile_value] for difference in result.differences]
        line = _write_json([*fields, result.finished_at.isoformat(), differences])
        with explain_disk_errors(self._folder):
            self._stream.write(line + "\n")


PLAIN = (
    "position",
    "outcome",
    "customer_profile_id",
    "verification_status",
    "rail",
    "usd_gaps",
    "message",
    "http_status",
    "api_code",
    "api_calls",
)
"""Fields of a result that are written as they are."""


def name_file(folder: Path, first: int) -> Path:
    """Name a chunk's journal."""
    return folder / f"answers-{first:010d}.jsonl"


def read_journal(folder: Path, first: int) -> dict[int, Result]:
    """Read what was kept of a chunk, by position over the whole run; the last line of a position counts."""
    return {result.position: result for result in map(_read_result, _read_lines(name_file(folder, first)))}


def _read_result(line: list[Any]) -> Result:
    *plain, finished_at, differences = line
    fields = dict(zip(PLAIN, plain, strict=True))
    outcome = Outcome(fields.pop("outcome"))
    pairs = tuple(Difference(*pair) for pair in differences)
    return Result(**fields, outcome=outcome, finished_at=datetime.fromisoformat(finished_at), differences=pairs)


def _read_lines(path: Path) -> Iterator[list[Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                yield json.loads(line)
            except ValueError:  # the line that a kill cut short
                continue
