"""Made-up runs for the tests of the reports; every name and id is invented."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd

from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.checked import FACT_COLUMNS, FINDING_COLUMNS, CheckedBatch
from straitsx_bulk.schemas.outcomes import OUTCOME_COLUMNS
from straitsx_bulk.schemas.parameters import PARAMETER_NAMES
from straitsx_bulk.schemas.run import CONFLICT_COLUMNS, ApiFigures, ReportedBatch, RunEnd, RunFacts

SINGAPORE = timezone(timedelta(hours=8), "SGT")
START = datetime(2026, 3, 2, 9, 30, 5, tzinfo=SINGAPORE)


def seal(data: bytes) -> str:
    """A keyed hash with a made-up key."""
    return hmac.new(b"made up", data, hashlib.sha256).hexdigest()[:32]


def run_facts(**changes: object) -> RunFacts:
    known: dict[str, object] = {
        "run_id": "0123456789abcdef",
        "command": "import",
        "version": "0.1.0",
        "environment": "sandbox",
        "host": "api-sandbox.straitsx.com",
        "account": "default",
        "key_fingerprint": "a1b2",
        "rate": 5.0,
        "rail": "auto",
        "repair": "safe",
        "dry_run": False,
        "started_at": START,
        "inputs": ("users.csv",),
    }
    return RunFacts(**{**known, **changes})  # type: ignore[arg-type] # each test names the fields it changes


def run_end(**changes: object) -> RunEnd:
    api = ApiFigures(calls=7, by_status={"200": 6, "429": 1}, retries=1, throttled=1, max_rate=5.0)
    known: dict[str, object] = {"finished_at": START + timedelta(minutes=2, seconds=5), "api": api, "stopped": None}
    return RunEnd(**{**known, **changes})  # type: ignore[arg-type] # each test names the fields it changes


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the findings table."""

    parameter: str
    code: str
    severity: str = "error"
    header: str = ""
    detail: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its verdict and what became of it."""

    cells: tuple[str, ...]
    outcome: str = "created"
    rail: str = "usd"
    usd_gaps: str = ""
    findings: tuple[Finding, ...] = ()
    message: str = ""
    api_code: str = ""
    http_status: int = 0
    api_calls: int = 0
    profile_id: str = ""
    full_would_pass: bool = False
    conflicts: tuple[tuple[str, str], ...] = ()
    reference: str = ""
    keep: tuple[str, ...] = ()
    seals: Mapping[str, str] | None = field(default=None)


HEADERS = ("Full Name", "Account Type", "ID No", "DOB", "Nationality", "Notes")
MAPPED = {
    "customerName": ("Full Name",),
    "registrationType": ("Account Type",),
    "registrationId": ("ID No",),
    "dateOfBirth": ("DOB",),
    "nationality": ("Nationality",),
}


def make_reported(
    rows: Sequence[Row],
    *,
    headers: tuple[str, ...] = HEADERS,
    mapped: Mapping[str, tuple[str, ...]] = MAPPED,
    source: str = "users.csv",
    sheet: str = "",
    first_row: int = 2,
    keep: tuple[str, ...] = (),
    mapping: str = "",
) -> ReportedBatch:
    """Make a reported batch of made-up rows."""
    detected = {"mapping": mapping} if mapping else {}
    origin = Origin(source, sheet, headers, 1, "csv", detected)
    cells = _texts([row.cells for row in rows], headers)
    seals = (
        None if not rows or rows[0].seals is None else pd.DataFrame([dict(r.seals or {}) for r in rows], dtype="str")
    )
    numbers = np.arange(first_row, first_row + len(rows), dtype=np.int64)
    checked = CheckedBatch(
        batch=Batch(origin, numbers, cells, (), seals),
        values=_values(cells, mapped),
        facts=_texts([_facts(row) for row in rows], FACT_COLUMNS),
        accepted=pd.Series([row.outcome != "rejected" for row in rows], dtype=bool),
        full_would_pass=pd.Series([row.full_would_pass for row in rows], dtype=bool),
        mended=pd.Series([True] * len(rows), dtype=bool),
        findings=_findings(rows),
        keep=_texts([row.keep for row in rows], keep),
        headers=dict(mapped),
    )
    return ReportedBatch(checked, _outcomes(rows), _conflicts(rows))


def _texts(rows: Sequence[tuple[str, ...]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([row[n] for row in rows], dtype="str") for n, name in enumerate(columns)})


def _values(cells: pd.DataFrame, mapped: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    empty = pd.Series([""] * len(cells), dtype="str")
    return pd.DataFrame({n: cells[mapped[n][0]] if n in mapped else empty for n in PARAMETER_NAMES})


def _codes(row: Row, severity: str) -> str:
    return ";".join(f"{f.parameter}:{f.code}" for f in row.findings if f.severity == severity)


def _facts(row: Row) -> tuple[str, ...]:
    rail = "" if row.outcome == "rejected" else row.rail
    return (rail, row.usd_gaps, "", _codes(row, "error"), _codes(row, "warning"), row.reference, "")


def _findings(rows: Sequence[Row]) -> pd.DataFrame:
    lines = [
        (position, f.parameter, f.code, f.severity, f.header, f.detail, f.suggestion)
        for position, row in enumerate(rows)
        for f in row.findings
    ]
    table = pd.DataFrame(lines, columns=list(FINDING_COLUMNS))
    return table.astype({name: "int64" if name == "position" else "str" for name in FINDING_COLUMNS})


def _outcomes(rows: Sequence[Row]) -> pd.DataFrame:
    lines = [
        (
            r.outcome,
            r.profile_id,
            "pending" if r.profile_id else "",
            r.message,
            r.http_status,
            r.api_code,
            r.api_calls,
            "",
        )
        for r in rows
    ]
    table = pd.DataFrame(lines, columns=list(OUTCOME_COLUMNS))
    numbers = ("http_status", "api_calls")
    return table.astype({name: "int64" if name in numbers else "str" for name in OUTCOME_COLUMNS})


def _conflicts(rows: Sequence[Row]) -> pd.DataFrame:
    lines = [(position, *conflict) for position, row in enumerate(rows) for conflict in row.conflicts]
    table = pd.DataFrame(lines, columns=list(CONFLICT_COLUMNS))
    return table.astype({"position": "int64", "parameter": "str", "profile_value": "str"})


BAD_NAME = Finding("customerName", "bad_characters", "error", "Full Name", "-", "Wei Ming Lim")
NO_BIRTH = Finding("dateOfBirth", "missing", "warning", "DOB")
NO_STREET = Finding("address.street", "missing", "warning")

CREATED = Row(("Tan Mei Ling", "personal", "S8012345F", "1980-03-21", "SG", ""), profile_id="cp_1", api_calls=1)
REJECTED = Row(
    ("Wei-Ming Lim", "personal", "00123456", "01/02/1990", "SG", "=1+1"),
    "rejected",
    findings=(BAD_NAME,),
    full_would_pass=True,
)
GAP = Row(
    ("Siti Aminah", "personal", "E1234567", "", "MY", ""),
    "upgraded",
    "sgd",
    "dateOfBirth;address.street",
    (NO_BIRTH, NO_STREET),
)
REFUSED = Row(
    ("Ong Kai", "personal", "S9912345A", "1999-01-02", "SG", "'quoted"),
    "refused",
    "sgd",
    message="registrationIdType is missing",
    api_code="XFE15",
    http_status=400,
    api_calls=1,
)
CONFLICT = Row(
    ("Lee Hui Min", "personal", "S7712345B", "1977-05-06", "SG", ""),
    "conflict",
    message="The profile holds other values.",
    conflicts=(("dateOfBirth", "1977-06-05"),),
    profile_id="cp_2",
)
NOT_FOUND = Row(("Nur Izzah", "personal", "S6612345C", "1966-05-06", "SG", ""), "not_found", message="No such profile.")
MIXED = (CREATED, REJECTED, GAP, REFUSED, CONFLICT, NOT_FOUND)
"""One row for each way into the rejects, and one that went in."""
