"""Profiles of the account's list, taken into the ledger: page after page, each profile's key and hashes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from straitsx_bulk.flows.delivery.hashing import hash_profile
from straitsx_bulk.flows.delivery.rails import judge_rail
from straitsx_bulk.flows.delivery.stops import StopRunError, stop_sentence
from straitsx_bulk.io.ledger import Digests, FoundProfile
from straitsx_bulk.io.straitsx import Answer, CustomerProfiles, Kind, RemoteProfile
from straitsx_bulk.schemas.differences import flatten_attributes
from straitsx_bulk.schemas.parameters import KEY_NAMES

PAGE_SIZE = 100
"""Profiles asked for at a time; a server that gives fewer is read on until a page is empty."""

SURELY_LAST = 10
"""A page with fewer profiles is the last one: the API's own page size, which no server goes below."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One profile of the list.

    Attributes:
        remote: As the API gave it.
        values: Parameter to text; None where it is known to be empty; absent where the list does not carry it.
        found: What the ledger takes of it.
    """

    remote: RemoteProfile
    values: dict[str, str | None]
    found: FoundProfile


def read_listed(remote: RemoteProfile, digests: Digests) -> Listed | None:
    """Take a profile from a list's page; None where the list does not say whose it is."""
    values = flatten_attributes(remote.attributes)
    registration_type, registration_id = (values.get(name) for name in KEY_NAMES)
    if not registration_type or not registration_id:
        return None
    key = digests.key(registration_type, registration_id)
    held = hash_profile(digests, key, values)
    rail, _ = judge_rail(registration_type, held)
    return Listed(remote, values, FoundProfile(key, remote.id, remote.verification_status, rail, held))


async def page_profiles(api: CustomerProfiles, digests: Digests) -> AsyncIterator[list[Listed]]:
    """Page through all profiles of the account, the oldest first, so that new ones come at the end.

    Yields:
        The profiles of one page.

    Raises:
        StopRunError: The API refuses, or cannot be reached, or gives the same page whatever is asked for.
    """
    number, before = 1, frozenset[str]()
    while True:
        answer = await api.page(number, PAGE_SIZE)
        refuse_failure(answer)
        ids = frozenset(profile.id for profile in answer.profiles)
        if not ids or (ids == before and is_end(number, len(ids))):
            return
        before = ids
        yield [listed for remote in answer.profiles if (listed := read_listed(remote, digests)) is not None]
        number += 1


def is_end(number: int, size: int) -> bool:
    """Say that a page which shows the same profiles as the one before it is the end of the list.

    Some servers answer every number past the last page with the last page. From the third page on a repeated page is
    that; before, the server may as well heed no number at all, and the list would look shorter than it is.

    Args:
        number: Of the page.
        size: Its profiles.

    Raises:
        StopRunError: Nobody can tell.
    """
    if number > 2 or size < SURELY_LAST:
        return True
    raise StopRunError(ONE_PAGE)


ONE_PAGE = (
    "The API's list shows the same profiles whatever page is asked for, so it cannot be read to its end: is there a "
    "proxy or cache between here and the API (HTTPS_PROXY, NO_PROXY)? Nothing was changed."
)


def refuse_failure(answer: Answer) -> None:
    """Stop where a page did not come."""
    if answer.kind is not Kind.OK:
        raise StopRunError(stop_sentence(answer))
