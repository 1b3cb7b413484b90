"""Duplicates carry the customer_profile_id of the row that is kept (contract, Keys), as far as it has one by now."""

from collections.abc import Callable, Collection
from dataclasses import replace

from straitsx_bulk.flows.delivery.rows import replace_at
from straitsx_bulk.io.ledger import Digests, Known
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.run import ReportedBatch

Ask = Callable[[Collection[bytes]], dict[bytes, Known]]
"""Asks the ledger about keys."""


def add_kept_ids(reported: ReportedBatch, digests: Digests, ask: Ask) -> ReportedBatch:
    """Give duplicates the id of their key's profile; a kept row stands before its duplicates, so it is delivered.

    Args:
        reported: A batch, delivered.
        digests: Makes the keys.
        ask: Asks the ledger.
    """
    findings = reported.checked.findings
    where = sorted(set(findings.loc[findings["code"] == str(Code.DUPLICATE), "position"].tolist()))
    if not where:
        return reported
    values = reported.checked.values.iloc[where]
    keys = digests.keys(values["registrationType"].tolist(), values["registrationId"].tolist())
    known = ask(keys)
    ids = [known[key].customer_profile_id if key in known else "" for key in keys]
    column = replace_at(reported.outcomes["customer_profile_id"], where, ids)
    return replace(reported, outcomes=reported.outcomes.assign(customer_profile_id=column))
