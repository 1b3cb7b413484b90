"""Shapes and check letters, held against the published algorithms, one number at a time, and python-stdnum."""

from collections.abc import Callable

import pandas as pd
import pytest
import stdnum.id.nik
import stdnum.id.npwp
import stdnum.sg.uen
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas import registration_ids as ids

Judge = Callable[["pd.Series[str]"], "pd.Series[bool]"]
JUDGES = [
    ids.looks_like_nric, ids.nric_checksum_ok, ids.looks_like_uen, ids.uen_checksum_ok, ids.looks_like_nik, ids.nik_ok,
    ids.looks_like_npwp, ids.npwp_ok, ids.looks_scientific,
]  # fmt: skip


def judge(function: Judge, *texts: str) -> list[bool]:
    return function(pd.Series(list(texts), dtype="str")).tolist()


def make_nric(series: str, digits: str) -> str:
    """Write an NRIC or FIN by the published rule, step by step."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, (2, 7, 6, 5, 4, 3, 2), strict=True))
    if series in "TG":
        total += 4
    if series == "M":
        total += 3
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    return series + digits + letters[series][total % 11]


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


SERIES = st.sampled_from("STFGM")


# NRIC and FIN


def test_made_up_numbers_of_every_series_have_the_known_letters() -> None:
    """Numbers that tutorials and test systems use, with their letters as published."""
    known = ["S1234567D", "T1234567J", "F1234567N", "G1234567X", "M1234567K", "S0000001I"]
    assert judge(ids.nric_checksum_ok, *known) == [True] * 6
    assert [make_nric(text[0], text[1:8]) for text in known] == known


@settings(max_examples=60, deadline=None)
@given(SERIES, digits(7))
def test_a_number_made_by_the_rule_holds_in_any_case(series: str, number: str) -> None:
    nric = make_nric(series, number)
    assert judge(ids.nric_checksum_ok, nric, nric.lower(), f" {nric}\t") == [True] * 3


@settings(max_examples=60, deadline=None)
@given(SERIES, digits(7), st.integers(0, 6), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_caught(series: str, number: str, place: int, digit: str) -> None:
    assume(number[place] != digit)
    nric = make_nric(series, number)
    assert judge(ids.nric_checksum_ok, series + number[:place] + digit + number[place + 1 :] + nric[-1]) == [False]


@settings(max_examples=60, deadline=None)
@given(SERIES, digits(7), st.integers(0, 5))
def test_two_neighbours_swapped_are_always_caught(series: str, number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert judge(ids.nric_checksum_ok, series + swapped + make_nric(series, number)[-1]) == [False]


@settings(max_examples=60, deadline=None)
@given(SERIES, digits(7))
def test_exactly_one_letter_fits(series: str, number: str) -> None:
    fitting = judge(ids.nric_checksum_ok, *(series + number + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assert sum(fitting) == 1


@pytest.mark.parametrize(
    "text",
    ["", "S1234567", "1234567D", "A1234567D", "S12345678D", "S123456D", "S1234567DD", "S 1234567 D", "S1234567-D",
     "S１２３４５６７D", "S1234567D\nS1234567D", "S1234567É", "XXXXX567D"],
)  # fmt: skip
def test_another_shape_is_no_nric_and_has_no_check_letter(text: str) -> None:
    assert (judge(ids.looks_like_nric, text), judge(ids.nric_checksum_ok, text)) == ([False], [False])


def test_a_wrong_letter_still_looks_like_an_nric() -> None:
    assert (judge(ids.looks_like_nric, "s1234567a"), judge(ids.nric_checksum_ok, "s1234567a")) == ([True], [False])


# UEN


def test_the_three_forms_of_a_uen_hold() -> None:
    """Examples of python-stdnum's documentation: business, local company, others."""
    texts = ["00192200M", "197401143C", "S16FC0121D", "T01FC6132D", "t01fc6132d "]
    assert judge(ids.looks_like_uen, *texts) == [True] * 5
    assert judge(ids.uen_checksum_ok, *texts) == [True] * 5


@settings(max_examples=60, deadline=None)
@given(digits(8), digits(9))
def test_check_letters_of_businesses_and_companies_are_those_of_stdnum(business: str, company: str) -> None:
    texts = [
        business + stdnum.sg.uen.calc_business_check_digit(business),
        company + stdnum.sg.uen.calc_local_company_check_digit(company),
    ]
    wrong = [text[:-1] + ("A" if text[-1] != "A" else "B") for text in texts]
    assert judge(ids.uen_checksum_ok, *texts, *wrong) == [True, True, False, False]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from("RST"), digits(2), st.sampled_from(["LL", "FC", "VC", "PF", "ZZ"]), digits(4))
