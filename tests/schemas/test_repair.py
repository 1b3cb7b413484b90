"""Each repair by its code, what it leaves alone, and that it is done once."""

import numpy as np
import pytest
from check_help import TODAY
from check_strategies import dirty_texts
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.check_arrow import make_texts
from straitsx_bulk.schemas.check_columns import find_doubtful
from straitsx_bulk.schemas.parameters import BY_NAME, PARAMETER_NAMES, PARAMETERS, Kind
from straitsx_bulk.schemas.repair import DateSetting, Repair, mend_texts

DATES = DateSetting((), (), TODAY)
BY_TEXT = [p.name for p in PARAMETERS if p.kind not in (Kind.ENUM, Kind.COUNTRY, Kind.DATE)]


def _mend(name: str, text: str, repair: Repair) -> tuple[str, list[str]]:
    mended = mend_texts(BY_NAME[name], make_texts([text]), repair, DATES)
    return mended.texts.to_pylist()[0], list(mended.changes)


SAFE = [
    ("customerName", "  Tan \t Mei Ling\n", "Tan Mei Ling", ["trimmed"]),
    ("customerName", "Tan\u00a0Mei\u3000Ling", "Tan Mei Ling", ["trimmed"]),
    ("customerName", "\ufeffTan\u200b Mei\u00ad Ling", "Tan Mei Ling", ["trimmed"]),
    ("customerName", "Ｔａｎ", "Tan", ["normalised"]),
    ("customerName", "Griﬃth", "Griffith", ["normalised"]),
    ("customerName", "O’Brien", "O'Brien", ["normalised"]),
    ("address.street", "1 “A” Road – B", '1 "A" Road - B', ["normalised"]),
    ("address.street", "12½ Road", "12½ Road", []),
    ("customerName", "Jose\u0301", "José", ["normalised"]),
    ("customerName", " Ｔａｎ\u3000Ah ", "Tan Ah", ["trimmed", "normalised"]),
    ("customerName", "N/A", "", ["emptied"]),
    ("customerName", "NULL", "", ["emptied"]),
    ("email", "nil", "", ["emptied"]),
    ("registrationId", "none", "", ["emptied"]),
    ("phoneNo", "-", "", ["emptied"]),
    ("phoneNo", " – ", "", ["trimmed", "normalised", "emptied"]),
    ("nationality", "NA", "NA", []),
    ("nationality", "n/a", "", ["emptied"]),
    ("address.city", "Nan", "Nan", []),
    ("address.city", "NaN", "", ["emptied"]),
    ("registrationType", "Individual", "personal", ["alias"]),
    ("registrationType", "Corp", "business", ["alias"]),
    ("registrationType", "PERSONAL", "personal", ["alias"]),
    ("registrationType", "VIP", "VIP", []),
    ("registrationIdType", "NRIC", "identity_card", ["alias"]),
    ("registrationIdType", "FIN", "identity_card", ["alias"]),
    ("registrationIdType", "UEN", "business_reg_no", ["alias"]),
    ("registrationIdType", "Passport", "passport", ["alias"]),
    ("gender", "f", "FEMALE", ["alias"]),
    ("registrationId", "s1234567d", "S1234567D", ["upper_cased"]),
    ("registrationId", "straße1", "STRAßE1", ["upper_cased"]),
    ("registrationId", "20141166.0", "20141166", ["excel_number"]),
    ("registrationId", "20141166.00", "20141166.00", []),
    ("registrationId", "00123.0", "00123", ["excel_number"]),
    ("registrationId", "1.23E+14", "1.23E+14", []),
    ("registrationId", "12½", "12½", []),
    ("registrationId", "S1234５67Ｄ", "S1234567D", ["normalised"]),
    ("address.postalCode", "238840.0", "238840", ["excel_number"]),
    ("address.street", "100.0", "100.0", []),
    ("nationality", "Singaporean", "SG", ["country_code"]),
    ("nationality", "SGP", "SG", ["country_code"]),
    ("nationality", "sg", "SG", ["country_code"]),
    ("nationality", "702.0", "SG", ["excel_number", "country_code"]),
    ("nationality", "Korea", "Korea", []),
    ("dateOfBirth", "21/01/1990", "1990-01-21", ["date_format"]),
    ("dateOfBirth", "1990-01-21 00:00:00", "1990-01-21", ["date_format"]),
    ("dateOfBirth", "01/02/1990", "01/02/1990", []),
    ("address.street", "Blk 1 #01-01", "Blk 1 01-01", ["hash_dropped"]),
    ("address.street", "Blk 5#01-01", "Blk 5 01-01", ["hash_dropped"]),
    ("placeOfBiz", "# 02-03 Mall", "02-03 Mall", ["hash_dropped"]),
    ("address.city", "#1", "#1", []),
    ("customerNativeName", "陈\u3000美玲", "陈 美玲", ["trimmed"]),
    ("customerNativeName", "神﨑", "神﨑", []),
    ("customerNativeName", "می\u200cخواهم", "می\u200cخواهم", []),
    ("customerName", "می\u200cخواهم", "میخواهم", ["trimmed"]),
]

