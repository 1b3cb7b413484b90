"""A row against the profile that exists."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.differences import (
    Conflict,
    PatchPlan,
    comparable,
    compare_key,
    flatten_attributes,
    plan_patch,
    same_value,
)
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, IDENTITY_NAMES, KEY_NAMES, PARAMETER_NAMES
from straitsx_bulk.schemas.payloads import flat_values

ADDRESS = {
    "address.street": "10 Albert Street",
    "address.city": "Singapore",
    "address.postalCode": "000000",
    "address.country": "SG",
}


@pytest.mark.parametrize(
    ("parameter", "ours", "theirs"),
    [
        ("dateOfBirth", "1983-11-14", "1983-11-14T00:00:00.000Z"),
        ("dateOfBirth", "1983-11-14", "1983-11-14"),
        ("dateOfIncorporation", "2020-11-14", "2020-11-14T00:00:00+08:00"),
        ("phoneNo", "+65 8765 4321", 6587654321),
        ("phoneNo", "6587654321", 6587654321.0),
        ("phoneNo", "+65-8765-4321", "6587654321"),
        ("nationality", "SG", "SINGAPOREAN"),
        ("countryOfResidence", "SG", "Singapore"),
        ("registrationIdCountry", "ID", "IDN"),
        ("gender", "MALE", "male"),
        ("registrationIdType", "identity_card", "IDENTITY_CARD"),
        ("customerName", "Xfers Pte Ltd", "Xfers Pte. Ltd."),
        ("customerName", "Tan Mei Ling", "TAN  MEI LING"),
        ("registrationId", "S1234567J", "s1234567j"),
        ("address.street", "10 Albert Street, 01-01", "10 Albert Street, #01-01"),
        ("address.city", "Singapore", " SINGAPORE "),
        ("email", "Mei@example.com", "mei@example.com"),
        ("gender", "", None),
    ],
)
def test_another_form_of_the_same_value_is_the_same(parameter: str, ours: str, theirs: object) -> None:
    """The API formats its answers in its own way."""
    assert same_value(parameter, ours, theirs)


@pytest.mark.parametrize(
    ("parameter", "ours", "theirs"),
    [
        ("dateOfBirth", "1983-11-14", "1983-11-13T16:00:00.000Z"),
        ("dateOfBirth", "1983-11-14", "1983-11-15T00:00:00.000Z"),
        ("phoneNo", "87654321", 6587654321),
        ("nationality", "SG", "Malaysian"),
        ("nationality", "SG", "Atlantis"),
        ("customerName", "Tan Mei Ling", "Tan Mei Lin"),
        ("customerName", "Tan Mei Ling", None),
        ("registrationId", "S1234567J", "S1234567"),
        ("address.street", "10 Albert Street", "11 Albert Street"),
        ("address.postalCode", "018956", 18956),
        ("customerNativeName", "陈美玲", "陈美林"),
        ("customerName", "...", "???"),
    ],
)
def test_another_value_differs(parameter: str, ours: str, theirs: object) -> None:
    """What says something else is never taken for the same."""
    assert not same_value(parameter, ours, theirs)


def test_attributes_are_flat_text_and_absent_is_unknown() -> None:
    """Null and empty are known to be empty; what an answer does not carry is not there."""
    answer = {
        "customerName": "John Ng",
        "phoneNo": 6587654321,
        "gender": None,
        "email": "",
        "placeofBiz": "10 Albert Street",
        "verificationStatus": "verified",
        "address": {"street": "10 Albert Street", "state": None, "floor": "3"},
        "createdAt": "2023-07-07T18:11:29Z",
    }
    assert flatten_attributes(answer) == {
        "customerName": "John Ng",
        "phoneNo": "6587654321",
        "gender": None,
        "email": None,
        "placeOfBiz": "10 Albert Street",
        "address.street": "10 Albert Street",
        "address.state": None,
    }


@pytest.mark.parametrize("address", [None, {}, ""])
def test_a_null_address_is_known_to_be_empty(address: object) -> None:
    """All of its parts are."""
    assert flatten_attributes({"address": address}) == dict.fromkeys(ADDRESS_PARTS)


def test_an_address_of_another_shape_is_unknown() -> None:
    """Read tolerantly: a text where an object was expected says nothing of the parts."""
    assert flatten_attributes({"address": "10 Albert Street", "customerName": ["x"], "gender": {"a": 1}}) == {}


def test_only_what_the_profile_lacks_is_sent() -> None:
    """The key is never sent, and what is there already neither."""
    values = {
        "customerName": "Tan Mei Ling",
        "registrationType": "personal",
        "registrationId": "S8012345F",
        "dateOfBirth": "1980-03-21",
        "nationality": "SG",
        "gender": "",
    }
    profile = {
        "customerName": "TAN MEI LING",
        "registrationType": None,
        "registrationId": None,
        "dateOfBirth": None,
        "nationality": "SINGAPOREAN",
        "gender": "FEMALE",
    }
    assert plan_patch(values, profile, overwrite=False) == PatchPlan(
        {"dateOfBirth": "1980-03-21"}, (), (), unchanged=False
    )


def test_a_profile_that_holds_everything_is_unchanged() -> None:
    """Nothing to send, nothing to ask."""
    profile = {name: text.upper() for name, text in ADDRESS.items()} | {"address.state": "Singapore"}
    assert plan_patch(ADDRESS, profile, overwrite=False) == PatchPlan({}, (), (), unchanged=True)


def test_what_an_answer_does_not_carry_has_to_be_read_first() -> None:
    """Unknown is not empty: nothing is sent before the profile has been read by id."""
    values = {"dateOfBirth": "1980-03-21", "nationality": "SG"}
    plan = plan_patch(values, {"nationality": None}, overwrite=False)
    assert plan == PatchPlan({}, ("dateOfBirth",), (), unchanged=False)


def test_what_even_a_read_does_not_carry_is_lacking() -> None:
    """Read by id once, not for ever."""
    values = {"dateOfBirth": "1980-03-21", "nationality": "SG"}
    plan = plan_patch(values, {"nationality": "SG"}, overwrite=False, read_by_id=True)
    assert plan == PatchPlan({"dateOfBirth": "1980-03-21"}, (), (), unchanged=False)


def test_a_difference_is_a_conflict_and_stops_the_whole_patch() -> None:
    """Nothing is written where anything differs."""
    values = {"dateOfBirth": "1980-03-21", "nationality": "SG", "gender": "MALE"}
    profile = {"dateOfBirth": None, "nationality": "Malaysian", "gender": "FEMALE"}
    plan = plan_patch(values, profile, overwrite=False)
    assert plan.body == {}
    assert plan.conflicts == (Conflict("nationality", "Malaysian"), Conflict("gender", "FEMALE"))
    assert not plan.unchanged


@pytest.mark.parametrize(
    ("answered", "shown"),
    [("1981-03-21T00:00:00.000Z", "1981-03-21"), ("1981-03-21T16:00:00.000Z", "1981-03-21T16:00:00.000Z")],
)
def test_a_conflicting_date_is_shown_as_a_person_would_write_it(answered: str, shown: str) -> None:
    plan = plan_patch({"dateOfBirth": "1980-03-21"}, {"dateOfBirth": answered}, overwrite=False)
    assert plan.conflicts == (Conflict("dateOfBirth", shown),)


def test_overwrite_replaces_what_differs() -> None:
    """Under --overwrite a difference is sent."""
    plan = plan_patch({"nationality": "SG"}, {"nationality": "Malaysian"}, overwrite=True)
    assert plan == PatchPlan({"nationality": "SG"}, (), (), unchanged=False)


@pytest.mark.parametrize("name", IDENTITY_NAMES)
def test_overwrite_never_replaces_the_identity(name: str) -> None:
    """customerName, dates of birth and incorporation and registrationIdCountry stay a conflict."""
    plan = plan_patch({name: "1980-03-21", "gender": "MALE"}, {name: "1981-03-21", "gender": None}, overwrite=True)
    assert plan == PatchPlan({}, (), (Conflict(name, "1981-03-21"),), unchanged=False)


def test_an_added_part_sends_the_address_whole_with_the_profiles_own_parts() -> None:
    """The API replaces the address, so what is not sent would be lost."""
    values = {k: v for k, v in ADDRESS.items() if k != "address.postalCode"} | {"address.state": "Central"}
    profile: dict[str, str | None] = {**ADDRESS, "address.state": None, "address.country": "Singapore"}
    plan = plan_patch(values, profile, overwrite=False)
    assert plan.body == {
        "address": {
            "street": "10 Albert Street",
            "city": "Singapore",
            "state": "Central",
            "postalCode": "000000",
            "country": "SG",
        }
    }


def test_a_part_of_the_profiles_address_that_is_unknown_is_read_before_the_address_is_replaced() -> None:
    """Else it would be wiped out unseen."""
    values = {k: v for k, v in ADDRESS.items() if k != "address.postalCode"}
    plan = plan_patch(values, dict.fromkeys(values), overwrite=False)
    assert plan.missing == ("address.state", "address.postalCode")
    assert plan.body == {}


def test_a_new_street_does_not_keep_the_old_postal_code() -> None:
    """Half an old and half a new address would be an address where nobody lives."""
    values = {k: v for k, v in ADDRESS.items() if k != "address.postalCode"} | {"address.street": "1 New Road"}
    profile: dict[str, str | None] = {**ADDRESS, "address.state": "Central"}
    plan = plan_patch(values, profile, overwrite=True)
    assert plan.conflicts == (Conflict("address.postalCode", "000000"),)
    whole = plan_patch(values | {"address.postalCode": "018956"}, profile, overwrite=True)
    assert whole.body["address"]["postalCode"] == "018956"
    assert whole.body["address"]["state"] == "Central"


def test_half_an_address_is_not_sent() -> None:
    """Neither row nor profile has a city: there is no address to send."""
    profile = dict.fromkeys(ADDRESS_PARTS)
    assert plan_patch({"address.street": "1 New Road"}, profile, overwrite=False).body == {}


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ({"registrationType": "personal", "registrationId": "s1234567j "}, True),
        ({"registrationType": "business", "registrationId": "S1234567J"}, False),
        ({"registrationType": "personal", "registrationId": "S1234567A"}, False),
        ({"registrationType": "personal"}, None),
    ],
)
def test_a_profiles_key_is_compared_with_the_rows(profile: dict[str, str | None], answer: bool | None) -> None:
    """Before any PATCH of a profile whose content is not known."""
    assert compare_key({"registrationType": "personal", "registrationId": "S1234567J"}, profile) is answer


def test_values_do_not_show_in_the_plans_repr() -> None:
    """A plan that ends up in a log names nobody."""
    plan = plan_patch({"customerName": "Tan Mei Ling"}, {"customerName": "Lim Ah Kow"}, overwrite=False)
    assert "Lim" not in repr(plan)
    assert "Tan" not in repr(plan_patch({"customerName": "Tan Mei Ling"}, {"customerName": None}, overwrite=False))


texts = st.one_of(st.none(), st.sampled_from(["SG", "Singapore", "1980-03-21", "10 Albert Street", "x", "X "]))
row_strategy = st.dictionaries(st.sampled_from(PARAMETER_NAMES), texts.map(lambda text: text or ""))
profile_strategy = st.dictionaries(st.sampled_from(PARAMETER_NAMES), texts.map(lambda text: text and text.strip()))


@settings(max_examples=300, deadline=None)
@given(row_strategy, profile_strategy, st.booleans(), st.booleans())
def test_a_patch_never_empties_never_touches_the_key_and_loses_no_part(
    values: dict[str, str], profile: dict[str, str | None], overwrite: bool, read_by_id: bool
) -> None:
    """Whatever the row and the profile."""
    plan = plan_patch(values, profile, overwrite=overwrite, read_by_id=read_by_id)
    sent = flat_values(plan.body)
    assert all(sent.values())
    assert not set(sent) & set(KEY_NAMES)
    assert not (plan.conflicts and plan.body)
    assert not (plan.missing and (plan.body or read_by_id))
    if any(name in ADDRESS_PARTS for name in sent):
        assert {part for part in ADDRESS_PARTS if profile.get(part)} <= set(sent)
    for name, text in sent.items():
        theirs = profile.get(name)
        assert theirs is None or same_value(name, text, theirs) or (overwrite and name not in IDENTITY_NAMES)


@settings(max_examples=200, deadline=None)
@given(row_strategy, profile_strategy)
def test_a_patch_that_was_applied_leaves_nothing_to_do(values: dict[str, str], profile: dict[str, str | None]) -> None:
    """The second time, the same row is unchanged."""
    whole = dict.fromkeys(PARAMETER_NAMES) | profile
    plan = plan_patch(values, whole, overwrite=True)
    if not plan.conflicts:
        assert plan_patch(values, whole | flat_values(plan.body), overwrite=False).body == {}


@given(st.sampled_from(PARAMETER_NAMES), st.text(max_size=30))
def test_comparing_forms_is_stable(name: str, text: str) -> None:
    """What has been reduced reduces to itself, so that hashes of it agree."""
    once = comparable(name, text)
    assert comparable(name, once) == once
