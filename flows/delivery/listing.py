"""Paging the list first, where that costs less than a look-up for each unknown profile (contract, Promises 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.delivery.adopting import PAGE_SIZE, Listed, page_profiles, refuse_failure
from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.io.ledger import Account, FoundProfile
from straitsx_bulk.io.straitsx import CustomerProfiles

FEWEST_LOOKUPS = 20
"""Look-ups below which paging is not worth a thought."""


@dataclass(slots=True)
class Listing:
    """Decides on paging, and does it once in a run.

    Attributes:
        api: The client.
        committer: The ledger's thread.
        account: The account's part of the ledger.
        stop: Ends the paging early; what was read is kept.
        done: Whether the list was paged, or given up.
        pages: How many pages were read.
    """

    api: CustomerProfiles
    committer: Committer
    account: Account
    stop: Stop
    done: bool = False
    pages: int = 0

    async def learn(self, lookups: int) -> bool:
        """Take the account's list into the ledger, if that is cheaper than so many look-ups.

        The list's length is not known beforehand: one call asks for the page behind the last one that would still pay.
        If there is something on it, the list is too long and nothing more is paged.

        Args:
            lookups: How many rows of the run would each need one.

        Returns:
            Whether the ledger may know more than before.

        Raises:
            StopRunError: The API refuses, or cannot be reached.
        """
        if self.done or lookups < FEWEST_LOOKUPS:
            return False
        self.done = True
        behind = await self.api.page(lookups // 2 + 1, PAGE_SIZE)
        refuse_failure(behind)
        if behind.profiles:
            return False
        async for page in page_profiles(self.api, self.account.digests):
            self.pages += 1
            await self.committer.run(partial(self.account.adopt, unique_profiles(page)))
            if self.stop.reason is not None:
                break
        return True


def unique_profiles(page: Sequence[Listed]) -> list[FoundProfile]:
    """Give a page's profiles, each key once; of a key that the API holds twice, the first."""
    found: dict[bytes, FoundProfile] = {}
    for listed in page:
        found.setdefault(listed.found.key, listed.found)
    return list(found.values())


def describe_paging(listing: Listing) -> str | None:
    """Say what paging did, or None where it did not happen."""
    if not listing.pages:
        return None
    return (
        f"The account's list was paged first ({listing.pages:,} pages of up to {PAGE_SIZE}): cheaper than looking "
        "each profile up that the ledger did not know."
    )
