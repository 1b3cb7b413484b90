"""The cheapest sufficient next step of a row, from what the ledger knows; no call is made here.

The same decision serves the delivery and the dry run, so that a dry run names exactly the rows that the import sends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from straitsx_bulk.flows.delivery.hashing import hash_row, hash_value
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.delivery.rails import judge_rail_of_row
from straitsx_bulk.flows.delivery.rows import Result, Row
from straitsx_bulk.io.ledger import Digests, Known, State
from straitsx_bulk.schemas.differences import plan_patch
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, KEY_NAMES, PARAMETER_NAMES, RegistrationType
from straitsx_bulk.schemas.payloads import ADDRESS


class Step(StrEnum):
    """What a row needs next."""

    NOTHING = "nothing"
    """No call: the result is known."""
    CREATE = "create"
    """POST."""
    LOOK_UP = "look_up"
    """Find the key at the API, then PATCH or report."""
    READ = "read"
    """Read the profile by id, then PATCH or report."""
    PATCH = "patch"
    """PATCH at once: what the profile lacks is known."""
    SETTLE = "settle"
    """An earlier request's fate is not known: find out first."""
    WAIT = "wait"
    """Somebody else is sending this key right now."""


REFUSED_BEFORE = (
    "The API refused this row before and it has not changed. Mend it, or send it again with --retry-refused."
)
EXISTS_ALREADY = "The profile exists already and --on-existing fail asks to leave it. Nothing was written."

