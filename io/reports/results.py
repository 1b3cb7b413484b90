"""results.csv: one line per input row, in input order, growing as ``results.csv.part`` while the run goes."""

import csv
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.io.reports.csv_text import TEXT, arrow_text, csv_header, csv_lines, guard_text, repeat_text
from straitsx_bulk.io.reports.folder import open_private, part_of, settle_part, sync_file
from straitsx_bulk.io.reports.origins import find_origins
from straitsx_bulk.io.reports.sentences import join_sentences
from straitsx_bulk.schemas.outcomes import RESULT_COLUMNS, Outcome
from straitsx_bulk.schemas.run import ReportedBatch

NAME = "results.csv"

_FACTS = ("reference", "rail", "usd_gaps", "repairs", "errors", "warnings")
_OUTCOMES = ("outcome", "customer_profile_id", "verification_status", "api_code", "finished_at")
_WIDENED = 10_000
"""Lines that are written again at a time."""

_KEYS = {"registration_type": "registrationType", "registration_id": "registrationId"}


def result_columns(reported: ReportedBatch, keep: tuple[str, ...]) -> list[pa.Array]:
    """Make the columns of results.csv for a batch.

    Args:
        reported: The batch and its outcomes.
        keep: The ``keep`` columns of results.csv; one that the batch lacks is empty.

    Returns:
        Arrays of large strings: ``schemas.outcomes.RESULT_COLUMNS``, then the ``keep`` columns.
    """
    checked = reported.checked
    origins = find_origins(checked)
    made = {"source": origins.source, "sheet": origins.sheet, "row": origins.row, "message": _messages(reported)}
    made |= {name: arrow_text(checked.facts[name]) for name in _FACTS}
    made |= {name: arrow_text(reported.outcomes[name]) for name in _OUTCOMES}
    made |= {name: arrow_text(checked.values[parameter]) for name, parameter in _KEYS.items()}
    made["http_status"] = _number_text(reported.outcomes["http_status"], zero="")
    made["api_calls"] = _number_text(reported.outcomes["api_calls"], zero="0")
    kept = checked.keep.reindex(columns=list(keep), fill_value="").astype("str")
    return [made[name] for name in RESULT_COLUMNS] + [arrow_text(kept[name]) for name in keep]


def _number_text(numbers: "pd.Series[int]", zero: str) -> pa.Array:
    array = pa.array(numbers.to_numpy(dtype=np.int64))
    return pc.if_else(pc.equal(array, 0), pa.scalar(zero, TEXT), array.cast(TEXT))


def _messages(reported: ReportedBatch) -> pa.Array:
    """Take the outcome's message; a rejected row without one gets its findings' sentences."""
    messages = arrow_text(reported.outcomes["message"])
    silent = (reported.outcomes["outcome"] == Outcome.REJECTED) & (reported.outcomes["message"] == "")
    mask = silent.to_numpy(dtype=bool)
    if not mask.any():
        return messages
    findings = reported.checked.findings
    errors = findings[(findings["severity"] == "error") & mask[findings["position"].to_numpy()]]
    sentences = join_sentences(errors)
    filled = pa.array([sentences.get(position, "") for position in np.flatnonzero(mask).tolist()], TEXT)
    return pc.replace_with_mask(messages, pa.array(mask), filled)


def _write_wider(lines: list[list[str]], more: int) -> pa.Buffer:
    columns = [pa.array(column, TEXT) for column in zip(*lines, strict=True)]
    return csv_lines([*columns, *(repeat_text("", len(lines)) for _ in range(more))], guard=False)


class ResultsFile:
    """The growing ``results.csv.part``.

    A batch's lines are made and written while whoever gave it goes on; it must not be changed any more.

    Args:
        folder: The run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._file = open_private(part_of(self.path))
        self._keep: tuple[str, ...] | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="results")
        self._writing: Future[None] | None = None

    def add(self, reported: ReportedBatch) -> None:
        """Append a batch's rows; a ``keep`` column that it lacks is empty, one that is new gets a place at the end.

        Raises:
            OSError: This batch or the one before could not be written.
        """
        self._wait()
        self._fit_header(tuple(map(str, reported.checked.keep.columns)))
        self._writing = self._writer.submit(self._append, reported, self._keep or ())

    def _append(self, reported: ReportedBatch, keep: tuple[str, ...]) -> None:
        self._file.write(csv_lines(result_columns(reported, keep)))
        self._file.flush()

    def _wait(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _fit_header(self, keep: tuple[str, ...]) -> None:
        if self._keep is None:
            self._keep = keep
            self._file.write(csv_header([*RESULT_COLUMNS, *keep]))
        elif more := tuple(name for name in keep if name not in self._keep):
            self._keep += more
            self._widen(more)

    def _widen(self, more: tuple[str, ...]) -> None:
        """Write the lines so far again with further columns: each export's mapping may keep others."""
        self._file.close()
        part = part_of(self.path)
        wider = part_of(part)
        with part.open(encoding="utf-8", newline="") as old, open_private(wider) as file:
            lines = csv.reader(old)
            file.write(_write_wider([[*next(lines), *map(guard_text, more)]], 0))
            while chunk := list(islice(lines, _WIDENED)):
                file.write(_write_wider(chunk, len(more)))
        wider.replace(part)
        self._file = part.open("ab")

    def finish(self) -> Path:
        """Give the file its name; a run without rows has a header only."""
        self._wait()
        self._fit_header(())
        sync_file(self._file)
        self._file.close()
        settle_part(self.path)
        return self.path

    def close(self) -> None:
        """Let go of the file and leave what is there as ``results.csv.part``."""
        self._writer.shutdown()
        self._file.close()