def test_check_letters_of_others_are_those_of_stdnum(begin: str, year: str, kind: str, number: str) -> None:
    """Whatever the kind: VC (variable capital companies) came in 2020. Z has no place in the alphabet."""
    stem = begin + year + kind + number
    letters = judge(ids.uen_checksum_ok, *(stem + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    fitting = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place] for place, fits in enumerate(letters) if fits]
    assert fitting == ([] if kind == "ZZ" else [stdnum.sg.uen.calc_other_check_digit(stem)])


@settings(max_examples=60, deadline=None)
@given(digits(9), st.integers(0, 8), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_company_is_always_caught(company: str, place: int, digit: str) -> None:
    assume(company[place] != digit)
    letter = stdnum.sg.uen.calc_local_company_check_digit(company)
    assert judge(ids.uen_checksum_ok, company[:place] + digit + company[place + 1 :] + letter) == [False]


@pytest.mark.parametrize(
    "text", ["", "1234567A", "1234567890A", "U01FC6132D", "T1FC6132D", "T01F16132D", "197401143", "53-1234567A"]
)
def test_another_shape_is_no_uen(text: str) -> None:
    assert (judge(ids.looks_like_uen, text), judge(ids.uen_checksum_ok, text)) == ([False], [False])


@settings(max_examples=60, deadline=None)
@given(SERIES, digits(7))
def test_an_nric_is_never_taken_for_a_uen(series: str, number: str) -> None:
    """The mix-up warnings rest on it."""
    assert judge(ids.looks_like_uen, make_nric(series, number)) == [False]


# NIK and NPWP


@pytest.mark.parametrize(
    ("nik", "holds"),
    [
        ("3171011708450001", True),
        ("3171015708450001", True),  # a woman: the day plus 40
        ("3171012902000001", True),  # 29 February 2000
        ("3171012902010001", False),  # 2001 and 1901 had none
        ("3171016902040001", True),  # a woman's 29 February
        ("3171012902020001", False),
        ("3171012902960001", True),
        ("3171013104990001", False),  # 31 April
        ("3171017204990001", False),  # 72 is day 32
        ("3171010004990001", False),  # day 0
        ("3171014004990001", False),  # day 40
        ("3171010113990001", False),  # month 13
        ("3171010100990001", False),  # month 0
        ("3171011708450000", False),  # serial 0000
        ("6571011708450001", True),  # North Kalimantan
        ("9601011708450001", True),  # Southwest Papua
        ("9971011708450001", False),  # no such province
        ("0071011708450001", False),
        ("3100011708450001", False),  # regency 00
        ("3170011708450001", False),  # 70: between regencies and cities
        ("3171001708450001", False),  # district 00
    ],
)
def test_a_nik_holds_place_birth_date_and_serial(nik: str, holds: bool) -> None:
    assert ([True], [holds]) == (judge(ids.looks_like_nik, nik), judge(ids.nik_ok, nik))


@settings(max_examples=60, deadline=None)
@given(st.dates(), st.booleans(), st.sampled_from([11, 31, 36, 51, 76, 82, 94]), st.integers(1, 9999))
def test_a_nik_of_any_birth_date_holds_as_stdnum_says(date: object, is_woman: bool, province: int, serial: int) -> None:
    day, month, year = f"{date:%d %m %y}".split()
    nik = f"{province}7101{int(day) + 40 * is_woman:02}{month}{year}{serial:04}"
    assert ([stdnum.id.nik.is_valid(nik)], True) == (judge(ids.nik_ok, nik), stdnum.id.nik.is_valid(nik))


@settings(max_examples=200, deadline=None)
@given(digits(12))
def test_what_holds_as_a_nik_holds_for_stdnum_too(number: str) -> None:
    nik = f"3171{number}"
    assert not judge(ids.nik_ok, nik)[0] or stdnum.id.nik.is_valid(nik)


@pytest.mark.parametrize(
    "text", ["", "317101170845000", "31710117084500011", "3171-0117-0845-0001", "317101170845000A", "３171011708450001"]
)
def test_another_shape_is_no_nik(text: str) -> None:
    assert (judge(ids.looks_like_nik, text), judge(ids.nik_ok, text)) == ([False], [False])


@pytest.mark.parametrize(
    ("npwp", "holds"),
    [
        ("01.312.166.0-091.000", True),
        ("013121660091000", True),
        ("0013121660091000", True),  # 16 digits since 2024
        ("01.312.166.0.091.000", True),
        ("01.312.167.0-091.000", False),
        ("01.312.166.1-091.000", False),
        ("3171011708450001", True),  # a NIK is its person's NPWP
        ("3171011708450000", False),
    ],
)
def test_an_npwp_holds_by_its_check_digit_or_as_a_nik(npwp: str, holds: bool) -> None:
    assert ([True], [holds]) == (judge(ids.looks_like_npwp, npwp), judge(ids.npwp_ok, npwp))


@settings(max_examples=60, deadline=None)
@given(digits(15))
def test_npwp_check_digits_are_those_of_stdnum(number: str) -> None:
    assert [stdnum.id.npwp.is_valid(number)] * 2 == judge(ids.npwp_ok, number, f"0{number}")


@pytest.mark.parametrize(
    "text", ["", "01.312.166.0-091.00", "01-312-166-0-091-000", "0131216600910001234", "ABCDEFGHIJKLMNO"]
)
def test_another_shape_is_no_npwp(text: str) -> None:
    assert (judge(ids.looks_like_npwp, text), judge(ids.npwp_ok, text)) == ([False], [False])


# Excel's ruined numbers


@pytest.mark.parametrize(
    "text",
    [
        "1.23E+14",
        "1,23E+14",
        "1.23457e+11",
        " 3.17101E+15 ",
        "1E+14",
        "1e-05",
        "-1.5E+10",
        "+1.5E+10",
        "1.2 E+14",
        "1.0E14",
        "12.3E+13",
    ],
)
def test_a_number_that_a_spreadsheet_has_ruined_is_recognised(text: str) -> None:
    assert judge(ids.looks_scientific, text) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1E12345",
        "12E4",
        "E1234567",
        "1E5",
        "A1.2E+3",
        "1.23",
        "123456789012345",
        "S1234567E",
        "1.23E",
        "1.2E+1234",
        "E+14",
        "1.2.3E+4",
    ],
)
def test_a_document_number_with_an_e_is_left_alone(text: str) -> None:
    assert judge(ids.looks_scientific, text) == [False]


