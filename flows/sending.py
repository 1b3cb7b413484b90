"""One row and the API: every step from its plan to its result.

The order that keeps the promises: intent durable, request, answer durable, result. A row once begun is carried to a
durable end, or left ``sending`` for the next run to settle; between its first request and that end the ledger holds it
for this run, so that nobody else can send it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from straitsx_bulk.flows.doubts import holds_what_was_sent, may_be_ours, unsaid_of
from straitsx_bulk.flows.hashing import hash_profile, hash_values
from straitsx_bulk.flows.means import Means
from straitsx_bulk.flows.planning import EXISTS_ALREADY, Plan, Step, plan_row
from straitsx_bulk.flows.rows import Result, Row
from straitsx_bulk.flows.settling import Ends, Remote, read_remote
from straitsx_bulk.flows.stops import StopRunError, stop_sentence
from straitsx_bulk.io.ledger import Action, Intent, Known, Settlement
from straitsx_bulk.io.straitsx import Answer, Kind, RemoteProfile
from straitsx_bulk.schemas.differences import plan_patch, same_value
from straitsx_bulk.schemas.errors import StoppedError
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.parameters import KEY_NAMES
from straitsx_bulk.schemas.payloads import flat_values, nest_values, sent_parameters

SENDS_AT_MOST = 3
"""How often a row in doubt is sent in one run, each time after a look-up that found nothing."""

POLL_SECONDS = 0.5
"""How often a row that another run is sending is looked at again."""

PLANS_AT_MOST = 20
"""How often a row is planned anew because the ledger has moved on under it; more is a defect, and must end."""


class RowJourney:
    """One row's way. Each step gives the result, or None where the ledger has moved on and the row is planned anew.

    Args:
        means: What every row uses.
        row: The row.
        known: What the ledger knew of it when it was planned.
    """

    def __init__(self, means: Means, row: Row, known: Known | None) -> None:
        self._means = means
        self._api = means.api
        self._row = row
        self._known = known
        self._ends = Ends(means, row, row.key or (known.key if known is not None else b""))
        self._version = known.version if known is not None else 0
        """What the next intent rests on; grows with each of ours, so that anybody else's change is seen."""
        self._open = False
        """Whether the ledger holds an intent of this journey that has no end yet."""
        self._doubt: Known | None = None
        """The create that may have been processed, of this journey or of an earlier run, while nobody knows."""
        self._sends = 0

    async def go(self, plan: Plan) -> Result:
        """Follow a plan to a durable result; where the ledger has moved on meanwhile, plan anew.

        Raises:
            StopRunError: The run has to stop: the API refuses the account or the key, or could not be reached in time.
            LedgerFailedError: The ledger failed.
        """
        for _ in range(PLANS_AT_MOST):
            result = await self._follow(await self._wait_for_others(plan))
            if result is not None:
                return result
            plan = await self._plan_again()
        raise StopRunError(RESTLESS)

    async def _wait_for_others(self, plan: Plan) -> Plan:
        """Wait while another run is sending the row's key."""
        stop = self._means.stop
        while plan.step is Step.WAIT:
            if stop.reason is not None:
                raise StopRunError(stop.reason)
            await asyncio.sleep(POLL_SECONDS)
            plan = await self._plan_again()
        return plan

    async def _follow(self, plan: Plan) -> Result | None:
        match plan.step:
            case Step.CREATE:
                return await self._create()
            case Step.LOOK_UP:
                return await self._look_up()
            case Step.READ:
                return await self._read(plan.profile_id)
            case Step.PATCH:
                return await self._patch(plan.profile_id, None, plan.body or {})
            case Step.SETTLE:
                return await self._settle_doubt()
            case _:
                return await self._ends.nothing(plan.result or Result(self._row.position, Outcome.NOT_ATTEMPTED))

    async def _plan_again(self) -> Plan:
        await self._refresh()
        return plan_row(self._row, self._known, self._means.policy, self._means.digests)

    async def _refresh(self) -> Known | None:
        """Read anew what the ledger knows; what is decided from here on rests on it."""
        self._known = await self._means.committer.known(self._ends.key)
        self._version = self._known.version if self._known is not None else 0
        return self._known

    async def leave(self) -> Result | None:
        """Say what becomes of a row whose way broke off (the ledger failed, or the program): in doubt once begun."""
        if not self._open:
            return None
        lost = self._ends.lost()
        try:
            return await self._ends.in_doubt(Answer(Kind.IN_DOUBT))
        except StoppedError:  # the ledger still fails: the intent stands there, and the next run finds out
            return lost

    # -- creating

    async def _create(self) -> Result | None:
        sent = sent_parameters(self._row.values)
        if not await self._begin(Action.CREATE, sent):
            return None
        while True:
            self._sends += 1
            answer = self._ends.count(await self._api.create(nest_values(sent)))
            match answer.kind:
                case Kind.OK if answer.profile is not None:
                    return await self._ends.created(answer.profile, answer, sent)
                case Kind.EXISTS:
                    return await self._check_claim(answer)
                case Kind.REFUSED | Kind.NOT_FOUND:
                    return await self._ends.refused(answer)
                case Kind.IN_DOUBT:
                    found = await self._find_out()
                case _:
                    return await self._give_up(answer)
            if found.kind is Kind.OK and found.profile is not None:
                return await self._adopt(found, found.profile)
            if found.kind is not Kind.NOT_FOUND or self._sends >= SENDS_AT_MOST:
                return await self._stay_in_doubt(answer, found)

    async def _find_out(self) -> Answer:
        """Look up what became of a create whose answer did not come; the ledger keeps the key for us meanwhile."""
        self._doubt = await self._means.committer.known(self._ends.key)
        return self._ends.count(await self._find())

    async def _check_claim(self, claim: Answer) -> Result | None:
        """Look up a profile that the API says exists; it may be what an earlier request in doubt made."""
        found = self._ends.count(await self._find())
        match found.kind:
            case Kind.OK if found.profile is not None:
                if self._doubt is not None:
                    return await self._adopt(found, found.profile)
                return await self._meet_existing(read_remote(found.profile, whole=False), found)
            case Kind.NOT_FOUND if self._sends > 1:
                return await self._stay_in_doubt(claim, found)  # the list may lag behind what was just made
            case Kind.NOT_FOUND | Kind.REFUSED:
                return await self._ends.refused(claim)
            case _:
                return await self._give_up(found)

    async def _settle_doubt(self) -> Result | None:
        """Find out what an earlier run's request came to, before anything else is sent."""
        known = await self._refresh()
        if known is None or not known.in_doubt:
            return None
        if known.action is Action.CREATE:
            self._doubt = known
        if known.customer_profile_id:
            return await self._read(known.customer_profile_id)
        if not self._row.key:
            return await self._read(self._row.profile_id)
        found = self._ends.count(await self._find())
        match found.kind:
            case Kind.OK if found.profile is not None:
                return await self._adopt(found, found.profile)
            case Kind.NOT_FOUND if self._row.profile_id:
                return await self._read(self._row.profile_id)
            case Kind.NOT_FOUND if self._means.policy.creates:
                return await self._create()
            case Kind.NOT_FOUND:
                return await self._ends.not_found(found, NOT_THERE)
            case _:
                return await self._stay_in_doubt(found, found)

    async def _adopt(self, found: Answer, profile: RemoteProfile, *, whole: bool = False) -> Result | None:
        """Take a profile that is there where a create was in doubt: ours where that made it, else an existing one.

        Args:
            found: The answer that carries it.
            profile: The profile.
            whole: Whether it was read by id.
        """
        doubt, digests, key = self._doubt, self._means.digests, self._ends.key
        remote = read_remote(profile, whole=whole)
        sent = sent_parameters(self._row.values)
        if (
            doubt is None
            or not may_be_ours(doubt, profile.created_at)
            or hash_values(digests, key, sent) != doubt.intent
        ):
            return await self._meet_existing(remote, found)
        if not whole and unsaid_of(doubt, hash_profile(digests, key, remote.values)):
            answer = self._ends.count(await self._api.get(profile.id))
            if answer.kind is not Kind.OK or answer.profile is None:
                return await self._stay_in_doubt(found, answer)
            profile = replace(answer.profile, created_at=profile.created_at)
            remote = read_remote(profile, whole=True)
        if holds_what_was_sent(doubt, hash_profile(digests, key, remote.values)):
            return await self._ends.created(profile, found, sent)
        return await self._meet_existing(remote, found)

    # -- existing profiles

    async def _look_up(self) -> Result | None:
        """Find the key of a row whose profile the ledger does not know."""
        found = self._ends.count(await self._find())
        match found.kind:
            case Kind.OK if found.profile is not None:
                return await self._meet_existing(read_remote(found.profile, whole=False), found)
            case Kind.NOT_FOUND:
                return await self._ends.not_found(found, NOT_THERE)
            case Kind.REFUSED:
                return await self._ends.refused(found)
            case _:
                return await self._give_up(found)

    async def _read(self, profile_id: str) -> Result | None:
        answer = self._ends.count(await self._api.get(profile_id))
        match answer.kind:
            case Kind.OK if answer.profile is not None and self._doubt is not None and self._is_key_of(answer.profile):
                return await self._adopt(answer, answer.profile, whole=True)
            case Kind.OK if answer.profile is not None:
                return await self._meet_existing(read_remote(answer.profile, whole=True), answer)
            case Kind.NOT_FOUND:
                return await self._ends.not_found(answer, NO_SUCH_ID.format(profile_id))
            case Kind.REFUSED:
                return await self._ends.refused(answer, profile_id)
            case _:
                return await self._give_up(answer)

    async def _meet_existing(self, remote: Remote, answer: Answer) -> Result | None:
        """Compare the row with a profile, then write what it lacks, or nothing."""
        policy, ends = self._means.policy, self._ends
        if not self._key_is_rows(remote):
            return await ends.of_another_key(remote, answer)
        plan = plan_patch(self._row.values, remote.values, overwrite=policy.overwrite, read_by_id=remote.whole)
        if plan.unchanged:
            return await ends.existing(Outcome.UNCHANGED, remote, answer, self._known)
        if policy.on_existing == "skip":
            return await ends.existing(Outcome.EXISTS, remote, answer, self._known)
        if policy.on_existing == "fail":
            return await ends.existing(Outcome.CONFLICT, remote, answer, self._known, EXISTS_ALREADY, plan)
        if plan.missing and not remote.whole:
            return await self._read_rest(remote)
        if plan.conflicts:
            return await ends.existing(Outcome.CONFLICT, remote, answer, self._known, DIFFERS, plan)
        return await self._patch(remote.profile_id, remote, plan.body)

    async def _read_rest(self, remote: Remote) -> Result | None:
        """Read a profile by id of which a list did not say enough; what the list said still holds."""
        answer = self._ends.count(await self._api.get(remote.profile_id))
        if answer.kind is not Kind.OK or answer.profile is None:
            return await self._give_up(answer)
        whole = read_remote(answer.profile, whole=True)
        return await self._meet_existing(replace(whole, values={**remote.values, **whole.values}), answer)

    def _is_key_of(self, profile: RemoteProfile) -> bool:
        return self._key_is_rows(read_remote(profile, whole=True))

    def _key_is_rows(self, remote: Remote) -> bool:
        """Say whether a profile that was found is the one that the row speaks of."""
        registration_type, registration_id = (remote.values.get(name) for name in KEY_NAMES)
        if not registration_type or not registration_id:
            return False
        theirs = self._means.digests.key(registration_type, registration_id)
        if self._row.key:
            return theirs == self._row.key
        # An upgrade by id alone takes the profile's own key, unless what the row says of it is another.
        said = {name: self._row.values[name] for name in KEY_NAMES if name in self._row.values}
        if not all(same_value(name, text, remote.values[name]) for name, text in said.items()):
            return False
        if not self._ends.key:
            self._ends.key = theirs
        return theirs == self._ends.key

    async def _patch(self, profile_id: str, remote: Remote | None, body: Mapping[str, object]) -> Result | None:
        known = self._known
        after = self._ends.learn(remote) if self._open and remote is not None else None
        if not await self._begin(Action.PATCH, flat_values(body), profile_id, after):
            return None
        self._doubt = None  # the profile is there; from here on only the PATCH can be in doubt
        answer = self._ends.count(await self._api.patch(profile_id, dict(body)))
        match answer.kind:
            case Kind.OK:
                return await self._ends.upgraded(profile_id, remote, body, answer, known)
            case Kind.NOT_FOUND:
                return await self._ends.not_found(answer, NO_SUCH_ID.format(profile_id))
            case Kind.REFUSED | Kind.EXISTS:
                return await self._ends.refused(answer, profile_id)
            case Kind.STOP:
                return await self._give_up(answer)
            case _ if answer.calls == 0:
                return await self._give_up(answer)
            case _:
                return await self._stay_in_doubt(answer, answer, profile_id)

    # -- what every step needs

    async def _find(self) -> Answer:
        values = self._row.values
        return await self._api.find(values["registrationType"], values["registrationId"])

    async def _begin(
        self, action: Action, sent: Mapping[str, str], profile_id: str = "", after: Settlement | None = None
    ) -> bool:
        """Make the intent to send something durable; say whether the key is ours to send.

        Args:
            action: What is sent.
            sent: The parameters.
            profile_id: Of a PATCH.
            after: What our last request came to, where its intent still stands.
        """
        hashes = hash_values(self._means.digests, self._ends.key, sent)
        version = self._version + (after is not None)
        intent = Intent(self._ends.key, action, hashes, self._row.reference, profile_id, version)
        self._open = await self._means.committer.begin(intent, after)
        self._version = version + 1
        return self._open

    async def _stay_in_doubt(self, answer: Answer, found: Answer, profile_id: str = "") -> Result:
        """Leave the row in doubt: the look-up could not tell either, or sending again did not help.

        Args:
            answer: What made the doubt.
            found: What was meant to end it.
            profile_id: Where it is known.
        """
        result = await self._ends.in_doubt(answer, profile_id)
        self._open = False
        if found.kind is Kind.STOP or (found.kind in GIVEN_UP and not self._means.pulse.is_felt()):
            raise StopRunError(stop_sentence(found), result)
        return result

    async def _give_up(self, answer: Answer) -> Result:
        """End a row that the API cannot be asked about, and the run, unless the API answers other rows."""
        if self._doubt is not None:
            return await self._stay_in_doubt(answer, answer)
        if self._open:
            await self._means.committer.release(self._ends.key)
            self._open = False
        if answer.kind is Kind.FAILED and self._ends.calls and self._means.pulse.is_felt():
            return await self._ends.unanswered(answer)
        raise StopRunError(stop_sentence(answer))


GIVEN_UP = frozenset({Kind.FAILED, Kind.NOT_SENT})
"""Classes of answers that retries ended with."""
RESTLESS = (
    "The ledger changed under one row again and again, so that it could not be sent. Is a restored copy of the ledger "
    "in use twice? The same command goes on."
)
NOT_THERE = "No profile with this registration type and id exists, and `upgrade` never creates one."
NO_SUCH_ID = "The API knows no profile {}. Nothing was created."
DIFFERS = (
    "The profile has other values than this row. Nothing was written. Set the cell to the profile's value or empty it, "
    "or allow replacing with --overwrite (never for name, birth or incorporation date, id country)."
)
