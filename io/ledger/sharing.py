"""What several processes of one run share: how far it has used what it may use, counted by one of them at a time."""

import json
from collections.abc import Callable

from sqlalchemy import Connection, select, update

from straitsx_bulk.io.ledger.records import Progress
from straitsx_bulk.io.ledger.schema import RUNS
from straitsx_bulk.io.ledger.store import Store


def change_progress(store: Store, run_id: str, change: Callable[[Progress], Progress]) -> Progress:
    """Change a run's progress in one step that no other process comes between.

    Args:
        store: The database.
        run_id: The run; any process may name it, its owner or not.
        change: Progress so far to progress from now; may be called again where the database asks for it.

    Returns:
        The progress as it stands now; untouched and empty where the ledger knows no such run.

    Raises:
        LedgerFailedError: The ledger failed.
    """

    def write(connection: Connection) -> Progress:
        query = select(RUNS.c.limit_used, RUNS.c.counters).where(RUNS.c.run_id == run_id).with_for_update()
        row = connection.execute(query).one_or_none()
        if row is None:
            return Progress()
        before = Progress(row.limit_used, json.loads(row.counters))
        after = change(before)
        if after != before:
            values = {"limit_used": after.limit_used, "counters": json.dumps(dict(after.counters))}
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(values))
        return after

    return store.transact(write)
