"""Rows that cost no call and still tell the ledger something: that a file speaks of a profile, and as what.

A profile that was found in the account's list has no reference; the first row that speaks of it brings one, so that
``status --crosswalk`` is whole without a call.
"""

from collections.abc import Mapping, Sequence

from straitsx_bulk.flows.delivery.planning import Plan
from straitsx_bulk.flows.delivery.rows import Row
from straitsx_bulk.flows.delivery.settling import STATES
from straitsx_bulk.io.ledger import Known, Settlement


def list_first_mentions(plans: Sequence[tuple[Row, Plan]], known: Mapping[int, Known]) -> list[Settlement]:
    """List what the ledger has to learn from rows that need no call.

    Args:
        plans: Rows with their plans.
        known: What the ledger knows of them, by position.
    """
    return [
        Settlement(entry.key, STATES[plan.result.outcome], reference=row.reference)
        for row, plan in plans
        if plan.result is not None
        and plan.result.outcome in STATES
        and (entry := known.get(row.position)) is not None
        and _is_first(row, entry)
        and plan.result.customer_profile_id == entry.customer_profile_id
        and not (row.profile_id and row.profile_id != entry.customer_profile_id)
    ]


def _is_first(row: Row, known: Known) -> bool:
    return not known.run_id or bool(row.reference and not known.is_referred)
