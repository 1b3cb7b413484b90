"""Before a request: the intent, durable, and one sender per key."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, select

from straitsx_bulk.io.ledger.digests import Digests
from straitsx_bulk.io.ledger.errors import RunTakenError
from straitsx_bulk.io.ledger.images import Image, forget_doubtful_values, lock_images, write_images
from straitsx_bulk.io.ledger.keys import Scope, read_live_owners
from straitsx_bulk.io.ledger.packing import pack_held
from straitsx_bulk.io.ledger.records import THERE, Action, Intent, State
from straitsx_bulk.io.ledger.schema import RUNS

_OWNER_OF_RUN = select(RUNS.c.owner_id).where(RUNS.c.seq == bindparam("run"))


def begin_intents(scope: Scope, connection: Connection, digests: Digests, intents: Sequence[Intent]) -> set[bytes]:
    """Set keys to ``sending`` where nothing speaks against it.

    Args:
        scope: The account, with this process's run.
        connection: In a transaction that writes.
        digests: Encrypts references.
        intents: Each key at most once.

    Returns:
        The keys that are this run's to send once the transaction has ended well.

    Raises:
        RunTakenError: Another program has the run.
    """
    refuse_taken_run(scope, connection)
    wanted = {intent.key: intent for intent in intents}
    now = scope.store.now(connection)
    images = lock_images(scope, connection, wanted)
    live = read_live_senders(scope, connection, images.values())
    begun = []
    for intent in wanted.values():
        image = images.get(intent.key)
        if _may_begin(intent, image, live):
            image = image or Image(None, scope.account_id, intent.key)
            _open_intent(image, intent, scope, digests, now)
            begun.append(image)
    lost = write_images(scope, connection, begun, now)
    return {image.key for image in begun} - lost


def refuse_taken_run(scope: Scope, connection: Connection) -> None:
    """Make sure that the run is still this process's.

    Args:
        scope: The account, with this process's run.
        connection: In a transaction.

    Raises:
        RunTakenError: Another program took the run for dead.
    """
    owner_id = connection.scalar(_OWNER_OF_RUN, {"run": scope.run_seq})
    if owner_id != scope.owner_id:
        raise RunTakenError


def is_kept(scope: Scope, connection: Connection, key: bytes) -> bool:
    """Tell whether a key that this run has begun is still its to send.

    Args:
        scope: The account, with this process's run.
        connection: In a transaction that writes.
        key: Of an intent of this run.

    Returns:
        False where another run has taken it over meanwhile: this one had stood still for longer than its lease.

    Raises:
        RunTakenError: Another program has the whole run.
    """
    refuse_taken_run(scope, connection)
    images = lock_images(scope, connection, [key]).values()
    return any(image.state == State.SENDING and image.owner_id == scope.owner_id for image in images)


def read_live_senders(scope: Scope, connection: Connection, images: Collection[Image]) -> set[int]:
    """Tell which senders of these rows still live; this process does, whatever its lease.

    Args:
        scope: The account.
        connection: In a transaction.
        images: Rows.

    Returns:
        Numbers of owners.
    """
    senders = {image.owner_id for image in images if image.state == State.SENDING and image.owner_id is not None}
    return read_live_owners(scope.store, connection, senders - {scope.owner_id}) | {scope.owner_id}


def _may_begin(intent: Intent, image: Image | None, live: set[int]) -> bool:
    """Tell whether what the intent was decided on still holds, and nobody else is at it."""
    if image is None:
        return intent.version == 0
    if image.version != intent.version or (image.state == State.SENDING and image.owner_id in live):
        return False
    return intent.action is Action.PATCH or not (image.customer_profile_id or image.state in THERE)


def _open_intent(image: Image, intent: Intent, scope: Scope, digests: Digests, now: float) -> None:
    still_in_doubt = image.state in {State.IN_DOUBT, State.SENDING} and image.action == intent.action
    if not still_in_doubt or image.intent_at is None:
        # While a create is in doubt its first moment counts: the profile may be that one's.
        image.intent_at = now
    forget_doubtful_values(image)
    image.before = State.IN_DOUBT.value if image.state == State.SENDING else image.state
    image.state = State.SENDING.value
    image.action = intent.action.value
    image.intent = pack_held(intent.values)
    image.customer_profile_id = intent.customer_profile_id or image.customer_profile_id
    image.reference = digests.encrypt(intent.key, intent.reference) or image.reference
    image.owner_id, image.run_seq = scope.owner_id, scope.run_seq


def release_intents(scope: Scope, connection: Connection, keys: Collection[bytes]) -> None:
    """Take back intents of this run that were certainly never sent.

    Args:
        scope: The account, with this process's run.
        connection: In a transaction that writes.
        keys: Others' rows, and rows that are not being sent, stay as they are.
    """
    now = scope.store.now(connection)
    locked = lock_images(scope, connection, keys).values()
    mine = [image for image in locked if image.state == State.SENDING and image.owner_id == scope.owner_id]
    for image in mine:
        _take_back(image)
    write_images(scope, connection, mine, now)


def _take_back(image: Image) -> None:
    image.state = image.before or State.PLANNED.value
    image.before = image.owner_id = None
    if image.state != State.IN_DOUBT:
        image.close_intent()
