"""What holds of the check whatever the rows are."""

import re

import pandas as pd
from check_help import TODAY, check_rows, list_labels, make_batch, make_layout
from check_strategies import any_rows, clean_rows, dirty_texts
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.check import Checker, CheckSettings
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.layout import ParameterSource
from straitsx_bulk.schemas.parameters import BY_NAME, PARAMETER_NAMES, PARAMETERS, RegistrationType

REPAIRS = ("none", "safe", "full")
FAULTS = {
    "customerName": {"": "missing", "Tan!": "bad_characters", "x" * 51: "too_long"},
    "registrationId": {"": "missing", "A_12345": "bad_characters", "B12": "too_short", "K" * 36: "too_long",
                       "1.2E+9": "id_scientific"},
    "registrationIdType": {"": "missing", "licence": "not_allowed"},
    "registrationIdCountry": {"": "missing", "Narnia": "unknown_country", "Korea": "ambiguous_country"},
    "address.street": {"": "missing", "a_b": "bad_characters", "x" * 181: "too_long"},
    "address.city": {"": "missing", "a;b": "bad_characters", "x" * 21: "too_long"},
    "address.state": {"a;b": "bad_characters", "x" * 16: "too_long"},
    "address.postalCode": {"1;2": "bad_characters", "1": "too_short", "1" * 21: "too_long"},
    "address.country": {"": "missing", "ZZ": "unknown_country", "Congo": "ambiguous_country"},
    "nationality": {"": "missing", "ZZ": "unknown_country"},
    "dateOfBirth": {"": "missing", "x": "bad_date", "01/02/1990": "ambiguous_date", "2026-02-04": "date_in_future",
                    "1899-12-31": "date_too_old"},
    "dateOfIncorporation": {"": "missing", "2001-02-29": "bad_date", "1/2/99": "ambiguous_date",
                            "1850-01-01": "date_too_old"},
    "placeOfBiz": {"": "missing", "a;b": "bad_characters", "x" * 256: "too_long"},
    "gender": {"X": "not_allowed"},
    "email": {"x": "bad_email", "a" * 310 + "@example.com": "too_long"},
    "phoneNo": {"x": "bad_phone"},
    "customerNativeName": {"陳" * 192: "too_long"},
    "tradingName": {"<x>": "bad_characters", "x" * 51: "too_long"},
}  # fmt: skip
"""Parameter to faulty cells and the one code that each earns."""


@given(st.lists(clean_rows(), min_size=1, max_size=5), st.sampled_from(REPAIRS))
@settings(max_examples=15, deadline=None)
def test_clean_row_stays_clean(rows: list[dict[str, str]], repair: str) -> None:
    checked = check_rows(rows, repair=repair, headers=PARAMETER_NAMES)
    assert checked.facts["repairs"].tolist() == [""] * len(rows)
    assert [list_labels(checked, i) for i in range(len(rows))] == [[]] * len(rows)
    assert checked.facts["rail"].tolist() == ["usd"] * len(rows)
    sent = checked.values.to_dict("records")
    assert sent == [{name: row.get(name, "") for name in PARAMETER_NAMES} for row in rows]


@given(st.lists(any_rows(), min_size=1, max_size=8), st.sampled_from(("safe", "full")))
@settings(max_examples=15, deadline=None)
def test_repairs_are_idempotent(rows: list[dict[str, str]], repair: str) -> None:
    once = _read_mended(rows, repair)
    rows_again = [dict(zip(PARAMETER_NAMES, map(str, row), strict=True)) for row in once.itertuples(index=False)]
    again = check_rows(rows_again, repair=repair, headers=PARAMETER_NAMES)
    assert again.facts["repairs"].tolist() == [""] * len(rows)
    pd.testing.assert_frame_equal(_read_mended(rows_again, repair), once)


def _read_mended(rows: list[dict[str, str]], repair: str) -> pd.DataFrame:
    """Give what the repairs make of rows, nothing left out: without an id or a name each row is rejected, and whole."""
    nameless, idless = (_read_without(name, rows, repair) for name in ("customerName", "registrationId"))
    return nameless.assign(customerName=idless["customerName"])[list(PARAMETER_NAMES)]


