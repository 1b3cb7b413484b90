"""Duplicates and identity conflicts over a whole run."""

import unicodedata
from dataclasses import replace
from operator import itemgetter

import numpy as np
import pandas as pd
import pytest
from check_help import BUSINESS, PERSON, TODAY, check_rows, make_batch, make_layout
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.batch import CellNote, Note
from straitsx_bulk.schemas.check import Checker, CheckSettings
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.keys import NO_ROW, KeyIndex, RunFindings, apply_run_findings
from straitsx_bulk.schemas.parameters import PARAMETER_NAMES

Found = list[tuple[int, str, int]]


def _resolve(*batches: CheckedBatch) -> RunFindings:
    index = KeyIndex()
    for batch in batches:
        index.add(batch)
    return index.resolve()


def _list(found: RunFindings) -> Found:
    names = np.where(found.conflicts, "identity_conflict", "duplicate")
    return list(zip(found.positions.tolist(), names.tolist(), found.kept.tolist(), strict=True))


def _find(*rows: dict[str, str], repair: str = "safe", rail: str = "auto") -> Found:
    return _list(
        _resolve(check_rows([PERSON | row for row in rows], repair=repair, rail=rail, headers=PARAMETER_NAMES))
    )


def test_rows_without_a_twin_are_left_alone() -> None:
    assert _find({}, {"registrationId": "K1234567E"}) == []


def test_first_of_the_same_identity_is_kept() -> None:
    assert _find({}, {}, {}) == [(1, "duplicate", 0), (2, "duplicate", 0)]


def test_first_row_without_other_errors_is_kept() -> None:
    assert _find({"customerName": "Tan Mei-Ling"}, {}, {}) == [(0, "duplicate", 1), (2, "duplicate", 1)]


def test_nothing_is_a_duplicate_where_every_row_has_errors() -> None:
    assert _find({"customerName": "Tan Mei-Ling"}, {"customerName": "Tan Mei_Ling"}) == []


@pytest.mark.parametrize("name", ["TAN MEI LING", "Tan MeiLing", "tan  mei ling"])
def test_names_are_compared_by_letters_and_digits(name: str) -> None:
    assert _find({}, {"customerName": name}) == [(1, "duplicate", 0)]


@pytest.mark.parametrize("registration_id", ["s8012345j", " S8012345J ", "S8012345J\u00a0"])
@pytest.mark.parametrize("repair", ["none", "safe", "full"])
def test_keys_are_compared_in_upper_case_with_space_collapsed_whatever_the_repair(
    registration_id: str, repair: str
) -> None:
    found = _find({}, {"registrationId": registration_id}, repair=repair)
    assert found == [(1, "duplicate", 0)]


def test_inner_space_is_collapsed_and_not_dropped() -> None:
    assert _find({"registrationId": "AB 123"}, {"registrationId": "ab   123"}) == [(1, "duplicate", 0)]
    assert _find({"registrationId": "AB 123"}, {"registrationId": "AB123"}) == []


def test_another_name_holds_every_row_back() -> None:
    assert _find({}, {"customerName": "Lim Ah Kow"}, {}) == [
        (0, "identity_conflict", 1),
        (1, "identity_conflict", 0),
        (2, "identity_conflict", 1),
    ]


def test_another_date_of_birth_holds_every_row_back() -> None:
    found = _find({}, {"dateOfBirth": "1981-03-21"})
    assert [code for _, code, _ in found] == ["identity_conflict"] * 2


def test_dates_are_compared_where_both_rows_have_one() -> None:
    assert _find({}, {"dateOfBirth": ""}) == [(1, "duplicate", 0)]
    found = _find({}, {"dateOfBirth": ""}, {"dateOfBirth": "1999-09-09"})
    assert [code for _, code, _ in found] == ["identity_conflict"] * 3


def test_dates_are_compared_though_the_rail_sends_none() -> None:
    found = _find({}, {"dateOfBirth": "1981-03-21"}, rail="sgd")
    assert [code for _, code, _ in found] == ["identity_conflict"] * 2


