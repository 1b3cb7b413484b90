"""summary.json: a run in figures, for programs."""

import json
from pathlib import Path

from straitsx_bulk.io.reports.folder import write_whole
from straitsx_bulk.io.reports.totals import Totals
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.run import RunEnd, RunFacts

NAME = "summary.json"

Summary = dict[str, object]


def build_summary(facts: RunFacts, end: RunEnd, totals: Totals) -> Summary:
    """Make the summary's content, with exactly the contract's keys (contract, Reports).

    Args:
        facts: What was known when the run started.
        end: What is known now.
        totals: The counts.

    Returns:
        What JSON can hold, without a personal value.
    """
    outcomes = {str(outcome): totals.outcomes[outcome] for outcome in Outcome if totals.outcomes[outcome]}
    return {
        "run_id": facts.run_id,
        "command": facts.command,
        "version": facts.version,
        "environment": facts.environment,
        "account": facts.account,
        "started_at": facts.started_at.isoformat(),
        "finished_at": end.finished_at.isoformat(),
        "inputs": list(facts.inputs),
        "rows_read": totals.rows,
        "outcomes": outcomes,
        "rails": dict(sorted(totals.rails.items())),
        "errors": dict(totals.errors.most_common()),
        "warnings": dict(totals.warnings.most_common()),
        "would_pass_with_full_repair": totals.would_pass,
        "date_formats": dict(end.date_formats),
        "api": {
            "calls": end.api.calls,
            "by_status": dict(end.api.by_status),
            "retries": end.api.retries,
            "throttled": end.api.throttled,
            "max_rate": end.api.max_rate,
        },
        "stopped": end.stopped,
    }


def write_summary(folder: Path, summary: Summary) -> Path:
    """Write summary.json into the run's folder."""
    path = folder / NAME
    with write_whole(path) as file:
        file.write(json.dumps(summary, ensure_ascii=False, indent=2).encode() + b"\n")
    return path
