"""What every row of a delivery uses."""

from dataclasses import dataclass, field

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.delivery.pulse import Pulse
from straitsx_bulk.io.ledger import Digests
from straitsx_bulk.io.straitsx import CustomerProfiles


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
    """

    api: CustomerProfiles
    committer: Committer
    digests: Digests
    policy: Policy
    stop: Stop
    pulse: Pulse = field(default_factory=Pulse)
