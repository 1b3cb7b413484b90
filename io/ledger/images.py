"""Rows of the profiles' table in memory, from being locked to being written back in the same transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql

from straitsx_bulk.io.ledger.bulk import write_objects
from straitsx_bulk.io.ledger.keys import Scope, split_chunks
from straitsx_bulk.io.ledger.packing import pack_held, unpack_held
from straitsx_bulk.io.ledger.records import Action, State
from straitsx_bulk.io.ledger.schema import PROFILES


@dataclass(slots=True)
class Image:
    """One row of the profiles' table; the fields are its columns."""

    id: int | None
    account_id: int
    key: bytes
    state: str = State.PLANNED.value
    version: int = 0
    customer_profile_id: str = ""
    verification_status: str = ""
    rail: str = ""
    held: bytes = b""
    reference: bytes = b""
    http_status: int = 0
    api_code: str = ""
    row_digest: bytes = b""
    run_seq: int | None = None
    owner_id: int | None = None
    action: str | None = None
    before: str | None = None
    intent: bytes = b""
    intent_at: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0

    def close_intent(self) -> None:
        """Forget what was being sent: what became of it is known."""
        self.action = self.before = self.intent_at = self.owner_id = None
        self.intent = b""


def forget_doubtful_values(image: Image) -> None:
    """Forget what the parameters of a patch hold of which nobody knows whether it arrived.

    Args:
        image: The row; of anything but an open patch nothing is forgotten.
    """
    if image.action == Action.PATCH and image.held and image.intent:
        doubtful = unpack_held(image.intent)
        held = unpack_held(image.held).items()
        image.held = pack_held({parameter: digest for parameter, digest in held if parameter not in doubtful})


_NAMES = tuple(field.name for field in fields(Image))
_CHANGING = tuple(name for name in _NAMES if name not in {"id", "account_id", "key", "created_at"})
# In the order of keys, so that two transactions never wait for each other in a circle. Made once: making a query of
# two dozen columns costs as much as running it.
_LOCK = (
    select(*(PROFILES.c[name] for name in _NAMES))
    .where(PROFILES.c.account_id == bindparam("account"), PROFILES.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(PROFILES.c.key)
    .with_for_update()
)
_UPDATE_NAMES = {"of_id": "id", **{f"to_{name}": name for name in _CHANGING}}
_UPDATE = (
    PROFILES.update()
    .where(PROFILES.c.id == bindparam("of_id"))
    .values({name: bindparam(f"to_{name}") for name in _CHANGING})
)
_INSERT = PROFILES.insert()
_INSERT_NAMES = {name: name for name in _NAMES if name != "id"}
_INSERT_UNLESS_THERE = postgresql.insert(PROFILES).on_conflict_do_nothing().returning(PROFILES.c.key)


def lock_images(scope: Scope, connection: Connection, keys: Collection[bytes]) -> dict[bytes, Image]:
    """Read rows and keep everybody else from changing them until the transaction ends.

    Args:
        scope: The account.
        connection: In a transaction that writes.
        keys: Of the rows; those that are not there are left out.

    Returns:
        Key to row.
    """
    images: dict[bytes, Image] = {}
    for chunk in split_chunks(sorted(set(keys))):
        for row in connection.execute(_LOCK, {"account": scope.account_id, "keys": chunk}):
            image = Image(*row)
            images[image.key] = image
    return images


def write_images(scope: Scope, connection: Connection, images: Sequence[Image], now: float) -> set[bytes]:
    """Write rows: those that were locked, and new ones.

    Args:
        scope: The account.
        connection: The transaction that locked them.
        images: Each key once.
        now: The ledger's time.

    Returns:
        Keys of new rows that another program has made first, which were not written.
    """
    for image in images:
        image.version += 1
        image.updated_at = now
    old = [image for image in images if image.id is not None]
    if old:
        write_objects(connection, _UPDATE, _UPDATE_NAMES, old)
    new = sorted((image for image in images if image.id is None), key=lambda image: image.key)
    for image in new:
        image.created_at = now
    if scope.store.local:
        # SQLite has one writer at a time: what was not there when the rows were locked is not there now.
        if new:
            write_objects(connection, _INSERT, _INSERT_NAMES, new)
        return set()
    return _insert_unless_there(connection, new) if new else set()


def _insert_unless_there(connection: Connection, images: Sequence[Image]) -> set[bytes]:
    rows = [{name: getattr(image, name) for name in _INSERT_NAMES} for image in images]
    written = set(connection.scalars(_INSERT_UNLESS_THERE, rows))
    return {image.key for image in images} - written
