"""Rows in doubt: found ours, somebody else's, nowhere, or not to be found out about; now and in the next run."""

import asyncio
import time

import pytest
from delivery_room import UPGRADE, OpenRoom, Room, calls_of, params_of, put_profile
from e2e_exports import body_of, person, sgd_only

from straitsx_bulk.io.ledger import State
from straitsx_bulk.io.sandbox.server import SandboxServer
from straitsx_bulk.schemas.outcomes import Outcome

PERSON = person(1)
[SGD] = sgd_only([PERSON])
ARRIVED, NOT_ARRIVED = "drop-after:create@1", "drop-before:create@1"
NO_LIST = "drop-before:list@1+4"
"""The look-up and its repeats fail, so that the row stays in doubt."""


def leave_in_doubt(open_room: OpenRoom, *faults: str, person: dict[str, str] = PERSON) -> tuple[Room, SandboxServer]:
    """Send a row and keep the run from finding out what became of it."""
    room, sandbox = open_room(faults=",".join([NO_LIST, *faults]))
    room.pulse = 0.0
    delivered = asyncio.run(room.deliver([person]))
    assert (delivered.tell(), delivered.stop.error) == (["in_doubt"], True)
    known = room.known(person)
    assert known is not None
    assert known.in_doubt
    sandbox.reset()
    return room, sandbox


def test_what_arrived_is_ours_and_found_without_sending_again(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, ARRIVED)
    result = asyncio.run(room.deliver([PERSON])).only
    assert (result.outcome, result.customer_profile_id) == (Outcome.CREATED, sandbox.profiles()[0].id)
    assert calls_of(sandbox) == {"list": 1}
    assert asyncio.run(room.deliver([PERSON])).tell() == ["unchanged"]


def test_what_did_not_arrive_is_sent_once_more(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, NOT_ARRIVED)
    assert asyncio.run(room.deliver([PERSON])).only.api_calls == 2
    assert (params_of(sandbox), calls_of(sandbox)) == ([body_of(PERSON)], {"create": 1, "list": 1})


def test_an_upgrade_settles_an_imports_doubt_without_creating(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, NOT_ARRIVED)
    assert asyncio.run(room.deliver([PERSON], UPGRADE)).tell() == ["not_found"]
    assert calls_of(sandbox) == {"list": 1}
    assert asyncio.run(room.deliver([PERSON])).tell() == ["created"]


def test_a_profile_older_than_our_intent_is_somebody_elses(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, NOT_ARRIVED)
    put_profile(sandbox, PERSON, created=int(time.time()) - 3600)
    assert asyncio.run(room.deliver([PERSON])).tell() == ["unchanged"]
    assert calls_of(sandbox) == {"list": 1}


def test_a_profile_with_other_values_is_somebody_elses(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, NOT_ARRIVED)
    put_profile(sandbox, person(1, nationality="SG"))
    assert asyncio.run(room.deliver([PERSON])).tell() == ["conflict"]
    assert params_of(sandbox) == [body_of(person(1, nationality="SG"))]


def test_a_profile_that_lacks_what_we_sent_is_somebody_elses_and_brought_up_to_usd(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, NOT_ARRIVED)
    put_profile(sandbox, SGD)
    assert asyncio.run(room.deliver([PERSON])).tell() == ["upgraded"]
    assert params_of(sandbox) == [body_of(PERSON)]


def test_where_the_list_says_little_the_profile_is_read_before_it_is_called_ours(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, ARRIVED, "partial=list")
    assert asyncio.run(room.deliver([PERSON])).tell() == ["created"]
    assert calls_of(sandbox) == {"list": 1, "get": 1}


def test_where_the_list_says_little_a_colleagues_profile_is_told_apart(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, NOT_ARRIVED, "partial=list")
    put_profile(sandbox, person(1, address__street="9 Other Street"))
    assert asyncio.run(room.deliver([PERSON])).tell() == ["conflict"]


def test_what_only_the_list_says_tells_a_colleagues_profile_apart_too(open_room: OpenRoom) -> None:
    """Reading by id does not carry the country of residence here, and is asked for the rest; the list still holds."""
    room, sandbox = leave_in_doubt(open_room, NOT_ARRIVED, "partial=list+get")
    theirs = person(1, countryOfResidence="MY")
    put_profile(sandbox, theirs)
    result = asyncio.run(room.deliver([PERSON])).only
    assert (result.outcome, [d.parameter for d in result.differences]) == (Outcome.CONFLICT, ["countryOfResidence"])
    assert params_of(sandbox) == [body_of(theirs)]