def test_businesses_are_compared_by_date_of_incorporation() -> None:
    twin = BUSINESS | {"dateOfIncorporation": "2001-01-01"}
    assert len(_resolve(check_rows([BUSINESS, twin], headers=PARAMETER_NAMES))) == 2


def test_person_and_business_may_share_an_id() -> None:
    business = BUSINESS | {"registrationId": PERSON["registrationId"]}
    assert len(_resolve(check_rows([PERSON, business], headers=PARAMETER_NAMES))) == 0


def test_letters_of_other_scripts_tell_names_apart() -> None:
    assert _find({"customerName": "陈大文"}, {"customerName": "陈大武"})[0][1] == "identity_conflict"
    assert _find({"customerName": "GROSS"}, {"customerName": "Groß"}) == [(1, "duplicate", 0)]


@pytest.mark.parametrize("registration_id", ["", "1.23E+14"])
def test_ruined_and_empty_ids_are_no_keys(registration_id: str) -> None:
    rows = [{"registrationId": registration_id, "customerName": f"Tan {i}"} for i in range(3)]
    assert _find(*rows) == []


def test_ragged_row_has_no_key() -> None:
    notes = (CellNote(1, None, Note.RAGGED_ROW),)
    checked = check_rows([PERSON, PERSON | {"customerName": "Shifted"}], notes=notes)
    assert len(_resolve(checked)) == 0


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "registrationId": st.sampled_from(("K123456", "k123456", "K 123456", "Z999999", "1.2E+9", "")),
            "customerName": st.sampled_from(("Tan Ah Kow", "TAN AH-KOW", "Lim", "", "Ünal", "ünal")),
            "dateOfBirth": st.sampled_from(("", "1990-01-21", "1990-01-22", "x")),
            "registrationType": st.sampled_from(("personal", "personal", "Individual", "VIP")),
        }
    ),
    max_size=12,
)


