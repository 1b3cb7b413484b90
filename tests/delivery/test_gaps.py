"""``usd_gaps`` of a row whose profile is there: what the row has to mend, as in the run that created the profile."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from delivery_room import IMPORT, OpenRoom, Room, make_row, put_profile
from e2e_exports import SGD, person, sgd_only

from straitsx_bulk.flows.delivery.journal import Journal
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.delivery.rows import Result
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS

WHOLE = person(1)
NO_ADDRESS = {name: text for name, text in WHOLE.items() if name not in ADDRESS_PARTS}
LACKS_DATE = {name: text for name, text in WHOLE.items() if name != "dateOfBirth"}


async def deliver(room: Room, values: Mapping[str, str], gaps: str, policy: Policy = IMPORT) -> Result:
    """Deliver one row as the check gave it: what it sends, and what keeps it from USD."""
    async with room.prepare(policy) as (delivery, _, _):
        rail = "sgd" if gaps or values.keys() == set(SGD) else "usd"
        row = replace(make_row(0, values, delivery.digests), rail=rail, usd_gaps=gaps)
        with Journal(room.folder, 0) as journal:
            results = await delivery.deliver([row], journal)
    return results[0]


@pytest.mark.parametrize(
    ("values", "gaps"),
    [
        (NO_ADDRESS, "address.country"),
        (NO_ADDRESS, "address.street;address.city;address.country"),
        (LACKS_DATE, "dateOfBirth"),
        ({name: text for name, text in NO_ADDRESS.items() if name != "dateOfBirth"}, "address.city;dateOfBirth"),
        (WHOLE, ""),
        (sgd_only([WHOLE])[0], ""),
    ],
    ids=["country-at-fault", "no-address", "no-date", "two-things", "complete", "rail-sgd"],
)
def test_the_same_row_again_has_the_gaps_of_the_run_that_created_it(
    open_room: OpenRoom, values: dict[str, str], gaps: str
) -> None:
    room, _ = open_room()
    first, again = (asyncio.run(deliver(room, values, gaps)) for _ in range(2))
    assert (first.outcome, again.outcome) == (Outcome.CREATED, Outcome.UNCHANGED)
    assert first.usd_gaps == again.usd_gaps == gaps
    assert first.rail == again.rail


def test_a_profile_met_with_its_address_lacking_has_the_rows_fault_as_its_gap(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    put_profile(sandbox, sgd_only([WHOLE])[0])
    result = asyncio.run(deliver(room, NO_ADDRESS, "address.country"))
    assert (result.outcome, result.rail, result.usd_gaps) == (Outcome.UPGRADED, "sgd", "address.country")


def test_a_profile_met_unchanged_has_the_rows_fault_as_its_gap(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    put_profile(sandbox, NO_ADDRESS)
    result = asyncio.run(deliver(room, NO_ADDRESS, "address.country"))
    assert (result.outcome, result.rail, result.usd_gaps) == (Outcome.UNCHANGED, "sgd", "address.country")


def test_a_row_for_sgd_has_no_gaps_whatever_its_profile_lacks(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    [row] = sgd_only([WHOLE])
    put_profile(sandbox, row)
    result = asyncio.run(deliver(room, row, ""))
    assert (result.outcome, result.rail, result.usd_gaps) == (Outcome.UNCHANGED, "sgd", "")


def test_what_the_profile_lacks_and_the_row_was_not_let_send_stays_a_gap(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    put_profile(sandbox, LACKS_DATE)
    leaving = replace(IMPORT, on_existing="skip")
    result = asyncio.run(deliver(room, WHOLE, "", leaving))
    assert (result.outcome, result.rail, result.usd_gaps) == (Outcome.EXISTS, "sgd", "dateOfBirth")


def test_a_gap_of_the_row_that_the_profile_fills_is_none(open_room: OpenRoom) -> None:
    room, sandbox = open_room()
    put_profile(sandbox, WHOLE)
    result = asyncio.run(deliver(room, NO_ADDRESS, "address.country"))
    assert (result.outcome, result.rail, result.usd_gaps) == (Outcome.UNCHANGED, "usd", "")


@pytest.mark.parametrize(
    ("changes", "helps"), [({"customerName": "Somebody Else"}, False), ({"nationality": "SG"}, True)]
)
def test_a_message_names_overwrite_only_where_it_helps(
    open_room: OpenRoom, changes: dict[str, str], *, helps: bool
) -> None:
    room, sandbox = open_room()
    put_profile(sandbox, WHOLE)
    result = asyncio.run(deliver(room, WHOLE | changes, ""))
    assert result.outcome == Outcome.CONFLICT
    assert ("--overwrite" in result.message) is helps
    assert ("mend the row" in result.message) is not helps
