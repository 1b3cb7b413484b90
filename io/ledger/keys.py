"""Reading what the ledger knows of keys."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from straitsx_bulk.io.ledger.owners import Owner, seen_dead
from straitsx_bulk.io.ledger.packing import unpack_held
from straitsx_bulk.io.ledger.records import Action, Known, State
from straitsx_bulk.io.ledger.schema import OWNERS, PROFILES, RUNS
from straitsx_bulk.io.ledger.store import Store

FARTHEST_LEASE = 86_400.0
"""Seconds; no lease runs longer. Beyond it, another clock gave it."""
QUERY_SIZE = 500
"""Keys in one query: few enough for every SQLite, and mostly the same text, so that it is prepared once."""
# Spelt out as in the index's definition, so that SQLite sees that the index serves.
IS_OPEN = or_(PROFILES.c.state == "sending", PROFILES.c.state == "in_doubt")
"""Rows of which something may be on its way or in doubt."""
_STATES = {str(state): state for state in State}
_COLUMNS = (
    PROFILES.c.key,
    PROFILES.c.state,
    PROFILES.c.version,
    PROFILES.c.customer_profile_id,
    PROFILES.c.verification_status,
    PROFILES.c.rail,
    PROFILES.c.held,
    PROFILES.c.http_status,
    PROFILES.c.api_code,
    PROFILES.c.row_digest,
    PROFILES.c.run_seq,
    PROFILES.c.owner_id,
    PROFILES.c.action,
    PROFILES.c.intent,
    PROFILES.c.intent_at,
    func.length(PROFILES.c.reference) > 0,
)
_STATE, _RUN, _OWNER = 1, 10, 11
"""Places in ``_COLUMNS``."""
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Scope:
    """What every query of one account needs.

    Attributes:
        store: The database.
        account_id: 0 for an account that a dry run does not know.
        owner_id: Of this process's run, 0 before it has started one.
        run_seq: Number of that run, 0 before.
    """

    store: Store
    account_id: int
    owner_id: int = 0
    run_seq: int = 0


def split_chunks(items: Sequence[Item], size: int = QUERY_SIZE) -> Iterator[Sequence[Item]]:
    """Cut a sequence into pieces.

    Args:
        items: Any number.
        size: Of a piece; the last may be shorter.

    Yields:
        The pieces, in order.
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]


def select_by(scope: Scope, column: ColumnElement[Any], wanted: Collection[Any]) -> list[Known]:
    """Read what is known of keys or ids.

    Args:
        scope: The account.
        column: ``PROFILES.c.key`` or ``PROFILES.c.customer_profile_id``.
        wanted: Its values; those that the ledger does not know are left out.

    Returns:
        One entry per profile found, in no order.
    """
    known: list[Known] = []
    mine = select(*_COLUMNS).where(PROFILES.c.account_id == scope.account_id)
    with scope.store.read() as connection:
        for chunk in split_chunks(sorted(set(wanted))):
            known += read_known(scope.store, connection, mine.where(column.in_(chunk)))
    return known


def select_where(scope: Scope, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Known]:
    """Read what is known of the profiles that fulfil conditions, the newest first.

    Args:
        scope: The account.
        conditions: All must hold.
        limit: Most profiles.

    Returns:
        One entry per profile.
    """
    query = select(*_COLUMNS).where(PROFILES.c.account_id == scope.account_id, *conditions)
    with scope.store.read() as connection:
        return read_known(scope.store, connection, query.order_by(PROFILES.c.id.desc()).limit(limit))


def select_page(scope: Scope, after: int, size: int) -> list[tuple[int, Known]]:
    """Read what is known of the account's profiles, a page at a time, the oldest first.

    Args:
        scope: The account.
        after: Number of the last page's last entry, 0 for the first page.
        size: Most entries.

    Returns:
        Entries with their numbers.
    """
    query = select(*_COLUMNS, PROFILES.c.id).where(PROFILES.c.account_id == scope.account_id, PROFILES.c.id > after)
    with scope.store.read() as connection:
        rows = connection.execute(query.order_by(PROFILES.c.id).limit(size)).all()
        known = decode_known(scope.store, connection, [row[:-1] for row in rows])
    return [(row[-1], entry) for row, entry in zip(rows, known, strict=True)]


def read_known(store: Store, connection: Connection, query: Select[Any]) -> list[Known]:
    """Run a query for ``_COLUMNS`` and decode its rows.

    Args:
        store: The database.
        connection: In a transaction.
        query: Selects ``_COLUMNS``.

    Returns:
        One entry per row.
    """
    return decode_known(store, connection, connection.execute(query).all())


def decode_known(store: Store, connection: Connection, rows: Sequence[Sequence[Any]]) -> list[Known]:
    """Decode rows of ``_COLUMNS``, with what owners and runs say of them.

    Args:
        store: The database.
        connection: In the transaction that read the rows.
        rows: In any number.

    Returns:
        One entry per row.
    """
    live = read_live_owners(store, connection, {row[_OWNER] for row in rows if row[_STATE] == State.SENDING})
    runs = _read_run_ids(connection, {row[_RUN] for row in rows if row[_RUN] is not None})
    return [_decode_known(row, runs, live) for row in rows]


def _decode_known(row: Sequence[Any], runs: dict[int, str], live: set[int]) -> Known:
    # In one go, in the order of _COLUMNS: by name, a million rows take half a minute longer.
    key, state, version, profile_id, status, rail, held, http_status, code, digest, run, owner, doing, *rest = row
    intent, at, is_referred = rest
    holds = unpack_held(held) if held else {}
    sent = unpack_held(intent) if intent else {}
    action = None if doing is None else Action(doing)
    if action is Action.PATCH:
        # Whether the patch arrived is not known, so neither is what these parameters hold.
        holds = {parameter: value for parameter, value in holds.items() if parameter not in sent}
    is_live = state == "sending" and owner in live
    intent_at = None if at is None else datetime.fromtimestamp(at, UTC)
    decided = (http_status, code, digest, runs.get(run, ""), intent_at, sent, action, is_live, bool(is_referred))
    return Known(key, _STATES[state], version, profile_id, status, rail, holds, *decided)


def _read_run_ids(connection: Connection, numbers: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for chunk in split_chunks(sorted(numbers)):
        rows = connection.execute(select(RUNS.c.seq, RUNS.c.run_id).where(RUNS.c.seq.in_(chunk)))
        found |= {row.seq: row.run_id for row in rows}
    return found


def read_live_owners(store: Store, connection: Connection, owner_ids: Collection[int]) -> set[int]:
    """Tell which senders still live: their lease runs, and they are not seen dead on this machine.

    Args:
        store: The database.
        connection: In a transaction.
        owner_ids: Numbers of owners.

    Returns:
        Those that live.
    """
    if not owner_ids:
        return set()
    now = store.lease_now(connection)
    running = (OWNERS.c.lease_until > now) & (OWNERS.c.lease_until <= now + FARTHEST_LEASE)
    live: set[int] = set()
    for chunk in split_chunks(sorted(owner_ids)):
        for row in connection.execute(select(OWNERS).where(OWNERS.c.id.in_(chunk), running)):
            if not seen_dead(Owner(row.machine, row.boot, row.pid, row.started), local_ledger=store.local):
                live.add(row.id)
    return live
