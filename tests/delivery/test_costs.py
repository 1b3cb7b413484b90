"""What rows cost in calls, and what the ledger learns without any."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from delivery_room import UPGRADE, OpenRoom, Room, calls_of, make_row, params_of, put_profile
from e2e_exports import body_of, person, sgd_only

from straitsx_bulk.flows.delivery.journal import Journal
from straitsx_bulk.flows.delivery.planning import Step
from straitsx_bulk.flows.run.dry_run import Forecast
from straitsx_bulk.io.sandbox.server import SandboxServer

COUNT = 300


def people(count: int = COUNT) -> list[dict[str, str]]:
    return [person(number) for number in range(count)]


def by_id(parameters: dict[str, Any]) -> str:
    return str(parameters["registrationId"])


def calls_per_row(room: Room, sandbox: SandboxServer, rows: Sequence[dict[str, str]], **options: object) -> float:
    """Deliver rows, all of which must come in, and divide the sandbox's calls by them."""
    sandbox.reset()
    delivered = asyncio.run(room.deliver(rows, workers=8, **options))  # type: ignore[arg-type] # Room's own options
    assert set(delivered.tell()) <= {"created", "upgraded", "unchanged"}
    assert delivered.figures.calls == sandbox.stats().calls
    return sandbox.stats().calls / len(rows)


