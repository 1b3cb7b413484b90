"""The client against the embedded sandbox: the two were built apart and agree."""

import asyncio

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sandbox_open import open_sandbox, outlast_silence, unlimited
from straitsx_client import open_client

from straitsx_bulk.io.sandbox.settings import SandboxSettings
from straitsx_bulk.io.straitsx import Kind, Pacer, Signer

PERSON = {"customerName": "Tan Ah Kow", "registrationType": "personal", "registrationId": "S1234567D"}
COMPANY = {"customerName": "Lion City Robotics", "registrationType": "business", "registrationId": "S1234567D"}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("list_in_data", [False, True])
def test_create_find_get_patch_page_and_verify_agree(list_in_data: bool) -> None:
    async def main(base_url: str) -> None:
        async with open_client(base_url) as api:
            created = [await api.create(body) for body in (PERSON, COMPANY)]
            ids = [answer.profile.id for answer in created if answer.profile]
            assert [answer.kind for answer in created] == [Kind.OK, Kind.OK]
            found = [await api.find(kind, " s1234567d ") for kind in ("personal", "business")]
            assert [answer.profile.id for answer in found if answer.profile] == ids
            patched = await api.patch(ids[0], {"nationality": "SG"})
            assert patched.profile is not None
            assert "nationality" in patched.profile.attributes
            assert (await api.get(ids[0])).kind == Kind.OK
            assert {profile.id for profile in (await api.page(1, 50)).profiles} == set(ids)
            assert (await api.page(2, 50)).profiles == ()
            verified = await api.verify(ids[1], "verified")
            assert verified.profile is not None
            assert verified.profile.verification_status == "verified"

    with open_sandbox(unlimited(list_in_data=list_in_data)) as (server, _):
        asyncio.run(main(server.base_url))


def test_what_the_sandbox_refuses_is_classed_as_it_means_it() -> None:
    async def main(base_url: str) -> None:
        async with open_client(base_url) as api:
            assert (await api.create({**PERSON, "registrationType": "robot"})).kind == Kind.REFUSED
            assert (await api.get("customer_profile_00000000-0000-4000-8000-000000000000")).kind == Kind.NOT_FOUND
            assert (await api.find("personal", "S7654321D")).kind == Kind.NOT_FOUND
            await api.create(PERSON)
            assert [(await api.create(PERSON)).kind for _ in range(2)] == [Kind.EXISTS, Kind.EXISTS]

    with open_sandbox() as (server, _):
        asyncio.run(main(server.base_url))


def test_the_sandboxs_own_endpoint_stops_a_live_run() -> None:
    async def main(base_url: str) -> Kind:
        async with open_client(base_url) as api:
            created = await api.create(PERSON)
            assert created.profile is not None
            return (await api.verify(created.profile.id, "verified")).kind

    with open_sandbox(unlimited(live=True)) as (server, _):
        assert asyncio.run(main(server.base_url)) == Kind.STOP


def test_signed_requests_are_taken_and_a_wrong_clock_is_named() -> None:
    async def main(base_url: str) -> tuple[list[Kind], str]:
        async with open_client(base_url, signer=Signer(KEY, "key-1")) as api:
            created = await api.create({**PERSON, "customerNativeName": "陳亞九"})
            return [created.kind, (await api.find("personal", "S1234567D")).kind], created.message

    settings = unlimited(public_key=PUBLIC, public_key_id="key-1")
    with open_sandbox(settings) as (server, _):
        assert asyncio.run(main(server.base_url))[0] == [Kind.OK, Kind.OK]
    with open_sandbox(unlimited(public_key=PUBLIC, clock_offset=3600)) as (server, _):
        kinds, message = asyncio.run(main(server.base_url))
        assert kinds == [Kind.STOP, Kind.STOP]
        assert "s behind the API's" in message


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("500-before", Kind.IN_DOUBT),
        ("500-after", Kind.IN_DOUBT),
        ("424-before", Kind.IN_DOUBT),
        ("502-after", Kind.IN_DOUBT),
        ("drop-before", Kind.IN_DOUBT),
        ("drop-after", Kind.IN_DOUBT),
        ("timeout-after", Kind.IN_DOUBT),
        ("html", Kind.IN_DOUBT),
        ("garbage", Kind.IN_DOUBT),
        ("truncate", Kind.IN_DOUBT),
        ("cut", Kind.IN_DOUBT),
        ("no-id", Kind.IN_DOUBT),
        ("429", Kind.OK),
        ("401", Kind.STOP),
        ("403", Kind.STOP),
        ("locked", Kind.STOP),
    ],
)
def test_a_create_meets_each_fault_and_the_look_up_tells(fault: str, expected: Kind) -> None:
    """The fault comes with the first create; the look-up then says what the sandbox really holds."""

    async def main(base_url: str) -> tuple[Kind, Kind]:
        async with open_client(base_url) as api:
            created = await api.create(PERSON)
            return created.kind, (await api.find("personal", "S1234567D")).kind

    with open_sandbox(SandboxSettings(tps=None, faults=f"{fault}:create@1,retry-after=0")) as (server, _):
        kind, found = outlast_silence(server, main(server.base_url))
    assert kind == expected
    done = fault.endswith("after") or fault in {"html", "garbage", "truncate", "cut", "no-id", "429"}
    assert found == (Kind.OK if done else Kind.NOT_FOUND)


def test_the_sandbox_never_sees_more_than_its_limit() -> None:
    async def main(base_url: str) -> tuple[int, int]:
        # Few in flight and a window with room: they may arrive together where the sandbox was not let run meanwhile.
        async with open_client(base_url, pacer=Pacer(20), concurrency=2) as api:
            bodies = [{**PERSON, "registrationId": f"S{number:07d}D"} for number in range(50)]
            answers = await asyncio.gather(*(api.create(body) for body in bodies))
            assert {answer.kind for answer in answers} == {Kind.OK}
            return api.figures().calls, api.figures().throttled

    with open_sandbox(SandboxSettings(tps=20, window=0.8)) as (server, _):
        assert asyncio.run(main(server.base_url)) == (50, 0)
