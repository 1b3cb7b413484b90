"""What the rejects workbook says of single cells: which column, in what colour, with which words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from straitsx_bulk.io.reports.sentences import describe_once
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, BY_NAME, PARAMETER_NAMES
from straitsx_bulk.schemas.run import ReportedBatch
from straitsx_bulk.schemas.wording import list_names

ERROR, WARNING, GAP, CONFLICT = "error", "warning", "gap", "conflict"
TONES = (ERROR, CONFLICT, GAP, WARNING)
"""Colours of cells, the strongest first: a cell with several marks takes the strongest."""

_NEEDED_ADDRESS_PARTS = tuple(name for name in ADDRESS_PARTS if BY_NAME[name].usd)
_PARAMETER_WORDS = re.compile(
    r"\b(" + "|".join(re.escape(n) for n in sorted(PARAMETER_NAMES, key=len, reverse=True)) + r")\b"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that is wrong with one cell.

    Attributes:
        column: The column to colour; empty for a mark on the whole row.
        added: Whether the export has no such column, so that it is added.
        tone: One of TONES.
        code: ``parameter:code``.
        parameter: The API's name.
        sentence: What is wrong, for people.
        note: What the comment says: what is wrong, what is allowed, the suggestion.
        suggestion: The value to put there, or empty.
        blocks: Whether it stands in the row's way; a warning does not.
    """

    column: str
    added: bool
    tone: str
    code: str
    parameter: str
    sentence: str
    note: str
    suggestion: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class _Fault:
    """A finding, a gap, a conflict or a refusal, before its column is known."""

    parameter: str
    code: str
    header: str
    detail: str
    suggestion: str
    tone: str
    refused: bool = False


def mark_rows(
    reported: ReportedBatch, positions: npt.NDArray[np.int64], gap: npt.NDArray[np.bool_]
) -> list[list[Mark]]:
    """Mark the cells of some rows.

    Args:
        reported: The batch and its outcomes.
        positions: The rows' 0-based positions in the batch, ascending, shape (n,).
        gap: Whether the row is in for SGD and lacks something for USD, shape (n,).

    Returns:
        The marks of each row, n lists.
    """
    faults: dict[int, list[_Fault]] = {int(position): [] for position in positions}
    gaps = dict(zip(positions.tolist(), _gap_names(reported, positions, gap), strict=True))
    for position, fault in _findings(reported.checked, positions, gaps):
        faults[position].append(fault)
    columns = _Columns(reported.checked)
    for position, names in gaps.items():
        silent = _silent_gaps(names, faults[position])
        faults[position].extend(fault for fault in silent if not columns.is_filled(position, fault.parameter))
    for position, fault in _answers(reported, faults):
        faults[position].append(fault)
    return [[mark for fault in row for mark in columns.mark(place, fault)] for place, row in faults.items()]


def _gap_names(
    reported: ReportedBatch, positions: npt.NDArray[np.int64], gap: npt.NDArray[np.bool_]
) -> Iterator[tuple[str, ...]]:
    lists = reported.checked.facts["usd_gaps"].iloc[positions].tolist()
    return (tuple(text.split(";")) if lacks else () for text, lacks in zip(lists, gap.tolist(), strict=True))


def _findings(
    checked: CheckedBatch, positions: npt.NDArray[np.int64], gaps: dict[int, tuple[str, ...]]
) -> Iterator[tuple[int, _Fault]]:
    """Give the findings of the rows as faults; on a row that lacks USD parameters, those findings are gaps."""
    found = checked.findings
    chosen = found[found["position"].isin(positions)]
    names = ("position", "parameter", "code", "severity", "header", "detail", "suggestion")
    for position, parameter, code, severity, header, detail, suggestion in zip(
        *(chosen[name].tolist() for name in names), strict=True
    ):
        tone = ERROR if severity == "error" else GAP if _covers(gaps[position], parameter) else WARNING
        yield position, _Fault(parameter, code, header, detail, suggestion, tone)


def _covers(gaps: Sequence[str], parameter: str) -> bool:
    return any(parameter == gap or parameter.startswith(f"{gap}.") or gap.startswith(f"{parameter}.") for gap in gaps)


def _silent_gaps(gaps: tuple[str, ...], faults: list[_Fault]) -> Iterator[_Fault]:
    """Name the gaps that no finding speaks of: the parameter is missing where the row is empty there."""
    for gap in gaps:
        if not any(_covers((gap,), fault.parameter) for fault in faults):
            for name in _NEEDED_ADDRESS_PARTS if gap == "address" else (gap,):
                yield _Fault(name, "missing", "", "", "", GAP)


def _answers(reported: ReportedBatch, rows: dict[int, list[_Fault]]) -> Iterator[tuple[int, _Fault]]:
    """Give what the API said: values that differ from the profile's, and parameters that a refusal names."""
    conflicts = reported.conflicts
    columns = (conflicts[name].tolist() for name in ("position", "parameter", "profile_value"))
    for position, parameter, value in zip(*columns, strict=True):
        if position in rows:
            yield position, _Fault(parameter, "conflict", "", "", value, CONFLICT)
    outcomes = reported.outcomes.iloc[list(rows)]
    refused = outcomes[outcomes["outcome"] == Outcome.REFUSED]
    for position, message, code in zip(refused.index.tolist(), refused["message"], refused["api_code"], strict=True):
        for parameter in dict.fromkeys(_PARAMETER_WORDS.findall(message)):
            yield position, _Fault(parameter, code or "refused", "", message, "", ERROR, refused=True)


