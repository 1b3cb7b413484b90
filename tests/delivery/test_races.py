"""Others at the same keys: what they do between our steps, and answers that come late."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from delivery_others import Other, begin_create, create_posted, first_do, serve
from delivery_room import IMPORT, UPGRADE, Room, make_row
from e2e_exports import body_of, person
from straitsx_raw_server import Seen, Step, answer, error, hang_up, in_loop, profile

from straitsx_bulk.flows.breakers import Limit, Stop
from straitsx_bulk.flows.delivery.hashing import hash_values
from straitsx_bulk.flows.delivery.journal import Journal
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.delivery.rows import Result
from straitsx_bulk.flows.run.delivering import hurrying
from straitsx_bulk.io.ledger import Account, Action, Intent, RunStart, Settlement, State
from straitsx_bulk.io.straitsx import Patience
from straitsx_bulk.schemas.outcomes import Outcome

PERSON = person(1)


def show(number: int = 1) -> dict[str, object]:
    """A profile as the API would show it right after it was made."""
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return profile(f"customer_profile_{number}", **body_of(person(number)), createdAt=made)


def created(number: int = 1) -> Step:
    return answer(200, show(number))


async def it_is_there(seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Answer with a list that holds the profile, made just now and not when the tests were read."""
    return await answer(200, [show()])(seen, writer)


NOTHING_THERE = answer(200, [])
EXISTS = error(422, "STXE-7000", "Record Existed")


@in_loop
async def test_a_create_that_arrived_late_is_still_ours(tmp_path: Path) -> None:
    """Nothing was there, so it was sent again; meanwhile the first one had arrived."""
    async with serve(tmp_path, hang_up, NOTHING_THERE, EXISTS, it_is_there) as (room, server):
        result = (await room.deliver([PERSON])).only
        assert (result.outcome, result.customer_profile_id) == (Outcome.CREATED, "customer_profile_1")
        assert server.methods == ["POST", "GET", "POST", "GET"]


@in_loop
async def test_a_list_that_lags_behind_leaves_a_doubt_and_no_refusal(tmp_path: Path) -> None:
    async with serve(tmp_path, hang_up, NOTHING_THERE, EXISTS, NOTHING_THERE, it_is_there) as (room, server):
        assert (await room.deliver([PERSON])).tell() == ["in_doubt"]
        assert (await room.deliver([PERSON])).tell() == ["created"]
        assert server.methods == ["POST", "GET", "POST", "GET", "GET"]


@in_loop
async def test_a_list_that_lags_behind_a_killed_run_leaves_its_doubt_and_no_refusal(tmp_path: Path) -> None:
    async with serve(tmp_path, NOTHING_THERE, EXISTS, NOTHING_THERE, it_is_there) as (room, server):
        Other(room, lease=0.0).send()  # died at it, a moment ago
        assert (await room.deliver([PERSON])).tell() == ["in_doubt"]
        assert (await room.deliver([PERSON])).tell() == ["created"]
        assert server.methods == ["GET", "POST", "GET", "GET"]


@in_loop
async def test_a_key_that_the_list_does_not_show_for_minutes_is_refused(tmp_path: Path) -> None:
    """The API's code means other invalid requests too, and no row may stay in doubt for ever."""
    async with serve(tmp_path, NOTHING_THERE, EXISTS, NOTHING_THERE) as (room, server):
        Other(room, lease=0.0).send()
        with room.open() as (_, account), account._scope.store.write() as connection:
            connection.exec_driver_sql("UPDATE ledger_profiles SET intent_at = intent_at - 301")
        assert (await room.deliver([PERSON])).tell() == ["refused"]
        assert server.methods == ["GET", "POST", "GET"]


@in_loop
async def test_exists_without_a_doubt_and_without_a_profile_is_a_refusal(tmp_path: Path) -> None:
    async with serve(tmp_path, EXISTS, NOTHING_THERE) as (room, _):
        result = (await room.deliver([PERSON])).only
        assert (result.outcome, result.message) == (Outcome.REFUSED, "Record Existed")


