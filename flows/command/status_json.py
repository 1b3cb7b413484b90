"""``status --json``: the same as ``status`` shows people, for programs that watch."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from straitsx_bulk.flows.check.preparing import load_facts
from straitsx_bulk.io.ledger import Account, Ledger, Run


def list_accounts(ledger: Ledger, runs: Sequence[Run]) -> list[tuple[str, Account]]:
    """List the accounts that runs belong to, with a name for people."""
    found = {(run.host, run.account, load_facts(run.facts)[2]): name_account(run) for run in runs}
    return [(name, ledger.account(host, account, state_id=state)) for (host, account, state), name in found.items()]


def name_account(run: Run) -> str:
    """Name a run's account for people; a local sandbox is the same account by whatever address it is reached."""
    state_id = load_facts(run.facts)[2]
    return f"{f'local {state_id[:8]}' if state_id else run.host} {run.account}"


def dump_status(ledger: Ledger, runs: Sequence[Run]) -> str:
    """Write runs and accounts as JSON.

    Args:
        ledger: Open.
        runs: All of its runs, the oldest first.

    Returns:
        An object with ``runs`` (``run_id``, ``command``, ``account``, ``started_at``, ``finished_at``, ``state``,
        ``stopped``, ``counts``, ``folder``) and ``accounts`` (``account``, ``keys`` by state, ``in_doubt``).
    """
    accounts = [
        {
            "account": name,
            "keys": {str(state): count for state, count in sorted(account.counts().items())},
            "in_doubt": len(account.doubts()),
        }
        for name, account in list_accounts(ledger, runs)
    ]
    content = {"runs": [describe_run(run) for run in runs], "accounts": accounts}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def describe_run(run: Run) -> dict[str, Any]:
    """Describe one run; ``counts`` are outcomes to rows, of a reconcile kinds of difference to lines."""
    return {
        "run_id": run.run_id,
        "command": run.command,
        "account": name_account(run),
        "started_at": write_moment(run.started_at),
        "finished_at": write_moment(run.finished_at),
        "state": tell_state(run),
        "stopped": run.stopped,
        "counts": dict(sorted(run.counts.items())),
        "folder": run.folder,
    }


def tell_state(run: Run) -> str:
    """Say in a word how far a run is: ``running``, ``complete``, ``stopped`` (see its reason) or ``died``."""
    if run.live:
        return "running"
    if run.finished_at is None:
        return "died"
    return "stopped" if run.stopped else "complete"


def write_moment(moment: datetime | None) -> str | None:
    """Write a moment as ISO 8601 with time zone."""
    return None if moment is None else moment.astimezone().isoformat(timespec="seconds")
