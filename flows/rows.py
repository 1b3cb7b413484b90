"""A checked row on its way to the API, and what became of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pandas as pd

from straitsx_bulk.io.ledger import Digests
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.outcomes import OUTCOME_COLUMNS, Outcome
from straitsx_bulk.schemas.run import CONFLICT_COLUMNS


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One accepted row.

    Attributes:
        position: Over the whole run, from 0.
        key: Keyed hash of registrationType and registrationId; empty where the row has none (an upgrade by id).
        values: Parameters that the row holds, mended, without empty ones; parts of the address have dots.
        rail: What the row qualifies for.
        usd_gaps: What keeps it from USD, joined by ``;``.
        reference: The caller's own key, or empty.
        profile_id: The customer_profile_id that the export gives, or empty.
    """

    position: int
    key: bytes
    values: Mapping[str, str]
    rail: str
    usd_gaps: str
    reference: str
    profile_id: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter in which a profile and a row differ.

    Attributes:
        parameter: The API's name.
        profile_value: What the profile has, for the reject report.
    """

    parameter: str
    profile_value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row.

    Attributes:
        position: Over the whole run.
        outcome: One of the contract's.
        customer_profile_id: Where it is known.
        verification_status: As the API last said.
        rail: What the profile can be used for now.
        usd_gaps: What it still lacks for USD.
        message: For people; may hold personal values, so it goes to the reports and the spool only.
        http_status: Of the answer that decided, 0 for none.
        api_code: Of the answer that decided.
        api_calls: Requests that this row cost.
        finished_at: When it was decided.
        differences: Of a conflict.
    """

    position: int
    outcome: Outcome
    customer_profile_id: str = ""
    verification_status: str = ""
    rail: str = ""
    usd_gaps: str = ""
    message: str = field(default="", repr=False)
    http_status: int = 0
    api_code: str = ""
    api_calls: int = 0
    finished_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    differences: tuple[Difference, ...] = ()

    def costing(self, calls: int) -> "Result":
        """Give the same result with what it cost."""
        return replace(self, api_calls=calls)


def read_rows(checked: CheckedBatch, first: int, digests: Digests) -> Iterator[Row]:
    """Give the accepted rows of a batch, in order.

    Args:
        checked: The batch, run-wide findings applied.
        first: Position of the batch's first row over the whole run.
        digests: Makes the keys.
    """
    chosen = checked.accepted.to_numpy()
    values = checked.values[chosen]
    facts = checked.facts[chosen]
    types, ids = values["registrationType"].tolist(), values["registrationId"].tolist()
    keys = digests.keys(types, ids)
    columns = {name: values[name].tolist() for name in values.columns}
    for index, position in enumerate(values.index.tolist()):
        has_key = bool(types[index] and ids[index])
        yield Row(
            first + int(position),
            keys[index] if has_key else b"",
            {name: column[index] for name, column in columns.items() if column[index]},
            facts["rail"].iat[index],
            facts["usd_gaps"].iat[index],
            facts["reference"].iat[index],
            facts["profile_id"].iat[index],
        )


def results_frame(results: Mapping[int, Result], positions: range, checked: CheckedBatch) -> pd.DataFrame:
    """Lay results out as a table of outcomes for the reports, rejected rows included.

    Args:
        results: By position over the whole run; accepted rows without one were not attempted.
        positions: The batch's positions over the whole run.
        checked: The batch.

    Returns:
        Columns ``OUTCOME_COLUMNS`` and ``rail``, ``usd_gaps``; the batch's index.
    """
    lines = []
    facts = checked.facts
    for index, (position, accepted) in enumerate(zip(positions, checked.accepted.tolist(), strict=True)):
        result = results.get(position)
        if result is None:
            outcome = Outcome.NOT_ATTEMPTED if accepted else Outcome.REJECTED
            rail = facts["rail"].iat[index] if accepted else ""
            lines.append(("", outcome, "", "", 0, "", 0, "", rail, facts["usd_gaps"].iat[index]))
            continue
        lines.append(
            (
                result.message,
                result.outcome,
                result.customer_profile_id,
                result.verification_status,
                result.http_status,
                result.api_code,
                result.api_calls,
                format_time(result.finished_at),
                result.rail or facts["rail"].iat[index],
                result.usd_gaps,
            )
        )
    names = (
        "message",
        "outcome",
        "customer_profile_id",
        "verification_status",
        "http_status",
        "api_code",
        "api_calls",
        "finished_at",
        "rail",
        "usd_gaps",
    )
    frame = pd.DataFrame(lines, columns=list(names))
    texts = [name for name in names if name not in {"http_status", "api_calls"}]
    return frame.astype({**dict.fromkeys(texts, "str"), "http_status": "int64", "api_calls": "int64"})[
        [*OUTCOME_COLUMNS, "rail", "usd_gaps"]
    ]


def conflicts_frame(results: Mapping[int, Result], positions: range) -> pd.DataFrame:
    """Lay the differences of conflicts out as a table, positions within the batch."""
    lines = [
        (position - positions.start, difference.parameter, difference.profile_value)
        for position in positions
        if (result := results.get(position)) is not None
        for difference in result.differences
    ]
    frame = pd.DataFrame(lines, columns=list(CONFLICT_COLUMNS))
    return frame.astype({"position": "int64", "parameter": "str", "profile_value": "str"})


def format_time(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
