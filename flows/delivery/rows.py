"""A checked row on its way to the API, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from straitsx_bulk.io.ledger import Digests
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.outcomes import OUTCOME_COLUMNS, Outcome
from straitsx_bulk.schemas.run import CONFLICT_COLUMNS, ReportedBatch


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
    rails, gaps, references, profile_ids = (
        facts[name].tolist() for name in ("rail", "usd_gaps", "reference", "profile_id")
    )
    for index, position in enumerate(values.index.tolist()):
        has_key = bool(types[index] and ids[index])
        yield Row(
            first + int(position),
            keys[index] if has_key else b"",
            {name: column[index] for name, column in columns.items() if column[index]},
            rails[index],
            gaps[index],
            references[index],
            profile_ids[index],
        )


def verdict_frame(checked: CheckedBatch, accepted: Outcome) -> pd.DataFrame:
    """Lay the checks' verdicts out as a table of outcomes.

    Args:
        checked: The batch.
        accepted: What rows are that passed: ``valid`` or ``not_attempted``.

    Returns:
        Columns ``OUTCOME_COLUMNS``; the batch's index.
    """
    outcome = checked.accepted.map({True: str(accepted), False: str(Outcome.REJECTED)}).astype("str")
    empty = pd.Series("", index=outcome.index, dtype="str")
    zero = pd.Series(0, index=outcome.index, dtype="int64")
    numbers = {"http_status", "api_calls"}
    columns = {name: zero if name in numbers else empty for name in OUTCOME_COLUMNS}
    return pd.DataFrame({**columns, "outcome": outcome})


def report_rows(checked: CheckedBatch, first: int, results: Mapping[int, Result], accepted: Outcome) -> ReportedBatch:
    """Join a batch and what became of its rows, for the reports.

    Args:
        checked: The batch.
        first: Position of its first row over the whole run.
        results: By position over the whole run.
        accepted: What accepted rows without a result are: ``valid`` or ``not_attempted``.
    """
    outcomes = verdict_frame(checked, accepted)
    decided = [results[position] for position in range(first, first + len(checked)) if position in results]
    if not decided:
        return ReportedBatch(checked, outcomes, conflicts_frame([], first))
    where = [result.position - first for result in decided]
    columns: dict[str, list[str] | list[int]] = {
        "outcome": [str(result.outcome) for result in decided],
        "customer_profile_id": [result.customer_profile_id for result in decided],
        "verification_status": [result.verification_status for result in decided],
        "message": [result.message for result in decided],
        "http_status": [result.http_status for result in decided],
        "api_code": [result.api_code for result in decided],
        "api_calls": [result.api_calls for result in decided],
        "finished_at": [format_time(result.finished_at) for result in decided],
    }
    for name, values in columns.items():
        outcomes[name] = replace_at(outcomes[name], where, values)
    facts = checked.facts.copy()
    facts["rail"] = replace_at(facts["rail"], where, [result.rail for result in decided])
    facts["usd_gaps"] = replace_at(facts["usd_gaps"], where, [result.usd_gaps for result in decided])
    return ReportedBatch(replace(checked, facts=facts), outcomes, conflicts_frame(decided, first))


def replace_at(column: "pd.Series[Any]", where: list[int], values: Sequence[str] | Sequence[int]) -> "pd.Series[Any]":
    """Give a column with other values at some positions."""
    changed = column.to_numpy(dtype=object if column.dtype == "str" else None, copy=True)
    changed[where] = values
    return pd.Series(changed, index=column.index, dtype=column.dtype)


def conflicts_frame(results: Sequence[Result], first: int) -> pd.DataFrame:
    """Lay the differences of conflicts out as a table, positions within the batch."""
    lines = [
        (result.position - first, difference.parameter, difference.profile_value)
        for result in results
        for difference in result.differences
    ]
    frame = pd.DataFrame(lines, columns=list(CONFLICT_COLUMNS))
    return frame.astype({"position": "int64", "parameter": "str", "profile_value": "str"})


def format_time(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
