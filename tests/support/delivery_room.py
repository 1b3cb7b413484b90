"""Delivers rows in this process: a real sandbox on a socket, a real ledger in a file, the real loop between them."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from e2e_exports import body_of
from straitsx_client import PATIENT, QUICK, open_client

from straitsx_bulk.flows.breakers import Limit, RefusalBreaker, Stop
from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.flows.delivery.joining import join_key
from straitsx_bulk.flows.delivery.journal import Journal
from straitsx_bulk.flows.delivery.listing import Listing
from straitsx_bulk.flows.delivery.loop import Delivery
from straitsx_bulk.flows.delivery.means import SURE_SECONDS
from straitsx_bulk.flows.delivery.policy import Policy
from straitsx_bulk.flows.delivery.pulse import Pulse
from straitsx_bulk.flows.delivery.rows import Result, Row
from straitsx_bulk.io.ledger import Account, Digests, Known, Ledger, RunStart, open_ledger
from straitsx_bulk.io.sandbox.server import SandboxServer
from straitsx_bulk.io.straitsx import Patience, Timeouts
from straitsx_bulk.schemas.run import ApiFigures

IMPORT = Policy(creates=True)
UPGRADE = Policy(creates=False)
USD_NEEDS = frozenset({"address.street", "dateOfBirth", "nationality"})


OpenRoom = Callable[..., tuple["Room", SandboxServer]]
"""Opens an account: a sandbox with the settings it is given, without a limit, and a new ledger."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery came to.

    Attributes:
        results: By position.
        stop: Why it ended early, if it did.
        figures: Of its calls.
    """

    results: dict[int, Result]
    stop: Stop
    figures: ApiFigures

    def tell(self) -> list[str]:
        """Outcomes in the order of rows; rows not attempted are missing."""
        return [str(self.results[position].outcome) for position in sorted(self.results)]

    @property
    def only(self) -> Result:
        """The one result."""
        [result] = self.results.values()
        return result


@dataclass(slots=True)
class Room:
    """One account: a sandbox, a ledger, and a folder for journals.

    Attributes:
        folder: Everything is in it.
        base_url: Of the API.
        lease: Seconds that a run counts as alive without renewing; 0 lets the next delivery take over at once, as after
            a kill.
        busy: Seconds that the ledger waits for another program.
        sure: Seconds that an intent keeps others away without asking the ledger again.
    """

    folder: Path
    base_url: str
    lease: float = 180.0
    busy: float = 15.0
    patience: Patience = QUICK
    timeouts: Timeouts = PATIENT
    pulse: float = 60.0
    sure: float = SURE_SECONDS
    environment: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def open(self) -> Iterator[tuple[Ledger, Account]]:
        """Open the ledger as a new process would."""
        url = f"sqlite:///{self.folder / 'ledger.db'}"
        home = {"HOME": str(self.folder), **self.environment}
        with open_ledger(url, home, lease_seconds=self.lease, busy_seconds=self.busy) as ledger:
            yield ledger, ledger.account("api.example", "default")

    async def deliver(
        self,
        people: Sequence[Mapping[str, str]],
        policy: Policy = IMPORT,
        *,
        limit: int | None = None,
        max_refused: int = 25,
        workers: int = 1,
        stop: Stop | None = None,
        key: str = "key-1",
    ) -> Delivered:
        """Deliver rows in a run of its own."""
        async with self.prepare(policy, limit=limit, max_refused=max_refused, workers=workers, stop=stop, key=key) as (
            delivery,
            _,
            _,
        ):
            rows = make_rows(people, delivery.digests)
            with Journal(self.folder, 0) as journal:
                results = await delivery.deliver(rows, journal)
        return Delivered(results, delivery.stop, delivery.api.figures())

    @asynccontextmanager
    async def prepare(
        self,
        policy: Policy = IMPORT,
        *,
        limit: int | None = None,
        max_refused: int = 25,
        workers: int = 1,
        stop: Stop | None = None,
        key: str = "key-1",
    ) -> AsyncIterator[tuple[Delivery, Ledger, str]]:
        """Begin a run and make its loop."""
        run_id = uuid4().hex
        stopping = stop or Stop()
        with self.open() as (ledger, account):
            account.start_run(RunStart(run_id, "import", str(self.folder / run_id)))
            async with (
                open_client(self.base_url, patience=self.patience, timeouts=self.timeouts) as api,
                Committer(account) as committer,
            ):
                delivery = Delivery(
                    account=account,
                    digests=account.digests,
                    api=api,
                    committer=committer,
                    policy=policy,
                    stop=stopping,
                    limit=Limit(limit),
                    breaker=RefusalBreaker(max_refused),
                    workers=workers,
                    on_result=lambda _: None,
                    before_first_call=lambda: join_key(account, api, committer, key),
                    listing=Listing(api, committer, account, stopping),
                    pulse=Pulse(self.pulse),
                    sure_seconds=self.sure,
                )
                yield delivery, ledger, run_id

    def known(self, person: Mapping[str, str]) -> Known | None:
        """What the ledger knows of a person's key."""
        with self.open() as (_, account):
            key = account.digests.key(person["registrationType"], person["registrationId"])
            return account.known([key]).get(key)


def make_rows(people: Sequence[Mapping[str, str]], digests: Digests) -> list[Row]:
    """Make rows as the check would give them; ``profile_id`` and ``reference`` are taken out."""
    return [make_row(position, person, digests) for position, person in enumerate(people)]


def make_row(position: int, person: Mapping[str, str], digests: Digests) -> Row:
    values = {name: text for name, text in person.items() if text and name not in {"profile_id", "reference"}}
    kind, number = values.get("registrationType", ""), values.get("registrationId", "")
    key = digests.key(kind, number) if kind and number else b""
    rail = "usd" if values.keys() >= USD_NEEDS else "sgd"
    gaps = ";".join(sorted(USD_NEEDS - values.keys()))
    return Row(position, key, values, rail, gaps, person.get("reference", ""), person.get("profile_id", ""))


def put_profile(sandbox: SandboxServer, person: Mapping[str, str], *, created: int | None = None) -> str:
    """Put a profile into the sandbox behind everybody's back, as a colleague or an earlier integration would."""
    app = sandbox._running().app
    now = int(app.read_clock()) if created is None else created
    return sandbox._running().store.insert_profile(body_of(person), "pending", now).id


def params_of(sandbox: SandboxServer) -> list[dict[str, Any]]:
    """The sandbox's profiles, as their parameters."""
    return [dict(profile.attributes) for profile in sandbox.profiles()]


def calls_of(sandbox: SandboxServer) -> dict[str, int]:
    """How often each kind of call came."""
    return {call: sum(endings.values()) for call, endings in sandbox.stats().by_call.items()}
