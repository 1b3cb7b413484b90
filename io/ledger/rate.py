"""The account's shared rate: every program that uses the ledger takes its turns from one row."""

import time

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from straitsx_bulk.io.ledger.keys import Scope
from straitsx_bulk.io.ledger.owners import this_process
from straitsx_bulk.io.ledger.schema import RATE

FARTHEST_SECONDS = 3600.0
"""No turn is farther off than this: beyond it, the clock has been set back."""


def reserve_slot(scope: Scope, rate: float) -> float:
    """Take the next turn of the account.

    Args:
        scope: The account.
        rate: Turns a second.

    Returns:
        Seconds to wait until it comes, 0 if it is now.
    """
    with scope.store.write(hasty=True) as connection:
        now, next_slot = _read_turn(scope, connection)
        turn = max(now, next_slot)
        _write_turn(scope, connection, turn + 1 / rate)
    return turn - now


def postpone_slots(scope: Scope, seconds: float) -> None:
    """Let nobody of the account have a turn for a while, after a 429.

    Args:
        scope: The account.
        seconds: From now.
    """
    with scope.store.write(hasty=True) as connection:
        now, next_slot = _read_turn(scope, connection)
        _write_turn(scope, connection, max(next_slot, now + min(seconds, FARTHEST_SECONDS)))


def delay_slots(scope: Scope, seconds: float) -> None:
    """Put off every turn that nobody has yet: one that was taken late must not come too near to those after it.

    Args:
        scope: The account.
        seconds: How late it was.
    """
    with scope.store.write(hasty=True) as connection:
        now, next_slot = _read_turn(scope, connection)
        _write_turn(scope, connection, max(next_slot, now) + min(seconds, FARTHEST_SECONDS))


def _clock(scope: Scope, connection: Connection) -> tuple[str, float]:
    """Read a clock that all programs of the ledger share and, for a file, that nobody sets."""
    if scope.store.local:
        return this_process().boot, time.monotonic()
    return "server", scope.store.now(connection)


def _read_turn(scope: Scope, connection: Connection) -> tuple[float, float]:
    query = select(RATE.c.clock, RATE.c.next_slot).where(RATE.c.account_id == scope.account_id)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        insert = (sqlite.insert if scope.store.local else postgresql.insert)(RATE).on_conflict_do_nothing()
        connection.execute(insert.values(account_id=scope.account_id, clock="", next_slot=0.0))
        row = connection.execute(query.with_for_update()).one()
    clock, now = _clock(scope, connection)
    stale = row.clock != clock or row.next_slot > now + FARTHEST_SECONDS
    return now, 0.0 if stale else row.next_slot


def _write_turn(scope: Scope, connection: Connection, next_slot: float) -> None:
    clock, _ = _clock(scope, connection)
    turns = update(RATE).where(RATE.c.account_id == scope.account_id)
    connection.execute(turns.values(clock=clock, next_slot=next_slot))