def _read_without(name: str, rows: list[dict[str, str]], repair: str) -> pd.DataFrame:
    layout = make_layout([other for other in PARAMETER_NAMES if other != name])
    batch = make_batch(rows, headers=PARAMETER_NAMES)
    return Checker(layout, CheckSettings("import", "auto", repair, TODAY)).check(batch).values


@given(st.lists(any_rows(), min_size=1, max_size=8), st.sampled_from(REPAIRS), st.sampled_from(("auto", "sgd", "usd")))
@settings(max_examples=15, deadline=None)
def test_what_is_sent_matches_the_vendors_patterns(rows: list[dict[str, str]], repair: str, rail: str) -> None:
    checked = check_rows(rows, repair=repair, rail=rail, headers=PARAMETER_NAMES)
    for values in checked.values[checked.accepted].to_dict("records"):
        for name, value in values.items():
            assert not value or VENDOR[str(name)].fullmatch(value), f"{name} is refused"
        assert values["registrationType"] in list(RegistrationType)
        assert all(values[name] for name in ("customerName", "registrationId"))


ADDRESS = r"[a-zA-Z0-9\-?:().,' +]"
VENDOR = {
    name: re.compile(pattern, re.ASCII)
    for names, pattern in {
        "customerName": r"[a-zA-Z0-9 ]{1,50}",
        "registrationType": "personal|business",
        "registrationId": r"[a-zA-Z0-9/\-?:().,'+ ]{4,35}",
        "registrationIdType": "passport|identity_card|business_reg_no",
        "registrationIdCountry address.country placeOfBizCountry countryOfIncorporation": "[A-Z]{2}",
        "countryOfResidence nationality": "[A-Z]{2}",
        "address.street": ADDRESS + "{1,180}",
        "address.city": ADDRESS + "{1,20}",
        "address.state": ADDRESS + "{1,15}",
        "address.postalCode": r"[A-Za-z0-9\- ]{2,20}",
        "placeOfBiz": ADDRESS + "{1,255}",
        "dateOfBirth dateOfIncorporation": r"\d{4}-\d{2}-\d{2}",
        "gender": "MALE|FEMALE",
        "email": r"(?i:[\w!#$%&'*+/=?`{|}~^-]+(?:\.[\w!#$%&'*+/=?`{|}~^-]+)*@(?:[a-z0-9-]+\.)+[a-z]{2,24})",
        "phoneNo": r"\+?[1-9]\d{0,3}[\s\-]?\(?\d{1,4}\)?[\s\-]?\d{1,4}[\s\-]?\d{1,4}[\s\-]?\d{0,4}",
        "customerNativeName": r"\s*.{1,191}\s*",
        "tradingName": r"[ -;=?-~]{1,50}",
    }.items()
    for name in names.split()
}
"""The vendor's regular expressions, written down once more by hand (vendor README, Formats)."""


@st.composite
def faulty_rows(draw: st.DrawFn) -> tuple[dict[str, str], list[str]]:
    """Draw a clean row with known faults, and the findings that they must give."""
    row = draw(clean_rows())
    fitting = [name for name in FAULTS if row["registrationType"] in BY_NAME[name].types]
    if row["registrationType"] == RegistrationType.BUSINESS:
        fitting.remove("registrationIdType")  # empty is filled in there, and the word is another type's
    names = draw(st.lists(st.sampled_from(fitting), unique=True, max_size=8))
    cells = {name: draw(st.sampled_from(list(FAULTS[name]))) for name in names}
    return row | cells, sorted(f"{name}:{FAULTS[name][cell]}" for name, cell in cells.items())


@given(st.lists(faulty_rows(), min_size=1, max_size=4), st.sampled_from(("auto", "usd")))
@settings(max_examples=15, deadline=None)
def test_k_faults_give_exactly_k_findings(cases: list[tuple[dict[str, str], list[str]]], rail: str) -> None:
    checked = check_rows([row for row, _ in cases], rail=rail, headers=PARAMETER_NAMES)
    assert [sorted(list_labels(checked, i)) for i in range(len(cases))] == [expected for _, expected in cases]
    assert len(checked.findings) == sum(len(expected) for _, expected in cases)


