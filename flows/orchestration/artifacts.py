"""What Prefect keeps of a run that has ended: figures, reasons and where the reports are; never a personal value."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from straitsx_bulk.flows.orchestration.watch import try_to_tell
from straitsx_bulk.flows.result import RunResult

from prefect.artifacts import acreate_link_artifact, acreate_table_artifact  # isort: skip


async def show_result(result: RunResult) -> None:
    """Put outcomes, reasons and a link to the reports on Prefect's page, if its server will have them."""
    await show_outcomes(result.outcomes, result.api.calls)
    if reasons := list_reasons(result.paths.summary):
        words = "Findings of the checks, by parameter and code."
        await show_table("reasons", reasons, words)
    await show_folder(result.paths.folder)


async def show_outcomes(outcomes: Mapping[str, int], calls: int | None) -> None:
    """Put counts on Prefect's page.

    Args:
        outcomes: Outcome, or kind of difference, to rows.
        calls: Requests made, or None where nobody counted.
    """
    lines = [{"outcome": name, "rows": count} for name, count in sorted(outcomes.items()) if count]
    words = "What became of the rows." if calls is None else f"What became of the rows; {calls:,} calls."
    await show_table("outcomes", lines, words)


async def show_table(key: str, lines: list[dict[str, Any]], words: str) -> None:
    """Put a table on Prefect's page."""
    await try_to_tell(lambda: _make(acreate_table_artifact(lines, key=key, description=words)))


async def show_folder(folder: Path) -> None:
    """Link to a folder with reports, which is on the machine of the worker."""
    place = Path.cwd() / folder
    words = "On the machine of the worker."
    await try_to_tell(
        lambda: _make(acreate_link_artifact(place.as_uri(), key="reports", link_text=str(place), description=words))
    )


async def _make(artifact: Any) -> None:
    await artifact


def list_reasons(summary: Path) -> list[dict[str, Any]]:
    """Read the counted reasons from summary.json: names of parameters and codes, no value.

    Returns:
        One line for each error and warning, the most frequent first.
    """
    content: Mapping[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
    lines = [
        {"finding": finding, "kind": kind, "rows": count}
        for kind in ("errors", "warnings")
        for finding, count in content[kind].items()
    ]
    return sorted(lines, key=lambda line: (line["kind"], -line["rows"]))
