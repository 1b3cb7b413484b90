"""One row and the API: every step from its plan to its result.

The order that keeps the promises: intent durable, request, answer durable, result. Whoever calls may be cancelled only
between rows; a row once begun is carried to a durable end or left ``sending`` for the next run to settle.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from straitsx_bulk.flows.committer import Committer
from straitsx_bulk.flows.hashing import hash_value, hash_values
from straitsx_bulk.flows.planning import EXISTS_ALREADY, Plan, Step, plan_row
from straitsx_bulk.flows.policy import Policy
from straitsx_bulk.flows.rows import Result, Row
from straitsx_bulk.flows.settling import Ends, Remote, read_remote
from straitsx_bulk.io.ledger import Action, Digests, Intent, Known, Settlement, State
from straitsx_bulk.io.straitsx import Answer, CustomerProfiles, Kind, RemoteProfile
from straitsx_bulk.schemas.differences import plan_patch, same_value
from straitsx_bulk.schemas.errors import StoppedError
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.parameters import KEY_NAMES
from straitsx_bulk.schemas.payloads import flat_values, nest_values, sent_parameters

CLOCK_TOLERANCE = timedelta(seconds=300)
"""How far the API's clock may be behind ours (design, "State of a row in the ledger")."""

SENDS_AT_MOST = 3
"""How often a row in doubt is sent in one run, each time after a look-up that found nothing."""

POLL_SECONDS = 0.5
"""How often a row that another run is sending is looked at again."""


class StopRunError(StoppedError):
    """An answer that every further row would get too, or none for longer than retries may wait: the run stops.

    Attributes:
        result: What became of the row at hand, where that is known; None: it was not attempted.
    """

    def __init__(self, sentence: str, result: Result | None = None) -> None:
        self.result = result
        super().__init__(sentence)


