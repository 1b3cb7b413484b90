"""What an answer of the API means: every request ends in exactly one class.

The vendor's table is in the vendor README, "Errors": the same code comes with different HTTP statuses in different
places, so the code decides where there is one, and the status where there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """The classes of answer, by what the caller does next."""

    OK = "ok"
    """Done: ``profile`` (or ``profiles``) is what the API holds."""
    REFUSED = "refused"
    """The API said no to this row; sent again unchanged it would say no again."""
    EXISTS = "exists"
    """The API claims that such a profile exists, in a code that also means other things: look the key up."""
    NOT_FOUND = "not_found"
    """The API knows no such profile."""
    IN_DOUBT = "in_doubt"
    """A POST was sent and nobody can say what became of it: look the key up before anything is sent again."""
    NOT_SENT = "not_sent"
    """A POST was given up while nothing had been processed (no connection, or 429 to the end): nothing was created."""
    LAPSED = "lapsed"
    """A POST or PATCH that had to wait was not sent: by then whoever asked for it had lost the right to."""
    FAILED = "failed"
    """A GET, PATCH or PUT was given up after all its tries; it may be sent again at any time."""
    STOP = "stop"
    """Every row would fail the same way (key, scope, wrong address or mode): stop the run."""


@dataclass(frozen=True, slots=True)
class RemoteProfile:
    """A customer profile as the API holds it.

    Attributes:
        id: The customer_profile_id.
        attributes: As answered: a parameter that is null stands here as None, one that the answer does not carry is
            absent, ``address`` stays nested. Personal: never shown by ``repr``.
        verification_status: ``pending``, ``verified``, ``rejected``, or empty where the answer does not say.
        created_at: With time zone, or None where the answer does not say.
    """

    id: str
    attributes: Mapping[str, object] = field(default_factory=dict, repr=False)
    verification_status: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one call, its repeats included.

    Attributes:
        kind: What to do next.
        status: HTTP status, 0 where no answer came.
        code: The API's ``error_code``, or empty.
        message: The API's ``error`` and ``error_handling`` word for word, joined by a dash, or a sentence of ours
            where the API gave none. It can hold personal values: for reports only, never for logs or exceptions,
            hidden from ``repr``.
        profile: The profile, where the answer is about one.
        profiles: All profiles of a list; of a look-up every exact match (more than one is for people to see).
        calls: Requests handed to the socket for this call, repeats included.
        retry_after: Seconds that the API asked to wait, or None.
        hint: A sentence of ours on the likely reason, or empty; nothing personal, and part of ``message`` too.
    """

    kind: Kind
    status: int = 0
    code: str = ""
    message: str = field(default="", repr=False)
    profile: RemoteProfile | None = None
    profiles: tuple[RemoteProfile, ...] = ()
    calls: int = 0
    retry_after: float | None = None
    hint: str = ""