@settings(max_examples=60, deadline=None)
@given(st.floats(min_value=1e10, max_value=1e20), st.integers(1, 6))
def test_every_long_number_as_excel_shows_it_is_recognised(number: float, places: int) -> None:
    text = f"{number:.{places}E}"
    assert judge(ids.looks_scientific, text, text.replace(".", ",")) == [True, True]


# All of them


@pytest.mark.parametrize("function", JUDGES)
def test_a_verdict_is_a_bool_column_with_the_texts_index(function: Judge) -> None:
    texts = pd.Series(["S1234567D", "", "00192200M", "3171011708450001"], index=[4, 4, 1, 9], dtype="str")
    verdict = function(texts)
    assert (texts.index.tolist(), "bool") == (verdict.index.tolist(), str(verdict.dtype))
    assert (function(texts[:0]).tolist(), str(function(texts[:0]).dtype)) == ([], "bool")


@pytest.mark.parametrize("function", JUDGES)
@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(max_size=20) | st.from_regex(r"[STFGMR]?[0-9A-Z.,+-]{7,16}", fullmatch=True), max_size=8))
def test_any_text_gets_a_verdict_of_its_own(function: Judge, texts: list[str]) -> None:
    """No text raises, and none changes its neighbour's verdict."""
    assert [judge(function, text)[0] for text in texts] == judge(function, *texts)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.from_regex(r"[STFGMR]?[0-9A-Z]{8,10}", fullmatch=True), max_size=8))
def test_a_check_letter_fits_only_where_the_shape_does(texts: list[str]) -> None:
    for looks, holds in (
        (ids.looks_like_nric, ids.nric_checksum_ok),
        (ids.looks_like_uen, ids.uen_checksum_ok),
        (ids.looks_like_nik, ids.nik_ok),
        (ids.looks_like_npwp, ids.npwp_ok),
    ):
        assert all(a >= b for a, b in zip(judge(looks, *texts), judge(holds, *texts), strict=True))