def test_clean_creates_cost_one_call_each_and_a_finished_file_none(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    assert calls_per_row(room, sandbox, people()) == 1.0
    assert calls_per_row(room, sandbox, people()) == 0.0
    edited_and_reordered = [{**one, "reference": f"user {place}"} for place, one in enumerate(reversed(people()))]
    assert calls_per_row(room, sandbox, edited_and_reordered) == 0.0


def test_upgrades_of_known_profiles_cost_one_call_each(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    assert calls_per_row(room, sandbox, sgd_only(people())) == 1.0
    assert calls_per_row(room, sandbox, people(), policy=UPGRADE) == 1.0
    assert sorted(params_of(sandbox), key=by_id) == [body_of(one) for one in people()]


def test_upgrades_of_unknown_profiles_cost_little_more_than_one_call_where_the_list_is_paged(
    open_room: OpenRoom,
) -> None:
    room, sandbox = open_room()
    for one in sgd_only(people()):
        put_profile(sandbox, one)
    assert calls_per_row(room, sandbox, people(), policy=UPGRADE) <= 1.02
    assert calls_of(sandbox) == {"list": 1 + COUNT // 100 + 1, "patch": COUNT}


def test_an_import_that_meets_existing_profiles_pages_the_list_once_it_has_noticed(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    for one in sgd_only(people()):
        put_profile(sandbox, one)
    assert calls_per_row(room, sandbox, people()) == (40 * 3 + 260 + 1 + 3 + 1) / COUNT
    assert sandbox.stats().count_calls("create") == 40


def test_a_few_unknown_profiles_among_many_are_looked_up_one_by_one(open_room: OpenRoom) -> None:
    """Paging the list would cost more: one call finds that out."""
    room, sandbox = open_room()
    for number in range(3_000):
        put_profile(sandbox, sgd_only([person(number)])[0])
    assert calls_per_row(room, sandbox, people(30), policy=UPGRADE) == (30 * 2 + 1) / 30


def test_the_rows_to_come_count_in_what_paging_saves(open_room: OpenRoom) -> None:
    """The first chunk alone would not be worth the paging; the whole run is."""
    room, sandbox = open_room()
    for number in range(1_500):
        put_profile(sandbox, sgd_only([person(number)])[0])

    async def deliver_in_chunks() -> None:
        async with room.prepare(UPGRADE, workers=8) as (delivery, _, _):
            rows = [make_row(place, one, delivery.digests) for place, one in enumerate(people(90))]
            delivery.rows_ahead = len(rows)
            with Journal(room.folder, 0) as journal:
                for start in range(0, 90, 22):
                    await delivery.deliver(rows[start : start + 22], journal)

    asyncio.run(deliver_in_chunks())
    assert calls_of(sandbox) == {"list": 1 + 15 + 1, "patch": 90}


def test_the_list_is_not_paged_for_the_few_rows_that_limit_lets_in(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    for one in sgd_only(people(100)):
        put_profile(sandbox, one)
    delivered = asyncio.run(room.deliver(people(100), UPGRADE, limit=5))
    assert (delivered.tell(), delivered.stop.reason) == (["upgraded"] * 5, "limit")
    assert calls_of(sandbox) == {"list": 5, "patch": 5}


def test_partial_lists_are_read_by_id_where_that_is_needed(open_room: OpenRoom) -> None:
    room, sandbox = open_room(faults="partial=list")
    for one in sgd_only(people(100)):
        put_profile(sandbox, one)
    assert calls_per_row(room, sandbox, people(100), policy=UPGRADE) <= 2.03


@pytest.mark.parametrize("paged", [False, True])
def test_the_first_file_that_speaks_of_a_found_profile_brings_its_reference(open_room: OpenRoom, paged: bool) -> None:
    room, sandbox = open_room()
    count = 40 if paged else 3
    rows = [{**one, "reference": f"user {place}"} for place, one in enumerate(people(count))]
    ids = [put_profile(sandbox, one) for one in people(count)]
    assert set(asyncio.run(room.deliver(rows, UPGRADE)).tell()) == {"unchanged"}
    assert read_crosswalk(room) == [(f"user {place}", ids[place]) for place in range(count)]
    asyncio.run(room.deliver(rows, UPGRADE))
    assert read_crosswalk(room) == [(f"user {place}", ids[place]) for place in range(count)]


def test_a_reference_that_comes_later_is_kept_without_a_call(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    asyncio.run(room.deliver([person(1)]))
    asyncio.run(room.deliver([{**person(1), "reference": "user 1"}]))
    assert (read_crosswalk(room), calls_of(sandbox)) == ([("user 1", sandbox.profiles()[0].id)], {"create": 1})


def test_a_row_in_conflict_brings_no_reference_to_somebody_elses_profile(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    asyncio.run(room.deliver([person(1), person(2)]))
    other = sandbox.profiles()[1].id
    asyncio.run(room.deliver([{**person(1), "reference": "user 1", "profile_id": other}]))
    assert {reference for reference, _ in read_crosswalk(room)} == {""}


def read_crosswalk(room: Room) -> list[tuple[str, str]]:
    """Reference and id of everything done so far, in order of the references."""
    with room.open() as (_, account):
        lines = [(line.reference, line.customer_profile_id) for line in account.crosswalk()]
    return sorted(lines, key=lambda line: int(line[0].split()[1]) if line[0] else -1)


def test_a_new_key_joins_by_reading_one_profile(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    asyncio.run(room.deliver([person(1)], key="old"))
    assert asyncio.run(room.deliver([person(2)], key="new")).tell() == ["created"]
    assert calls_of(sandbox) == {"create": 2, "get": 1}
    for key in ("old", "new"):  # both stay good
        asyncio.run(room.deliver([person(3), person(4)], key=key))
    assert calls_of(sandbox) == {"create": 4, "get": 1}


def test_a_key_of_another_account_stops_the_run_and_nothing_is_written(open_room: OpenRoom) -> None:
    room, _ = open_room()
    asyncio.run(room.deliver([person(1)], key="old"))
    mine, elsewhere = open_room()
    room.base_url = mine.base_url
    delivered = asyncio.run(room.deliver([person(1), person(2)], key="strange"))
    assert (delivered.tell(), delivered.stop.error) == (["unchanged"], True)
    assert "--account" in str(delivered.stop.reason)
    assert (params_of(elsewhere), calls_of(elsewhere)) == ([], {"get": 1})


def test_a_key_that_cannot_be_tried_during_an_outage_is_told_so(open_room: OpenRoom) -> None:
    room, _ = open_room(faults="500-before:get@1+4")
    asyncio.run(room.deliver([person(1)], key="old"))
    delivered = asyncio.run(room.deliver([person(2)], key="new"))
    assert (delivered.tell(), "--account" in str(delivered.stop.reason)) == ([], False)
    assert asyncio.run(room.deliver([person(2)], key="new")).tell() == ["created"]


def test_no_key_has_to_join_where_nothing_is_sent(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    asyncio.run(room.deliver([person(1)], key="old"))
    assert asyncio.run(room.deliver([person(1)], key="new")).tell() == ["unchanged"]
    assert calls_of(sandbox) == {"create": 1}


def test_a_forecast_counts_the_joining_of_a_key_and_the_question_whether_to_page() -> None:
    forecast = Forecast(None, None, joins=True)
    assert (forecast.fewest, forecast.most) == (0, 0)
    for _ in range(20):
        forecast.admit(Step.LOOK_UP)
    assert (forecast.fewest, forecast.most) == (1 + 20, 1 + 20 * 3 + 1)
