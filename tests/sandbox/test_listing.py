"""The list: pages, order, filters, and both of its shapes."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import httpx
import pytest
from sandbox_bodies import make_business, make_personal, make_sgd_only
from sandbox_open import open_sandbox, read_error

from straitsx_bulk.io.sandbox.answers import RefusedError
from straitsx_bulk.io.sandbox.listing import read_list_query
from straitsx_bulk.io.sandbox.store import Page, Profile, ProfileStore

PATH = "/kyc/customer_profiles"
TOTAL = 123


@pytest.fixture(scope="module")
def filled() -> Iterator[httpx.Client]:
    with open_sandbox() as (_, client):
        for number in range(TOTAL):
            client.post(PATH, json=make_sgd_only(registrationId=f"ID-{number:04d}"))
        yield client


def list_ids(client: httpx.Client, **query: object) -> list[str]:
    """Registration ids of a page; ``page_size`` stands for ``page[size]`` and so on."""
    params = {spell(name): str(value) for name, value in query.items()}
    answer = client.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return [item["data"]["attributes"]["registrationId"] for item in answer.json()]


def spell(name: str) -> str:
    group, _, rest = name.partition("_")
    return f"{group}[{rest}]" if rest else name


def make_ids(*numbers: int) -> list[str]:
    return [f"ID-{number:04d}" for number in numbers]


def test_a_page_holds_ten_in_the_order_of_creation(filled: httpx.Client) -> None:
    assert list_ids(filled) == make_ids(*range(10))


def test_pages_together_hold_every_profile_once(filled: httpx.Client) -> None:
    pages = [list_ids(filled, page_size=50, page_number=number) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [50, 50, 23, 0]
    assert list(chain(*pages)) == make_ids(*range(TOTAL))


def test_no_page_holds_more_than_a_hundred(filled: httpx.Client) -> None:
    assert list_ids(filled, page_size=1000) == make_ids(*range(100))


def test_zeros_in_front_of_a_number_do_not_matter(filled: httpx.Client) -> None:
    assert list_ids(filled, page_size="007", page_number="02") == make_ids(*range(7, 14))


def test_a_page_far_beyond_the_end_is_empty(filled: httpx.Client) -> None:
    assert list_ids(filled, page_number=10**17) == []


def test_newest_first(filled: httpx.Client) -> None:
    assert list_ids(filled, sort="-created_at", page_size=3) == make_ids(122, 121, 120)


def test_the_id_filter_compares_as_uniqueness_does(filled: httpx.Client) -> None:
    assert list_ids(filled, filter_registration_id=" id-0042 ") == make_ids(42)
    assert list_ids(filled, filter_registration_id="ID-9999") == []


def test_filters_by_time_take_what_the_answers_show(filled: httpx.Client) -> None:
    first = filled.get(PATH).json()[0]["data"]["attributes"]["createdAt"]
    assert list_ids(filled, filter_created_before=first) == []
    assert list_ids(filled, filter_created_after=first.replace("Z", ".5Z"), filter_created_before=first) == []
    assert list_ids(filled, filter_created_after="2020", filter_registration_id="ID-0007") == make_ids(7)
    assert list_ids(filled, filter_updated_after="2999-01-01T00:00:00+08:00") == []


def test_unknown_parameters_are_ignored(filled: httpx.Client) -> None:
    assert list_ids(filled, idempotency_id="x", colour="red", page_size=2) == make_ids(0, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page[size]", "0"),
        ("page[size]", "-1"),
        ("page[size]", "ten"),
        ("page[size]", ""),
        ("page[size]", "1" * 30),
        ("page[number]", "0"),
        ("page[number]", "1.5"),
        ("sort", "name"),
        ("sort", "created_at,updated_at"),
        ("filter[registration_id]", "abc"),
        ("filter[registration_id]", "S1234567#"),
        ("filter[created_after]", "yesterday"),
        ("filter[created_before]", "2024-02-30"),
        ("filter[updated_after]", "2024-13"),
        ("filter[updated_before]", "2024-01-01 10:00:00"),
    ],
)
def test_an_invalid_query_is_refused_by_name(filled: httpx.Client, name: str, value: str) -> None:
    answer = filled.get(PATH, params={name: value})
    assert (read_error(answer), answer.json()["error"]) == ((400, "XFE12", "flat"), f"{name} is invalid")


def test_a_query_that_is_not_text_is_refused() -> None:
    with pytest.raises(RefusedError, match="XFE12"):
        read_list_query(b"sort=%ff")


def test_the_list_shows_dates_and_countries_as_sent_and_single_answers_in_the_long_form(client: httpx.Client) -> None:
    created = client.post(PATH, json=make_personal()).json()["data"]
    [item] = client.get(PATH, params={"filter[registration_id]": created["attributes"]["registrationId"]}).json()
    listed = item["data"]["attributes"]
    different = {name for name in listed if listed[name] != created["attributes"][name]}
    assert (set(listed), different) == (set(created["attributes"]), {"dateOfBirth", "countryOfResidence"})
    assert (listed["dateOfBirth"], listed["countryOfResidence"]) == ("1983-11-14", "SG")


def test_the_list_can_come_in_one_data_member(start: Any) -> None:
    _, client = start(list_in_data=True)
    data = client.post(PATH, json=make_business()).json()["data"]
    content = client.get(PATH).json()
    assert [item["id"] for item in content["data"]] == [data["id"]]


@pytest.fixture
def dated() -> Iterator[ProfileStore]:
    """Profiles made at noon of the first three days of 2024, the first one changed last."""
    store = ProfileStore(None)
    noon, day = 1704110400, 86400
    made: list[Profile] = [
        store.insert_profile({"registrationType": "personal", "registrationId": f"DAY{n}"}, "pending", noon + n * day)
        for n in range(3)
    ]
    store.set_status(made[0].id, "verified", noon + 5 * day)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("filter[created_after]=2024-01-02", ["DAY1", "DAY2"]),
        ("filter[created_after]=2024-01-02T12:00:00Z", ["DAY2"]),
        ("filter[created_after]=2024-01-02T11:59:59.9Z", ["DAY1", "DAY2"]),
        ("filter[created_after]=2024-01-02T20:00:00%2B08:00", ["DAY2"]),
        ("filter[created_after]=2024-01-02t11:59:59z", ["DAY1", "DAY2"]),
        ("filter[created_before]=2024-01-02T12:00:00Z", ["DAY0"]),
        ("filter[created_before]=2024-01-02T12:00:00.1Z", ["DAY0", "DAY1"]),
        ("filter[created_before]=2024-01-02T12:00:01", ["DAY0", "DAY1"]),
        ("filter[created_before]=2024", []),
        ("filter[created_before]=2024-02", ["DAY0", "DAY1", "DAY2"]),
        ("filter[created_after]=2024-01-02&filter[created_before]=2024-01-03", ["DAY1"]),
        ("filter[updated_after]=2024-01-04", ["DAY0"]),
        ("filter[updated_before]=2024-01-04", ["DAY1", "DAY2"]),
        ("sort=updated_at", ["DAY1", "DAY2", "DAY0"]),
        ("sort=-updated_at", ["DAY0", "DAY2", "DAY1"]),
        ("sort=-created_at&page[size]=1&page[number]=2", ["DAY1"]),
    ],
)
def test_filters_and_orders_by_time(dated: ProfileStore, query: str, expected: list[str]) -> None:
    page = read_list_query(query.encode())
    assert [profile.attributes["registrationId"] for profile in dated.list_profiles(page)] == expected


def test_no_query_is_the_first_page() -> None:
    assert read_list_query(b"") == Page(size=10)
