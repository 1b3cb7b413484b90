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
        StopRunError: The API refuses, or cannot be reached.
    """
    number = 1
    while True:
        answer = await api.page(number, PAGE_SIZE)
        refuse_failure(answer)
        if not answer.profiles:
            return
        yield [listed for remote in answer.profiles if (listed := read_listed(remote, digests)) is not None]
        number += 1


def refuse_failure(answer: Answer) -> None:
    """Stop where a page did not come."""
    if answer.kind is not Kind.OK:
        raise StopRunError(stop_sentence(answer))
