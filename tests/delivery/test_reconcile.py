"""``reconcile``: each difference, doubts settled both ways, and what it must leave alone."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from delivery_room import IMPORT, OpenRoom, Room, calls_of, make_row, put_profile
from e2e_exports import body_of, person, sgd_only
from e2e_program import read_guarded
from straitsx_raw_server import RawServer, Seen, Step, answer, profile

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.delivery.hashing import hash_values
from straitsx_bulk.flows.delivery.stops import StopRunError
from straitsx_bulk.flows.run.differences import Differences
from straitsx_bulk.flows.run.reconciling import Reconciliation
from straitsx_bulk.io.ledger import Action, Intent, State
from straitsx_bulk.io.sandbox.server import SandboxServer

PERSON = person(1)
Lines = list[dict[str, str]]


def reconcile(room: Room, *named: dict[str, str], stop: Stop | None = None) -> tuple[Lines, Reconciliation]:
    """Reconcile, against some exports' rows where any are named; give reconcile.csv and what it came to."""
    return asyncio.run(reconcile_now(room, *named, stop=stop))


async def reconcile_now(room: Room, *named: dict[str, str], stop: Stop | None = None) -> tuple[Lines, Reconciliation]:
    differences = Differences(room.folder)
    async with room.prepare(IMPORT) as (delivery, _, _):
        wanted = {make_row(0, one, delivery.digests).key for one in named} if named else None
        done = Reconciliation(delivery.account, delivery.api, delivery.committer, differences, wanted, stop or Stop())
        with differences:
            await done.run()
            differences.is_whole = True
    return read_guarded(differences.path), done


def state_of(room: Room, one: dict[str, str]) -> str:
    known = room.known(one)
    assert known is not None
    return str(known.state)


def tell(lines: Lines) -> list[tuple[str, str, str]]:
    return [(line["difference"], line["registration_id"], line["parameter"]) for line in lines]


