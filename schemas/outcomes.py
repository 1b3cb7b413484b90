"""What can become of a row: the contract's closed set."""

from enum import StrEnum


class Outcome(StrEnum):
    """Every input row ends in exactly one of these; their counts add up to the rows read."""

    VALID = "valid"
    CREATED = "created"
    UPGRADED = "upgraded"
    UNCHANGED = "unchanged"
    EXISTS = "exists"
    CONFLICT = "conflict"
    NOT_FOUND = "not_found"
    REJECTED = "rejected"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    NOT_ATTEMPTED = "not_attempted"


GOOD = frozenset({Outcome.VALID, Outcome.CREATED, Outcome.UPGRADED, Outcome.UNCHANGED, Outcome.EXISTS})
"""Exit status 0 needs every attempted row to be one of these."""

FILLABLE = GOOD - {Outcome.EXISTS}
"""Of those, rows whose profile can be brought further by filling in the row: one that was left alone cannot."""

OUTCOME_COLUMNS = (
    "outcome",
    "customer_profile_id",
    "verification_status",
    "message",
    "http_status",
    "api_code",
    "api_calls",
    "finished_at",
)
"""Columns of a table of outcomes: text, but ``http_status`` (int64, 0 for none) and ``api_calls`` (int64)."""

RESULT_COLUMNS = (
    "source",
    "sheet",
    "row",
    "reference",
    "registration_type",
    "registration_id",
    "outcome",
    "rail",
    "customer_profile_id",
    "verification_status",
    "usd_gaps",
    "repairs",
    "errors",
    "warnings",
    "message",
    "http_status",
    "api_code",
    "api_calls",
    "finished_at",
)
"""Header of results.csv before the ``keep`` columns, fixed by the contract."""
