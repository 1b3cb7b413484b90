"""Whose a profile is that was found where a create is in doubt: ours, or somebody else's (design, "State of a row")."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from straitsx_bulk.io.ledger import Action, Known

CLOCK_TOLERANCE = timedelta(seconds=300)
"""How far the API's clock may be behind ours (design, "State of a row in the ledger")."""

LAG = timedelta(seconds=300)
"""How far the API's list may be behind what was made: as long as its clock may be behind ours."""


def may_be_ours(known: Known, created_at: datetime | None) -> bool:
    """Say whether a profile was made late enough to be what a create in doubt made.

    Args:
        known: The key in doubt.
        created_at: Of the profile, with time zone; None where the API does not say.
    """
    if known.action is not Action.CREATE or known.intent_at is None or created_at is None:
        return False
    return created_at >= known.intent_at - CLOCK_TOLERANCE


def may_still_appear(known: Known | None) -> bool:
    """Say whether a create in doubt is so fresh that the API may refuse its key and the list not show it yet.

    Args:
        known: The key in doubt, or None where nothing is.
    """
    return known is not None and known.intent_at is not None and datetime.now(UTC) - known.intent_at < LAG


def unsaid_of(known: Known, held: Mapping[str, bytes]) -> frozenset[str]:
    """Name the parameters that were sent and of which an answer says nothing: the profile has to be read by id."""
    return frozenset(known.intent) - frozenset(held)


def holds_what_was_sent(known: Known, held: Mapping[str, bytes]) -> bool:
    """Say whether a profile holds what a create in doubt sent.

    Args:
        known: The key in doubt.
        held: Parameter to keyed hash of what the profile holds, ``EMPTY`` where it holds nothing; a parameter that even
            the answer to reading it by id does not carry is absent, and taken to be as sent.
    """
    return all(held.get(name, sent) == sent for name, sent in known.intent.items())
