"""After an answer: what is known now, durable before the row counts as done."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from straitsx_bulk.io.ledger.bulk import write_objects
from straitsx_bulk.io.ledger.digests import Digests
from straitsx_bulk.io.ledger.images import Image, forget_doubtful_values, lock_images, write_images
from straitsx_bulk.io.ledger.intents import read_live_senders
from straitsx_bulk.io.ledger.keys import Scope
from straitsx_bulk.io.ledger.packing import pack_held, unpack_held
from straitsx_bulk.io.ledger.records import FoundProfile, Progress, RowOutcome, Settlement, State
from straitsx_bulk.io.ledger.runs import write_progress
from straitsx_bulk.io.ledger.schema import ROWS

_NEVER_SETTLED = frozenset({State.PLANNED, State.SENDING})
_OVERTAKEN = frozenset({State.PLANNED, State.NOT_FOUND, State.REFUSED})
"""States that a profile found at the API ends; what was in doubt stays so until somebody has compared it."""

_ROW_COLUMNS = tuple(column.name for column in ROWS.columns)
_ROW_NAMES = {name: name for name in _ROW_COLUMNS}


def _write_row(insert: "sqlite.Insert | postgresql.Insert") -> "sqlite.Insert | postgresql.Insert":
    changes = {column.name: insert.excluded[column.name] for column in ROWS.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=[ROWS.c.run_seq, ROWS.c.position], set_=changes)


_WRITE_ROW_SQLITE = _write_row(sqlite.insert(ROWS))
_WRITE_ROW_POSTGRESQL = _write_row(postgresql.insert(ROWS))


def settle_answers(
    scope: Scope,
    connection: Connection,
    digests: Digests,
    settlements: Sequence[Settlement],
    progress: Progress | None = None,
) -> None:
    """Write what is known now, and the rows' outcomes.

    Args:
        scope: The account, with this process's run.
        connection: In a transaction that writes.
        digests: Encrypts references.
        settlements: In the order they came; a key may come more than once.
        progress: Of the run.

    Raises:
        ValueError: A state that is not an answer.
    """
    if any(settlement.state in _NEVER_SETTLED for settlement in settlements):
        raise ValueError("a settlement says what became of a key; planned and sending do not")
    rest: Sequence[Settlement] = settlements
    while rest:
        lost = _settle_once(scope, connection, digests, rest)
        rest = [settlement for settlement in rest if settlement.key in lost]
    rows = [settlement.row for settlement in settlements if settlement.row is not None]
    write_rows(scope, connection, rows, progress)


def _settle_once(
    scope: Scope, connection: Connection, digests: Digests, settlements: Sequence[Settlement]
) -> set[bytes]:
    now = scope.store.now(connection)
    images = lock_images(scope, connection, [settlement.key for settlement in settlements])
    live = read_live_senders(scope, connection, list(images.values())) - {scope.owner_id}
    touched: dict[bytes, Image] = {}
    for settlement in settlements:
        image = images.setdefault(settlement.key, Image(None, scope.account_id, settlement.key))
        touched[settlement.key] = image
        image.customer_profile_id = settlement.customer_profile_id or image.customer_profile_id
        image.verification_status = settlement.verification_status or image.verification_status
        if image.state != State.SENDING or image.owner_id not in live:
            # Where another sender has taken over, its answer decides; an id is true whoever says it.
            _apply_settlement(image, settlement, scope, digests)
            image.run_seq = scope.run_seq or image.run_seq
    return write_images(scope, connection, list(touched.values()), now)


def _apply_settlement(image: Image, settlement: Settlement, scope: Scope, digests: Digests) -> None:
    answered = image.state == State.SENDING and image.owner_id == scope.owner_id
    if not answered or settlement.state is State.IN_DOUBT:
        forget_doubtful_values(image)
    image.held = merge_held(image.held, settlement.held)
    image.state = settlement.state.value
    image.rail = settlement.rail or image.rail
    image.http_status, image.api_code = settlement.http_status, settlement.api_code
    image.row_digest = settlement.row_digest
    image.reference = digests.encrypt(settlement.key, settlement.reference) or image.reference
    if settlement.state is State.IN_DOUBT:
        image.owner_id = image.before = None
    else:
        image.close_intent()


def adopt_profiles(scope: Scope, connection: Connection, profiles: Sequence[FoundProfile]) -> set[bytes]:
    """Take profiles that the API has into the ledger, and bring what it knows of them up to date.

    Rows in doubt keep their state, for whoever settles them; rows that a live sender is at are left alone.

    Args:
        scope: The account.
        connection: In a transaction that writes.
        profiles: Each key at most once.

    Returns:
        Keys that the ledger did not know to have a profile.
    """
    rest = {profile.key: profile for profile in profiles}
    taken: set[bytes] = set()
    while rest:
        lost, new = _adopt_once(scope, connection, list(rest.values()))
        taken |= new - lost
        rest = {key: rest[key] for key in lost}
    return taken


def _adopt_once(
    scope: Scope, connection: Connection, profiles: Sequence[FoundProfile]
) -> tuple[set[bytes], set[bytes]]:
    now = scope.store.now(connection)
    images = lock_images(scope, connection, [profile.key for profile in profiles])
    live = read_live_senders(scope, connection, list(images.values()))
    changed: list[Image] = []
    new: set[bytes] = set()
    for profile in profiles:
        image = images.get(profile.key) or Image(None, scope.account_id, profile.key)
        if image.state == State.SENDING and image.owner_id in live:
            continue
        if not image.customer_profile_id:
            new.add(profile.key)
        if _adopt_one(image, profile):
            changed.append(image)
    return write_images(scope, connection, changed, now), new


def _adopt_one(image: Image, profile: FoundProfile) -> bool:
    """Write a found profile into a row; tell whether anything changed."""
    before = (image.id, image.state, image.customer_profile_id, image.verification_status, image.rail, image.held)
    image.customer_profile_id = profile.customer_profile_id
    image.verification_status = profile.verification_status or image.verification_status
    image.rail = profile.rail or image.rail
    forget_doubtful_values(image)
    image.held = merge_held(image.held, profile.held)
    if image.state in _OVERTAKEN:
        image.state = State.EXISTS.value
    after = (image.id, image.state, image.customer_profile_id, image.verification_status, image.rail, image.held)
    return image.id is None or before != after


def merge_held(packed: bytes, further: Mapping[str, bytes]) -> bytes:
    """Add to a packed table of hashes.

    Args:
        packed: From ``pack_held``.
        further: Beats what is there.

    Returns:
        The packed union.
    """
    return pack_held({**unpack_held(packed), **further}) if further else packed


def write_rows(
    scope: Scope, connection: Connection, rows: Sequence[RowOutcome], progress: Progress | None = None
) -> None:
    """Write what became of rows of this run; of a row that comes again, the last holds.

    Args:
        scope: The account, with this process's run.
        connection: In a transaction that writes.
        rows: In the order they were decided.
        progress: Of the run.
    """
    if rows:
        statement = _WRITE_ROW_SQLITE if scope.store.local else _WRITE_ROW_POSTGRESQL
        write_objects(connection, statement, _ROW_NAMES, [_StoredRow(scope.run_seq, row) for row in rows])
    if progress is not None:
        write_progress(scope, connection, progress)


class _StoredRow:
    """One row of the outcomes' table; the attributes are its columns."""

    __slots__ = _ROW_COLUMNS

    def __init__(self, run_seq: int, row: RowOutcome) -> None:
        self.run_seq = run_seq
        self.position = row.position
        self.outcome = str(row.outcome)
        self.key = row.key
        self.customer_profile_id = row.customer_profile_id
        self.verification_status = row.verification_status
        self.http_status = row.http_status
        self.api_code = row.api_code
        self.api_calls = row.api_calls
        self.finished_at = row.finished_at.timestamp()
