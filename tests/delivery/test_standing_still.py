"""A process that stood still for longer than its lease: others took over what it had begun, and it wakes up."""

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest
from delivery_others import Other, begin_create, create_posted, first_do, serve
from delivery_room import UPGRADE, Room, make_row
from e2e_exports import person
from straitsx_raw_server import RawServer, answer, created, error, in_loop, profile

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.flows.delivery.hashing import hash_values
from straitsx_bulk.flows.run.leasing import renewing, telling_if_taken
from straitsx_bulk.io.ledger import (
    Account,
    Action,
    FoundProfile,
    Intent,
    LedgerFailedError,
    RunTakenError,
    Settlement,
    State,
)

PERSON = person(1)
TOO_MANY = error(429, "STXE-9000")


def awake(folder: Path, lease: float = 0.0) -> AbstractAsyncContextManager[tuple[Room, RawServer]]:
    """Serve with a lease that is over at once, as after minutes of standing still; each repeat comes after that."""
    return serve(folder, lease=lease, sure=0.0)


@in_loop
async def test_a_row_that_another_run_has_created_meanwhile_is_not_sent_again(tmp_path: Path) -> None:
    async with awake(tmp_path) as (room, server):
        other = Other(room)
        server.script.append(first_do(lambda: other.send(then=State.CREATED), TOO_MANY))
        ours = await room.deliver([PERSON])
        assert (ours.tell(), ours.only.customer_profile_id) == (["unchanged"], "customer_profile_1")
        assert (server.methods, ours.only.api_calls) == (["POST"], 1)


@in_loop
async def test_a_row_that_another_run_is_sending_is_waited_for(tmp_path: Path) -> None:
    async with awake(tmp_path) as (room, server):
        with Room(tmp_path, server.base_url).open() as (_, account):
            Other.start(account)
            taken = asyncio.Event()

            def take_over() -> None:
                begin_create(account, 1, None)
                taken.set()

            server.script.append(first_do(take_over, TOO_MANY))
            ours = asyncio.ensure_future(room.deliver([PERSON]))
            await taken.wait()
            account.settle([Settlement(make_row(0, PERSON, account.digests).key, State.NOT_FOUND)])  # it never creates
            assert ((await ours).tell(), server.methods) == (["created"], ["POST", "POST"])


@in_loop
async def test_a_row_that_nobody_took_over_is_sent(tmp_path: Path) -> None:
    async with awake(tmp_path) as (room, server):
        server.script.append(TOO_MANY)
        ours = await room.deliver([PERSON])
        assert (ours.tell(), server.methods) == (["created"], ["POST", "POST"])


@in_loop
async def test_asking_for_a_row_lets_the_lease_run_anew(tmp_path: Path) -> None:
    """What leaves after that is kept from others for as long as a request takes."""
    async with awake(tmp_path, lease=60.0) as (room, server):
        seen: list[bool] = []

        def look() -> None:
            known = room.known(PERSON)
            seen.append(known is not None and known.live)

        with Room(tmp_path, server.base_url).open() as (_, account):
            server.script += [first_do(lambda: end_leases(account), TOO_MANY), first_do(look, created())]
            assert (await room.deliver([PERSON])).tell() == ["created"]
        assert seen == [True]


def end_leases(account: Account) -> None:
    """Let every lease run out, as time does."""
    with account._scope.store.write() as connection:
        connection.exec_driver_sql("UPDATE ledger_owners SET lease_until = 0")


@in_loop
async def test_a_patch_that_waited_is_not_sent_over_anothers(tmp_path: Path) -> None:
    async with awake(tmp_path) as (room, server):
        person_ = {name: text for name, text in PERSON.items() if name != "nationality"}
        with room.open() as (_, account):
            key = make_row(0, person_, account.digests).key
            held = {**hash_values(account.digests, key, person_), "nationality": b""}
            account.adopt([FoundProfile(key, "customer_profile_1", "pending", "sgd", held)])

        def finish(other: Account) -> None:
            held = hash_values(other.digests, key, PERSON)
            other.settle([Settlement(key, State.UPGRADED, "customer_profile_1", held=held)])

        server.script.append(answer(200, profile("customer_profile_1")))  # the key joins the account
        server.script.append(first_do(lambda: Other(room).act(finish), TOO_MANY))
        ours = await room.deliver([PERSON], UPGRADE)
        assert (ours.tell(), server.methods) == (["unchanged"], ["GET", "PATCH"])