@in_loop
async def test_a_doubt_is_settled_by_one_run_and_nobody_sends_behind_its_look_up(tmp_path: Path) -> None:
    async with serve(tmp_path) as (room, server):
        Other(room, lease=0.0).send()  # died at it
        other = Other(room)
        refused: list[bool] = []

        def try_to_send() -> None:
            other.act(lambda account: refused.append(not may_begin(account)))

        server.script += [first_do(try_to_send, NOTHING_THERE), first_do(try_to_send, created())]
        assert (await room.deliver([PERSON])).tell() == ["created"]
        assert (server.methods, refused) == (["GET", "POST"], [True, True])


def may_begin(account: Account) -> bool:
    """Whether another run could send the person now, knowing all that the ledger knows."""
    row = make_row(0, PERSON, account.digests)
    version = account.known([row.key])[row.key].version
    return bool(account.begin([Intent(row.key, Action.CREATE, {}, version=version)]))


@in_loop
async def test_two_runs_at_one_doubt_create_it_once_and_say_so_once(tmp_path: Path) -> None:
    async with serve(tmp_path) as (room, server):
        Other(room, lease=0.0).send()
        held = asyncio.Event()

        async def wait(seen: Seen, writer: asyncio.StreamWriter) -> bool:
            await held.wait()
            return await it_is_there(seen, writer)

        server.script.append(wait)
        runs = [asyncio.ensure_future(room.deliver([PERSON])) for _ in range(2)]
        await server.asked.wait()
        held.set()
        assert sorted([(await run).tell() for run in runs]) == [["created"], ["unchanged"]]
        assert server.methods == ["GET"]


@in_loop
async def test_a_row_planned_as_a_create_is_planned_anew_when_somebody_was_quicker(tmp_path: Path) -> None:
    async with serve(tmp_path) as (room, server):
        other = Other(room)
        server.script.append(first_do(lambda: other.send(2, State.CREATED), created()))
        delivered = await room.deliver([PERSON, person(2)])
        assert (delivered.tell(), server.methods) == (["created", "unchanged"], ["POST"])


@in_loop
async def test_a_row_that_somebody_is_sending_is_waited_for(tmp_path: Path) -> None:
    async with serve(tmp_path) as (room, server):
        with Room(tmp_path, server.base_url).open() as (_, account):
            account.start_run(RunStart(uuid4().hex, "import", str(tmp_path)))
            begin_create(account, 1, None)
            ours = asyncio.ensure_future(room.deliver([PERSON, person(2)], workers=2))
            await server.asked.wait()  # the other row goes on meanwhile
            account.settle([Settlement(make_row(0, PERSON, account.digests).key, State.REFUSED)])
            delivered = await ours
        assert (delivered.tell(), server.methods) == (["created", "created"], ["POST", "POST"])


@in_loop
async def test_who_waits_for_somebody_ends_when_the_run_is_to_end(tmp_path: Path) -> None:
    async with serve(tmp_path) as (room, server):
        with Room(tmp_path, server.base_url).open() as (_, account):
            account.start_run(RunStart(uuid4().hex, "import", str(tmp_path)))
            begin_create(account, 1, None)
            stop = Stop()
            ours = asyncio.ensure_future(room.deliver([PERSON], stop=stop))
            await asyncio.sleep(0.05)
            stop.interrupt()
            delivered = await ours
        assert (delivered.tell(), delivered.stop.interrupted, server.methods) == ([], True, [])


@in_loop
async def test_limit_counts_only_rows_that_cost_a_call(tmp_path: Path) -> None:
    async with serve(tmp_path, hang_up, NOTHING_THERE) as (room, server):
        other = Other(room)
        other.act(lambda account: account.add_key("key-1"))
        other.send(2, State.CREATED)
        server.script.insert(0, first_do(lambda: other.send(3, State.CREATED), created(1)))
        people = [person(number) for number in (1, 2, 3, 4, 5)]
        delivered = await room.deliver(people, limit=2)
        assert delivered.tell() == ["created", "unchanged", "unchanged", "created"]
        assert (delivered.stop.reason, server.methods) == ("limit", ["POST", "POST", "GET", "POST"])


