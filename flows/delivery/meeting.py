"""A row and a profile that exists: whose it is, what it lacks, and the PATCH that follows.

Each step gives the result, or None where the ledger has moved on and the row is planned anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from straitsx_bulk.flows.delivery.doubts import holds_what_was_sent, may_be_ours, unsaid_of
from straitsx_bulk.flows.delivery.hashing import hash_profile, hash_values
from straitsx_bulk.flows.delivery.planning import EXISTS_ALREADY, HIDDEN, hidden_parts, known_profile
from straitsx_bulk.flows.delivery.row_state import GIVEN_UP, RowState
from straitsx_bulk.flows.delivery.rows import Result
from straitsx_bulk.flows.delivery.settling import Remote, read_remote
from straitsx_bulk.io.ledger import Action
from straitsx_bulk.io.straitsx import Answer, Kind, RemoteProfile
from straitsx_bulk.schemas.differences import Conflict, PatchPlan, plan_patch, same_value
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.parameters import IDENTITY_NAMES, KEY_NAMES
from straitsx_bulk.schemas.payloads import flat_values, sent_parameters


class Meeting:
    """Brings a row and the profile that stands under its key, or that it names, together.

    Args:
        state: The row on its way.
    """

    def __init__(self, state: RowState) -> None:
        self._state = state

    async def look_up(self) -> Result | None:
        """Find the key of a row whose profile the ledger does not know; none is created."""
        found = await self._state.find()
        match found.kind:
            case Kind.OK if found.profile is not None:
                return await self.meet(read_remote(found.profile, whole=False), found)
            case Kind.NOT_FOUND:
                return await self._state.ends.not_found(found, NOT_THERE)
            case Kind.REFUSED:
                return await self._state.ends.refused(found)
            case _:
                return await self._state.give_up(found)

    async def read(self, profile_id: str) -> Result | None:
        """Read a profile by id, and compare."""
        state = self._state
        answer = await state.get(profile_id)
        match answer.kind:
            case Kind.OK if answer.profile is not None:
                remote = read_remote(answer.profile, whole=True)
                if state.doubt is not None and self._is_rows(remote):
                    return await self.adopt(answer, answer.profile, whole=True)
                return await self.meet(remote, answer)
            case Kind.NOT_FOUND:
                return await state.ends.not_found(answer, NO_SUCH_ID.format(profile_id))
            case Kind.REFUSED:
                return await state.ends.refused(answer, profile_id)
            case _:
                return await state.give_up(answer)

    async def adopt(self, found: Answer, profile: RemoteProfile, *, whole: bool = False) -> Result | None:
        """Take a profile that is there where a create was in doubt: ours where that made it, else an existing one.

        Args:
            found: The answer that carries it.
            profile: The profile.
            whole: Whether it was read by id.
        """
        doubt, digests, key = self._state.doubt, self._state.means.digests, self._state.ends.key
        remote = read_remote(profile, whole=whole)
        sent = hash_values(digests, key, sent_parameters(self._state.row.values))
        made = doubt is not None and sent == doubt.intent
        if doubt is None or not made or not may_be_ours(doubt, profile.created_at):
            return await self.meet(remote, found)
        if not whole and unsaid_of(doubt, hash_profile(digests, key, remote.values)):
            answer = await self._state.get(profile.id)
            if answer.kind is not Kind.OK or answer.profile is None:
                return await self._state.stay_in_doubt(found, answer)
            profile = replace(answer.profile, created_at=profile.created_at)
            read = read_remote(profile, whole=True)
            remote = replace(read, values={**remote.values, **read.values})  # what the list said still holds
        if holds_what_was_sent(doubt, hash_profile(digests, key, remote.values)):
            return await self._state.ends.created(profile, found, sent)
        return await self.meet(remote, found)

    async def meet(self, remote: Remote, answer: Answer) -> Result | None:
        """Compare the row with a profile, then write what it lacks, or nothing."""
        state = self._state
        policy, ends, known = state.means.policy, state.ends, state.known
        if not self._is_rows(remote):
            await state.take_back()
            return await ends.of_another_key(remote, answer)
        profile = self._add_known(remote)
        plan = plan_patch(state.row.values, profile, overwrite=policy.overwrite, read_by_id=remote.whole)
        if plan.unchanged:
            return await ends.existing(Outcome.UNCHANGED, remote, answer, known)
        if policy.on_existing == "skip":
            return await ends.existing(Outcome.EXISTS, remote, answer, known)
        if policy.on_existing == "fail":
            return await ends.existing(Outcome.CONFLICT, remote, answer, known, word_existing(plan), plan)
        if plan.missing and not remote.whole:
            return await self._read_rest(remote)
        hidden = hidden_parts(state.row, plan.body, profile)
        if (hidden or any(clash.profile_value == HIDDEN for clash in plan.conflicts)) and not remote.searched:
            return await self._search_rest(remote, answer)
        plan = reveal_nothing(plan, hidden)
        if plan.conflicts:
            return await ends.existing(Outcome.CONFLICT, remote, answer, known, word_conflict(plan), plan)
        return await self.patch(remote.profile_id, remote, plan.body)

    async def _read_rest(self, remote: Remote) -> Result | None:
        """Read a profile by id of which a list did not say enough; what the list said still holds."""
        answer = await self._state.get(remote.profile_id)
        if answer.kind is not Kind.OK or answer.profile is None:
            return await self._state.give_up(answer)
        whole = read_remote(answer.profile, whole=True)
        return await self.meet(replace(whole, values={**remote.values, **whole.values}), answer)

    async def _search_rest(self, remote: Remote, answer: Answer) -> Result | None:
        """Look up what the ledger once learnt of a profile and what reading it by id does not carry: lists may."""
        state, searched = self._state, replace(remote, searched=True)
        if not state.row.key:
            return await self.meet(searched, answer)
        found = await state.find()
        if found.kind in GIVEN_UP | {Kind.STOP}:
            return await state.give_up(found)
        if found.profile is None or found.profile.id != remote.profile_id:
            return await self.meet(searched, answer)
        listed = read_remote(found.profile, whole=False)
        return await self.meet(replace(searched, values={**listed.values, **remote.values}), found)

    def _add_known(self, remote: Remote) -> dict[str, str | None]:
        """Add to what an answer says of a profile what the ledger knows and the answer does not carry."""
        known, row = self._state.known, self._state.row
        if known is None or known.customer_profile_id != remote.profile_id:
            return dict(remote.values)
        return known_profile(row, known, self._state.means.digests) | dict(remote.values)

    def _is_rows(self, remote: Remote) -> bool:
        """Say whether a profile that was found is the one that the row speaks of."""
        registration_type, registration_id = (remote.values.get(name) for name in KEY_NAMES)
        if not registration_type or not registration_id:
            return False
        row, ends = self._state.row, self._state.ends
        theirs = self._state.means.digests.key(registration_type, registration_id)
        if row.key:
            return theirs == row.key
        # An upgrade by id alone takes the profile's own key, unless what the row says of it is another.
        said = {name: row.values[name] for name in KEY_NAMES if name in row.values}
        if not all(same_value(name, text, remote.values[name]) for name, text in said.items()):
            return False
        if not ends.key:
            ends.key = theirs
        return theirs == ends.key

    async def patch(self, profile_id: str, remote: Remote | None, body: Mapping[str, object]) -> Result | None:
        """Write what a profile lacks.

        Args:
            profile_id: Of the profile.
            remote: As it was read, or None where the ledger knew enough.
            body: What to send.
        """
        state, known = self._state, self._state.known
        after = state.ends.learn(remote) if state.is_open and remote is not None else None
        if not await state.begin(Action.PATCH, flat_values(body), profile_id, after):
            return None
        state.doubt = None  # the profile is there; from here on only the PATCH can be in doubt
        answer = state.ends.count(await state.means.api.patch(profile_id, dict(body), state.may_send))
        match answer.kind:
            case Kind.OK:
                return await state.ends.upgraded(profile_id, remote, body, answer, known)
            case Kind.NOT_FOUND:
                return await state.ends.not_found(answer, NO_SUCH_ID.format(profile_id))
            case Kind.REFUSED | Kind.EXISTS:
                return await state.ends.refused(answer, profile_id)
            case Kind.LAPSED:
                return None
            case Kind.STOP:
                return await state.give_up(answer)
            case _ if answer.calls == 0:
                return await state.give_up(answer)
            case _:
                return await state.stay_in_doubt(answer, answer, profile_id)


def reveal_nothing(plan: PatchPlan, hidden: Sequence[str]) -> PatchPlan:
    """Name what differs without showing it, where the API does not show it either; then nothing is written.

    Args:
        plan: As made.
        hidden: Parts of the address that would have to be sent again, and that nobody can read.
    """
    shown = [replace(c, profile_value="") if c.profile_value == HIDDEN else c for c in plan.conflicts]
    clashes = (*shown, *(Conflict(name, "") for name in hidden))
    return replace(plan, conflicts=clashes, body={} if clashes else plan.body)


def word_conflict(plan: PatchPlan) -> str:
    """Say in which parameters a row and a profile differ; the values stand in the reject report."""
    unseen = [clash.parameter for clash in plan.conflicts if not clash.profile_value]
    more = f" {UNSEEN.format(', '.join(unseen))}" if unseen else ""
    lasting = all(clash.parameter in IDENTITY_NAMES for clash in plan.conflicts)
    return (DIFFERS_FOR_GOOD if lasting else DIFFERS).format(name_conflicts(plan)) + more


def word_existing(plan: PatchPlan) -> str:
    """Say of a profile that is to be left alone in what it differs."""
    return f"{EXISTS_ALREADY} It has another {name_conflicts(plan)}." if plan.conflicts else EXISTS_ALREADY


def name_conflicts(plan: PatchPlan) -> str:
    """Name the parameters that differ, in the table's order."""
    return ", ".join(clash.parameter for clash in plan.conflicts)


NOT_THERE = "No profile with this registration type and id exists, and `upgrade` never creates one."
NO_SUCH_ID = "The API knows no profile {}. Nothing was created."
DIFFERS = (
    "The profile has another {} than this row. Nothing was written. Set the cell to the profile's value or empty it, "
    "or allow replacing with --overwrite (never for name, birth or incorporation date, id country)."
)
DIFFERS_FOR_GOOD = (
    "The profile has another {} than this row. Nothing was written, and nothing replaces that: mend the row, with the "
    "profile's value or an empty cell, or look whether it is of somebody else."
)
UNSEEN = "The API does not show the profile's {}."
