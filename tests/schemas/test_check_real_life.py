"""Rows as old systems really hold them, with what the vendor's rules and the contract say of each, written by hand.

Each file in ``real_life/`` is a category; a row changes some cells of a clean person's or business's row. ``⏎`` stands
for a line break, ``⍽`` for a non-breaking space, ``▯`` for a zero-width space.
"""

import csv
from functools import cache
from pathlib import Path

import pytest
from check_help import BUSINESS, PERSON, check_rows

from straitsx_bulk.schemas.checked import CheckedBatch

FILES = sorted((Path(__file__).parent / "real_life").glob("*.csv"))
STAND_INS = str.maketrans({"⏎": "\n", "⍽": "\u00a0", "▯": "\u200b"})


def _read_cells(text: str) -> dict[str, str]:
    pairs = (change.partition("=") for change in text.translate(STAND_INS).split(" | ") if change)
    return {name.strip(): cell for name, _, cell in pairs}


def _read_cases() -> list[dict[str, str]]:
    cases = []
    for path in FILES:
        with path.open(encoding="utf-8", newline="") as file:
            cases += [case | {"file": path.stem} for case in csv.DictReader(file)]
    return cases


CASES = _read_cases()


@cache
def _check_all() -> CheckedBatch:
    """Check all cases in one batch; each row is judged for itself."""
    bases = {"personal": PERSON, "business": BUSINESS}
    return check_rows([bases[case["base"]] | _read_cells(case["changes"]) for case in CASES])


def test_there_are_two_hundred_cases() -> None:
    assert len(CASES) >= 200


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{case['file']}: {case['why']}" for case in CASES])
def test_row_is_judged_as_a_person_would(number: int) -> None:
    case, checked = CASES[number], _check_all()
    findings = checked.findings[checked.findings["position"] == number]
    told = {
        "rail": checked.facts.at[number, "rail"],
        "errors": checked.facts.at[number, "errors"],
        "warnings": checked.facts.at[number, "warnings"],
        "sent": {name: checked.values.at[number, name] for name in _read_cells(case["sent"])},
        "suggestions": {f["parameter"]: f["suggestion"] for f in findings.to_dict("records") if f["suggestion"]},
    }
    expected = {
        "rail": case["rail"],
        "errors": case["errors"],
        "warnings": case["warnings"],
        "sent": {name: cell.strip() for name, cell in _read_cells(case["sent"]).items()},
        "suggestions": _read_cells(case["suggestions"]),
    }
    assert told == expected
    assert bool(checked.accepted.iloc[number]) == (not case["errors"])