class _Columns:
    """Finds the columns that a fault is to be mended in.

    Args:
        checked: The batch, with its headers.
    """

    def __init__(self, checked: CheckedBatch) -> None:
        self._cells = checked.batch.cells
        self._values = checked.values
        self._headers = checked.headers
        self._all = frozenset(checked.batch.origin.headers)

    def is_filled(self, position: int, parameter: str) -> bool:
        """Say whether a row has something in a parameter, sent or not: then it is the profile that lacks it."""
        if self._values[parameter].iloc[position]:
            return True
        found = self._headers.get(parameter) or self._headers.get(parameter.partition(".")[0], ())
        return any(self._holds(position, name) for name in found)

    def mark(self, position: int, fault: _Fault) -> Iterator[Mark]:
        """Make the marks of a fault, one for each column that the parameter is read from.

        A value to put in place of several joined columns goes into the first; the others have to be emptied, or it
        would be joined with them again.
        """
        first, *others = self._find(position, fault) or ("",)
        others = [column for column in others if not fault.suggestion or self._holds(position, column)]
        yield self._mark_column(first, fault, _note(fault, others), fault.suggestion)
        for column in others:
            note = _note_to_empty(fault, first) if fault.suggestion else _note(fault, ())
            yield self._mark_column(column, fault, note, "")

    def _mark_column(self, column: str, fault: _Fault, note: str, suggestion: str) -> Mark:
        return Mark(
            column,
            bool(column) and column not in self._all,
            fault.tone,
            f"{fault.parameter}:{fault.code}",
            fault.parameter,
            _tell(fault),
            note,
            suggestion,
            fault.tone != WARNING,
        )

    def _shares_address(self, parameter: str) -> bool:
        """Say whether a part of the address is read from a column that holds the whole of it."""
        known = self._headers.get(parameter)
        parts = [name for name in ADDRESS_PARTS if self._headers.get(name) == known]
        return bool(known) and parameter in parts and len(parts) > 1 and known != (parameter,)

    def _holds(self, position: int, column: str) -> bool:
        return column in self._all and bool(self._cells[column].iloc[position].strip())

    def _needs_own_column(self, position: int, fault: _Fault) -> bool:
        """Say whether a part of a whole address is to be mended beside it, where it beats what the whole says.

        What is put in place of the whole would lose its other parts, and what a full cell does not tell for certain
        (the city of an address abroad) cannot be told in it.
        """
        if not self._shares_address(fault.parameter):
            return False
        whole = self._headers[fault.parameter]
        lacks = fault.code == Code.MISSING and any(self._holds(position, column) for column in whole)
        return fault.tone == CONFLICT or bool(fault.suggestion) or lacks

    def _find(self, position: int, fault: _Fault) -> tuple[str, ...]:
        known = self._headers.get(fault.parameter, ())
        if self._needs_own_column(position, fault):
            return (fault.parameter,)
        if fault.header in self._all and not (fault.suggestion and fault.header in known):
            return (fault.header,)
        if known:
            return known
        whole = self._headers.get(fault.parameter.partition(".")[0]) if "." in fault.parameter else None
        return whole or ((fault.parameter,) if fault.parameter in BY_NAME else ())


def _words(fault: _Fault) -> tuple[str, str]:
    """Say what is wrong and what is allowed; conflicts and refusals are the API's, not findings of the checks."""
    parameter = BY_NAME.get(fault.parameter)
    if fault.tone == CONFLICT:
        label = parameter.label if parameter else fault.parameter
        held = f": {fault.suggestion}" if fault.suggestion else ""
        return f"{label} ({fault.parameter}): the profile at StraitsX holds another value{held}.", ""
    if fault.refused:
        return fault.detail, parameter.allowed if parameter else ""
    description = describe_once(fault.parameter, fault.code, fault.detail)
    return description.message, description.allowed


def _tell(fault: _Fault) -> str:
    """Say in one row's ``_errors`` what the comment says; a refusal's words stand there already."""
    sentence, allowed = _words(fault)
    if fault.refused:
        return f"Allowed for {fault.parameter}: {allowed}." if allowed else ""
    return f"{sentence} Allowed: {allowed}." if allowed else sentence


def _note(fault: _Fault, others: Sequence[str]) -> str:
    """Say in the comment of a cell what is wrong, and what to put there.

    Args:
        fault: What is wrong.
        others: Columns whose texts are joined to the cell's, and that hold one.
    """
    sentence, allowed = _words(fault)
    lines = [sentence]
    if allowed:
        lines.append(f"Allowed: {allowed}")
    if fault.tone == CONFLICT:
        lines.append(_CONFLICT_JOINED.format(_list_all(others)) if others else _CONFLICT)
    elif fault.suggestion:
        lines.append(f"Suggestion: {fault.suggestion}")
        if others:
            lines.append(f"Put it here whole, and empty the cell in {_list_all(others)}.")
    return "\n".join(lines)


def _list_all(columns: Sequence[str]) -> str:
    return list_names(tuple(columns), len(columns))


def _note_to_empty(fault: _Fault, first: str) -> str:
    label = BY_NAME[fault.parameter].label if fault.parameter in BY_NAME else fault.parameter
    whose = "profile's value" if fault.tone == CONFLICT else "suggestion"
    return f"{label} ({fault.parameter}) is read from several cells. Empty this cell: the {whose} goes into {first}."


_CONFLICT = "Put the profile's value here, or empty the cell, and import again."
_CONFLICT_JOINED = "Put the profile's value here and empty the cell in {0}, or empty them all, and import again."