FULL = [
    ("customerName", "Jürgen Groß", "Jurgen Gross", ["transliterated"]),
    ("customerName", "Søren Ø", "Soren O", ["transliterated"]),
    ("customerName", "O'Brien", "OBrien", ["characters_replaced"]),
    ("customerName", "Wei-Ming", "Wei Ming", ["characters_replaced"]),
    ("customerName", "Lion Pte. Ltd.", "Lion Pte Ltd", ["characters_replaced"]),
    ("customerName", "Rajan S/O Muthu", "Rajan S O Muthu", ["characters_replaced"]),
    ("customerName", "Tan & Sons", "Tan and Sons", ["ampersand"]),
    ("customerName", "A&B", "A and B", ["ampersand"]),
    ("customerName", "A &amp; B", "A and B", ["ampersand"]),
    ("customerName", "Ang Mo Kio 陳!", "Ang Mo Kio 陳", ["characters_replaced"]),
    ("customerName", "!!!", "!!!", []),
    ("customerName", "Tan 😀 Ah 👍🏽", "Tan Ah", ["characters_replaced"]),
    ("address.street", "1/2 A_B Road; C", "1 2 A B Road C", ["characters_replaced"]),
    ("address.street", "St. Andrew's", "St. Andrew's", []),
    ("address.city", "München", "Munchen", ["transliterated"]),
    ("placeOfBiz", "Hub @ One & Two", "Hub One and Two", ["ampersand", "characters_replaced"]),
    ("address.postalCode", "S(238840)", "S(238840)", []),
    ("registrationId", "S#1234567", "S#1234567", []),
    ("tradingName", "Café & Co", "Café & Co", []),
    ("customerName", "x" * 60, "x" * 60, []),
    ("customerName", "A && B", "A and B", ["ampersand"]),
    ("customerName", "a'\u0301b", "ab", ["characters_replaced"]),
    ("customerName", "'nil'", "", ["characters_replaced", "emptied"]),
]


@pytest.mark.parametrize(("name", "text", "expected", "codes"), SAFE)
def test_safe_changes_form_and_never_meaning(name: str, text: str, expected: str, codes: list[str]) -> None:
    assert _mend(name, text, Repair.SAFE) == (expected, codes)


@pytest.mark.parametrize(("name", "text", "expected", "codes"), FULL)
def test_full_writes_what_the_api_takes(name: str, text: str, expected: str, codes: list[str]) -> None:
    assert _mend(name, text, Repair.FULL) == (expected, codes)


@pytest.mark.parametrize(("name", "text"), [case[:2] for case in FULL if "emptied" not in case[3]])
def test_safe_leaves_to_full_what_changes_a_name(name: str, text: str) -> None:
    assert _mend(name, text, Repair.SAFE) == (text, [])


@pytest.mark.parametrize(("name", "text"), [case[:2] for case in SAFE + FULL])
def test_none_changes_nothing(name: str, text: str) -> None:
    assert _mend(name, text, Repair.NONE) == (text, [])


@pytest.mark.parametrize("blank", [" ", "\t \n", "\u00a0", "\u3000"])
def test_none_counts_white_space_alone_as_empty(blank: str) -> None:
    assert _mend("customerName", blank, Repair.NONE) == ("", [])


@given(st.lists(dirty_texts, min_size=1, max_size=30), st.sampled_from(PARAMETER_NAMES))
@settings(max_examples=250, deadline=None)
def test_mending_twice_is_mending_once(cells: list[str], name: str) -> None:
    for repair in (Repair.SAFE, Repair.FULL):
        once = mend_texts(BY_NAME[name], make_texts(cells), repair, DATES)
        again = mend_texts(BY_NAME[name], once.texts, repair, DATES)
        assert again.texts.to_pylist() == once.texts.to_pylist()
        assert again.changes == {}


@given(st.lists(dirty_texts, min_size=1, max_size=30), st.sampled_from(PARAMETER_NAMES), st.sampled_from(list(Repair)))
@settings(max_examples=150, deadline=None)
def test_changed_is_listed_and_listed_is_changed_step_by_step(cells: list[str], name: str, repair: Repair) -> None:
    mended = mend_texts(BY_NAME[name], make_texts(cells), repair, DATES)
    changed = np.array([a != b for a, b in zip(cells, mended.texts.to_pylist(), strict=True)])
    listed = np.logical_or.reduce([np.zeros(len(cells), dtype=bool), *mended.changes.values()])
    if repair is Repair.NONE:
        assert not listed.any()
    else:
        assert not (changed & ~listed).any()


@given(st.lists(dirty_texts, min_size=1, max_size=30), st.sampled_from(BY_TEXT))
@settings(max_examples=250, deadline=None)
def test_no_repair_touches_what_is_set_aside_as_clean(cells: list[str], name: str) -> None:
    texts = make_texts(cells)
    doubtful = find_doubtful(BY_NAME[name], texts)
    mended = mend_texts(BY_NAME[name], texts, Repair.FULL, DATES).texts.to_pylist()
    assert [a for a, doubt in zip(mended, doubtful, strict=True) if not doubt] == [
        b for b, doubt in zip(cells, doubtful, strict=True) if not doubt
    ]
