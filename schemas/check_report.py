"""Findings as a table, with suggestions, and the facts of each row as text."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas.check_arrow import (
    Flags,
    Positions,
    Texts,
    blank_rows,
    find_changed,
    join_labels,
    make_texts,
    repeat_text,
    take_rows,
    to_table,
    to_texts,
)
from straitsx_bulk.schemas.check_columns import Fault
from straitsx_bulk.schemas.check_rows import Decision, Evaluation
from straitsx_bulk.schemas.checked import FINDING_COLUMNS, IDENTITY_COLUMNS, CheckedBatch
from straitsx_bulk.schemas.findings import ADVICE, ROW, Code, Severity
from straitsx_bulk.schemas.parameters import Rail


class Suggestions:
    """What ``full`` would send in place of faulty values, where it would then pass.

    Args:
        rows: The rows that were judged again, 0-based, ascending.
        full: Their evaluation under ``full``; None where there is nothing to suggest.
        now: The values as they are.
    """

    def __init__(self, rows: Positions, full: Evaluation | None, now: Mapping[str, Texts]) -> None:
        self._rows = rows
        self._full = full
        self._now = now

    def suggest(self, fault: Fault) -> Texts:
        """Give one suggestion for each row of a fault, empty where there is none."""
        if self._full is None or fault.parameter == ROW or fault.code in ADVICE:
            return repeat_text("", len(fault.positions))
        places = np.searchsorted(self._rows, fault.positions)
        proposed = take_rows(self._full.values[fault.parameter], places)
        passes = ~self._full.find_bad(fault.parameter)[places]
        differs = find_changed(proposed, take_rows(self._now[fault.parameter], fault.positions))
        return pc.if_else(pa.array(passes & differs), proposed, "").cast(pa.large_string())


def make_findings(decision: Decision, headers: Mapping[str, tuple[str, ...]], suggestions: Suggestions) -> pd.DataFrame:
    """Make the table of findings, FINDING_COLUMNS, ordered by row, then errors before warnings.

    Args:
        decision: What was found.
        headers: Parameter to the source columns it was read from.
        suggestions: What to put in place.
    """
    parts = [
        _make_part(fault, severity, headers, suggestions.suggest(fault))
        for severity, faults in ((Severity.ERROR, decision.errors), (Severity.WARNING, decision.warnings))
        for fault in faults
    ]
    return sort_findings(parts)


def sort_findings(parts: Sequence[pa.Table]) -> pd.DataFrame:
    """Put findings together in one table, ordered by row and otherwise as they come."""
    if not parts:
        empty = {name: make_texts([]) for name in FINDING_COLUMNS}
        return to_table(empty | {"position": pa.array([], type=pa.int64())})
    table = pa.concat_tables(parts)
    order = np.argsort(table["position"].to_numpy(), kind="stable")
    return to_table({name: table[name].take(pa.array(order)) for name in FINDING_COLUMNS})


def _make_part(
    fault: Fault, severity: Severity, headers: Mapping[str, tuple[str, ...]], suggestions: Texts
) -> pa.Table:
    count = len(fault.positions)
    names = headers.get(fault.parameter, ())
    return pa.table(
        {
            "position": pa.array(fault.positions),
            "parameter": repeat_text(fault.parameter, count),
            "code": repeat_text(str(fault.code), count),
            "severity": repeat_text(str(severity), count),
            "header": repeat_text(names[0] if names else "", count),
            "detail": make_texts(fault.details) if fault.details else repeat_text("", count),
            "suggestion": suggestions,
        }
    )


def make_facts(
    evaluation: Evaluation, decision: Decision, reference: "pd.Series[str] | None", profile_id: Texts
) -> pd.DataFrame:
    """Make the table of facts, FACT_COLUMNS.

    Args:
        evaluation: The judged columns.
        decision: What follows for each row.
        reference: The caller's own key, as read.
        profile_id: The customer_profile_id, mended.
    """
    count = evaluation.count
    rail = pc.if_else(pa.array(decision.complete), str(Rail.USD), str(Rail.SGD))
    changes = [(label, positions[~evaluation.skipped[positions]]) for label, positions in evaluation.changes]
    return to_table(
        {
            "rail": pc.if_else(pa.array(decision.accepted), rail, "").cast(pa.large_string()),
            "usd_gaps": _join(count, decision.gaps),
            "repairs": _join(count, changes),
            "errors": _join(count, _label(decision.errors)),
            "warnings": _join(count, _label(decision.warnings)),
            "reference": repeat_text("", count) if reference is None else to_texts(reference),
            "profile_id": profile_id,
        }
    )


def _label(faults: Sequence[Fault]) -> list[tuple[str, Positions]]:
    return [(f"{fault.parameter}:{fault.code}", fault.positions) for fault in faults]


def _join(count: int, labelled: Sequence[tuple[str, Positions]]) -> Texts:
    return join_labels(count, [label for label, _ in labelled], [positions for _, positions in labelled])


def list_values(values: Mapping[str, Texts], skipped: Flags) -> dict[str, Texts]:
    """Give the values with those of rows that could not be judged left empty."""
    if not skipped.any():
        return dict(values)
    return {name: pc.if_else(pa.array(skipped), "", texts).cast(pa.large_string()) for name, texts in values.items()}


def list_identity(evaluation: Evaluation) -> pd.DataFrame:
    """Make the table of what keys and identities are compared by, IDENTITY_COLUMNS.

    A row that cannot be judged has no key, and neither has one whose id a spreadsheet or a wrong encoding has ruined:
    many different ids end up as the same text then.
    """
    ruined = evaluation.skipped.copy()
    for fault in evaluation.faults:
        if fault.parameter == "registrationId" and fault.code in (Code.ID_SCIENTIFIC, Code.UNDECODABLE):
            ruined[fault.positions] = True
    values = evaluation.values
    born = values["dateOfBirth"]
    if evaluation.business.any():
        born = pc.if_else(pa.array(evaluation.business), values["dateOfIncorporation"], born)
    identity = {name: values[name] for name in IDENTITY_COLUMNS[:3]} | {"date": born}
    return to_table({name: blank_rows(texts, ruined) for name, texts in identity.items()})


def add_errors(
    checked: CheckedBatch, positions: Positions, parameter: str, codes: list[str], details: list[str]
) -> CheckedBatch:
    """Reject rows of a checked batch for further reasons.

    Args:
        checked: The batch.
        positions: Rows in the batch, 0-based, each once.
        parameter: What the findings are on, or ``row``.
        codes: One code a row.
        details: One detail a row, for its sentence.

    Returns:
        A batch with those findings as errors, and those rows not accepted.
    """
    facts = checked.facts.copy()
    errors = facts["errors"].to_numpy(dtype=object, copy=True)
    for position, code in zip(positions.tolist(), codes, strict=True):
        label = f"{parameter}:{code}"
        errors[position] = f"{errors[position]};{label}" if errors[position] else label
    facts["errors"] = pd.Series(errors, dtype="str")
    rejected = np.zeros(len(checked), dtype=bool)
    rejected[positions] = True
    for name in ("rail", "usd_gaps"):
        facts[name] = facts[name].mask(rejected, "")
    return replace(
        checked,
        facts=facts,
        accepted=checked.accepted & ~rejected,
        full_would_pass=checked.full_would_pass & ~rejected,
        findings=_add_findings(checked, positions, parameter, codes, details),
    )


def _add_findings(
    checked: CheckedBatch, positions: Positions, parameter: str, codes: list[str], details: list[str]
) -> pd.DataFrame:
    headers = checked.headers.get(parameter, ())
    count = len(positions)
    added = pa.table(
        {
            "position": pa.array(positions),
            "parameter": repeat_text(parameter, count),
            "code": make_texts(codes),
            "severity": repeat_text(str(Severity.ERROR), count),
            "header": repeat_text(headers[0] if headers else "", count),
            "detail": make_texts(details),
            "suggestion": repeat_text("", count),
        }
    )
    before = pa.Table.from_pandas(checked.findings, schema=added.schema, preserve_index=False)
    return sort_findings([before, added])