def claim_dead_run(room: Room) -> None:
    """Take the room's run for dead, as another program's start does."""
    with room.open() as (ledger, _):
        [run] = ledger.dead_runs()
        assert ledger.claim_run(run.run_id)


@in_loop
async def test_a_run_that_was_taken_for_dead_sends_nothing_more_and_says_so(tmp_path: Path) -> None:
    async with awake(tmp_path) as (room, server):
        server.script.append(first_do(partial(claim_dead_run, room), TOO_MANY))
        ours = await room.deliver([PERSON, person(2)])
        assert (ours.tell(), ours.stop.error, server.methods) == ([], True, ["POST"])
        assert ours.stop.reason == str(RunTakenError())
        server.otherwise = create_posted
        again = await room.deliver([PERSON, person(2)])
        assert (again.tell(), server.methods) == (["created", "created"], ["POST"] * 3)  # it had freed its row


@in_loop
async def test_a_doubt_of_a_run_that_was_taken_for_dead_stays_one(tmp_path: Path) -> None:
    """Its first request may have been processed, so that the next run looks the key up."""
    async with awake(tmp_path) as (room, server):
        server.script += [answer(500, {}), first_do(partial(claim_dead_run, room), answer(200, []))]
        assert (await room.deliver([PERSON])).stop.reason == str(RunTakenError())
        known = room.known(PERSON)
        assert known is not None
        assert (known.in_doubt, server.methods) == (True, ["POST", "GET"])


@in_loop
async def test_an_answer_that_came_before_a_run_was_taken_for_dead_is_kept(tmp_path: Path) -> None:
    """It shares a commit with another row's intent, which is refused."""
    room = Room(tmp_path, "", lease=0.0)
    with room.open() as (ledger, account):
        Other.start(account, "aa")
        begin_create(account, 1, None)
        ours, next_one = (make_row(0, person(number), account.digests) for number in (1, 2))
        assert ledger.claim_run("aa")
        async with Committer(account) as committer:
            settled, begun = await asyncio.gather(
                committer.settle(Settlement(ours.key, State.CREATED, "customer_profile_1")),
                committer.begin(Intent(next_one.key, Action.CREATE, {})),
                return_exceptions=True,
            )
        assert (settled, type(begun)) == (None, RunTakenError)
    known = room.known(PERSON)
    assert known is not None
    assert (known.state, known.customer_profile_id) == (State.CREATED, "customer_profile_1")


def test_a_run_that_was_taken_for_dead_learns_of_it_when_it_renews_its_lease(tmp_path: Path) -> None:
    room = Room(tmp_path, "", lease=0.0)
    with room.open() as (ledger, account):
        Other.start(account, "aa")
        assert ledger.claim_run("aa")
        stop = Stop()
        with renewing(account, "aa", stop, lease_seconds=0.06):
            while stop.reason is None:
                pass
        assert (stop.reason, stop.error) == (str(RunTakenError()), True)


def test_a_ledger_that_cannot_say_keeps_nobody_from_the_reports(tmp_path: Path) -> None:
    with Room(tmp_path, "").open() as (_, account):
        Other.start(account, "aa")
        with account._scope.store.write() as connection:
            connection.exec_driver_sql("ALTER TABLE ledger_runs RENAME TO gone")
        with pytest.raises(LedgerFailedError):
            account.refuse_taken()
        with telling_if_taken(account):
            pass
        with pytest.raises(FileNotFoundError), telling_if_taken(account):
            raise FileNotFoundError


def test_what_goes_wrong_for_a_run_that_was_taken_for_dead_is_told_as_that(tmp_path: Path) -> None:
    """Its spool is gone, for the other program has written its reports."""
    room = Room(tmp_path, "", lease=0.0)
    with room.open() as (ledger, account):
        Other.start(account, "aa")
        with pytest.raises(FileNotFoundError), telling_if_taken(account):
            raise FileNotFoundError
        assert ledger.claim_run("aa")
        with pytest.raises(RunTakenError), telling_if_taken(account):
            raise FileNotFoundError
        with pytest.raises(RunTakenError), telling_if_taken(account):
            pass
