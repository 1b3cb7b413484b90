"""A checked batch: what the checks made of the rows that a reader gave."""

from dataclasses import dataclass, field, replace

import pandas as pd

from straitsx_bulk.schemas.batch import Batch

FINDING_COLUMNS = ("position", "parameter", "code", "severity", "header", "detail", "suggestion")
"""A table of findings, one line each: ``position`` (int64, 0-based in the batch), then text.

``severity`` is ``error`` or ``warning``. ``header`` is the source column to mend, empty where the export has none.
``detail`` is what the sentence for people needs beyond parameter and code (candidates, both readings of a date, the
kept row). ``suggestion`` is the value that ``--repair full`` would send, or empty.
"""

FACT_COLUMNS = ("rail", "usd_gaps", "repairs", "errors", "warnings", "reference", "profile_id")
"""Text facts of a row; lists are joined by ``;``. ``rail`` is ``sgd``, ``usd`` or empty for a rejected row."""

IDENTITY_COLUMNS = ("registrationType", "registrationId", "customerName", "date")
"""Whom a row is about, mended, dtype ``str``; ``date`` is of birth or incorporation. Empty where a row has no key."""


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """Rows of one batch with their verdicts; all tables share the batch's RangeIndex.

    Attributes:
        batch: The rows as read, original text untouched.
        values: One text column per API parameter (``customerName``, …, ``address.street``), mended. Of an accepted
            row, what would be sent (a parameter left out is ``""``); of a rejected row, what could be read.
        facts: Columns FACT_COLUMNS, dtype ``str``.
        accepted: Whether the row passed, dtype bool.
        full_would_pass: Whether a rejected row would pass with ``--repair full``, dtype bool.
        mended: For our own rejects files whether the analyst changed the row; elsewhere True throughout, dtype bool.
        findings: FINDING_COLUMNS, ordered by position.
        keep: The mapping's ``keep`` columns, original text.
        headers: Parameter name to the source headers it was read from.
        identity: IDENTITY_COLUMNS, what keys and identities are compared by, left out of ``values`` or not; None where
            ``values`` says it all.
    """

    batch: Batch
    values: pd.DataFrame
    facts: pd.DataFrame
    accepted: "pd.Series[bool]"
    full_would_pass: "pd.Series[bool]"
    mended: "pd.Series[bool]"
    findings: pd.DataFrame
    keep: pd.DataFrame
    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    identity: pd.DataFrame | None = None

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.batch)


def take_rows(checked: CheckedBatch, start: int, stop: int) -> CheckedBatch:
    """Cut some rows out of a checked batch, positions counted anew.

    Args:
        checked: The batch.
        start: First row, 0-based.
        stop: Row behind the last.
    """
    if start == 0 and stop >= len(checked):
        return checked
    rows = slice(start, stop)
    batch = checked.batch
    positions = checked.findings["position"]
    findings = checked.findings[(positions >= start) & (positions < stop)].reset_index(drop=True)
    notes = tuple(replace(n, position=n.position - start) for n in batch.notes if start <= n.position < stop)
    return replace(
        checked,
        batch=replace(
            batch,
            rows=batch.rows[rows],
            cells=_cut(batch.cells, rows),
            notes=notes,
            seals=None if batch.seals is None else _cut(batch.seals, rows),
        ),
        values=_cut(checked.values, rows),
        facts=_cut(checked.facts, rows),
        accepted=checked.accepted.iloc[rows].reset_index(drop=True),
        full_would_pass=checked.full_would_pass.iloc[rows].reset_index(drop=True),
        mended=checked.mended.iloc[rows].reset_index(drop=True),
        findings=findings.assign(position=findings["position"] - start),
        keep=_cut(checked.keep, rows),
        identity=None if checked.identity is None else _cut(checked.identity, rows),
    )


def _cut(frame: pd.DataFrame, rows: slice) -> pd.DataFrame:
    return frame.iloc[rows].reset_index(drop=True)
