"""``reconcile``: the account's profiles against the ledger, and against exports where some are named.

Nothing is created or changed at the API: it is paged through, unknown profiles are taken into the ledger, rows in doubt
are settled by what is there, and every verification status is brought up to date.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from straitsx_bulk.flows.adopting import Listed, page_profiles
from straitsx_bulk.flows.committer import Committer
from straitsx_bulk.flows.hashing import hash_value
from straitsx_bulk.flows.listing import unique_profiles
from straitsx_bulk.flows.sending import CLOCK_TOLERANCE
from straitsx_bulk.io.ledger import THERE, Account, Action, Known, Settlement, State
from straitsx_bulk.io.reports.csv_text import guard_text
from straitsx_bulk.io.straitsx import CustomerProfiles
from straitsx_bulk.schemas.parameters import KEY_NAMES, PARAMETER_NAMES

NOT_IN_LEDGER, NOT_AT_API, DIFFERS, NOT_IN_FILE = "not_in_ledger", "not_at_api", "differs", "not_in_file"


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of reconcile.csv, its fields in the contract's order."""

    customer_profile_id: str
    registration_type: str
    registration_id: str
    difference: str
    parameter: str
    ledger_state: str
    verification_status: str


HEADER = tuple(Difference.__dataclass_fields__)


class Reconciliation:
    """One pass over the account.

    Args:
        account: Its part of the ledger; a run of it has been started.
        api: The client.
        committer: The ledger's thread.
        stream: Takes reconcile.csv.
        wanted: Keys of the exports' rows, or None where none were named.
    """

    def __init__(
        self, account: Account, api: CustomerProfiles, committer: Committer, stream: TextIO, wanted: set[bytes] | None
    ) -> None:
        self._account, self._api, self._committer, self._wanted = account, api, committer, wanted
        self._writer = csv.writer(stream, lineterminator="\n")
        self._writer.writerow(HEADER)
        self._seen: set[bytes] = set()
        self.profiles = 0
        self.settled = 0
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Compare every profile.

        Raises:
            StopRunError: The API refuses, or cannot be reached; what was compared is in the file.
        """
        async for page in page_profiles(self._api, self._account.digests):
            known = await self._committer.run(partial(self._account.known, [p.found.key for p in page]))
            for listed in page:
                await self._take(listed, known.get(listed.found.key))
            await self._committer.run(partial(self._account.adopt, unique_profiles(page)))
        missing = await self._committer.run(lambda: [k for k in self._account.profiles() if k.key not in self._seen])
        for known_profile in missing:
            await self._miss(known_profile)

    async def _take(self, listed: Listed, known: Known | None) -> None:
        self.profiles += 1
        self._seen.add(listed.found.key)
        if known is not None and known.in_doubt:
            known = await self._settle_found(listed, known)
        for difference, parameter in self._compare(listed, known):
            state = str(known.state) if known is not None else ""
            registration_type, registration_id = (listed.values[name] or "" for name in KEY_NAMES)
            self._write(
                Difference(
                    listed.remote.id,
                    registration_type,
                    registration_id,
                    difference,
                    parameter,
                    state,
                    listed.remote.verification_status,
                )
            )

    def _compare(self, listed: Listed, known: Known | None) -> Iterator[tuple[str, str]]:
        """Give the differences of one profile, with the parameter where there is one."""
        key = listed.found.key
        if self._wanted is not None and key not in self._wanted:
            yield NOT_IN_FILE, ""
        if known is None or (not known.customer_profile_id and known.state not in THERE):
            yield NOT_IN_LEDGER, ""
            return
        for name in PARAMETER_NAMES:
            held = known.held.get(name)
            if held is None or name not in listed.values:
                continue
            theirs = listed.values[name]
            digest = hash_value(self._account.digests, key, name, theirs) if theirs else b""
            if digest != held:
                yield DIFFERS, name

    async def _settle_found(self, listed: Listed, known: Known) -> Known | None:
        """Settle a row in doubt whose profile is there: created by our intent, or there before."""
        created = listed.remote.created_at
        ours = (
            known.action is Action.CREATE
            and known.intent_at is not None
            and created is not None
            and created >= known.intent_at - CLOCK_TOLERANCE
            and all(listed.found.held.get(name, sent) == sent for name, sent in known.intent.items())
        )
        found = listed.found
        settlement = Settlement(
            key=found.key,
            state=State.CREATED if ours else State.EXISTS,
            customer_profile_id=found.customer_profile_id,
            verification_status=found.verification_status,
            rail=found.rail,
            held={**known.intent, **found.held} if ours else found.held,
        )
        await self._committer.settle(settlement)
        self.settled += 1
        return await self._committer.known(found.key)

    async def _miss(self, known: Known) -> None:
        """A key of the ledger that the whole list did not show."""
        if known.live:
            return
        if known.in_doubt and known.action is Action.CREATE:
            await self._committer.settle(Settlement(known.key, State.NOT_FOUND))
            self.settled += 1
        elif known.customer_profile_id:
            self._write(
                Difference(
                    known.customer_profile_id, "", "", NOT_AT_API, "", str(known.state), known.verification_status
                )
            )

    def _write(self, difference: Difference) -> None:
        self.counts[difference.difference] += 1
        self._writer.writerow(guard_text(text) for text in astuple(difference))


def describe_reconciliation(done: Reconciliation, path: Path) -> Iterator[str]:
    """Say for people what came out."""
    yield f"{done.profiles:,} profiles at the API compared with the ledger."
    if done.settled:
        yield f"{done.settled:,} rows in doubt are settled."
    for name, meaning in MEANINGS.items():
        if done.counts[name]:
            yield f"{name}: {done.counts[name]:,} ({meaning})"
    if not done.counts:
        yield "Nothing differs."
    yield f"differences: {path}"


MEANINGS: Mapping[str, str] = {
    NOT_IN_LEDGER: "profiles that the ledger did not know; it does now",
    NOT_AT_API: "profiles of the ledger that the account does not show: wrong --account, or a key of another account?",
    DIFFERS: "parameters that were changed elsewhere; an import or upgrade tells what they are",
    NOT_IN_FILE: "profiles that no row of the files speaks of",
}
