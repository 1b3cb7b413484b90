"""Runs: who owns them, how far they are, and what became of their rows."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, select, update

from straitsx_bulk.io.ledger.errors import RunTakenError
from straitsx_bulk.io.ledger.keys import Scope, read_live_owners
from straitsx_bulk.io.ledger.owners import this_process
from straitsx_bulk.io.ledger.records import Progress, RowOutcome, Run, RunStart
from straitsx_bulk.io.ledger.schema import ACCOUNTS, OWNERS, ROWS, RUNS
from straitsx_bulk.io.ledger.store import Store
from straitsx_bulk.schemas.errors import LedgerError

LEASE_SECONDS = 180.0
"""Longer than the longest request with its connection (a minute), and a few missed renewals."""
PAGE_SIZE = 5_000
_RUN_COLUMNS = (
    *RUNS.c,
    ACCOUNTS.c.host.label("host"),
    ACCOUNTS.c.name.label("account"),
    OWNERS.c.machine.label("machine"),
    OWNERS.c.pid.label("pid"),
)
_ALL_RUNS = (
    select(*_RUN_COLUMNS)
    .join(ACCOUNTS, ACCOUNTS.c.id == RUNS.c.account_id)
    .join(OWNERS, OWNERS.c.id == RUNS.c.owner_id)
)


def start_run(scope: Scope, start: RunStart, lease_seconds: float) -> tuple[Scope, Run]:
    """Begin a run, or take up one of the same id whose process is gone.

    Args:
        scope: The account.
        start: The run.
        lease_seconds: How long this process counts as alive without renewing.

    Returns:
        The account's scope with the run, and the run: of one taken up, with the progress that it had made.

    Raises:
        LedgerError: The run is under way in another process, or belongs to another account.
    """
    with scope.store.write() as connection:
        row = connection.execute(select(RUNS).where(RUNS.c.run_id == start.run_id)).one_or_none()
        if row is None:
            seq = _insert_run(scope, connection, start)
        else:
            _refuse_other_run(scope, connection, row)
            seq = row.seq
        owner_id = _own_run(scope.store, connection, seq, lease_seconds)
        run = _read_runs(scope.store, connection, RUNS.c.seq == seq)[0]
    return Scope(scope.store, scope.account_id, owner_id, seq), run


def _insert_run(scope: Scope, connection: Connection, start: RunStart) -> int:
    values = {
        "run_id": start.run_id,
        "account_id": scope.account_id,
        "command": start.command,
        "folder": start.folder,
        "facts": start.facts,
        "owner_id": 0,
        "started_at": scope.store.now(connection),
        "limit_used": 0,
        "counters": "{}",
        "counts": "{}",
    }
    return int(connection.scalar(RUNS.insert().values(values).returning(RUNS.c.seq)) or 0)


def _refuse_other_run(scope: Scope, connection: Connection, row: Row[Any]) -> None:
    if row.account_id != scope.account_id:
        raise LedgerError(f"Run {row.run_id} belongs to another account of this ledger. Start a run of its own.")
    if row.finished_at is None and read_live_owners(scope.store, connection, {row.owner_id}):
        raise LedgerError(f"Run {row.run_id} is under way in another process. Wait for its end, or end it.")


def _own_run(store: Store, connection: Connection, seq: int, lease_seconds: float) -> int:
    """Make this process the run's owner; what an earlier owner was sending is in doubt from now on."""
    owner = this_process()
    values = {
        "run_seq": seq,
        "machine": owner.machine,
        "boot": owner.boot,
        "pid": owner.pid,
        "started": owner.started,
        "lease_until": store.lease_now(connection) + lease_seconds,
    }
    owner_id = int(connection.scalar(OWNERS.insert().values(values).returning(OWNERS.c.id)) or 0)
    changes = {"owner_id": owner_id, "finished_at": None, "stopped": None}
    connection.execute(update(RUNS).where(RUNS.c.seq == seq).values(changes))
    return owner_id


def claim_run(store: Store, run_id: str, lease_seconds: float) -> bool:
    """Take over a dead run, to write its reports; of several programs one gets it.

    Args:
        store: The database.
        run_id: From ``read_dead_runs``.
        lease_seconds: How long this process may take without renewing.

    Returns:
        Whether this process has it now.
    """
    with store.write() as connection:
        query = select(RUNS.c.seq, RUNS.c.owner_id, RUNS.c.finished_at).where(RUNS.c.run_id == run_id)
        row = connection.execute(query.with_for_update()).one_or_none()
        if row is None or row.finished_at is not None or read_live_owners(store, connection, {row.owner_id}):
            return False
        _own_run(store, connection, row.seq, lease_seconds)
    return True


def renew_lease(scope: Scope, run_id: str, lease_seconds: float) -> None:
    """Say that this run's process still lives.

    Args:
        scope: The account; with the run where this process began it, without where it has taken a dead one over.
        run_id: The run.
        lease_seconds: How long that holds.

    Raises:
        RunTakenError: Another program took the run for dead.
    """
    with scope.store.write() as connection:
        owner_id = connection.scalar(select(RUNS.c.owner_id).where(RUNS.c.run_id == run_id))
        if scope.owner_id and owner_id != scope.owner_id:
            raise RunTakenError
        prolong_lease(scope.store, connection, owner_id or 0, lease_seconds)


