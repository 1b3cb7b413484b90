"""What every row of a delivery uses."""

from dataclasses import dataclass, field

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.delivery.pulse import Pulse
from straitsx_bulk.io.ledger import Digests
from straitsx_bulk.io.straitsx import CustomerProfiles

SURE_SECONDS = 30.0
"""How long an intent surely keeps others away without asking the ledger again: a lease of 180 s is renewed every 30, a
run begins no row 90 s after the last renewal that worked, and a request takes 60 at most."""


@dataclass(frozen=True, slots=True)
class Means:
    """What every row of a delivery uses.

    Attributes:
        api: The client.
        committer: The ledger's group commits.
        digests: Makes keyed hashes.
        policy: What the user allowed.
        stop: Set by anyone who wants the run to end.
        pulse: Whether the API answers anybody.
        sure_seconds: How long an intent surely keeps others away without asking the ledger again.
    """

    api: CustomerProfiles
    committer: Committer
    digests: Digests
    policy: Policy
    stop: Stop
    pulse: Pulse = field(default_factory=Pulse)
    sure_seconds: float = SURE_SECONDS