@given(ROWS, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_index_agrees_with_comparing_row_by_row_whatever_the_batches(rows: list[dict[str, str]], size: int) -> None:
    batches = [check_rows(rows[i : i + size], headers=PARAMETER_NAMES) for i in range(0, len(rows), size)]
    accepted = [bool(flag) for batch in batches for flag in batch.accepted]
    found, expected = _list(_resolve(*batches)), _compare_plainly(rows, accepted)
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert [row for row, allowed in zip(found, expected, strict=True) if row[2] not in allowed[2]] == []


def _compare_plainly(rows: list[dict[str, str]], accepted: list[bool]) -> list[tuple[int, str, set[int]]]:
    """Say the contract's rule once more, slowly; with the rows that each may be told to be up against."""
    groups: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        kind = {"Individual": "personal"}.get(row["registrationType"], row["registrationType"])
        if kind == "personal" and row["registrationId"] not in ("", "1.2E+9"):
            groups.setdefault((kind, row["registrationId"].upper()), []).append(i)
    names = ["".join(filter(str.isalnum, unicodedata.normalize("NFC", row["customerName"]).casefold())) for row in rows]
    dates = [row["dateOfBirth"].strip("x") for row in rows]
    found: list[tuple[int, str, set[int]]] = []
    for members in groups.values():
        kept = next((i for i in members if accepted[i]), None)
        others = {i: {j for j in members if _differ(names, i, j) or _differ(dates, i, j)} for i in members}
        if any(others.values()):
            found += [(i, "identity_conflict", others[i] or set(members) - {i}) for i in members]
        elif kept is not None:
            found += [(i, "duplicate", {kept}) for i in members if i != kept]
    return sorted(found, key=itemgetter(0))


def _differ(values: list[str], one: int, other: int) -> bool:
    return bool(values[one] and values[other] and values[one] != values[other])


def test_findings_are_applied_to_the_batches_they_are_in() -> None:
    first, second = check_rows([PERSON]), check_rows([PERSON | {"email": "x"}, BUSINESS], headers=PARAMETER_NAMES)
    found = _resolve(first, second)
    assert apply_run_findings(first, 0, found, str) is first
    applied = apply_run_findings(second, 1, found, lambda position: f"users.csv, row {position + 2}")
    assert applied.accepted.tolist() == [False, True]
    assert applied.facts["errors"].tolist() == ["registrationId:duplicate", ""]
    assert applied.facts["warnings"].tolist() == ["email:bad_email", ""]
    assert applied.facts["rail"].tolist() == ["", "usd"]
    assert applied.facts["usd_gaps"].tolist() == ["", ""]
    told = applied.findings[["position", "code", "severity", "header", "detail"]].to_dict("records")
    assert told == [
        {"position": 0, "code": "bad_email", "severity": "warning", "header": "email", "detail": ""},
        {
            "position": 0,
            "code": "duplicate",
            "severity": "error",
            "header": "registrationId",
            "detail": "users.csv, row 2",
        },
    ]
    assert second.accepted.all()


def test_detail_names_what_else_differs() -> None:
    checked = check_rows([PERSON, PERSON | {"email": "other@example.com", "phoneNo": ""}, PERSON])
    applied = apply_run_findings(checked, 0, _resolve(checked), lambda row: f"row {row + 2}", checked.values)
    assert applied.findings["detail"].tolist() == ["row 2; other there: email, phoneNo", "row 2"]


def _return_rejects(errors: list[str], mended: list[bool]) -> CheckedBatch:
    """Check rows of a rejects file, as they come back."""
    seals = pd.DataFrame({"_errors": errors}, dtype="str")
    batch = make_batch([PERSON | {"registrationId": f"K12345{i}"} for i in range(len(errors))], seals=seals)
    checker = Checker(make_layout(batch.origin.headers), CheckSettings("import", "auto", "safe", TODAY))
    return replace(checker.check(batch), mended=pd.Series(mended, dtype=bool))


def test_unmended_row_of_a_rejects_file_keeps_a_duplicate() -> None:
    errors = ["registrationId:duplicate", "registrationId:duplicate", "customerName:missing"]
    returned = _return_rejects(errors, [False, True, False])
    found = _resolve(returned)
    assert _list(found) == [(0, "duplicate", NO_ROW)]
    assert apply_run_findings(returned, 0, found, str).accepted.tolist() == [False, True, True]


def test_no_rows_give_no_findings() -> None:
    assert len(KeyIndex().resolve()) == 0


def test_resolving_takes_the_rows_out() -> None:
    index = KeyIndex()
    index.add(check_rows([PERSON, PERSON]))
    assert len(index.resolve()) == 1
    assert len(index.resolve()) == 0


def test_ten_million_keys_fit_six_hundred_megabytes() -> None:
    index = KeyIndex()
    rows = 20_000
    ids = pd.Series(np.arange(rows), dtype="int64").astype("str")
    checked = check_rows([PERSON])
    values = pd.DataFrame(dict.fromkeys(checked.values, ""), index=range(rows), dtype="str")
    values = values.assign(registrationType="personal", registrationId="K" + ids, customerName="Tan " + ids)
    flags = pd.Series(True, index=range(rows), dtype=bool)
    index.add(replace(checked, values=values.astype("str"), accepted=flags, identity=None))
    held = sum(chunk.nbytes for store in vars(index).values() for chunk in store)
    assert held / rows * 10_000_000 < 600e6
    assert len(index.resolve()) == 0


def test_a_conflict_names_a_row_that_is_not_the_same_person() -> None:
    other = PERSON | {"customerName": "Someone Else"}
    nameless = PERSON | {"customerName": "", "dateOfBirth": ""}
    checked = check_rows([PERSON, PERSON, other, other, nameless], repair="none")
    found = _resolve(checked)
    assert found.positions.tolist() == [0, 1, 2, 3, 4]
    assert found.conflicts.all()
    assert found.kept.tolist() == [2, 2, 0, 0, 0]


def test_a_conflict_whose_first_row_lacks_what_differs_names_those_that_differ() -> None:
    undated = PERSON | {"dateOfBirth": ""}
    younger = PERSON | {"dateOfBirth": "1999-09-09"}
    found = _resolve(check_rows([undated, PERSON, PERSON, younger], repair="none"))
    assert found.kept.tolist() == [1, 3, 3, 1]