class WatchedLimit(Limit):
    """Tells when a row has to wait for others to be done."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.waited = asyncio.Event()

    async def wait(self) -> None:
        self.waited.set()
        await super().wait()


@in_loop
async def test_rows_let_in_wait_for_those_that_may_cost_no_call(tmp_path: Path) -> None:
    """With as many workers as rows, rows that another run does meanwhile do not eat the limit up."""
    async with serve(tmp_path) as (room, server):
        with Room(tmp_path, server.base_url).open() as (_, account):
            account.start_run(RunStart(uuid4().hex, "import", str(tmp_path)))
            for number in (1, 2):
                begin_create(account, number, None)
            async with room.prepare(workers=8) as (delivery, _, _):
                limit = delivery.limit = WatchedLimit(2)
                rows = [make_row(number, person(number), account.digests) for number in (1, 2, 3, 4)]
                with Journal(tmp_path, 0) as journal:
                    ours = asyncio.ensure_future(delivery.deliver(rows, journal))
                    await limit.waited.wait()
                    for row in rows[:2]:
                        hashes = hash_values(account.digests, row.key, row.values)
                        account.settle([Settlement(row.key, State.CREATED, f"profile_{row.position}", held=hashes)])
                    results = await ours
        assert [str(results[row.position].outcome) for row in rows] == ["unchanged", "unchanged", "created", "created"]
        assert (delivery.stop.reason, server.methods) == (None, ["POST", "POST"])


@in_loop
async def test_an_answer_that_comes_after_a_takeover_is_not_lost(tmp_path: Path) -> None:
    """Our lease ran out while we waited for the answer; another run looked the key up and took it as its own."""
    async with serve(tmp_path, lease=0.0) as (room, server):
        other = Other(room)
        server.script.append(first_do(lambda: other.send(then=State.CREATED), created()))
        ours = await room.deliver([PERSON])
        assert (ours.tell(), ours.only.customer_profile_id) == (["created"], "customer_profile_1")
        known = room.known(PERSON)
        assert known is not None
        assert (known.state, known.customer_profile_id) == (State.CREATED, "customer_profile_1")


class Lock:
    """Another program that holds the ledger's write lock."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "ledger.db", isolation_level=None)

    def take(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def free(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


@in_loop
async def test_a_ledger_that_is_locked_when_the_answer_comes_leaves_a_doubt_and_stops_the_run(tmp_path: Path) -> None:
    async with serve(tmp_path, created(1), lease=0.0) as (room, server):
        room.busy = 0.1
        with room.open():
            lock = Lock(tmp_path)
        server.script.append(first_do(lock.take, created(2)))
        delivered = await room.deliver([PERSON, person(2), person(3)])
        assert delivered.tell() == ["created", "in_doubt"]
        assert (delivered.stop.error, "locked" in str(delivered.stop.reason)) == (True, True)
        lock.free()
        server.script += [answer(200, [show(2)]), created(3)]
        again = await room.deliver([PERSON, person(2), person(3)])
        assert again.tell() == ["unchanged", "created", "created"]
        assert server.methods == ["POST", "POST", "GET", "POST"]


@in_loop
async def test_a_ledger_that_is_locked_before_a_request_keeps_it_from_going_out(tmp_path: Path) -> None:
    async with serve(tmp_path, lease=0.0) as (room, server):
        room.busy = 0.1
        stop = Stop()
        async with room.prepare(stop=stop) as (delivery, _, _):
            rows = [make_row(0, PERSON, delivery.digests)]
            lock = Lock(tmp_path)
            lock.take()
            with Journal(tmp_path, 0) as journal:
                assert await delivery.deliver(rows, journal) == {}
            lock.free()
        assert (stop.error, server.methods) == (True, [])
        assert (await room.deliver([PERSON])).tell() == ["created"]


class FullDisk(Journal):
    """A journal on a disk without room."""

    def __init__(self, folder: Path) -> None:
        (folder / "answers-0000000000.jsonl").symlink_to("/dev/full")
        super().__init__(folder, 0)


@in_loop
async def test_a_journal_that_the_disk_refuses_stops_the_run_and_loses_no_result(tmp_path: Path) -> None:
    async with serve(tmp_path) as (room, server):
        async with room.prepare() as (delivery, _, _):
            rows = [make_row(place, person(place), delivery.digests) for place in range(3)]
            with FullDisk(tmp_path) as journal:
                results = await delivery.deliver(rows, journal)
        assert [str(result.outcome) for result in results.values()] == ["created"]
        assert (delivery.stop.error, server.methods) == (True, ["POST"])
        assert "No space left" in str(delivery.stop.reason)


@in_loop
async def test_whoever_is_told_of_results_cannot_break_the_delivery(tmp_path: Path) -> None:
    """A defect there ends the run; the rows under way come to their ends, and everything done is told."""
    async with serve(tmp_path) as (room, server):
        async with room.prepare(workers=3) as (delivery, _, _):

            def fail(_: Result) -> None:
                raise RuntimeError("made up")

            delivery.on_result = fail
            rows = [make_row(place, person(place), delivery.digests) for place in range(3)]
            with Journal(tmp_path, 0) as journal:
                results = await delivery.deliver(rows, journal)
        assert [str(result.outcome) for result in results.values()] == ["created"] * len(server.methods)
        assert (delivery.stop.error, "made up" in str(delivery.stop.reason)) == (True, False)


@in_loop
async def test_a_cancelled_run_lets_the_requests_in_flight_come_to_their_ends(tmp_path: Path) -> None:
    async with serve(tmp_path) as (room, server):
        held = asyncio.Event()

        async def wait(seen: Seen, writer: asyncio.StreamWriter) -> bool:
            await held.wait()
            return await create_posted(seen, writer)

        server.script.append(wait)
        ours = asyncio.ensure_future(room.deliver([PERSON, person(2)]))
        await server.asked.wait()
        ours.cancel()
        await asyncio.sleep(0)
        held.set()
        with pytest.raises(asyncio.CancelledError):
            await ours
        known = room.known(PERSON)
        assert known is not None
        assert (known.state, server.methods) == (State.CREATED, ["POST"])


@in_loop
async def test_an_interrupted_run_waits_for_requests_and_not_for_retries(tmp_path: Path) -> None:
    """Ctrl-C during an outage ends the run with the request under way, though retries would go on for a long time."""
    async with serve(tmp_path, hang_up) as (room, server):
        room.patience = Patience(attempts=40, total=300.0, first_wait=200.0, longest_wait=200.0)
        asked = asyncio.Event()
        server.otherwise = first_do(asked.set, answer(503, {}))
        stop = Stop()
        async with room.prepare(stop=stop) as (delivery, _, _), hurrying(delivery.api, stop):
            rows = [make_row(0, PERSON, delivery.digests)]
            with Journal(tmp_path, 0) as journal:
                ours = asyncio.ensure_future(delivery.deliver(rows, journal))
                await asked.wait()
                stop.interrupt()
                [result] = (await ours).values()
        assert (result.outcome, server.methods) == (Outcome.IN_DOUBT, ["POST", "GET"])


@in_loop
@pytest.mark.parametrize(
    ("policy", "found", "methods"),
    [
        (UPGRADE, profile("customer_profile_1", **body_of(PERSON), gender=None), ["GET"]),
        (IMPORT, None, ["POST", "GET"]),
    ],
)
async def test_a_run_that_is_to_end_writes_nothing_more(
    tmp_path: Path, policy: Policy, found: dict[str, object] | None, methods: list[str]
) -> None:
    """A PATCH whose profile was just read is not attempted; a create whose look-up found nothing stays in doubt."""
    async with serve(tmp_path) as (room, server):
        stop = Stop()
        async with room.prepare(policy, stop=stop) as (delivery, _, _):

            def end() -> None:
                stop.interrupt()
                delivery.api.hurry()

            look_up = first_do(end, answer(200, [found] if found else []))
            server.script += [look_up] if policy is UPGRADE else [hang_up, look_up]
            rows = [make_row(0, person(1, gender="MALE"), delivery.digests)]
            with Journal(tmp_path, 0) as journal:
                results = await delivery.deliver(rows, journal)
        outcomes = [str(result.outcome) for result in results.values()]
        assert (outcomes, stop.interrupted, server.methods) == ([] if found else ["in_doubt"], True, methods)
        server.script.append(answer(200, found) if found else NOTHING_THERE)
        assert (await room.deliver([PERSON])).tell() == ["unchanged" if found else "created"]
