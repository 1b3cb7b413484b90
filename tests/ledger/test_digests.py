"""Hashes, seals, encrypted references, and how hashes are packed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from straitsx_bulk.io.ledger import EMPTY, Digests, Secret
from straitsx_bulk.io.ledger.packing import _NAMES, pack_held, unpack_held
from straitsx_bulk.schemas.errors import LedgerError
from straitsx_bulk.schemas.parameters import PARAMETERS

SECRET = Secret(bytes(range(32)), "test")
DIGESTS = Digests(SECRET, "api.example")
TEXT = st.text(max_size=40)
HELD = st.dictionaries(
    st.sampled_from(_NAMES) | st.text(min_size=1, max_size=60), st.binary(min_size=16, max_size=16) | st.just(EMPTY)
)


def test_a_key_is_the_same_whatever_its_case_and_white_space() -> None:
    assert DIGESTS.key("personal", " s1234567d\u00a0 x ") == DIGESTS.key("Personal", "S1234567D X")


def test_a_type_and_an_id_do_not_run_into_each_other() -> None:
    assert DIGESTS.key("personal", "1") != DIGESTS.key("persona", "l1")
    assert DIGESTS.key("personal", "1") != DIGESTS.key("business", "1")


def test_many_keys_are_hashed_as_one_would_be() -> None:
    types, ids = ["personal", "business"], ["a", "b"]
    assert DIGESTS.keys(types, ids) == [DIGESTS.key("personal", "a"), DIGESTS.key("business", "b")]


def test_hashes_depend_on_secret_account_key_parameter_and_value() -> None:
    first, second = DIGESTS.key("personal", "a"), DIGESTS.key("personal", "b")
    hashes = [
        DIGESTS.value(first, "customerName", "Ada"),
        DIGESTS.value(first, "customerName", "ADA"),
        DIGESTS.value(first, "nationality", "Ada"),
        DIGESTS.value(second, "customerName", "Ada"),
        Digests(SECRET, "other").value(first, "customerName", "Ada"),
        Digests(Secret(bytes(32), "test"), "api.example").value(first, "customerName", "Ada"),
    ]
    assert len(set(hashes)) == len(hashes)
    assert {len(digest) for digest in hashes} == {16}


def test_an_empty_value_is_known_to_be_empty() -> None:
    assert DIGESTS.value(b"k" * 16, "email", "") == EMPTY


def test_a_row_is_the_same_whatever_the_order_and_the_empty_cells() -> None:
    assert DIGESTS.row({"a": "1", "b": "2", "c": ""}) == DIGESTS.row({"b": "2", "a": "1"})
    assert DIGESTS.row({"a": "1"}) != DIGESTS.row({"a": "2"})


@given(st.dictionaries(TEXT, TEXT, max_size=4), st.dictionaries(TEXT, TEXT, max_size=4))
def test_rows_that_differ_hash_differently(first: dict[str, str], second: dict[str, str]) -> None:
    same = {k: v for k, v in first.items() if v} == {k: v for k, v in second.items() if v}
    assert (DIGESTS.row(first) == DIGESTS.row(second)) == same


def test_a_seal_knows_its_text() -> None:
    assert DIGESTS.seal("text") == DIGESTS.seal("text")
    assert DIGESTS.seal("text") != DIGESTS.seal("Text")
    assert DIGESTS.seal("text").replace("-", "").replace("_", "").isalnum()


@given(TEXT)
def test_a_reference_comes_back(reference: str) -> None:
    key = DIGESTS.key("personal", "a")
    assert DIGESTS.decrypt(key, DIGESTS.encrypt(key, reference)) == reference


def test_equal_references_look_different_and_stay_with_their_key() -> None:
    key, other = DIGESTS.key("personal", "a"), DIGESTS.key("personal", "b")
    sealed = DIGESTS.encrypt(key, "user-1")
    assert sealed != DIGESTS.encrypt(key, "user-1")
    assert b"user-1" not in sealed
    with pytest.raises(LedgerError, match="cannot be decrypted"):
        DIGESTS.decrypt(other, sealed)


@given(HELD)
def test_packed_hashes_come_back(held: dict[str, bytes]) -> None:
    assert unpack_held(pack_held(held)) == held


def test_every_parameter_of_the_api_has_a_number() -> None:
    assert {parameter.name for parameter in PARAMETERS} - set(_NAMES) == set()


def test_numbers_of_parameters_never_change() -> None:
    assert pack_held({"customerName": b"a" * 16, "dateOfBirth": EMPTY, "tradingName": b"b" * 16}) == (
        b"\x01" + b"a" * 16 + b"\x8c" + b"\x16" + b"b" * 16
    )


def test_a_hash_of_another_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="customerName"):
        pack_held({"customerName": b"short"})
