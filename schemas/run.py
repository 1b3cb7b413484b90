"""What a run is, and what it has to say of itself when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the figures of a run are needed where no row is, and pandas takes half a second to load
    import pandas as pd

    from straitsx_bulk.schemas.checked import CheckedBatch


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run when it starts.

    Attributes:
        run_id: Unique, lower-case hexadecimal; the flow run's id where Prefect runs it.
        command: ``validate``, ``import`` or ``upgrade``.
        version: Of this program.
        environment: ``local``, ``sandbox`` or ``production``; empty for ``validate``.
        host: The API's host, empty for ``validate``.
        account: Which account of that host.
        key_fingerprint: A few characters that tell keys apart and say nothing of the key.
        rate: Requests a second, or None for unlimited.
        rail: ``auto``, ``sgd`` or ``usd``.
        repair: ``none``, ``safe`` or ``full``.
        dry_run: Whether nothing is sent.
        started_at: With time zone.
        inputs: The files as the user named them, in the order they are read.
    """

    run_id: str
    command: str
    version: str
    environment: str
    host: str
    account: str
    key_fingerprint: str
    rate: float | None
    rail: str
    repair: str
    dry_run: bool
    started_at: datetime
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApiFigures:
    """What the calls of a run came to.

    Attributes:
        calls: Requests sent, of all kinds, retries included.
        by_status: HTTP status (``"0"`` where no answer came) to requests.
        retries: Requests sent again.
        throttled: Answers 429.
        max_rate: The most requests in any one second.
    """

    calls: int = 0
    by_status: Mapping[str, int] = field(default_factory=dict)
    retries: int = 0
    throttled: int = 0
    max_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class RunEnd:
    """What is known of a run when it has ended.

    Attributes:
        finished_at: With time zone.
        api: What the calls came to.
        stopped: None, ``limit``, ``window`` or the reason, a sentence for people.
        date_formats: ``source [sheet] header`` to the format found or declared.
        notices: Sentences for people: columns that nothing uses, hidden rows, and the like.
    """

    finished_at: datetime
    api: ApiFigures
    stopped: str | None
    date_formats: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


CONFLICT_COLUMNS = ("position", "parameter", "profile_value")
"""A table of conflicts: position in the batch (int64), the parameter that differs, the profile's value (text)."""


@dataclass(frozen=True, slots=True)
class ReportedBatch:
    """A checked batch with what became of its rows.

    Attributes:
        checked: The rows and their verdicts, run-wide findings (duplicates, identity conflicts) included.
        outcomes: ``outcomes.OUTCOME_COLUMNS``, same index as the batch.
        conflicts: CONFLICT_COLUMNS, the profile's values of rows with outcome ``conflict``.
    """

    checked: "CheckedBatch"
    outcomes: "pd.DataFrame"
    conflicts: "pd.DataFrame"