class RowJourney:
    """One row's way; holds how many calls it has cost and how often it was sent.

    Args:
        api: The client.
        committer: The ledger's group commits.
        digests: Makes keyed hashes.
        policy: What the user allowed.
        row: The row.
        known: What the ledger knew of it when it was planned.
    """

    def __init__(
        self,
        api: CustomerProfiles,
        committer: Committer,
        digests: Digests,
        policy: Policy,
        row: Row,
        known: Known | None,
    ) -> None:
        self._api = api
        self._committer = committer
        self._digests = digests
        self._policy = policy
        self._row = row
        self._key = row.key or (known.key if known is not None else b"")
        self._known = known
        self._ends = Ends(committer, digests, row, self._key)
        self._sends = 0
        self._open: State | None = None
        """What our intent comes to if nothing more is sent: PLANNED (nothing was processed) or IN_DOUBT."""

    async def go(self, plan: Plan) -> Result:
        """Follow a plan to a durable result; where the ledger has moved on meanwhile, plan anew.

        Raises:
            StopRunError: The API refuses the account or the key, or could not be reached in time.
        """
        row = self._row
        while plan.step is Step.WAIT:
            await asyncio.sleep(POLL_SECONDS)
            plan = await self._plan_again()
        match plan.step:
            case Step.CREATE:
                return await self._create()
            case Step.LOOK_UP:
                return await self._look_up(None)
            case Step.READ:
                return await self._read(plan.profile_id)
            case Step.PATCH:
                held = Remote(plan.profile_id, {}, "", whole=False)
                return await self._patch(held, plan.body or {})
            case Step.SETTLE:
                return await self._settle_doubt()
            case _:
                return await self._ends.nothing(plan.result or Result(row.position, Outcome.NOT_ATTEMPTED))

    async def _plan_again(self) -> Plan:
        self._known = await self._committer.known(self._key)
        return plan_row(self._row, self._known, self._policy, self._digests)

    # -- creating

    async def _create(self) -> Result:
        sent = sent_parameters(self._row.values)
        if not await self._begin(Action.CREATE, sent):
            return await self.go(await self._plan_again())
        self._sends += 1
        answer = self._ends.count(await self._api.create(nest_values(sent)))
        match answer.kind:
            case Kind.OK if answer.profile is not None:
                return await self._ends.created(answer, sent)
            case Kind.EXISTS:
                return await self._look_up(answer)
            case Kind.REFUSED | Kind.NOT_FOUND:
                return await self._ends.refused(answer, "")
            case Kind.IN_DOUBT:
                return await self._find_out(answer)
            case _:
                return await self._give_up(answer)

    async def _find_out(self, answer: Answer) -> Result:
        """Look up what became of a create whose answer did not come: ours, somebody else's, or nowhere."""
        self._open = State.IN_DOUBT
        known = await self._committer.known(self._key)
        found = self._ends.count(await self._find())
        if found.kind is Kind.OK and found.profile is not None:
            return await self._adopt(found, known)
        if found.kind is Kind.NOT_FOUND and self._sends < SENDS_AT_MOST:
            return await self._create()
        return await self._stay_in_doubt(answer, found)

    async def _settle_doubt(self) -> Result:
        """Find out what an earlier run's request came to, before anything else is sent."""
        known = self._known = await self._committer.known(self._key)
        if known is None or not known.in_doubt:
            return await self.go(await self._plan_again())
        if known.action is Action.PATCH and known.customer_profile_id:
            return await self._read(known.customer_profile_id)
        found = self._ends.count(await self._find())
        if found.kind is Kind.OK and found.profile is not None:
            return await self._adopt(found, known)
        if found.kind is Kind.NOT_FOUND:
            if self._policy.creates:
                return await self._create()
            return await self._ends.not_found(found, NOT_THERE)
        return await self._stay_in_doubt(found, found)

    async def _stay_in_doubt(self, answer: Answer, found: Answer) -> Result:
        """Leave the row in doubt: the look-up could not tell either, or sending again did not help."""
        result = await self._ends.in_doubt(answer)
        if found.kind is Kind.STOP:
            raise StopRunError(stop_sentence(found), result)
        return result

    async def _adopt(self, found: Answer, known: Known | None) -> Result:
        """Take a profile that a look-up found: ours where it was made by our intent, else an existing one."""
        profile = found.profile
        assert profile is not None  # noqa: S101 - the callers matched on it
        remote = read_remote(profile, whole=False)
        if known is not None and known.action is Action.CREATE and self._is_ours(profile, remote, known):
            return await self._ends.created(found, sent_parameters(self._row.values))
        return await self._meet_existing(remote, found)

    def _is_ours(self, profile: RemoteProfile, remote: Remote, known: Known) -> bool:
        if known.intent_at is None or profile.created_at is None:
            return False
        if profile.created_at < known.intent_at - CLOCK_TOLERANCE:
            return False
        row = self._row
        for name, sent in known.intent.items():
            ours = row.values.get(name, "")
            theirs = remote.values.get(name)
            if hash_value(self._digests, self._key, name, ours) != sent:
                return False
            if theirs is not None and not same_value(name, ours, theirs):
                return False
        return True

    # -- existing profiles

    async def _look_up(self, claim: Answer | None) -> Result:
        """Find the row's key at the API.

        Args:
            claim: The answer that said the profile exists, or None for an upgrade of an unknown profile.
        """
        found = self._ends.count(await self._find())
        if found.kind is Kind.OK and found.profile is not None:
            return await self._meet_existing(read_remote(found.profile, whole=False), found)
        if found.kind is Kind.NOT_FOUND:
            if claim is not None:
                return await self._ends.refused(claim, "")
            return await self._ends.not_found(found, NOT_THERE)
        return await self._give_up(found)

    async def _read(self, profile_id: str) -> Result:
        answer = self._ends.count(await self._api.get(profile_id))
        if answer.kind is Kind.OK and answer.profile is not None:
            return await self._meet_existing(read_remote(answer.profile, whole=True), answer)
        if answer.kind is Kind.NOT_FOUND:
            return await self._ends.not_found(answer, NO_SUCH_ID.format(profile_id))
        if answer.kind is Kind.REFUSED:
            return await self._ends.refused(answer, profile_id)
        return await self._give_up(answer)

    async def _meet_existing(self, remote: Remote, answer: Answer) -> Result:
        """Compare the row with a profile, then write what it lacks, or nothing."""
        row = self._row
        if not self._key_is_rows(remote):
            return await self._ends.of_another_key(remote, answer, OTHER_KEY.format(remote.profile_id))
        plan = plan_patch(row.values, remote.values, overwrite=self._policy.overwrite, read_by_id=remote.whole)
        if plan.unchanged:
            return await self._ends.existing(Outcome.UNCHANGED, remote, answer, "")
        if self._policy.on_existing == "skip":
            return await self._ends.existing(Outcome.EXISTS, remote, answer, "")
        if self._policy.on_existing == "fail":
            return await self._ends.existing(Outcome.CONFLICT, remote, answer, EXISTS_ALREADY, plan)
        if plan.missing and not remote.whole:
            return await self._read(remote.profile_id)
        if plan.conflicts:
            return await self._ends.existing(Outcome.CONFLICT, remote, answer, DIFFERS, plan)
        return await self._patch(remote, plan.body)

    def _key_is_rows(self, remote: Remote) -> bool:
        """Say whether a profile that was found is the one that the row speaks of."""
        registration_type, registration_id = (remote.values.get(name) for name in KEY_NAMES)
        if not registration_type or not registration_id:
            return False
        theirs = self._digests.key(registration_type, registration_id)
        if not self._key:  # an upgrade by id alone takes the profile's own key
            self._key = theirs
            self._ends.key = theirs
        return theirs == self._key

    async def _patch(self, remote: Remote, body: Mapping[str, object]) -> Result:
        if not await self._begin(Action.PATCH, flat_values(body), remote.profile_id):
            return await self.go(await self._plan_again())
        answer = self._ends.count(await self._api.patch(remote.profile_id, dict(body)))
        match answer.kind:
            case Kind.OK:
                return await self._ends.upgraded(remote, body, answer)
            case Kind.NOT_FOUND:
                message = NO_SUCH_ID.format(remote.profile_id)
                return await self._ends.not_found(answer, message)
            case Kind.REFUSED | Kind.EXISTS:
                return await self._ends.refused(answer, remote.profile_id)
            case Kind.STOP | Kind.NOT_SENT:
                return await self._give_up(answer)
            case _:
                return await self._ends.in_doubt(answer)

    # -- what every step needs

    async def _begin(self, action: Action, sent: Mapping[str, str], profile_id: str = "") -> bool:
        """Make the intent to send something durable; say whether the key is ours to send."""
        await self._close_open()
        if self._sends or self._ends.calls:
            self._known = await self._committer.known(self._key)
        version = self._known.version if self._known is not None else 0
        hashes = hash_values(self._digests, self._key, sent)
        intent = Intent(self._key, action, hashes, self._row.reference, profile_id, version)
        begun = await self._committer.begin(intent)
        self._open = State.PLANNED if begun else None
        return begun

    async def _close_open(self) -> None:
        """End an intent of ours whose request was answered, before another is made for the same key."""
        if self._open is State.PLANNED:
            await self._committer.release(self._key)
        elif self._open is State.IN_DOUBT:
            await self._committer.settle(Settlement(self._key, State.IN_DOUBT))
        self._open = None

    async def _find(self) -> Answer:
        values = self._row.values
        return await self._api.find(values["registrationType"], values["registrationId"])

    async def _give_up(self, answer: Answer) -> Result:
        """Stop the run; what is open of this row is left as it is known: free for the next run, or in doubt."""
        doubtful = self._open is State.IN_DOUBT
        await self._close_open()
        result = await self._ends.in_doubt(answer) if doubtful else None
        raise StopRunError(stop_sentence(answer) if answer.kind is Kind.STOP else OUTAGE, result)