FEWEST_CALLS = {
    Step.NOTHING: 0,
    Step.CREATE: 1,
    Step.LOOK_UP: 1,
    Step.READ: 1,
    Step.PATCH: 1,
    Step.SETTLE: 1,
    Step.WAIT: 0,
}
MOST_CALLS = {
    Step.NOTHING: 0,
    Step.CREATE: 4,
    Step.LOOK_UP: 3,
    Step.READ: 3,  # a look-up where reading by id does not carry what the list did
    Step.PATCH: 2,
    Step.SETTLE: 5,  # a look-up, then all that a create may cost
    Step.WAIT: 5,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A row's next step.

    Attributes:
        step: What to do.
        result: What became of the row, where there is nothing to do.
        profile_id: The profile to read or PATCH, where there is one.
        body: The PATCH's body.
    """

    step: Step
    result: Result | None = None
    profile_id: str = ""
    body: Mapping[str, object] | None = None


def plan_row(row: Row, known: Known | None, policy: Policy, digests: Digests) -> Plan:
    """Choose a row's next step.

    Args:
        row: The row.
        known: What the ledger knows of the row's key, or of its customer_profile_id.
        policy: What the user allowed.
        digests: Makes the keyed hashes to compare.
    """
    if known is None:
        return _plan_unknown(row, policy)
    if known.state in {State.SENDING, State.IN_DOUBT}:
        return Plan(Step.WAIT if known.live else Step.SETTLE, profile_id=known.customer_profile_id)
    if known.state is State.REFUSED and not policy.retry_refused and known.row_digest == hash_row(digests, row):
        return Plan(Step.NOTHING, _refused_before(row, known))
    if not known.customer_profile_id:
        return _plan_unknown(row, policy)
    if row.profile_id and row.profile_id != known.customer_profile_id:
        return Plan(Step.NOTHING, _other_key(row, known.customer_profile_id))
    return _plan_known(row, known, policy, digests)


def _plan_unknown(row: Row, policy: Policy) -> Plan:
    if row.profile_id:
        return Plan(Step.READ, profile_id=row.profile_id)
    return Plan(Step.CREATE if policy.creates else Step.LOOK_UP)


def _plan_known(row: Row, known: Known, policy: Policy, digests: Digests) -> Plan:
    if not row.key and not _may_be_of(row, known, digests):
        return Plan(Step.READ, profile_id=known.customer_profile_id)  # to say whose it is
    profile = known_profile(row, known, digests)
    plan = plan_patch(row.values, profile, overwrite=policy.overwrite)
    if plan.unchanged:
        return Plan(Step.NOTHING, existing_result(row, known, Outcome.UNCHANGED, digests))
    if policy.on_existing == "skip":
        return Plan(Step.NOTHING, existing_result(row, known, Outcome.EXISTS, digests))
    if policy.on_existing == "fail":
        result = existing_result(row, known, Outcome.CONFLICT, digests)
        return Plan(Step.NOTHING, replace(result, message=EXISTS_ALREADY))
    if plan.missing or plan.conflicts or hidden_parts(row, plan.body, profile):
        return Plan(Step.READ, profile_id=known.customer_profile_id)
    return Plan(Step.PATCH, profile_id=known.customer_profile_id, body=plan.body)


HIDDEN = "\N{REPLACEMENT CHARACTER}"
"""Stands for a value that the ledger knows by its keyed hash only, and that is not the row's."""


def known_profile(row: Row, known: Known, digests: Digests) -> dict[str, str | None]:
    """Build a profile as far as the ledger's keyed hashes allow.

    Args:
        row: The row to compare with.
        known: What the ledger knows.
        digests: Makes the keyed hashes.

    Returns:
        Parameter to the row's own value where that is held, else to ``HIDDEN``; None where the profile lacks it.
    """
    profile: dict[str, str | None] = {}
    for name in PARAMETER_NAMES:
        digest = known.held.get(name)
        if digest is None:
            continue
        ours = row.values.get(name, "")
        if not digest:
            profile[name] = None
        elif ours and hash_value(digests, known.key, name, ours) == digest:
            profile[name] = ours
        else:
            profile[name] = HIDDEN
    return profile | {name: row.values[name] for name in KEY_NAMES if name in row.values}


def hidden_parts(row: Row, body: Mapping[str, object], profile: Mapping[str, str | None]) -> tuple[str, ...]:
    """Name the parts of an address whose text a PATCH would need, and of which only the hash is known.

    The API replaces the address whole, so a part that the row lacks has to be sent again as it is.

    Args:
        row: The row.
        body: Of the PATCH.
        profile: As far as it is known.
    """
    if ADDRESS not in body:
        return ()
    return tuple(part for part in ADDRESS_PARTS if profile.get(part) == HIDDEN and part not in row.values)


def _may_be_of(row: Row, known: Known, digests: Digests) -> bool:
    """Say whether a row without a whole key, which names a profile by id, may speak of a known one."""
    registration_type, registration_id = (row.values.get(name, "") for name in KEY_NAMES)
    if registration_type:
        held = known.held.get("registrationType")
        return held is None or hash_value(digests, known.key, "registrationType", registration_type) == held
    if registration_id:
        return any(digests.key(kind, registration_id) == known.key for kind in RegistrationType)
    return True


def existing_result(row: Row, known: Known, outcome: Outcome, digests: Digests) -> Result:
    """Make the result of a row whose profile is left as it is, from what the ledger knows of it."""
    rail, gaps = judge_rail_of_row(row, type_of(row, known, digests), known.held, known.rail)
    return Result(row.position, outcome, known.customer_profile_id, known.verification_status, rail, gaps)


def type_of(row: Row, known: Known, digests: Digests) -> str:
    """Say what type of profile a row speaks of: its own word, or what the ledger knows; else empty."""
    held = known.held.get("registrationType")
    kinds = (k for k in RegistrationType if held and hash_value(digests, known.key, "registrationType", k) == held)
    return row.values.get("registrationType") or next(kinds, "")


def _refused_before(row: Row, known: Known) -> Result:
    return Result(
        row.position,
        Outcome.REFUSED,
        known.customer_profile_id,
        rail=row.rail,
        usd_gaps=row.usd_gaps,
        message=REFUSED_BEFORE,
        http_status=known.http_status,
        api_code=known.api_code,
    )


def _other_key(row: Row, profile_id: str) -> Result:
    return Result(
        row.position,
        Outcome.CONFLICT,
        profile_id,
        rail=row.rail,
        usd_gaps=row.usd_gaps,
        message=f"This registration id belongs to {profile_id}; the row names {row.profile_id}. Nothing was written.",
    )
