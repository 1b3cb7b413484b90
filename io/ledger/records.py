"""What crosses the ledger's boundary: states, intents, answers and runs, all of them hashes, ids and codes.

Nothing here names a person: a key is an HMAC (``Digests.key``), a held value is an HMAC (``Digests.value``); only
``Intent.reference`` and ``Settlement.reference`` are readable, and are encrypted before they reach the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

EMPTY = b""
"""In a table of held values: the parameter is known to be empty. An absent parameter is unknown."""


class State(StrEnum):
    """What the ledger knows of a key (design: "State of a row in the ledger")."""

    PLANNED = "planned"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    CREATED = "created"
    UPGRADED = "upgraded"
    UNCHANGED = "unchanged"
    EXISTS = "exists"
    CONFLICT = "conflict"
    NOT_FOUND = "not_found"
    REFUSED = "refused"


THERE = frozenset({State.CREATED, State.UPGRADED, State.UNCHANGED, State.EXISTS, State.CONFLICT})
"""States that say that the API has a profile of this key: a create is never begun from them."""


class Action(StrEnum):
    """What an intent is about to send."""

    CREATE = "create"
    PATCH = "patch"


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of one key.

    Attributes:
        key: HMAC of the key, 16 bytes.
        state: ``SENDING`` with ``live`` False is a row whose sender is gone: in doubt.
        version: Grows with every change; hand it back in ``Intent.version``.
        customer_profile_id: Empty where none is known.
        verification_status: As the API last said, or empty.
        rail: ``sgd``, ``usd`` or empty.
        held: Parameter to HMAC of the value that the profile holds, ``EMPTY`` where it is known to hold none; a
            parameter that is absent is unknown.
        http_status: Of the last answer that decided the state, 0 for none.
        api_code: Its code, or empty.
        row_digest: Of a refused row, what was sent (``Digests.row``), or empty.
        run_id: The run that last changed it.
        intent_at: When what may have been sent was first about to be sent, with time zone; None if nothing is open.
        intent: Parameter to HMAC of what was being sent.
        action: What was being sent, or None.
        live: Whether a sender that still lives is sending it now.
        is_referred: Whether the caller's own key is kept with it.
    """

    key: bytes
    state: State
    version: int
    customer_profile_id: str
    verification_status: str
    rail: str
    held: Mapping[str, bytes]
    http_status: int
    api_code: str
    row_digest: bytes
    run_id: str
    intent_at: datetime | None
    intent: Mapping[str, bytes]
    action: Action | None
    live: bool
    is_referred: bool = False

    @property
    def in_doubt(self) -> bool:
        """Whether something was sent, nobody knows what became of it, and nobody is finding out by waiting."""
        return self.state is State.IN_DOUBT or (self.state is State.SENDING and not self.live)


@dataclass(frozen=True, slots=True)
class Intent:
    """A request that is about to be sent.

    Attributes:
        key: HMAC of the key.
        action: Create or patch.
        values: Parameter to HMAC of what will be sent.
        reference: The caller's own key, or empty.
        customer_profile_id: Of a patch.
        version: ``Known.version`` on which the decision rests; 0 where the ledger knew nothing of the key.
    """

    key: bytes
    action: Action
    values: Mapping[str, bytes]
    reference: str = ""
    customer_profile_id: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row of a run, enough to write its line of the reports without the API.

    Attributes:
        position: 0-based position of the row in the whole run.
        outcome: One of ``schemas.outcomes.Outcome``.
        key: HMAC of the row's key, or empty.
        customer_profile_id: Or empty.
        verification_status: Or empty.
        http_status: 0 for none.
        api_code: Or empty.
        api_calls: Requests that the row cost in this run.
        finished_at: With time zone.
    """

    position: int
    outcome: str
    key: bytes
    customer_profile_id: str
    verification_status: str
    http_status: int
    api_code: str
    api_calls: int
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is known of a key after an answer, a look-up, or the want of both.

    Attributes:
        key: HMAC of the key.
        state: Any but ``PLANNED`` and ``SENDING``; ``IN_DOUBT`` keeps what was being sent.
        customer_profile_id: Empty leaves what the ledger has.
        verification_status: Empty leaves what the ledger has.
        rail: Empty leaves what the ledger has.
        held: Merged into what the ledger has.
        http_status: Of the deciding answer, 0 for none.
        api_code: Its code, or empty.
        row_digest: Of a refused row, what was sent.
        reference: The caller's own key; empty leaves what the ledger has.
        row: The row's outcome in this run, where it is decided.
    """

    key: bytes
    state: State
    customer_profile_id: str = ""
    verification_status: str = ""
    rail: str = ""
    held: Mapping[str, bytes] = field(default_factory=dict)
    http_status: int = 0
    api_code: str = ""
    row_digest: bytes = b""
    reference: str = ""
    row: RowOutcome | None = None


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A profile that the API has, for ``Account.adopt``.

    Attributes:
        key: HMAC of the key.
        customer_profile_id: Never empty.
        verification_status: As the API says.
        rail: ``sgd``, ``usd`` or empty where it cannot be told.
        held: What the profile is known to hold.
    """

    key: bytes
    customer_profile_id: str
    verification_status: str = ""
    rail: str = ""
    held: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has used what it may use; a run that starts again goes on from here.

    Attributes:
        limit_used: Rows whose first call was made in this run (``--limit``).
        counters: Of the breakers, name to count.
    """

    limit_used: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run that starts, or starts again.

    Attributes:
        run_id: Lower-case hexadecimal; the same for a flow run that Prefect starts again.
        command: ``import``, ``upgrade`` or ``reconcile``.
        folder: The run's folder as an absolute path.
        facts: What the program needs to write the reports later, as JSON.
    """

    run_id: str
    command: str
    folder: str
    facts: str = "{}"


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the ledger knows it.

    Attributes:
        run_id: Lower-case hexadecimal.
        host: The account's host.
        account: The account's name.
        command: ``import``, ``upgrade`` or ``reconcile``.
        folder: The run's folder as a path, for its reports.
        facts: What the program needs to write the reports later, as JSON; opaque here.
        started_at: With time zone.
        finished_at: None while it runs, and of a dead run.
        stopped: ``limit``, ``window`` or the reason; None if it came to its end.
        progress: How far it has used what it may use.
        counts: Outcome to count, when finished.
        machine: Where its owner runs or ran.
        pid: Of its owner.
        live: Whether its owner still lives.
    """

    run_id: str
    host: str
    account: str
    command: str
    folder: str
    facts: str
    started_at: datetime
    finished_at: datetime | None
    stopped: str | None
    progress: Progress
    counts: Mapping[str, int]
    machine: str
    pid: int
    live: bool


@dataclass(frozen=True, slots=True)
class CrosswalkRow:
    """One line of ``status --crosswalk``: the caller's own key beside the API's id."""

    reference: str
    customer_profile_id: str
    rail: str
    verification_status: str
