"""``reconcile``: the account's profiles against the ledger, and against exports where some are named.

Nothing is created or changed at the API: it is paged through, unknown profiles are taken into the ledger, rows in doubt
are settled by what is there, and every verification status is brought up to date.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.delivery.adopting import Listed, page_profiles, read_listed
from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.flows.delivery.doubts import holds_what_was_sent, may_be_ours, unsaid_of
from straitsx_bulk.flows.delivery.stops import StopRunError, stop_sentence
from straitsx_bulk.flows.run.differences import Difference, Differences
from straitsx_bulk.io.ledger import THERE, Account, Action, FoundProfile, Known, Settlement, State
from straitsx_bulk.io.straitsx import CustomerProfiles, Kind
from straitsx_bulk.schemas.parameters import KEY_NAMES, PARAMETER_NAMES
from straitsx_bulk.schemas.wording import count_words

NOT_IN_LEDGER, NOT_AT_API, DIFFERS, NOT_IN_FILE = "not_in_ledger", "not_at_api", "differs", "not_in_file"


class Reconciliation:
    """One pass over the account.

    Args:
        account: Its part of the ledger; a run of it has been started.
        api: The client.
        committer: The ledger's thread.
        differences: Takes the lines of reconcile.csv.
        wanted: Keys of the exports' rows, or None where none were named.
        stop: Ends the pass between two pages.
    """

    def __init__(
        self,
        account: Account,
        api: CustomerProfiles,
        committer: Committer,
        differences: Differences,
        wanted: set[bytes] | None,
        stop: Stop,
    ) -> None:
        self._account, self._api, self._committer = account, api, committer
        self._wanted, self._stop = wanted, stop
        self._differences = differences
        self._seen: set[str] = set()
        self._other_ids: dict[bytes, FoundProfile] = {}
        self.profiles = 0
        self.settled = 0

    async def run(self) -> None:
        """Compare every profile.

        Raises:
            StopRunError: The API refuses, or cannot be reached; what was compared is in the file.
        """
        # Before the first page: what another run creates meanwhile may stand on a page that was read already.
        expected = await self._committer.run(lambda: list(map(remember, filter(is_expected, self._account.profiles()))))
        async for page in page_profiles(self._api, self._account.digests):
            await self._take_page(page)
            if self._stop.reason is not None:
                return
        missing = [entry.key for entry in expected if entry.profile_id not in self._seen]
        for start in range(0, len(missing), MISSING_AT_ONCE):
            await self._miss(missing[start : start + MISSING_AT_ONCE])

    async def _take_page(self, page: list[Listed]) -> None:
        known = await self._committer.run(partial(self._account.known, [p.found.key for p in page]))
        adopted: dict[bytes, FoundProfile] = {}
        for listed in page:
            found, entry = listed.found, known.get(listed.found.key)
            held = entry.customer_profile_id if entry is not None else ""
            if held and held != found.customer_profile_id:
                self._other_ids[found.key] = found  # the API holds the key twice, or under a new id: for people to see
                self._note(listed, NOT_IN_LEDGER, "", entry)
            else:
                await self._take(listed, entry)
                adopted.setdefault(found.key, found)
            self._seen.add(found.customer_profile_id)
            self.profiles += 1
        await self._committer.run(self._differences.keep)
        await self._committer.run(partial(self._account.adopt, list(adopted.values())))

    async def _take(self, listed: Listed, known: Known | None) -> None:
        if known is not None and known.in_doubt:
            known = await self._settle_found(listed, known)
        if self._wanted is not None and listed.found.key not in self._wanted:
            self._note(listed, NOT_IN_FILE, "", known)
        if known is None or (not known.customer_profile_id and known.state not in THERE):
            if known is None or not known.live:  # a profile that is being made right now differs from nothing
                self._note(listed, NOT_IN_LEDGER, "", known)
            return
        theirs = listed.found.held
        for name in PARAMETER_NAMES:
            if name in known.held and name in theirs and known.held[name] != theirs[name]:
                self._note(listed, DIFFERS, name, known)

    async def _settle_found(self, listed: Listed, known: Known) -> Known | None:
        """Settle a row in doubt whose profile is there: created by our intent, or there before."""
        listed, ours = await self._judge_doubt(listed, known)
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

    async def _judge_doubt(self, listed: Listed, known: Known) -> tuple[Listed, bool]:
        """Say whether a profile is what a create in doubt made; read it by id where the list does not say enough."""
        if not may_be_ours(known, listed.remote.created_at):
            return listed, False
        if unsaid_of(known, listed.found.held):
            answer = await self._api.get(listed.remote.id)
            if answer.kind is not Kind.OK or answer.profile is None:
                raise StopRunError(stop_sentence(answer))
            whole = read_listed(answer.profile, self._account.digests)
            if whole is not None and whole.found.key == known.key:
                held = {**listed.found.held, **whole.found.held}
                listed = replace(listed, found=replace(whole.found, held=held, rail=whole.found.rail))
        return listed, holds_what_was_sent(known, listed.found.held)

    async def _miss(self, keys: list[bytes]) -> None:
        """Take keys that were there, or in doubt, before the first page, and that no page showed."""
        known = await self._committer.run(partial(self._account.known, keys))
        for entry in known.values():
            if entry.customer_profile_id in self._seen or entry.live:
                continue  # another run has settled it meanwhile, or is at it
            if entry.in_doubt:
                await self._committer.settle(Settlement(entry.key, State.NOT_FOUND))
                self.settled += 1
            if entry.customer_profile_id:
                words = (entry.customer_profile_id, "", "", NOT_AT_API, "", str(entry.state), entry.verification_status)
                self._differences.write(Difference(*words))
        moved = [self._other_ids[key] for key in keys if key in self._other_ids]
        await self._committer.run(partial(self._account.adopt, moved))

    def _note(self, listed: Listed, difference: str, parameter: str, known: Known | None) -> None:
        state = str(known.state) if known is not None else ""
        registration_type, registration_id = (listed.values[name] or "" for name in KEY_NAMES)
        status = listed.remote.verification_status
        self._differences.write(
            Difference(listed.remote.id, registration_type, registration_id, difference, parameter, state, status)
        )


MISSING_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Expected:
    """As little as has to be kept of a profile that the list should show."""

    key: bytes
    profile_id: str


def is_expected(known: Known) -> bool:
    """Say whether the list should show a key: its profile is known, or a create of it is in doubt."""
    return bool(known.customer_profile_id) or (known.in_doubt and known.action is Action.CREATE)


def remember(known: Known) -> Expected:
    """Keep what the list is compared with."""
    return Expected(known.key, known.customer_profile_id)


def describe_reconciliation(done: Reconciliation, counts: Mapping[str, int], path: Path) -> Iterator[str]:
    """Say for people what came out.

    Args:
        done: The comparison.
        counts: Kind of difference to lines.
        path: Of reconcile.csv.
    """
    yield f"{count_words(done.profiles, 'profile')} at the API compared with the ledger."
    if done.settled:
        yield f"{count_words(done.settled, 'row')} in doubt {'is' if done.settled == 1 else 'are'} settled."
    for name, meaning in MEANINGS.items():
        if counts.get(name):
            yield f"{name}: {counts[name]:,} ({meaning})"
    if not counts:
        yield "Nothing differs."
    yield f"differences: {path}"


MEANINGS: Mapping[str, str] = {
    NOT_IN_LEDGER: "profiles that the ledger did not know; it does now",
    NOT_AT_API: "profiles of the ledger that the account does not show: wrong --account, or a key of another account?",
    DIFFERS: "parameters that were changed elsewhere; an import or upgrade tells what they are",
    NOT_IN_FILE: "profiles that no row of the files speaks of",
}