def stop_sentence(answer: Answer) -> str:
    """Say why the API stops the run, and what to do; the API's own words are for the report only."""
    told = f"HTTP {answer.status}" + (f" {answer.code}" if answer.code else "")
    if answer.status == 401:
        return (
            f"The API does not accept the key ({told}). Check X_XFERS_APP_API_KEY (keys expire after 6 months), "
            "whether this machine's address is allowed, and the signing settings; `straitsx-bulk doctor` tells which."
        )
    if answer.status == 403:
        return (
            f"The API does not allow this account or key to do this ({told}). Check the key's scopes on the StraitsX "
            "dashboard and whether the account is locked."
        )
    return answer.message or f"The API stopped the run ({told})."


OUTAGE = (
    "The API could not be reached, or answered only with errors, for longer than retries wait. Everything done is "
    "kept; the same command goes on once the API is back."
)
NOT_THERE = "No profile with this registration type and id exists, and `upgrade` never creates one."
NO_SUCH_ID = "The API knows no profile {}. Nothing was created."
OTHER_KEY = "Profile {} has another registration type or id than this row. Nothing was written."
DIFFERS = (
    "The profile has other values than this row. Nothing was written. Set the cell to the profile's value or empty it, "
    "or allow replacing with --overwrite (never for name, birth or incorporation date, id country)."
)
