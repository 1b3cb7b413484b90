"""Every class of answer to reading, looking up and PATCHing an existing profile."""

import asyncio

import pytest
from delivery_room import UPGRADE, OpenRoom, calls_of, params_of, put_profile
from e2e_exports import body_of, person, sgd_only

from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.io.ledger import State
from straitsx_bulk.schemas.outcomes import Outcome

PERSON = person(1)
[SGD] = sgd_only([PERSON])
LOST = ["500-before", "500-after", "503-after", "424-after", "drop-before", "drop-after", "garbage", "html", "cut"]
OVERWRITE = Policy(creates=True, overwrite=True)


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("call", ["patch", "list", "get"])
def test_what_may_be_repeated_is_repeated(open_room: OpenRoom, fault: str, call: str) -> None:
    room, sandbox = open_room(faults=f"{fault}:{call}@1,partial=list")
    put_profile(sandbox, SGD)
    result = asyncio.run(room.deliver([PERSON], UPGRADE)).only
    assert (result.outcome, result.rail, result.usd_gaps, result.api_calls) == (Outcome.UPGRADED, "usd", "", 4)
    assert params_of(sandbox) == [body_of(PERSON)]


def test_a_patch_carries_only_what_is_missing_and_never_the_key(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    put_profile(sandbox, {**SGD, "nationality": "MY", "customerName": "PERSON NUMBER 1"})
    asyncio.run(room.deliver([PERSON], UPGRADE))
    [kept] = params_of(sandbox)
    assert kept == {**body_of(PERSON), "customerName": "PERSON NUMBER 1"}


def test_an_upgrade_of_a_profile_that_we_made_costs_one_call(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    asyncio.run(room.deliver([SGD]))
    result = asyncio.run(room.deliver([PERSON], UPGRADE)).only
    assert (result.outcome, result.api_calls, result.rail) == (Outcome.UPGRADED, 1, "usd")
    again = asyncio.run(room.deliver([PERSON], UPGRADE)).only
    assert (again.outcome, again.api_calls, again.rail) == (Outcome.UNCHANGED, 0, "usd")
    assert calls_of(sandbox) == {"create": 1, "patch": 1}


def test_overwriting_what_the_ledger_knows_costs_one_call_too(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    asyncio.run(room.deliver([PERSON]))
    moved = person(1, nationality="SG", address__street="2 New Street", address__postalCode="000002")
    result = asyncio.run(room.deliver([moved], OVERWRITE)).only
    assert (result.outcome, result.api_calls) == (Outcome.UPGRADED, 1)
    assert params_of(sandbox) == [body_of(moved)]


def test_overwriting_a_part_of_an_address_reads_the_other_parts_first(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    asyncio.run(room.deliver([person(1, address__state="East")]))
    moved = person(1, address__street="2 New Street")
    result = asyncio.run(room.deliver([moved], OVERWRITE)).only
    assert (result.outcome, result.api_calls) == (Outcome.UPGRADED, 2)
    assert params_of(sandbox) == [body_of({**moved, "address.state": "East"})]


def test_overwrite_never_touches_the_identity(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    asyncio.run(room.deliver([PERSON]))
    renamed = asyncio.run(room.deliver([person(1, customerName="Somebody Else")], OVERWRITE)).only
    assert renamed.outcome is Outcome.CONFLICT
    [difference] = renamed.differences
    assert (difference.parameter, difference.profile_value) == ("customerName", "Person Number 1")
    assert params_of(sandbox) == [body_of(PERSON)]


def test_a_refused_patch_keeps_what_the_ledger_knew_of_the_rail(open_room: OpenRoom) -> None:
    room, _ = open_room()
    wrong = person(1, dateOfBirth="1983-02-30")
    asyncio.run(room.deliver([SGD]))
    refused = asyncio.run(room.deliver([wrong], UPGRADE)).only
    assert (refused.outcome, refused.api_code, refused.api_calls) == (Outcome.REFUSED, "XFE12", 1)
    known = room.known(SGD)
    assert known is not None
    assert (known.state, known.rail, known.customer_profile_id) == (State.REFUSED, "sgd", refused.customer_profile_id)
    assert asyncio.run(room.deliver([wrong], UPGRADE)).only.api_calls == 0
    assert asyncio.run(room.deliver([PERSON], UPGRADE)).only.outcome is Outcome.UPGRADED


def test_a_patch_that_fails_for_one_row_alone_leaves_it_in_doubt_and_goes_on(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="500-after:patch@1+4")
    for number in (1, 2):
        put_profile(sandbox, sgd_only([person(number)])[0])
    delivered = asyncio.run(room.deliver([PERSON, person(2)], UPGRADE))
    assert (delivered.tell(), delivered.stop.reason) == (["in_doubt", "upgraded"], None)
    assert delivered.results[0].customer_profile_id == sandbox.profiles()[0].id
    again = asyncio.run(room.deliver([PERSON, person(2)], UPGRADE))
    assert (again.tell(), again.figures.calls) == (["unchanged", "unchanged"], 1)


def test_a_patch_during_an_outage_is_in_doubt_and_stops_the_run(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="500-before:patch@1+4")
    room.pulse = 0.0
    put_profile(sandbox, SGD)
    delivered = asyncio.run(room.deliver([PERSON, person(2)], UPGRADE))
    assert (delivered.tell(), delivered.stop.error) == (["in_doubt"], True)
    assert asyncio.run(room.deliver([PERSON], UPGRADE)).tell() == ["upgraded"]


@pytest.mark.parametrize("call", ["list", "get"])
def test_a_row_that_the_api_cannot_say_anything_of_does_not_hold_up_the_others(open_room: OpenRoom, call: str) -> None:
    room, sandbox = open_room(faults=f"500-before:{call}@2+4,partial=list")
    for number in (1, 2, 3):
        put_profile(sandbox, sgd_only([person(number)])[0])
    people = [person(number) for number in (1, 2, 3)]
    delivered = asyncio.run(room.deliver(people, UPGRADE))
    assert (delivered.tell(), delivered.stop.reason) == (["upgraded", "in_doubt", "upgraded"], None)
    assert room.known(person(2)) is None
    assert asyncio.run(room.deliver(people, UPGRADE)).tell() == ["unchanged", "upgraded", "unchanged"]


def test_a_profile_that_nobody_knows_is_not_found_and_never_created(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    assert asyncio.run(room.deliver([PERSON], UPGRADE)).only.outcome is Outcome.NOT_FOUND
    named = {**person(2), "profile_id": "customer_profile_of_nobody"}
    assert asyncio.run(room.deliver([named])).only.outcome is Outcome.NOT_FOUND
    assert calls_of(sandbox) == {"list": 1, "get": 1}


def test_an_id_that_the_filter_does_not_take_is_a_refused_row_and_no_outage(open_room: OpenRoom) -> None:
    room, _ = open_room()
    delivered = asyncio.run(room.deliver([person(1, registrationId="A_#1"), person(2)], UPGRADE))
    assert (delivered.tell(), delivered.stop.reason) == (["refused", "not_found"], None)


def test_an_id_column_shifted_by_one_row_writes_nothing(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    ids = [put_profile(sandbox, sgd_only([person(number)])[0]) for number in range(4)]
    before = params_of(sandbox)
    shifted = [{**person(number), "profile_id": ids[(number + 1) % 4]} for number in range(4)]
    delivered = asyncio.run(room.deliver(shifted, UPGRADE))
    assert delivered.tell() == ["conflict"] * 4
    assert [d.parameter for d in delivered.results[0].differences] == ["registrationId"]
    assert (params_of(sandbox), calls_of(sandbox)) == (before, {"get": 4})


def test_an_id_column_shifted_by_one_row_costs_nothing_where_the_ledger_knows_better(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    people = sgd_only([person(number) for number in range(3)])
    made = asyncio.run(room.deliver(people))
    ids = [made.results[place].customer_profile_id for place in range(3)]
    shifted = [{**person(number), "profile_id": ids[(number + 1) % 3]} for number in range(3)]
    assert asyncio.run(room.deliver(shifted, UPGRADE)).tell() == ["conflict"] * 3
    assert calls_of(sandbox) == {"create": 3}


def test_a_row_with_a_profile_id_alone_is_upgraded_once(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    profile_id = put_profile(sandbox, SGD)
    row = {"profile_id": profile_id, "nationality": "MY", "dateOfBirth": PERSON["dateOfBirth"]}
    assert asyncio.run(room.deliver([row], UPGRADE)).only.api_calls == 2
    assert asyncio.run(room.deliver([row], UPGRADE)).only.api_calls == 0
    more = {**row, "countryOfResidence": "SG"}
    assert asyncio.run(room.deliver([more], UPGRADE)).only.api_calls == 1
    assert params_of(sandbox)[0]["countryOfResidence"] == "SG"


@pytest.mark.parametrize("said", [{"registrationId": "P0000002X"}, {"registrationType": "business"}])
def test_a_profile_id_whose_row_says_another_half_of_a_key_is_a_conflict(
    open_room: OpenRoom, said: dict[str, str]
) -> None:
    room, sandbox = open_room()
    profile_id = put_profile(sandbox, SGD)
    row = {"profile_id": profile_id, "nationality": "MY", **said}
    assert asyncio.run(room.deliver([row], UPGRADE)).tell() == ["conflict"]
    asyncio.run(room.deliver([SGD]))  # now the ledger knows it
    assert asyncio.run(room.deliver([row], UPGRADE)).tell() == ["conflict"]
    assert params_of(sandbox) == [body_of(SGD)]


def test_two_rows_that_name_one_profile_do_not_overwrite_each_other(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    profile_id = put_profile(sandbox, SGD)
    rows = [{"profile_id": profile_id, "nationality": country} for country in ("MY", "SG", "MY", "SG")]
    delivered = asyncio.run(room.deliver(rows, UPGRADE, workers=4))
    assert sorted(delivered.tell()) == ["conflict", "conflict", "unchanged", "upgraded"]
    assert sandbox.stats().count_calls("patch") == 1


def test_unknown_content_is_read_once(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="partial=create+list+get+patch")
    asyncio.run(room.deliver([PERSON]))
    wanted = person(1, customerNativeName="Orang")
    assert asyncio.run(room.deliver([wanted])).only.outcome is Outcome.UPGRADED
    assert asyncio.run(room.deliver([wanted])).only.api_calls == 0
    assert calls_of(sandbox) == {"create": 1, "get": 1, "patch": 1}


@pytest.mark.parametrize(("on_existing", "outcome"), [("skip", "exists"), ("fail", "conflict")])
def test_an_existing_profile_is_left_alone(open_room: OpenRoom, on_existing: str, outcome: str) -> None:
    room, sandbox = open_room(faults="partial=list")
    put_profile(sandbox, PERSON)
    policy, wanted = Policy(creates=True, on_existing=on_existing), person(1, gender="MALE")
    first = asyncio.run(room.deliver([wanted], policy)).only
    assert (first.outcome, first.api_calls, first.rail) == (outcome, 2, ""), "a list that says little tells no rail"
    assert asyncio.run(room.deliver([wanted], policy)).only.api_calls == 0
    assert params_of(sandbox) == [body_of(PERSON)]


SAYS_LITTLE = "partial=create+list+get+patch"
"""As the vendor's samples: a list without the address, a single answer without countryOfResidence and native name."""


def test_what_the_list_said_and_reading_by_id_does_not_is_known_and_not_lacking(open_room: OpenRoom) -> None:
    """A history of kills found it: the list was paged first, and each profile was then written to for nothing."""
    room, sandbox = open_room(faults=SAYS_LITTLE)
    rows = [person(number) for number in range(40)]
    for one in rows:
        put_profile(sandbox, one)
    delivered = asyncio.run(room.deliver(rows, UPGRADE))
    assert set(delivered.tell()) == {"unchanged"}
    assert "patch" not in calls_of(sandbox)


def test_a_difference_that_only_the_list_shows_is_a_conflict_with_its_value(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults=SAYS_LITTLE)
    there = [person(number, countryOfResidence="MY") for number in range(40)]
    for one in there:
        put_profile(sandbox, one)
    delivered = asyncio.run(room.deliver([person(number) for number in range(40)], UPGRADE))
    assert set(delivered.tell()) == {"conflict"}
    assert {d.parameter: d.profile_value for d in delivered.results[0].differences} == {"countryOfResidence": "MY"}
    assert params_of(sandbox) == [body_of(one) for one in there]


def test_a_difference_that_no_answer_shows_is_a_conflict_until_overwrite_is_given(open_room: OpenRoom) -> None:
    """The API never shows the native name here; the ledger knows that another one was accepted from us."""
    room, sandbox = open_room(faults=SAYS_LITTLE)
    first, second = (person(1, customerNativeName=name) for name in ("\u9673\u4e9e\u4e5d", "\u9673\u4e9e\u5341"))
    asyncio.run(room.deliver([first]))
    result = asyncio.run(room.deliver([second])).only
    assert (result.outcome, [d.parameter for d in result.differences]) == (Outcome.CONFLICT, ["customerNativeName"])
    assert "does not show the profile's customerNativeName" in result.message
    assert params_of(sandbox) == [body_of(first)]
    assert asyncio.run(room.deliver([second], OVERWRITE)).only.outcome is Outcome.UPGRADED
    assert params_of(sandbox) == [body_of(second)]
    again = asyncio.run(room.deliver([second])).only
    assert (again.outcome, again.api_calls) == (Outcome.UNCHANGED, 0)


def test_a_conflict_names_the_parameters_that_differ_and_not_their_values(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    put_profile(sandbox, person(1, nationality="ID", address__street="9 Other Street"))
    result = asyncio.run(room.deliver([PERSON])).only
    assert result.message.startswith("The profile has another address.street, nationality than this row.")
    assert "9 Other Street" not in result.message
    left = asyncio.run(room.deliver([PERSON], Policy(creates=True, on_existing="fail"))).only
    assert left.message.startswith("The profile exists already")
