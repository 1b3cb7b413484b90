"""Each call, what it answers, and both shapes of error."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sandbox_bodies import make_address, make_business, make_personal, make_sgd_only
from sandbox_open import open_sandbox, read_error, unlimited

PATH = "/kyc/customer_profiles"
UNKNOWN = f"{PATH}/customer_profile_00000000-0000-4000-8000-000000000000"


def create(client: httpx.Client, body: dict[str, object]) -> dict[str, Any]:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


@pytest.fixture(scope="module")
def strict_client() -> Iterator[httpx.Client]:
    with open_sandbox(unlimited(strict=True)) as (_, client):
        yield client


def test_create_answers_with_the_profile_in_the_long_form(client: httpx.Client) -> None:
    body = make_personal()
    data = create(client, body)
    attributes = data["attributes"]
    expected = {
        **body,
        "dateOfBirth": "1983-11-14T00:00:00.000Z",
        "phoneNo": 6587654321,
        "countryOfResidence": "Singapore",
        "verificationStatus": "pending",
        "profileTier": "standard",
    }
    times = {name: attributes.pop(name) for name in ("createdAt", "updatedAt")}
    assert expected == attributes
    assert data["type"] == "customer_profile"
    assert UUID(data["id"].removeprefix("customer_profile_")).version == 4
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for time in times.values())


def test_create_of_a_business_keeps_its_parameters(client: httpx.Client) -> None:
    body = make_business()
    attributes = create(client, body)["attributes"]
    assert attributes["dateOfIncorporation"] == "2014-06-05T00:00:00.000Z"
    assert {
        name: attributes[name] for name in ("placeOfBiz", "placeOfBizCountry", "tradingName", "registrationId")
    } == {name: body[name] for name in ("placeOfBiz", "placeOfBizCountry", "tradingName", "registrationId")}
    assert "dateOfBirth" not in attributes


def test_what_a_profile_lacks_is_null(client: httpx.Client) -> None:
    attributes = create(client, make_sgd_only())["attributes"]
    lacking = {name for name, value in attributes.items() if value is None}
    assert lacking == {
        "registrationIdType",
        "registrationIdCountry",
        "countryOfResidence",
        "address",
        "dateOfBirth",
        "gender",
        "nationality",
        "email",
        "phoneNo",
        "customerNativeName",
    }


def test_nationality_comes_back_as_sent(client: httpx.Client) -> None:
    assert create(client, make_personal(nationality="SINGAPOREAN"))["attributes"]["nationality"] == "SINGAPOREAN"


def test_parameters_of_the_other_type_and_unknown_ones_are_ignored(client: httpx.Client) -> None:
    attributes = create(client, make_personal(placeOfBiz="somewhere", shoeSize=44))["attributes"]
    assert not {"placeOfBiz", "shoeSize"} & set(attributes)


def test_get_shows_what_create_answered(client: httpx.Client) -> None:
    data = create(client, make_personal())
    assert client.get(f"{PATH}/{data['id']}").json() == {"data": data}


def test_patch_merges_and_answers_with_the_whole_profile(client: httpx.Client) -> None:
    before = create(client, make_sgd_only())
    answer = client.patch(f"{PATH}/{before['id']}", json={"dateOfBirth": "1990-01-21", "countryOfResidence": "MYS"})
    attributes = answer.json()["data"]["attributes"]
    changed = {
        name for name, value in attributes.items() if value != before["attributes"][name] and name != "updatedAt"
    }
    assert (answer.status_code, changed) == (200, {"dateOfBirth", "countryOfResidence"})
    assert attributes["countryOfResidence"] == "Malaysia"
    assert client.get(f"{PATH}/{before['id']}").json() == answer.json()


def test_patch_replaces_an_address_as_a_whole(client: httpx.Client) -> None:
    before = create(client, make_personal())
    address = make_address(street="2 Other Road", state=..., postalCode=...)
    answer = client.patch(f"{PATH}/{before['id']}", json={"address": address})
    assert answer.json()["data"]["attributes"]["address"] == {**address, "state": None, "postalCode": None}


def test_patch_empties_a_parameter_that_is_null(client: httpx.Client) -> None:
    before = create(client, make_personal())
    answer = client.patch(f"{PATH}/{before['id']}", json={"email": None, "address": None})
    attributes = answer.json()["data"]["attributes"]
    assert (attributes["email"], attributes["address"], attributes["gender"]) == (None, None, "FEMALE")


@pytest.mark.parametrize("name", ["customerName", "registrationId", "registrationType"])
def test_patch_never_empties_what_every_profile_needs(client: httpx.Client, name: str) -> None:
    before = create(client, make_personal())
    answer = client.patch(f"{PATH}/{before['id']}", json={name: None})
    assert read_error(answer) == (400, "XFE15", "nested")


def test_patch_may_repeat_the_registration_type_but_not_change_it(client: httpx.Client) -> None:
    url = f"{PATH}/{create(client, make_personal())['id']}"
    assert client.patch(url, json={"registrationType": "personal"}).status_code == 200
    assert read_error(client.patch(url, json={"registrationType": "business"})) == (422, "STXE-4000", "flat")


def test_a_refused_patch_leaves_the_profile_as_it_was(client: httpx.Client) -> None:
    before = create(client, make_personal())
    url = f"{PATH}/{before['id']}"
    client.patch(url, json={"customerName": "New Name", "dateOfBirth": "yesterday"})
    assert client.get(url).json() == {"data": before}


@pytest.mark.parametrize("verdict", ["verified", "rejected"])
def test_the_sandbox_call_sets_the_verification_status(client: httpx.Client, verdict: str) -> None:
    data = create(client, make_personal())
    answer = client.put(f"/sandbox{PATH}/{data['id']}", json={"data": {"attributes": {"verificationStatus": verdict}}})
    assert answer.json()["data"]["attributes"]["verificationStatus"] == verdict
    assert client.get(f"{PATH}/{data['id']}").json()["data"]["attributes"]["verificationStatus"] == verdict


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "XFE15", "nested")),
        ({"data": {"attributes": {}}}, (400, "XFE15", "nested")),
        ({"data": [1]}, (400, "XFE15", "nested")),
        ({"data": {"attributes": {"verificationStatus": "pending"}}}, (400, "XFE12", "nested")),
        ({"data": {"attributes": {"verificationStatus": ["verified"]}}}, (400, "XFE12", "nested")),
    ],
)
def test_the_sandbox_call_refuses_what_is_no_verdict(
    client: httpx.Client, body: object, expected: tuple[int, str, str]
) -> None:
    data = create(client, make_personal())
    assert read_error(client.put(f"/sandbox{PATH}/{data['id']}", json=body)) == expected


def test_unknown_ids_are_not_found_in_three_forms(client: httpx.Client) -> None:
    verdict = {"data": {"attributes": {"verificationStatus": "verified"}}}
    found = [
        read_error(client.get(UNKNOWN)),
        read_error(client.patch(UNKNOWN, json={"gender": "MALE"})),
        read_error(client.put(f"/sandbox{UNKNOWN}", json=verdict)),
    ]
    assert found == [(400, "XFE13", "flat"), (404, "STXE-5000", "flat"), (404, "XFE13", "nested")]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, body: bytes) -> None:
    assert read_error(client.post(PATH, content=body)) == (400, "STXE-3000", "nested")
    url = f"{PATH}/{create(client, make_personal())['id']}"
    assert read_error(client.patch(url, content=body)) == (400, "STXE-3000", "flat")


def test_a_body_far_too_large_is_refused(client: httpx.Client) -> None:
    body = make_sgd_only(padding="x" * 2_000_000)
    assert read_error(client.post(PATH, json=body)) == (400, "STXE-3000", "nested")


def test_paths_and_methods_that_do_not_exist_have_no_code(client: httpx.Client) -> None:
    answers = [client.get("/nowhere"), client.delete(PATH), client.delete(UNKNOWN)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (404, {"error": "404 Not Found"}),
        (405, {"error": "405 Method Not Allowed"}),
        (405, {"error": "405 Method Not Allowed"}),
    ]


def test_verified_and_strict_and_live_change_the_behaviour(start: Any) -> None:
    _, client = start(verified=True, strict=True, live=True)
    data = create(client, make_personal(countryOfResidence=...))
    verdict = {"data": {"attributes": {"verificationStatus": "rejected"}}}
    assert data["attributes"]["verificationStatus"] == "verified"
    assert read_error(client.put(f"/sandbox{PATH}/{data['id']}", json=verdict)) == (403, "STXE-6000", "flat")
    refused = client.post(PATH, json=make_sgd_only())
    assert (read_error(refused), refused.json()["error"]) == (
        (400, "XFE15", "flat"),
        "registrationIdType is missing",
    )


@pytest.mark.parametrize("name", sorted(set(make_business()) - {"email", "phoneNo", "tradingName"}))
def test_strict_needs_every_parameter_of_a_business(strict_client: httpx.Client, name: str) -> None:
    refused = strict_client.post(PATH, json=make_business(**{name: ...}))
    assert (refused.status_code, refused.json()["error"]) == (400, f"{name} is missing")
