"""registrationType and registrationId are unique together."""

import asyncio
from typing import Any

import httpx
import pytest
from e2e_program import DEADLINE
from sandbox_bodies import make_business, make_personal, make_sgd_only
from sandbox_open import KEY, open_sandbox, read_error, unlimited

from straitsx_bulk.io.sandbox.settings import Duplicates

PATH = "/kyc/customer_profiles"


@pytest.mark.parametrize("again", ["a1234 567b", "A1234 567B", "  A1234  567b "])
def test_the_same_id_in_another_case_or_spacing_exists_already(start: Any, again: str) -> None:
    server, client = start()
    assert client.post(PATH, json=make_sgd_only(registrationId="A1234 567b")).status_code == 200
    assert read_error(client.post(PATH, json=make_sgd_only(registrationId=again))) == (422, "STXE-7000", "nested")
    assert len(server.profiles()) == 1


def test_a_person_and_a_business_may_share_an_id(start: Any) -> None:
    server, client = start()
    answers = [client.post(PATH, json=make(registrationId="20141166R")) for make in (make_personal, make_business)]
    assert [answer.status_code for answer in answers] == [200, 200]
    listed = client.get(PATH, params={"filter[registration_id]": "20141166R"}).json()
    assert len(listed) == len(server.profiles()) == 2


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (Duplicates.ALTERNATE, [(422, "STXE-7000", "nested"), (400, "XFE16", "flat"), (422, "STXE-7000", "nested")]),
        (Duplicates.STXE, [(422, "STXE-7000", "nested")] * 3),
        (Duplicates.XFE, [(400, "XFE16", "flat")] * 3),
    ],
)
def test_how_a_duplicate_is_refused(start: Any, style: Duplicates, expected: list[tuple[int, str, str]]) -> None:
    _, client = start(duplicates=style)
    body = make_personal()
    client.post(PATH, json=body)
    assert [read_error(client.post(PATH, json=body)) for _ in range(3)] == expected


def test_a_patch_cannot_take_another_profiles_id(start: Any) -> None:
    server, client = start()
    taken, own = make_personal(), make_personal()
    client.post(PATH, json=taken)
    url = f"{PATH}/{client.post(PATH, json=own).json()['data']['id']}"
    before = server.profiles()
    refused = client.patch(url, json={"registrationId": taken["registrationId"], "gender": "MALE"})
    assert read_error(refused) == (422, "STXE-7000", "flat")
    assert server.profiles() == before


def test_a_patch_that_changes_the_id_frees_the_old_one(start: Any) -> None:
    _, client = start()
    body = make_personal()
    url = f"{PATH}/{client.post(PATH, json=body).json()['data']['id']}"
    assert client.patch(url, json={"registrationId": "NEW-ID-1"}).status_code == 200
    assert client.post(PATH, json=body).status_code == 200
    assert read_error(client.post(PATH, json={**body, "registrationId": "new-id-1"}))[0] == 422


def test_simultaneous_creates_of_one_key_make_one_profile() -> None:
    body = make_personal()

    async def create_at_once(base_url: str) -> list[int]:
        async with httpx.AsyncClient(base_url=base_url, headers=KEY, timeout=DEADLINE) as client:
            answers = await asyncio.gather(*(client.post(PATH, json=body) for _ in range(20)))
        return sorted(answer.status_code for answer in answers)

    with open_sandbox(unlimited(duplicates=Duplicates.STXE)) as (server, _):
        statuses = asyncio.run(create_at_once(server.base_url))
        assert (statuses, len(server.profiles())) == ([200] + [422] * 19, 1)
