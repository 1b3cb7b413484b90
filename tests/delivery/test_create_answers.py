"""Every class of answer to a create, before and after the API has committed it: what is called, what comes of it."""

import asyncio

import pytest
from delivery_room import Delivered, OpenRoom, Room, calls_of, params_of, put_profile
from e2e_exports import body_of, person, sgd_only
from e2e_program import wait_until
from sandbox_gate import Gate
from sandbox_open import outlast_silence
from straitsx_client import CONNECTIONS, QUICK
from straitsx_raw_server import reserved_port

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.io.ledger import State
from straitsx_bulk.schemas.outcomes import Outcome

PERSON = person(1)
BEFORE = [
    "500-before", "424-before", "502-before", "503-before", "504-before", "drop-before", "timeout-before",
    "html-before", "garbage-before", "outage",
]  # fmt: skip
AFTER = [
    "500-after", "424-after", "502-after", "503-after", "504-after", "drop-after", "timeout-after", "html", "garbage",
    "truncate", "cut", "no-id",
]  # fmt: skip


def test_a_clean_create_costs_one_call(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    result = asyncio.run(room.deliver([PERSON])).only
    assert (result.outcome, result.api_calls, result.http_status) == (Outcome.CREATED, 1, 200)
    assert [profile.id for profile in sandbox.profiles()] == [result.customer_profile_id]
    assert params_of(sandbox) == [body_of(PERSON)]
    assert calls_of(sandbox) == {"create": 1}


@pytest.mark.parametrize("fault", BEFORE)
def test_a_create_that_did_not_arrive_is_looked_up_and_sent_again(open_room: OpenRoom, fault: str) -> None:
    room, sandbox = open_room(faults=f"{fault}:create@1")
    result = outlast_silence(sandbox, room.deliver([PERSON])).only
    assert (result.outcome, result.api_calls) == (Outcome.CREATED, 3)
    assert [profile.id for profile in sandbox.profiles()] == [result.customer_profile_id]
    assert calls_of(sandbox) == {"create": 2, "list": 1}
    assert_settled(room, State.CREATED)


@pytest.mark.parametrize("fault", AFTER)
def test_a_create_whose_answer_was_lost_is_found_and_never_sent_again(open_room: OpenRoom, fault: str) -> None:
    room, sandbox = open_room(faults=f"{fault}:create@1")
    result = outlast_silence(sandbox, room.deliver([PERSON])).only
    assert (result.outcome, result.api_calls) == (Outcome.CREATED, 2)
    assert [profile.id for profile in sandbox.profiles()] == [result.customer_profile_id]
    assert calls_of(sandbox) == {"create": 1, "list": 1}
    assert_settled(room, State.CREATED)


def assert_settled(room: Room, state: State) -> None:
    known = room.known(PERSON)
    assert known is not None
    assert (known.state, known.action, dict(known.intent)) == (state, None, {})


def test_a_429_was_not_processed_and_is_sent_again_without_a_look_up(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="429:create@1")
    result = asyncio.run(room.deliver([PERSON])).only
    assert (result.outcome, result.api_calls) == (Outcome.CREATED, 2)
    assert calls_of(sandbox) == {"create": 2}


@pytest.mark.parametrize("fault", ["401", "403", "locked"])
def test_an_answer_that_every_row_would_get_stops_the_run_and_leaves_the_row_free(
    open_room: OpenRoom, fault: str
) -> None:
    room, sandbox = open_room(faults=f"{fault}:create@1")
    delivered = asyncio.run(room.deliver([PERSON, person(2)]))
    assert (delivered.tell(), delivered.stop.error) == ([], True)
    assert params_of(sandbox) == []
    assert_settled(room, State.PLANNED)
    again = asyncio.run(room.deliver([PERSON, person(2)]))
    assert (again.tell(), calls_of(sandbox)) == (["created", "created"], {"create": 3})


def test_the_apis_words_are_the_refused_rows_message_and_it_is_not_sent_again(open_room: OpenRoom) -> None:
    room, sandbox = open_room(strict=True)
    [row] = sgd_only([PERSON])
    first = asyncio.run(room.deliver([row])).only
    assert (first.outcome, first.http_status, first.api_code, first.api_calls) == (Outcome.REFUSED, 400, "XFE15", 1)
    assert "is missing" in first.message
    again = asyncio.run(room.deliver([row])).only
    assert (again.outcome, again.http_status, again.api_code, again.api_calls) == (Outcome.REFUSED, 400, "XFE15", 0)
    assert calls_of(sandbox) == {"create": 1}


def test_a_refused_row_that_was_mended_is_sent(open_room: OpenRoom) -> None:
    room, sandbox = open_room(strict=True)
    asyncio.run(room.deliver(sgd_only([PERSON])))
    assert asyncio.run(room.deliver([PERSON])).tell() == ["created"]
    assert calls_of(sandbox) == {"create": 2}


def test_an_answer_exists_is_looked_up_and_compared(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    there = [put_profile(sandbox, PERSON), put_profile(sandbox, sgd_only([person(2)])[0])]
    there.append(put_profile(sandbox, person(3, nationality="SG")))
    delivered = asyncio.run(room.deliver([PERSON, person(2), person(3)]))
    assert delivered.tell() == ["unchanged", "upgraded", "conflict"]
    assert [delivered.results[place].customer_profile_id for place in range(3)] == there
    assert [delivered.results[place].api_calls for place in range(3)] == [2, 3, 2]
    [difference] = delivered.results[2].differences
    assert (difference.parameter, difference.profile_value) == ("nationality", "SG")
    assert calls_of(sandbox) == {"create": 3, "list": 3, "patch": 1}
    assert params_of(sandbox) == [body_of(PERSON), body_of(person(2)), body_of(person(3, nationality="SG"))]


def test_an_outage_that_retries_outlast_is_ridden_out(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="outage@2+4")
    delivered = asyncio.run(room.deliver([PERSON, person(2), person(3)]))
    assert delivered.tell() == ["created"] * 3
    assert params_of(sandbox) == [body_of(person(number)) for number in (1, 2, 3)]


def test_an_outage_that_outlasts_retries_stops_the_run_with_everything_kept(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="outage@2+12")
    room.pulse = 0.0
    people = [person(number) for number in range(1, 7)]
    first = asyncio.run(room.deliver(people))
    assert first.tell() == ["created", "in_doubt"]
    assert (first.stop.error, "the same command goes on" in str(first.stop.reason)) == (True, True)
    assert first.figures.calls == 2 + QUICK.attempts
    second = asyncio.run(room.deliver(people))
    assert (second.tell(), second.figures.calls, second.stop.error) == (["unchanged", "in_doubt"], QUICK.attempts, True)
    third = asyncio.run(room.deliver(people))
    assert third.tell() == ["unchanged"] + ["created"] * 5
    assert params_of(sandbox) == [body_of(one) for one in people]
    assert calls_of(sandbox) == {"create": 1 + 1 + 5, "list": QUICK.attempts * 3}


def test_where_nobody_listens_the_run_stops_and_the_row_stays_free(open_room: OpenRoom) -> None:
    room, _ = open_room()
    with reserved_port() as port:
        room.base_url = f"http://127.0.0.1:{port}/v1"
        delivered = asyncio.run(room.deliver([PERSON]))
    assert (delivered.tell(), delivered.stop.error, delivered.figures.calls) == ([], True, 0)
    assert_settled(room, State.PLANNED)


def test_max_refused_in_a_row_stops_the_run(open_room: OpenRoom) -> None:
    room, sandbox = open_room(strict=True)
    delivered = asyncio.run(room.deliver(sgd_only([person(number) for number in range(10)]), max_refused=3))
    assert (delivered.tell(), delivered.stop.error) == (["refused"] * 3, True)
    assert calls_of(sandbox) == {"create": 3}


def test_rows_that_wait_for_a_connection_send_nothing_once_max_refused_is_reached(open_room: OpenRoom) -> None:
    room, sandbox = open_room(strict=True)
    people = sgd_only([person(number) for number in range(60)])
    stop = Stop()

    async def deliver_until_stopped() -> Delivered:
        with Gate(sandbox, 3):
            delivering = asyncio.create_task(room.deliver(people, max_refused=3, workers=60, stop=stop))
            await asyncio.to_thread(wait_until, lambda: stop.reason, "the run stops")
        return await delivering

    delivered = asyncio.run(deliver_until_stopped())
    sent = calls_of(sandbox)["create"]
    assert (delivered.tell(), delivered.stop.error) == (["refused"] * sent, True)
    assert 3 <= sent <= 3 + CONNECTIONS, "those in flight"


def test_max_refused_of_the_last_rows_stops_the_run_though_some_are_created_between(open_room: OpenRoom) -> None:
    room, _ = open_room(strict=True)
    people = [person(n) if n % 3 == 0 else sgd_only([person(n)])[0] for n in range(40)]
    delivered = asyncio.run(room.deliver(people, max_refused=3))
    assert (len(delivered.tell()), delivered.stop.error) == (12, True)
    assert delivered.tell().count("refused") == 8