def test_nothing_differs_after_an_import(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    asyncio.run(room.deliver([PERSON, *sgd_only([person(2)])]))
    assert tell(reconcile(room, PERSON, person(2))[0]) == []
    assert sandbox.stats().count_calls("patch") == 0


def test_a_profile_that_the_ledger_does_not_know_is_taken_in(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    profile_id = put_profile(sandbox, PERSON)
    lines, _ = reconcile(room)
    assert tell(lines) == [("not_in_ledger", PERSON["registrationId"], "")]
    assert lines[0]["customer_profile_id"] == profile_id
    assert tell(reconcile(room)[0]) == []
    sandbox.reset()
    assert asyncio.run(room.deliver([PERSON], key="key-1")).tell() == ["unchanged"]
    assert calls_of(sandbox) == {}


def test_what_was_changed_elsewhere_differs_and_is_known_from_then_on(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    profile_id = asyncio.run(room.deliver([PERSON])).only.customer_profile_id
    change_profile(sandbox, profile_id, nationality="SG", address=None)
    lines, _ = reconcile(room)
    assert tell(lines) == [
        ("differs", PERSON["registrationId"], parameter)
        for parameter in ("address.street", "address.city", "address.postalCode", "address.country", "nationality")
    ]
    assert {line["ledger_state"] for line in lines} == {"created"}
    assert tell(reconcile(room)[0]) == []
    assert asyncio.run(room.deliver([PERSON])).tell() == ["conflict"]


def change_profile(sandbox: SandboxServer, profile_id: str, **changes: object) -> None:
    sandbox._running().store.change_profile(profile_id, lambda _: changes, 0)


def test_a_profile_that_the_account_does_not_show_is_named(open_room: OpenRoom) -> None:
    room, _ = open_room()
    profile_id = asyncio.run(room.deliver([PERSON])).only.customer_profile_id
    elsewhere, _ = open_room()
    room.base_url = elsewhere.base_url
    lines, _ = reconcile(room)
    assert [(line["difference"], line["customer_profile_id"]) for line in lines] == [("not_at_api", profile_id)]


def test_a_profile_of_no_file_is_named_where_files_are(open_room: OpenRoom) -> None:
    room, _ = open_room()
    asyncio.run(room.deliver([PERSON, person(2)]))
    assert tell(reconcile(room, PERSON)[0]) == [("not_in_file", person(2)["registrationId"], "")]
    assert tell(reconcile(room)[0]) == []


def test_a_key_under_a_new_id_is_named_both_ways_and_the_new_id_holds(open_room: OpenRoom) -> None:
    room, _ = open_room()
    old = asyncio.run(room.deliver([PERSON])).only.customer_profile_id
    elsewhere, sandbox = open_room()
    new = put_profile(sandbox, PERSON)
    room.base_url = elsewhere.base_url
    lines, _ = reconcile(room)
    assert sorted((line["difference"], line["customer_profile_id"]) for line in lines) == [
        ("not_at_api", old),
        ("not_in_ledger", new),
    ]
    known = room.known(PERSON)
    assert known is not None
    assert known.customer_profile_id == new


def test_every_verification_status_is_brought_up_to_date(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    people = [person(number) for number in range(3)]
    made = asyncio.run(room.deliver(people))
    assert {result.verification_status for result in made.results.values()} == {"pending"}
    store = sandbox._running().store
    for place, status in enumerate(("verified", "rejected")):
        store.set_status(made.results[place].customer_profile_id, status, 0)
    assert tell(reconcile(room)[0]) == []
    with room.open() as (_, account):
        assert [line.verification_status for line in account.crosswalk()] == ["verified", "rejected", "pending"]


def test_doubts_are_settled_both_ways(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="drop-after:create@1,drop-before:create@2,drop-before:list@1+8")
    room.pulse = 0.0
    assert asyncio.run(room.deliver([PERSON])).tell() == ["in_doubt"]
    assert asyncio.run(room.deliver([person(2)])).tell() == ["in_doubt"]
    lines, done = reconcile(room)
    assert (tell(lines), done.settled) == ([], 2)
    assert [state_of(room, PERSON), state_of(room, person(2))] == ["created", "not_found"]
    sandbox.reset()
    assert asyncio.run(room.deliver([PERSON, person(2)])).tell() == ["unchanged", "created"]
    assert calls_of(sandbox) == {"create": 1}


def test_a_colleagues_profile_does_not_settle_a_doubt_as_ours(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="drop-before:create@1,drop-before:list@1+4,partial=list")
    room.pulse = 0.0
    assert asyncio.run(room.deliver([PERSON])).tell() == ["in_doubt"]
    put_profile(sandbox, person(1, address__street="9 Other Street"))
    _, done = reconcile(room)
    assert (done.settled, state_of(room, PERSON)) == (1, "exists")
    assert calls_of(sandbox)["get"] == 1, "the list did not say enough"


def test_a_lost_patch_is_settled(open_room: OpenRoom) -> None:
    room, _ = open_room(faults="drop-after:patch@1+4")
    room.pulse = 0.0
    asyncio.run(room.deliver(sgd_only([PERSON])))
    asyncio.run(room.deliver([PERSON]))
    assert state_of(room, PERSON) == "in_doubt"
    assert reconcile(room)[1].settled == 1
    assert asyncio.run(room.deliver([PERSON])).tell() == ["unchanged"]


def test_what_another_run_does_meanwhile_is_no_difference(open_room: OpenRoom) -> None:
    """A row under way is left alone; a profile made behind the page that would show it is not missing."""
    room, sandbox = open_room()

    async def main() -> tuple[Lines, Reconciliation]:
        async with room.prepare() as (other, _, _):
            row = make_row(0, PERSON, other.digests)
            hashes = hash_values(other.digests, row.key, row.values)
            assert await other.committer.begin(Intent(row.key, Action.CREATE, hashes))
            return await reconcile_now(room)

    put_profile(sandbox, PERSON)  # it has arrived, and its sender waits for the answer
    lines, done = asyncio.run(main())
    assert (tell(lines), done.settled) == ([], 0)
    assert state_of(room, PERSON) == State.SENDING


def test_a_doubt_that_another_run_takes_up_meanwhile_is_left_to_it(tmp_path: Path) -> None:
    """It was in doubt before the first page; behind that page somebody began to find out about it."""

    async def main() -> tuple[Lines, Reconciliation]:
        async with RawServer() as server:
            room = Room(tmp_path, server.base_url, lease=0.0)
            async with room.prepare() as (dead, _, _):
                row = make_row(0, PERSON, dead.digests)
                hashes = hash_values(dead.digests, row.key, row.values)
                assert await dead.committer.begin(Intent(row.key, Action.CREATE, hashes))
            room.lease = 180.0
            async with room.prepare() as (other, _, _):

                async def page(seen: Seen, writer: asyncio.StreamWriter) -> bool:
                    known = await other.committer.known(row.key)
                    version = known.version if known else 0
                    assert await other.committer.begin(Intent(row.key, Action.CREATE, hashes, version=version))
                    return await answer(200, [])(seen, writer)

                server.script.append(page)
                return await reconcile_now(room)

    lines, done = asyncio.run(main())
    assert (tell(lines), done.settled) == ([], 0)
    assert state_of(Room(tmp_path, ""), PERSON) == State.SENDING


def test_an_interrupted_pass_keeps_what_it_compared_and_calls_nothing_missing(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    for number in range(150):
        put_profile(sandbox, person(number))
    reconcile(room)
    change_everybody(sandbox, lambda profile_id: change_profile(sandbox, profile_id, nationality="SG"))
    stop = Stop()
    stop.interrupt()
    lines, done = reconcile(room, stop=stop)
    assert (len(lines), done.profiles) == (100, 100)


def change_everybody(sandbox: SandboxServer, change: Callable[[str], None]) -> None:
    for one in sandbox.profiles():
        change(one.id)


def serve_pages(*pages: list[int]) -> Step:
    """Answer with a page of people; past the last one, with the last one."""

    async def step(seen: Seen, writer: asyncio.StreamWriter) -> bool:
        number = int(parse_qs(seen.query)["page[number]"][0])
        people = pages[min(number, len(pages)) - 1]
        return await answer(200, [profile(f"profile_{n}", **body_of(person(n))) for n in people])(seen, writer)

    return step


@pytest.mark.parametrize(
    ("pages", "calls"),
    [([[1, 2, 3]], 2), ([[*range(100)], [*range(100, 120)]], 3), ([[*range(10)], [*range(10, 20)]], 3)],
)
def test_a_list_that_repeats_its_last_page_ends_there(tmp_path: Path, pages: list[list[int]], calls: int) -> None:
    async def run() -> tuple[int, int]:
        async with RawServer(otherwise=serve_pages(*pages)) as server:
            _, done = await reconcile_now(Room(tmp_path, server.base_url))
            return done.profiles, len(server.requests)

    assert asyncio.run(run()) == (sum(map(len, pages)), calls)


def test_a_list_that_heeds_no_page_number_stops_instead_of_looking_short(tmp_path: Path) -> None:
    async def run() -> None:
        async with RawServer(otherwise=serve_pages([*range(100)])) as server:
            await reconcile_now(Room(tmp_path, server.base_url))

    with pytest.raises(StopRunError, match="same profiles whatever page"):
        asyncio.run(run())
