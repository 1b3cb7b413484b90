"""The cheapest sufficient next step of a row, from what the ledger knows; no call is made here.

The same decision serves the delivery and the dry run, so that a dry run names exactly the rows that the import sends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from straitsx_bulk.flows.hashing import hash_value
from straitsx_bulk.flows.policy import Policy
from straitsx_bulk.flows.rows import Result, Row
from straitsx_bulk.io.ledger import Digests, Known, State
from straitsx_bulk.schemas.differences import plan_patch
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, KEY_NAMES, PARAMETERS, Rail, parameters_of


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
    Step.READ: 2,
    Step.PATCH: 2,
    Step.SETTLE: 3,
    Step.WAIT: 3,
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
    if known is not None and known.state in {State.SENDING, State.IN_DOUBT}:
        return Plan(Step.WAIT if known.live else Step.SETTLE, profile_id=known.customer_profile_id)
    if (
        known is not None
        and known.state is State.REFUSED
        and not policy.retry_refused
        and (known.row_digest == digests.row(row.values))
    ):
        return Plan(Step.NOTHING, _refused_before(row, known))
    if known is not None and known.customer_profile_id:
        if row.profile_id and row.profile_id != known.customer_profile_id:
            return Plan(Step.NOTHING, _other_key(row, known.customer_profile_id))
        return _plan_known(row, known, policy, digests)
    if row.profile_id:
        return Plan(Step.READ, profile_id=row.profile_id)
    return Plan(Step.CREATE if policy.creates else Step.LOOK_UP)


def rail_of(registration_type: str, parameters: frozenset[str]) -> tuple[str, str]:
    """Say what a profile with these parameters can be used for.

    Args:
        registration_type: ``personal`` or ``business``.
        parameters: Names of the parameters that it holds.

    Returns:
        The rail, and what it lacks for USD joined by ``;``.
    """
    gaps = [p.name for p in parameters_of(registration_type, Rail.USD) if p.name not in parameters]
    return (Rail.SGD if gaps else Rail.USD), ";".join(gaps)


def held_names(known: Known) -> frozenset[str]:
    """Name the parameters that a profile is known to hold."""
    return frozenset(name for name, digest in known.held.items() if digest)


def _plan_known(row: Row, known: Known, policy: Policy, digests: Digests) -> Plan:
    profile = _known_profile(row, known, digests)
    plan = None if profile is None else plan_patch(row.values, profile, overwrite=policy.overwrite)
    if plan is not None and plan.unchanged:
        return Plan(Step.NOTHING, existing_result(row, known, Outcome.UNCHANGED))
    if policy.on_existing == "skip":
        return Plan(Step.NOTHING, existing_result(row, known, Outcome.EXISTS))
    if policy.on_existing == "fail":
        return Plan(Step.NOTHING, replace(existing_result(row, known, Outcome.CONFLICT), message=EXISTS_ALREADY))
    if plan is None or plan.missing or plan.conflicts:
        return Plan(Step.READ, profile_id=known.customer_profile_id)
    return Plan(Step.PATCH, profile_id=known.customer_profile_id, body=plan.body)


def _known_profile(row: Row, known: Known, digests: Digests) -> dict[str, str | None] | None:
    """Build as much of the profile as keyed hashes allow; None where it must be read to know more."""
    profile: dict[str, str | None] = {}
    for parameter in PARAMETERS:
        name = parameter.name
        if name not in known.held:
            continue
        ours = row.values.get(name, "")
        digest = known.held[name]
        if not digest:
            profile[name] = None
        elif ours and hash_value(digests, known.key, name, ours) == digest:
            profile[name] = ours
        elif ours or (name in ADDRESS_PARTS and _touches_address(row, known, digests)):
            return None
    for name in KEY_NAMES:
        if name in row.values:
            profile[name] = row.values[name]
    return profile


def _touches_address(row: Row, known: Known, digests: Digests) -> bool:
    """Say whether the row would change the address, which the API replaces as a whole."""
    return any(
        row.values.get(name) and hash_value(digests, known.key, name, row.values[name]) != known.held.get(name)
        for name in ADDRESS_PARTS
    )


def existing_result(row: Row, known: Known, outcome: Outcome) -> Result:
    """Make the result of a row whose profile is left as it is, from what the ledger knows of it."""
    registration_type = row.values.get("registrationType", "")
    rail, gaps = rail_of(registration_type, held_names(known)) if registration_type else (known.rail, "")
    return Result(row.position, outcome, known.customer_profile_id, known.verification_status, rail, gaps)


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
