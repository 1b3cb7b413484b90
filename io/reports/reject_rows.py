"""Which rows an analyst can mend, and what the workbook says of their cells."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from straitsx_bulk.io.reports.csv_text import TEXT, arrow_text
from straitsx_bulk.io.reports.marks import Mark, mark_rows
from straitsx_bulk.io.reports.origins import find_origins
from straitsx_bulk.io.reports.seals import (
    CODES_END,
    CheckNotes,
    Seal,
    pack_notes,
    read_checks,
)
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.outcomes import FILLABLE, Outcome
from straitsx_bulk.schemas.parameters import Rail
from straitsx_bulk.schemas.run import ReportedBatch

STAGES = {
    Outcome.REJECTED: "checks",
    Outcome.REFUSED: "api",
    Outcome.NOT_FOUND: "api",
    Outcome.CONFLICT: "conflict",
}
"""Outcomes of the sheet ``Rejected`` and their ``_stage`` (contract, Reports)."""

MARK_TYPE = pa.list_(pa.struct([("column", pa.string()), ("tone", pa.string()), ("note", pa.string())]))
_SLICE = 5_000
"""Rows that are worked on at a time, so that memory does not grow with the batch."""


@dataclass(frozen=True, slots=True)
class RejectRows:
    """Some rows to mend, ready to wait on disk until the run's end.

    Attributes:
        table: Columns ``c0``, ``c1``, … (the original cells), the sealed ``_`` columns, ``_gap`` (bool: a row of the
            sheet ``USD gaps``), ``_notes`` (what an earlier ``_check`` carried, packed) and ``_marks`` (MARK_TYPE).
        added: Columns to add, headed by the API parameter's name.
    """

    table: pa.RecordBatch
    added: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Picked:
    """The rows to mend of a batch: 0-based positions, and which of them are USD gaps."""

    positions: npt.NDArray[np.int64]
    gap: npt.NDArray[np.bool_]


def pick_rows(reported: ReportedBatch) -> _Picked:
    """Pick the rows to mend.

    The sheet ``USD gaps`` has the rows that are in for SGD only (``validate``: would be), and what keeps them from USD.
    A profile that was to be left alone (``--on-existing skip``) lacks what it lacks, whatever the row says.
    """
    outcome, facts = reported.outcomes["outcome"], reported.checked.facts
    rejected = outcome.isin(list(STAGES)).to_numpy(dtype=bool)
    gap = (outcome.isin(list(FILLABLE)) & (facts["rail"] == Rail.SGD) & (facts["usd_gaps"] != "")).to_numpy(dtype=bool)
    positions = np.flatnonzero(rejected | gap)
    return _Picked(positions, gap[positions])


def gather_rejects(reported: ReportedBatch, seal: Seal) -> Iterator[RejectRows]:
    """Gather a batch's rows to mend, a few thousand at a time.

    Args:
        reported: The batch and its outcomes.
        seal: The keyed hash of the ``_check`` cells.

    Yields:
        The rows, in input order.
    """
    picked = pick_rows(reported)
    if not len(picked.positions):
        return
    origins = find_origins(reported.checked)
    for start in range(0, len(picked.positions), _SLICE):
        part = _Picked(picked.positions[start : start + _SLICE], picked.gap[start : start + _SLICE])
        marks = mark_rows(reported, part.positions, part.gap)
        chosen = pa.array(part.positions)
        columns = _cells(reported.checked, part.positions)
        columns |= {
            "_source": origins.source.take(chosen),
            "_sheet": origins.sheet.take(chosen),
            "_row": origins.row.take(chosen),
        }
        columns |= _verdicts(reported, part, marks)
        columns |= {"_gap": pa.array(part.gap), "_notes": _earlier_notes(reported.checked, part.positions, seal)}
        columns["_marks"] = _mark_column(marks)
        added = frozenset(mark.column for row in marks for mark in row if mark.added)
        yield RejectRows(pa.RecordBatch.from_pydict(columns), added)


def _cells(checked: CheckedBatch, positions: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
    chosen = checked.batch.cells.iloc[positions]
    return {f"c{number}": arrow_text(chosen.iloc[:, number]) for number in range(chosen.shape[1])}


def _verdicts(reported: ReportedBatch, picked: _Picked, marks: list[list[Mark]]) -> dict[str, pa.Array]:
    outcomes = reported.outcomes.iloc[picked.positions]
    stages = [STAGES.get(Outcome(outcome), "checks") for outcome in outcomes["outcome"]]
    codes = _codes(reported, picked, marks)
    messages = [_sentences(message, row) for message, row in zip(outcomes["message"].tolist(), marks, strict=True)]
    errors = [f"{code}{CODES_END}{message}" if message else code for code, message in zip(codes, messages, strict=True)]
    suggestions = [";".join(f"{m.parameter}={m.suggestion}" for m in row if m.suggestion) for row in marks]
    return {
        "_stage": pa.array(stages, TEXT),
        "_errors": pa.array(errors, TEXT),
        "_suggestions": pa.array(suggestions, TEXT),
    }


def _codes(reported: ReportedBatch, picked: _Picked, marks: list[list[Mark]]) -> list[str]:
    """List each row's codes: of a rejected row exactly what results.csv lists, of the others what stands in its way."""
    outcomes = reported.outcomes.iloc[picked.positions]
    errors = reported.checked.facts["errors"].iloc[picked.positions].tolist()
    fallback = {
        Outcome.REFUSED: [f"api:{code or 'refused'}" for code in outcomes["api_code"]],
        Outcome.NOT_FOUND: ["row:not_found"] * len(errors),
        Outcome.CONFLICT: ["row:conflict"] * len(errors),
    }
    codes = []
    for number, outcome in enumerate(outcomes["outcome"].tolist()):
        own = ";".join(dict.fromkeys(mark.code for mark in marks[number] if mark.blocks))
        if outcome == Outcome.REJECTED:
            codes.append(errors[number])
        elif outcome in (Outcome.REFUSED, Outcome.NOT_FOUND):
            codes.append(fallback[Outcome(outcome)][number])
        else:
            codes.append(own or (fallback[Outcome.CONFLICT][number] if outcome == Outcome.CONFLICT else ""))
    return codes


def _sentences(message: str, marks: list[Mark]) -> str:
    """Join the API's or the ledger's message and what the marks say, each once."""
    said = dict.fromkeys([message, *(mark.sentence for mark in marks if mark.blocks)])
    return " ".join(sentence for sentence in said if sentence)


def _earlier_notes(checked: CheckedBatch, positions: npt.NDArray[np.int64], seal: Seal) -> pa.Array:
    if checked.batch.seals is None:
        return pa.array([""] * len(positions), pa.string())
    checks = read_checks(checked.batch.seals.iloc[positions], seal)
    return pa.array([pack_notes(check.notes if check else CheckNotes()) for check in checks], pa.string())


def _mark_column(marks: list[list[Mark]]) -> pa.Array:
    cells = [[(m.column, m.tone, m.note) for m in row if m.column] for row in marks]
    return pa.array([[dict(zip(("column", "tone", "note"), c, strict=True)) for c in row] for row in cells], MARK_TYPE)


def empty_cells(cells: pd.DataFrame) -> pa.RecordBatch:
    """Give the columns of a batch's cells without a row, to open a spool for exports that have nothing to mend."""
    return pa.RecordBatch.from_pydict({f"c{n}": pa.array([], TEXT) for n in range(cells.shape[1])})
