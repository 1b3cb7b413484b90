"""The pandera models: made from the table, usable on their own, and of one mind with the fast check."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pandera.errors
import pytest
from check_help import BUSINESS, PERSON, TODAY
from check_strategies import any_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas import BusinessSgd, BusinessUsd, PersonalSgd, PersonalUsd
from straitsx_bulk.schemas.check_arrow import to_texts
from straitsx_bulk.schemas.check_columns import find_doubtful
from straitsx_bulk.schemas.check_rules import RULES, Setting, find_faults
from straitsx_bulk.schemas.parameters import BY_NAME, PARAMETER_NAMES, PARAMETERS, Kind, Rail, RegistrationType
from straitsx_bulk.schemas.profiles import MODELS

EXAMPLES = {RegistrationType.PERSONAL: PERSON, RegistrationType.BUSINESS: BUSINESS}


def _make_table(rows: list[dict[str, str]], registration_type: str) -> pd.DataFrame:
    names = [p.name for p in PARAMETERS if registration_type in p.types]
    return pd.DataFrame([[row.get(name, "") for name in names] for row in rows], columns=names, dtype="str")


def _list_failures(registration_type: RegistrationType, rail: Rail, table: pd.DataFrame) -> set[tuple[int, str, str]]:
    """List pandera's failure cases as row, column and check."""
    try:
        MODELS[registration_type, rail].validate(table, lazy=True)
    except pandera.errors.SchemaErrors as failed:
        cases = failed.failure_cases
        return set(zip(cases["index"], cases["column"], cases["check"], strict=True))
    return set()


@pytest.mark.parametrize("key", MODELS)
def test_model_has_the_tables_columns_and_needs(key: tuple[RegistrationType, Rail]) -> None:
    registration_type, rail = key
    columns = MODELS[key].to_schema().columns
    expected = {p.name: p.needed_for(registration_type, rail) for p in PARAMETERS if registration_type in p.types}
    assert {name: column.required for name, column in columns.items()} == expected


@pytest.mark.parametrize("key", MODELS)
def test_model_runs_every_rule_of_the_table(key: tuple[RegistrationType, Rail]) -> None:
    for name, column in MODELS[key].to_schema().columns.items():
        expected = {str(rule.code) for rule in RULES if BY_NAME[name].kind in rule.kinds} | {"missing"}
        assert {check.name for check in column.checks} == expected


def test_usd_is_sgd_and_more() -> None:
    assert issubclass(PersonalUsd, PersonalSgd)
    assert issubclass(BusinessUsd, BusinessSgd)


@pytest.mark.parametrize("key", MODELS)
def test_model_takes_the_tables_examples(key: tuple[RegistrationType, Rail]) -> None:
    table = _make_table([EXAMPLES[key[0]]], key[0])
    pd.testing.assert_frame_equal(MODELS[key].validate(table, lazy=True), table)


def test_sgd_models_take_three_columns() -> None:
    three = pd.DataFrame([["Tan Mei Ling", "personal", "S8012345J"]], columns=list(PARAMETER_NAMES[:3]), dtype="str")
    assert len(PersonalSgd.validate(three, lazy=True)) == 1


def test_missing_values_count_as_empty() -> None:
    table = _make_table([PERSON, PERSON], "personal")
    table.loc[1, ["nationality", "gender"]] = np.nan
    assert _list_failures(RegistrationType.PERSONAL, Rail.USD, table) == {(1, "nationality", "missing")}


def test_model_refuses_another_types_row() -> None:
    table = _make_table([PERSON | {"registrationType": "business"}], "personal")
    assert _list_failures(RegistrationType.PERSONAL, Rail.SGD, table) == {(0, "registrationType", "not_allowed")}


@given(st.lists(any_rows(), min_size=1, max_size=6), st.sampled_from(list(MODELS)))
@settings(max_examples=15, deadline=None)
def test_fast_masks_are_panderas_failure_cases(rows: list[dict[str, str]], key: tuple[RegistrationType, Rail]) -> None:
    registration_type, rail = key
    table = _make_table(rows, registration_type)
    setting = Setting(TODAY, registration_type)
    masks = set()
    for name in table:
        parameter, texts = BY_NAME[str(name)], to_texts(table[name])
        for code, flags in find_faults(parameter, texts, setting):
            masks |= {(int(i), str(name), str(code)) for i in np.flatnonzero(flags)}
        if parameter.needed_for(registration_type, rail):
            masks |= {(int(i), str(name), "missing") for i in np.flatnonzero(table[name] == "")}
        if parameter.kind not in (Kind.ENUM, Kind.COUNTRY, Kind.DATE):
            _assert_nothing_certain_is_faulty(str(name), table[name], setting)
    assert _list_failures(registration_type, rail, table) == masks


def _assert_nothing_certain_is_faulty(name: str, column: "pd.Series[str]", setting: Setting) -> None:
    """Hold the fast path's first look to the rules: what it sets aside as clean breaks none."""
    texts = to_texts(column)
    doubtful = find_doubtful(BY_NAME[name], texts)
    for _code, flags in find_faults(BY_NAME[name], texts, setting):
        assert not (flags & ~doubtful).any()


@pytest.mark.parametrize("count", [1, 7, 60])
def test_k_faults_give_k_failure_cases(count: int) -> None:
    """Lazy pandera has lost errors and row numbers before: issues 1080, 484, 532 and 1993."""
    faults = [
        ("customerName", "bad!"),
        ("registrationId", "x"),
        ("nationality", "Narnia"),
        ("dateOfBirth", "2001-02-29"),
    ]
    rows = [PERSON | {faults[i % 4][0]: faults[i % 4][1]} for i in range(count)]
    table = _make_table([PERSON, *rows, PERSON], "personal")
    codes = {"customerName": "bad_characters", "registrationId": "too_short", "nationality": "unknown_country"}
    expected = {(i + 1, faults[i % 4][0], codes.get(faults[i % 4][0], "bad_date")) for i in range(count)}
    assert _list_failures(RegistrationType.PERSONAL, Rail.USD, table) == expected


def test_importing_the_room_loads_no_pandas() -> None:
    script = "import sys, straitsx_bulk.schemas; print(sorted({'pandas', 'pandera', 'pyarrow'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_room_has_nothing_else_to_give() -> None:
    import straitsx_bulk.schemas as room

    with pytest.raises(AttributeError, match="PersonalEur"):
        room.PersonalEur  # noqa: B018 - the access is what is tested


def test_columns_without_any_value_are_empty_whatever_their_dtype() -> None:
    table = pd.DataFrame([PERSON | {"gender": float("nan"), "email": None}, PERSON | {"gender": None, "email": None}])
    assert PersonalUsd.validate(table, lazy=True)["email"].isna().all()
    with pytest.raises(pandera.errors.SchemaErrors) as failed:
        PersonalUsd.validate(table.assign(dateOfBirth=float("nan")), lazy=True)
    cases = failed.value.failure_cases
    assert cases[["column", "check", "index"]].values.tolist() == [["dateOfBirth", "missing", n] for n in (0, 1)]


def test_numbers_in_place_of_text_are_named_once_and_by_their_dtype() -> None:
    with pytest.raises(pandera.errors.SchemaErrors) as failed:
        PersonalUsd.validate(pd.DataFrame([PERSON | {"registrationId": 8012345}]), lazy=True)
    cases = failed.value.failure_cases
    assert set(cases["column"]) == {"registrationId"}
    assert not [check for check in cases["check"] if not str(check).startswith("dtype")]
