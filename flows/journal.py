"""Words of the API on their way to the reports: personal, so they wait in the run's spool and nowhere else."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from straitsx_bulk.flows.rows import Difference, Result
from straitsx_bulk.io.spool import open_private


@dataclass(frozen=True, slots=True)
class Words:
    """A result as the journal keeps it; of a row that cost a call, the ledger decides what is true.

    The attributes are those of :class:`Result`.
    """

    outcome: str
    customer_profile_id: str
    api_calls: int
    message: str
    rail: str
    usd_gaps: str
    differences: tuple[Difference, ...]


class Journal:
    """Appends what a killed run's reports need beside the ledger, a file for each chunk of rows.

    Args:
        folder: The spool's.
        first: Position of the chunk's first row over the whole run.
    """

    def __init__(self, folder: Path, first: int) -> None:
        self._stream = open(name_file(folder, first), "a", encoding="utf-8", opener=open_private, buffering=1)  # noqa: SIM115 - closed by close

    def __enter__(self) -> Self:
        """Begin to take results."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file."""
        self._stream.close()

    def write(self, result: Result) -> None:
        """Keep a result's words; a line is whole or, after a kill, ignored."""
        differences = [[difference.parameter, difference.profile_value] for difference in result.differences]
        words = [str(result.outcome), result.customer_profile_id, result.api_calls, result.message]
        line = [result.position, *words, result.rail, result.usd_gaps, differences]
        self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def name_file(folder: Path, first: int) -> Path:
    """Name a chunk's journal."""
    return folder / f"answers-{first:010d}.jsonl"


def read_journal(folder: Path, first: int) -> dict[int, Words]:
    """Read what was kept of a chunk, by position over the whole run; the last line of a position counts."""
    found: dict[int, Words] = {}
    for position, outcome, profile_id, calls, message, rail, gaps, differences in _read_lines(name_file(folder, first)):
        pairs = tuple(Difference(*pair) for pair in differences)
        found[position] = Words(outcome, profile_id, calls, message, rail, gaps, pairs)
    return found


def _read_lines(path: Path) -> Iterator[list[Any]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            yield json.loads(line)
        except ValueError:  # the line that a kill cut short
            continue
