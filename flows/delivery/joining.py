"""A key that the account has not seen: it must prove that it belongs, before anything is written under it."""

from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.flows.delivery.stops import StopRunError, stop_sentence
from straitsx_bulk.io.ledger import Account
from straitsx_bulk.io.straitsx import CustomerProfiles, Kind


async def join_key(account: Account, api: CustomerProfiles, committer: Committer, fingerprint: str) -> None:
    """Let a new key join the account (contract, "What the ledger knows").

    Keys rotate, so rows belong to the account; but a key of another account would find none of its profiles and create
    them all again.

    Raises:
        StopRunError: The key cannot see a profile that the ledger holds, or the API cannot say.
    """
    if await committer.run(lambda: account.knows_key(fingerprint)):
        return
    profile = await committer.run(account.some_profile)
    if profile is not None:
        answer = await api.get(profile.customer_profile_id)
        if answer.kind in {Kind.STOP, Kind.FAILED}:
            raise StopRunError(stop_sentence(answer))
        if answer.kind is not Kind.OK:
            raise StopRunError(
                f"This key is new to the ledger's account, and with it the API does not know "
                f"{profile.customer_profile_id}, which the ledger holds (HTTP {answer.status}). The key belongs to "
                "another account: give that a name of its own with --account."
            )
    await committer.run(lambda: account.add_key(fingerprint))
