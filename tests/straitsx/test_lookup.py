"""Look-ups: the right profile or surely none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from straitsx_client import open_client
from straitsx_raw_server import PROFILE_ID, RawServer, Step, answer, error, in_loop, profile, raw

from straitsx_bulk.io.straitsx import Kind, RemoteProfile, fold_id, key_of
from straitsx_bulk.io.straitsx.lookup import PAGE

OTHER = "customer_profile_66666666-7777-4888-8999-000000000000"


def item(profile_id: str, kind: object = "personal", number: object = "S1234567D", **more: object) -> dict[str, object]:
    return profile(profile_id, registrationType=kind, registrationId=number, **more)


def listed(*items: object) -> Step:
    return answer(200, list(items))


@in_loop
async def test_a_look_up_filters_by_the_id_as_it_is() -> None:
    async with RawServer(otherwise=listed()) as server, open_client(server.base_url) as api:
        result = await api.find("personal", "A/b-?:().,'+ 1")
        assert (result.kind, result.calls) == (Kind.NOT_FOUND, 1)
        assert server.requests[0].query == (
            "filter%5Bregistration_id%5D=A%2Fb-%3F%3A%28%29.%2C%27%2B%201&page%5Bnumber%5D=1&page%5Bsize%5D=10"
        )


@in_loop
async def test_a_look_up_takes_the_profile_of_the_same_type() -> None:
    both = listed(item("b", "business"), item("a", " personal"), item("p"))
    async with RawServer(otherwise=both) as server, open_client(server.base_url) as api:
        found = [await api.find(kind, "S1234567D") for kind in ("personal", "business")]
        assert [result.profile.id for result in found if result.profile] == ["p", "b"]
        assert (await api.find("personal", "S1234567")).kind == Kind.NOT_FOUND


@pytest.mark.parametrize("number", ["s1234567d ab", " S1234567D \t ab", "S1234567D ab"])
@in_loop
async def test_ids_are_compared_in_upper_case_with_white_space_collapsed(number: str) -> None:
    async with (
        RawServer(otherwise=listed(item("a", number=number))) as server,
        open_client(server.base_url) as api,
    ):
        assert (await api.find("personal", "S1234567d  AB")).kind == Kind.OK


@in_loop
async def test_an_id_that_comes_as_a_number_is_found() -> None:
    async with RawServer(otherwise=listed(item("a", number=20141166))) as server, open_client(server.base_url) as api:
        assert (await api.find("personal", "20141166")).kind == Kind.OK


@in_loop
async def test_a_look_up_walks_on_until_the_key_is_found() -> None:
    script = [listed(*(item(f"{page}-{n}", number="OTHER") for n in range(PAGE))) for page in range(2)]
    async with RawServer([*script, listed(item("here"))]) as server, open_client(server.base_url) as api:
        result = await api.find("personal", "S1234567D")
        assert (result.kind, result.calls, len(server.requests)) == (Kind.OK, 3, 3)
        assert ["page%5Bnumber%5D=3" in seen.query for seen in server.requests] == [False, False, True]


@in_loop
async def test_a_look_up_reads_the_list_to_its_end_before_it_says_no() -> None:
    full = listed(*(item(f"{n}", number="OTHER") for n in range(PAGE)))
    async with RawServer([full, listed()]) as server, open_client(server.base_url) as api:
        result = await api.find("personal", "S1234567D")
        assert (result.kind, result.calls) == (Kind.NOT_FOUND, 2)


@in_loop
async def test_a_list_that_repeats_itself_says_nothing() -> None:
    full = listed(*(item(f"{n}", number="OTHER") for n in range(PAGE)))
    async with RawServer(otherwise=full) as server, open_client(server.base_url) as api:
        result = await api.find("personal", "S1234567D")
        assert (result.kind, result.calls) == (Kind.FAILED, 2)


@in_loop
async def test_every_exact_match_is_told() -> None:
    async with RawServer(otherwise=listed(item("a"), item("b"))) as server, open_client(server.base_url) as api:
        result = await api.find("personal", "S1234567D")
        assert result.profile is not None
        assert (result.profile.id, [found.id for found in result.profiles]) == ("a", ["a", "b"])


@in_loop
async def test_an_item_without_its_whole_key_is_read_by_id() -> None:
    bare = {"data": {"id": PROFILE_ID, "attributes": {"registrationId": "S1234567D"}}}
    script = [listed(bare, item("b", "business")), answer(200, item(PROFILE_ID))]
    async with RawServer(script) as server, open_client(server.base_url) as api:
        result = await api.find("personal", "S1234567D")
        assert (result.kind, result.calls) == (Kind.OK, 2)
        assert server.requests[1].path.endswith(PROFILE_ID)


@in_loop
async def test_an_item_that_turns_out_to_be_another_profile_is_none() -> None:
    bare = {"data": {"id": PROFILE_ID, "attributes": {}}}
    script = [listed(bare), answer(200, item(PROFILE_ID, "business"))]
    async with RawServer(script) as server, open_client(server.base_url) as api:
        result = await api.find("personal", "S1234567D")
        assert (result.kind, result.calls) == (Kind.NOT_FOUND, 2)


@in_loop
async def test_an_item_that_shows_another_type_costs_no_further_call() -> None:
    bare = {"data": {"id": PROFILE_ID, "attributes": {"registrationType": "business"}}}
    async with RawServer([listed(bare)]) as server, open_client(server.base_url) as api:
        result = await api.find("personal", "S1234567D")
        assert (result.kind, result.calls) == (Kind.NOT_FOUND, 1)


@in_loop
async def test_a_look_up_that_fails_never_says_not_found() -> None:
    for step in (error(500, "STXE-9100"), answer(200, body=b"<html>"), answer(200, [{"data": {}}]), raw(b"")):
        async with RawServer(otherwise=step) as server, open_client(server.base_url) as api:
            assert (await api.find("personal", "S1234567D")).kind == Kind.FAILED
    async with RawServer(otherwise=answer(404, body=b"")) as server, open_client(server.base_url) as api:
        assert (await api.find("personal", "S1234567D")).kind == Kind.STOP


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"registrationType": "personal", "registrationId": " s1  x "}, ("personal", "S1 X")),
        ({"registrationType": "personal", "registrationId": 12}, ("personal", "12")),
        ({"registrationType": "personal", "registrationId": True}, None),
        ({"registrationType": "personal"}, None),
        ({"registrationType": None, "registrationId": "S1"}, None),
        ({}, None),
    ],
)
def test_a_profiles_key_is_read(attributes: dict[str, object], expected: tuple[str, str] | None) -> None:
    assert expected == key_of(RemoteProfile("a", attributes))


@given(st.text())
def test_folding_an_id_twice_changes_nothing_more(text: str) -> None:
    assert fold_id(fold_id(text)) == fold_id(text)