def test_a_row_that_has_grown_since_is_added_to_what_was_created(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, ARRIVED, person=SGD)
    result = asyncio.run(room.deliver([PERSON])).only
    assert (result.outcome, result.api_calls) == (Outcome.UPGRADED, 2)
    assert params_of(sandbox) == [body_of(PERSON)]
    assert asyncio.run(room.deliver([PERSON])).only.api_calls == 0


def test_a_row_that_was_edited_since_meets_what_was_created(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, ARRIVED)
    assert asyncio.run(room.deliver([person(1, customerName="Person One")])).tell() == ["conflict"]
    assert params_of(sandbox) == [body_of(PERSON)]


def test_a_row_that_names_the_profile_by_now_is_settled_by_reading_it(open_room: OpenRoom) -> None:
    room, sandbox = leave_in_doubt(open_room, ARRIVED)
    row = {"profile_id": sandbox.profiles()[0].id, "nationality": "MY"}
    reconciled = {**PERSON, "profile_id": row["profile_id"]}
    assert asyncio.run(room.deliver([reconciled])).tell() == ["created"]
    assert asyncio.run(room.deliver([row], UPGRADE)).tell() == ["unchanged"]
    assert sandbox.stats().count_calls("create") == 0


@pytest.mark.parametrize("fault", ["401", "403", "locked"])
def test_a_stop_while_a_row_is_in_doubt_says_so(open_room: OpenRoom, fault: str) -> None:
    room, sandbox = open_room(faults=f"{ARRIVED},{fault}:list@1")
    delivered = asyncio.run(room.deliver([PERSON, person(2)]))
    assert (delivered.tell(), delivered.stop.error) == (["in_doubt"], True)
    assert asyncio.run(room.deliver([PERSON, person(2)])).tell() == ["created", "created"]
    assert calls_of(sandbox) == {"create": 2, "list": 2}


def test_a_stop_at_the_second_sending_leaves_the_row_in_doubt(open_room: OpenRoom) -> None:
    room, _ = open_room(faults="drop-before:create@1,401:create@2")
    delivered = asyncio.run(room.deliver([PERSON]))
    assert (delivered.tell(), delivered.only.api_calls) == (["in_doubt"], 3)
    known = room.known(PERSON)
    assert known is not None
    assert known.state is State.IN_DOUBT
    assert asyncio.run(room.deliver([PERSON])).tell() == ["created"]


def test_a_row_is_sent_three_times_at_most_and_then_in_doubt(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="500-before:create@1+3")
    delivered = asyncio.run(room.deliver([PERSON, person(2)]))
    assert (delivered.tell(), delivered.stop.reason) == (["in_doubt", "created"], None)
    assert calls_of(sandbox) == {"create": 4, "list": 3}
    assert delivered.results[0].message.startswith("This row was sent and the API could not say")
    assert asyncio.run(room.deliver([PERSON, person(2)])).tell() == ["created", "unchanged"]


def test_a_lost_patch_of_another_row_is_read_before_anything_is_written(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="drop-after:patch@1+4")
    room.pulse = 0.0
    asyncio.run(room.deliver([SGD]))
    assert asyncio.run(room.deliver([PERSON], UPGRADE)).tell() == ["in_doubt"]
    other = person(1, address__street="9 Other Street", gender="MALE")
    again = asyncio.run(room.deliver([other], UPGRADE)).only
    assert (again.outcome, [d.parameter for d in again.differences]) == (Outcome.CONFLICT, ["address.street"])
    assert params_of(sandbox) == [body_of(PERSON)]


def test_a_lost_patch_that_did_not_arrive_is_sent_again(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="drop-before:patch@1+4")
    room.pulse = 0.0
    asyncio.run(room.deliver([SGD]))
    assert asyncio.run(room.deliver([PERSON], UPGRADE)).tell() == ["in_doubt"]
    again = asyncio.run(room.deliver([PERSON], UPGRADE)).only
    assert (again.outcome, again.api_calls, params_of(sandbox)) == (Outcome.UPGRADED, 2, [body_of(PERSON)])