def prolong_lease(store: Store, connection: Connection, owner_id: int, lease_seconds: float) -> None:
    """Let a lease run from now.

    Args:
        store: The database.
        connection: In a transaction that writes.
        owner_id: Whose.
        lease_seconds: How long.
    """
    until = store.lease_now(connection) + lease_seconds
    connection.execute(update(OWNERS).where(OWNERS.c.id == owner_id).values(lease_until=until))


def finish_run(store: Store, run_id: str, stopped: str | None, counts: Mapping[str, int]) -> None:
    """Write how a run ended; after its reports are whole.

    Args:
        store: The database.
        run_id: The run.
        stopped: None, ``limit``, ``window`` or the reason.
        counts: Outcome to count.
    """
    with store.write() as connection:
        ended = {"finished_at": store.now(connection), "stopped": stopped, "counts": json.dumps(dict(counts))}
        connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(ended))


_KEEP_PROGRESS = (
    update(RUNS)
    .where(RUNS.c.seq == bindparam("of_run"))
    .values({"limit_used": bindparam("to_used"), "counters": bindparam("to_counters")})
)


def write_progress(scope: Scope, connection: Connection, progress: Progress) -> None:
    """Write how far this process's run is.

    Args:
        scope: The account, with the run.
        connection: In a transaction that writes.
        progress: Replaces what was there.
    """
    counters = json.dumps(dict(progress.counters))
    connection.execute(
        _KEEP_PROGRESS, {"of_run": scope.run_seq, "to_used": progress.limit_used, "to_counters": counters}
    )


def read_runs(store: Store, *conditions: ColumnElement[bool]) -> list[Run]:
    """Read runs, the oldest first.

    Args:
        store: The database.
        conditions: All must hold.

    Returns:
        The runs.
    """
    with store.read() as connection:
        return _read_runs(store, connection, *conditions)


def read_dead_runs(store: Store) -> list[Run]:
    """Read runs that did not finish and whose process is gone, the oldest first.

    Args:
        store: The database.

    Returns:
        The runs.
    """
    return [run for run in read_runs(store, RUNS.c.finished_at.is_(None)) if not run.live]


def _read_runs(store: Store, connection: Connection, *conditions: ColumnElement[bool]) -> list[Run]:
    rows = connection.execute(_ALL_RUNS.where(*conditions).order_by(RUNS.c.seq)).all()
    live = read_live_owners(store, connection, {row.owner_id for row in rows if row.finished_at is None})
    return [_decode_run(row, live) for row in rows]


def _decode_run(row: Row[Any], live: set[int]) -> Run:
    return Run(
        run_id=row.run_id,
        host=row.host,
        account=row.account,
        command=row.command,
        folder=row.folder,
        facts=row.facts,
        started_at=datetime.fromtimestamp(row.started_at, UTC),
        finished_at=None if row.finished_at is None else datetime.fromtimestamp(row.finished_at, UTC),
        stopped=row.stopped,
        progress=Progress(row.limit_used, json.loads(row.counters)),
        counts=json.loads(row.counts),
        machine=row.machine,
        pid=row.pid,
        live=row.finished_at is None and row.owner_id in live,
    )


def read_row_outcomes(store: Store, run_id: str) -> Iterator[RowOutcome]:
    """Read what became of a run's rows, by position, in pages of their own transactions.

    Args:
        store: The database.
        run_id: The run.

    Yields:
        One outcome per decided row.
    """
    after = -1
    seq = select(RUNS.c.seq).where(RUNS.c.run_id == run_id).scalar_subquery()
    query = select(ROWS).where(ROWS.c.run_seq == seq).order_by(ROWS.c.position).limit(PAGE_SIZE)
    while True:
        with store.read() as connection:
            rows = connection.execute(query.where(ROWS.c.position > after)).all()
        yield from map(_decode_row, rows)
        if len(rows) < PAGE_SIZE:
            return
        after = rows[-1].position


def _decode_row(row: Row[Any]) -> RowOutcome:
    return RowOutcome(
        position=row.position,
        outcome=row.outcome,
        key=row.key,
        customer_profile_id=row.customer_profile_id,
        verification_status=row.verification_status,
        http_status=row.http_status,
        api_code=row.api_code,
        api_calls=row.api_calls,
        finished_at=datetime.fromtimestamp(row.finished_at, UTC),
    )


def forget_rows(store: Store, run_id: str) -> None:
    """Delete a run's row outcomes, once its reports are whole; a page at a time, so that others can write between.

    Args:
        store: The database.
        run_id: The run.
    """
    of_run = ROWS.c.run_seq == select(RUNS.c.seq).where(RUNS.c.run_id == run_id).scalar_subquery()
    page = select(ROWS.c.position).where(of_run).order_by(ROWS.c.position).limit(PAGE_SIZE).subquery()
    while True:
        with store.write() as connection:
            last = connection.scalar(select(func.max(page.c.position)))
            if last is None:
                return
            connection.execute(delete(ROWS).where(of_run, ROWS.c.position <= last))
