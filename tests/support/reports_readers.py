"""Reads reports back with libraries that had no part in writing them."""

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineWorkbook
from reports_samples import run_end, run_facts, seal

from straitsx_bulk.io.reports.folder import make_run_folder
from straitsx_bulk.io.reports.seals import SEAL_COLUMNS
from straitsx_bulk.io.reports.writer import KINDS, ReportPaths, Reports
from straitsx_bulk.schemas.run import ReportedBatch, RunEnd


def report(
    out: Path,
    *batches: ReportedBatch,
    end: RunEnd | None = None,
    kinds: frozenset[str] = KINDS,
    sheet_rows: int = 1_048_576,
    run_id: str = "abc",
    command: str = "import",
) -> ReportPaths:
    """Write the reports of a run with these batches."""
    facts = run_facts(run_id=run_id, command=command)
    folder = make_run_folder(out, facts.run_id, facts.started_at)
    with Reports(folder, facts, kinds, seal, sheet_rows=sheet_rows) as reports:
        for batch in batches:
            reports.add(batch)
        return reports.finish(end or run_end())


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV report with the standard library, guards taken away."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{k.removeprefix("'"): v.removeprefix("'") for k, v in line.items()} for line in csv.DictReader(file)]


def read_sheet(path: Path, sheet: str) -> list[dict[str, str]]:
    """Read a sheet's rows as text with calamine."""
    header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()
    return [dict(zip(map(str, header), map(_as_text, row), strict=True)) for row in rows]


def _as_text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def split_seals(rows: list[dict[str, str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split rows of a rejects file into the ``_`` columns and the cells."""
    table = pd.DataFrame(rows, dtype="str")
    return table[list(SEAL_COLUMNS)], table.drop(columns=list(SEAL_COLUMNS))


def read_summary(paths: ReportPaths) -> dict[str, Any]:
    """Read summary.json."""
    content: dict[str, Any] = json.loads(paths.summary.read_text(encoding="utf-8"))
    return content
