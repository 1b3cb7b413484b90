"""Batches and checkers for the tests of the check."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from straitsx_bulk.schemas.batch import Batch, CellNote, Origin
from straitsx_bulk.schemas.check import Checker, CheckSettings
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.layout import Layout, ParameterSource
from straitsx_bulk.schemas.parameters import PARAMETER_NAMES, PARAMETERS

TODAY = date(2026, 2, 3)

PERSON = {p.name: p.example[0] for p in PARAMETERS if p.example[0]}
BUSINESS = {p.name: p.example[1] for p in PARAMETERS if p.example[1]}


def make_batch(
    rows: Sequence[Mapping[str, str]],
    notes: tuple[CellNote, ...] = (),
    headers: Sequence[str] = (),
    seals: pd.DataFrame | None = None,
) -> Batch:
    """Make a batch of rows as a reader would; cells that a row does not name are empty."""
    columns = list(headers) or list(dict.fromkeys(name for row in rows for name in row))
    cells = pd.DataFrame([[row.get(name, "") for name in columns] for row in rows], columns=columns, dtype="str")
    origin = Origin("users.csv", "", tuple(columns), 1, "csv")
    return Batch(origin, np.arange(2, 2 + len(rows)), cells, notes, seals)


def make_layout(headers: Sequence[str], **changes: object) -> Layout:
    """Make a layout that reads each parameter from the column of its name."""
    sources = tuple(ParameterSource(name, (name,)) for name in PARAMETER_NAMES if name in headers)
    return Layout(**({"sources": sources} | changes))  # type: ignore[arg-type] # tests name fields of their own


def check_rows(
    rows: Sequence[Mapping[str, str]],
    *,
    rail: str = "auto",
    repair: str = "safe",
    command: str = "import",
    layout: Layout | None = None,
    notes: tuple[CellNote, ...] = (),
    date_formats: Mapping[str, tuple[str, ...]] | None = None,
    headers: Sequence[str] = (),
) -> CheckedBatch:
    """Check rows in one batch."""
    batch = make_batch(rows, notes, headers)
    settings = CheckSettings(command, rail, repair, TODAY)
    return Checker(layout or make_layout(batch.origin.headers), settings, date_formats).check(batch)


def list_labels(checked: CheckedBatch, position: int = 0) -> list[str]:
    """List a row's findings, errors and warnings, as ``parameter:code``."""
    facts = checked.facts.iloc[position]
    return [label for name in ("errors", "warnings") for label in facts[name].split(";") if label]