@given(st.lists(any_rows(), min_size=2, max_size=8), st.integers(1, 4), st.sampled_from(REPAIRS))
@settings(max_examples=15, deadline=None)
def test_batch_size_never_changes_a_verdict(rows: list[dict[str, str]], size: int, repair: str) -> None:
    whole = check_rows(rows, repair=repair, headers=PARAMETER_NAMES)
    parts = [check_rows(rows[i : i + size], repair=repair, headers=PARAMETER_NAMES) for i in range(0, len(rows), size)]
    for name in ("values", "facts"):
        joined = pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        pd.testing.assert_frame_equal(joined, getattr(whole, name))
    shifted = [part.findings.assign(position=part.findings["position"] + i * size) for i, part in enumerate(parts)]
    pd.testing.assert_frame_equal(pd.concat(shifted, ignore_index=True), whole.findings)


@given(st.lists(any_rows(), min_size=1, max_size=8), st.sampled_from(("none", "safe")))
@settings(max_examples=15, deadline=None)
def test_full_would_pass_tells_what_full_does(rows: list[dict[str, str]], repair: str) -> None:
    told = check_rows(rows, repair=repair, headers=PARAMETER_NAMES)
    full = check_rows(rows, repair="full", headers=PARAMETER_NAMES)
    assert told.full_would_pass.tolist() == (full.accepted & ~told.accepted).tolist()


@given(st.lists(any_rows(), min_size=1, max_size=8), st.sampled_from(("none", "safe")))
@settings(max_examples=15, deadline=None)
def test_suggestion_put_in_place_ends_the_finding(rows: list[dict[str, str]], repair: str) -> None:
    checked = check_rows(rows, repair=repair, headers=PARAMETER_NAMES)
    for finding in checked.findings.to_dict("records"):
        if finding["suggestion"]:
            mended = rows[finding["position"]] | {finding["parameter"]: finding["suggestion"]}
            labels = list_labels(check_rows([mended], repair=repair, headers=PARAMETER_NAMES))
            assert not [
                label for label in labels if label.startswith(f"{finding['parameter']}:") and "checksum" not in label
            ]


@given(st.lists(any_rows(), min_size=1, max_size=8), st.sampled_from(REPAIRS))
@settings(max_examples=15, deadline=None)
def test_every_change_is_listed_and_none_changes_nothing(rows: list[dict[str, str]], repair: str) -> None:
    mended = _read_mended(rows, repair)
    listed = check_rows(rows, repair=repair, headers=PARAMETER_NAMES).facts["repairs"]
    for i, row in enumerate(rows):
        named = {change.partition(":")[0] for change in listed[i].split(";")}
        kind = mended.at[i, "registrationType"]
        for parameter in PARAMETERS:
            foreign = kind in list(RegistrationType) and kind not in parameter.types
            blank = not row.get(parameter.name, "").strip() and repair == "none"
            if not foreign and not blank and parameter.name not in named:
                assert mended.at[i, parameter.name] == row.get(parameter.name, "")
    if repair == "none":
        assert set(listed) == {""}


@given(st.lists(dirty_texts, min_size=1, max_size=40), st.sampled_from(("safe", "full")))
@settings(max_examples=60, deadline=None)
def test_no_run_of_an_ids_digits_or_letters_gets_longer(cells: list[str], repair: str) -> None:
    mended = _read_mended([{"registrationId": cell} for cell in cells], repair)["registrationId"]
    for cell, after in zip(cells, mended, strict=True):
        visible = re.sub("[\u00ad\u200b\u200d\ufeff\ufe0f]", "", cell)  # a person sees the run without these
        for runs in (r"\d+", r"[^\W\d_]+"):
            assert _longest(runs, after) <= _longest(runs, visible)


def _longest(pattern: str, text: str) -> int:
    return max((len(run) for run in re.findall(pattern, text)), default=0)


@given(
    st.lists(any_rows(), min_size=1, max_size=6),
    st.sampled_from(("auto", "sgd", "usd")),
    st.sampled_from(("import", "upgrade")),
)
@settings(max_examples=15, deadline=None)
def test_row_is_rejected_exactly_where_it_has_an_error(rows: list[dict[str, str]], rail: str, command: str) -> None:
    rail = "auto" if command == "upgrade" and rail == "sgd" else rail
    checked = check_rows(rows, rail=rail, command=command, headers=PARAMETER_NAMES)
    assert checked.accepted.tolist() == (checked.facts["errors"] == "").tolist()
    assert (checked.facts["rail"] != "").tolist() == checked.accepted.tolist()
    _assert_facts_match_findings(checked)


