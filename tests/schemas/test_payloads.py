"""Rows to bodies and back."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.parameters import PARAMETER_NAMES, PARAMETERS
from straitsx_bulk.schemas.payloads import bodies, flat_values, profile_body, sent_parameters

PERSON = {
    "customerName": "Tan Mei Ling",
    "registrationType": "personal",
    "registrationId": "S8012345F",
    "address.street": "100 Orchard Road, 01-01",
    "address.city": "Singapore",
    "address.state": "",
    "address.postalCode": "018956",
    "address.country": "SG",
    "dateOfBirth": "1980-03-21",
    "gender": "",
}


def test_a_body_is_nested_and_holds_nothing_empty() -> None:
    """The address is an object; empty parameters and parts are left out."""
    assert profile_body(PERSON) == {
        "customerName": "Tan Mei Ling",
        "registrationType": "personal",
        "registrationId": "S8012345F",
        "address": {
            "street": "100 Orchard Road, 01-01",
            "city": "Singapore",
            "postalCode": "018956",
            "country": "SG",
        },
        "dateOfBirth": "1980-03-21",
    }


def test_rail_sgd_sends_the_three_sgd_parameters_only() -> None:
    """``--rail sgd`` (contract, "What is sent")."""
    assert profile_body(PERSON, "sgd") == {
        "customerName": "Tan Mei Ling",
        "registrationType": "personal",
        "registrationId": "S8012345F",
    }


def test_the_apis_spelling_is_sent() -> None:
    """The guide says placeofBiz, the API placeOfBiz."""
    body = profile_body({parameter.name: parameter.example[1] for parameter in PARAMETERS})
    assert "placeOfBiz" in body
    assert "placeOfBizCountry" in body


@pytest.mark.parametrize("lacking", ["address.street", "address.city", "address.country"])
def test_an_address_goes_whole_or_not_at_all(lacking: str) -> None:
    """Without a part that the API demands, no address is sent."""
    assert "address" not in profile_body(PERSON | {lacking: ""})


def test_names_that_are_no_parameters_are_not_sent() -> None:
    """Only the table's parameters reach the API."""
    assert profile_body({"customerName": "A", "segment": "vip", "address": "1 Road"}) == {"customerName": "A"}


values_strategy = st.dictionaries(st.sampled_from(PARAMETER_NAMES), st.text(max_size=20))


@settings(max_examples=100, deadline=None)
@given(values_strategy)
def test_flat_values_undo_a_body(values: dict[str, str]) -> None:
    """What was sent can be read back from the body."""
    assert flat_values(profile_body(values)) == sent_parameters(values)


@settings(max_examples=50, deadline=None)
@given(st.lists(values_strategy, max_size=5), st.sampled_from(["auto", "sgd", "usd"]))
def test_bodies_in_bulk_are_the_bodies_one_by_one(rows: list[dict[str, str]], rail: str) -> None:
    """The fast way and the plain way agree, row by row."""
    full = [dict.fromkeys(PARAMETER_NAMES, "") | row for row in rows]
    frame = pd.DataFrame(full, columns=list(PARAMETER_NAMES), dtype="str")
    assert list(bodies(frame, rail)) == [profile_body(row, rail) for row in rows]


def test_a_table_without_parameters_gives_empty_bodies() -> None:
    """One body a row, even then."""
    assert list(bodies(pd.DataFrame({"x": ["1", "2"]}))) == [{}, {}]
