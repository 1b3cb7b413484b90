"""Others at the same keys: a scripted server on a socket, and another program on the same ledger."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from delivery_room import Room, make_row
from e2e_exports import person
from straitsx_raw_server import RawServer, Seen, Step, answer, profile

from straitsx_bulk.flows.delivery.hashing import hash_values
from straitsx_bulk.flows.delivery.means import SURE_SECONDS
from straitsx_bulk.io.ledger import Account, Action, Intent, RunStart, Settlement, State


async def create_posted(seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Answer a create as the API does: with what was sent, under an id of its own."""
    sent = json.loads(seen.body)
    number = re.sub(r"\D", "", str(sent["registrationId"])).lstrip("0")
    return await answer(200, profile(f"customer_profile_{number}", **sent))(seen, writer)


def first_do(work: Callable[[], None], step: Step) -> Step:
    """Do something between a request and its answer."""

    async def both(seen: Seen, writer: asyncio.StreamWriter) -> bool:
        work()
        return await step(seen, writer)

    return both


@asynccontextmanager
async def serve(
    folder: Path, *script: Step, lease: float = 180.0, sure: float = SURE_SECONDS
) -> AsyncIterator[tuple[Room, RawServer]]:
    """Serve a script, and a room in which to deliver."""
    async with RawServer(list(script), otherwise=create_posted) as server:
        yield Room(folder, server.base_url, lease=lease, sure=sure), server


class Other:
    """Another program on the same ledger, which tells nobody what it sends."""

    def __init__(self, room: Room, lease: float = 180.0) -> None:
        self._room = Room(room.folder, room.base_url, lease=lease)

    @staticmethod
    def start(account: Account, run_id: str = "") -> None:
        """Begin a run."""
        account.start_run(RunStart(run_id or uuid4().hex, "import", "runs"))

    def act(self, work: Callable[[Account], None]) -> None:
        """Do something with the ledger in a run of its own."""
        with self._room.open() as (_, account):
            self.start(account)
            work(account)

    def send(self, number: int = 1, then: State | None = None) -> None:
        """Begin a create of a person, and settle it or leave it."""
        self.act(lambda account: begin_create(account, number, then))


def begin_create(account: Account, number: int, then: State | None) -> None:
    """Begin a create, and settle it where ``then`` says as what."""
    row = make_row(0, person(number), account.digests)
    known = account.known([row.key]).get(row.key)
    hashes = hash_values(account.digests, row.key, row.values)
    intent = Intent(row.key, Action.CREATE, hashes, version=known.version if known else 0)
    assert account.begin([intent]) == {row.key}
    if then is not None:
        profile_id = f"customer_profile_{number}" if then is State.CREATED else ""
        account.settle([Settlement(row.key, then, profile_id, held=hashes)])