def _assert_facts_match_findings(checked: CheckedBatch) -> None:
    for name, severity in (("errors", "error"), ("warnings", "warning")):
        chosen = checked.findings[checked.findings["severity"] == severity]
        labels = chosen["parameter"] + ":" + chosen["code"]
        joined = labels.groupby(chosen["position"]).agg(";".join)
        assert checked.facts[name].tolist() == joined.reindex(range(len(checked)), fill_value="").tolist()


def test_strategies_reach_every_parameter() -> None:
    assert set(VENDOR) == set(PARAMETER_NAMES)
    assert set(FAULTS) <= set(PARAMETER_NAMES)


def test_a_rows_repairs_stand_in_one_order_whatever_other_rows_hold() -> None:
    bared, bare = {"address.state": "@None@"}, {"address.state": "none"}
    alone = check_rows([bared], repair="full", headers=PARAMETER_NAMES)
    among = check_rows([bare, bared], repair="full", headers=PARAMETER_NAMES)
    assert alone.facts["repairs"].tolist() == ["address.state:characters_replaced;address.state:emptied"]
    assert among.facts["repairs"].tolist() == ["address.state:emptied", *alone.facts["repairs"]]


def test_a_repair_of_a_part_and_of_the_whole_is_named_once() -> None:
    layout = make_layout((), sources=(ParameterSource("address.state", ("State", "Province"), join=" "),))
    checked = check_rows([{"State": "N/A", "Province": "@None@"}], repair="full", layout=layout)
    assert checked.values["address.state"].tolist() == [""]
    assert checked.facts["repairs"].tolist() == ["address.state:characters_replaced;address.state:emptied"]


PIECES = ("Blk 1", "Orchard Road", "#01-01", "12/14", "Singapore", "S", "238840", "S(238840)", ",", "\n", "Café", "&",
          "路", "N/A", "-", "(", "#", "Jakarta", "SG")  # fmt: skip
OWN_PARTS = ("address.street", "address.city", "address.country")
WITH_WHOLE = make_layout(
    (),
    sources=(
        *(ParameterSource(n, (n,)) for n in PARAMETER_NAMES if not n.startswith("address.") or n in OWN_PARTS),
        ParameterSource("address", ("Address",)),
    ),
)


@st.composite
def rows_with_a_whole_address(draw: st.DrawFn) -> dict[str, str]:
    """Draw a clean row whose address stands in one column, some of its parts in columns of their own as well."""
    whole = " ".join(draw(st.lists(st.sampled_from(PIECES), max_size=7)))
    own = {name: draw(st.sampled_from(("", "", "SG", "Malaysia", "N/A", "x#y", "é"))) for name in OWN_PARTS}
    return draw(clean_rows()) | own | {"Address": whole}


@given(st.lists(rows_with_a_whole_address(), min_size=1, max_size=6), st.sampled_from(REPAIRS))
@settings(max_examples=15, deadline=None)
def test_whole_addresses_are_sent_whole_or_not_at_all_and_alike_in_any_batch(
    rows: list[dict[str, str]], repair: str
) -> None:
    headers = [name for source in WITH_WHOLE.sources for name in source.headers]
    checked = check_rows(rows, repair=repair, layout=WITH_WHOLE, headers=headers)
    for position, values in enumerate(checked.values.to_dict("records")):
        sent = {str(name): value for name, value in values.items() if value and checked.accepted.iloc[position]}
        assert not [name for name, value in sent.items() if not VENDOR[name].fullmatch(value)]
        assert {name in sent for name in OWN_PARTS} != {True, False}
        alone = check_rows([rows[position]], repair=repair, layout=WITH_WHOLE, headers=headers)
        assert alone.facts.iloc[0].tolist() == checked.facts.iloc[position].tolist()
        assert alone.values.iloc[0].tolist() == list(values.values())
