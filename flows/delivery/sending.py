"""One row and the API: every step from its plan to its result.

The order that keeps the promises: intent durable, request, answer durable, result. A row once begun is carried to a
durable end, or left ``sending`` for the next run to settle; between its first request and that end the ledger holds it
for this run, so that nobody else can send it.
"""

import asyncio
from collections.abc import Mapping

from straitsx_bulk.flows.delivery.doubts import may_still_appear
from straitsx_bulk.flows.delivery.means import Means
from straitsx_bulk.flows.delivery.meeting import NOT_THERE, Meeting
from straitsx_bulk.flows.delivery.planning import Plan, Step, plan_row
from straitsx_bulk.flows.delivery.row_state import RowState
from straitsx_bulk.flows.delivery.rows import Result, Row
from straitsx_bulk.flows.delivery.settling import read_remote
from straitsx_bulk.flows.delivery.stops import StopRunError
from straitsx_bulk.io.ledger import Action, Known
from straitsx_bulk.io.straitsx import Answer, Kind
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.payloads import nest_values, sent_parameters

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
        self._state = RowState(means, row, known)
        self._meeting = Meeting(self._state)
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

    async def leave(self) -> Result | None:
        """Say what becomes of the row where its way broke off; None where it was not attempted."""
        return await self._state.leave()

    async def _wait_for_others(self, plan: Plan) -> Plan:
        """Wait while another run is sending the row's key."""
        stop = self._state.means.stop
        while plan.step is Step.WAIT:
            if stop.reason is not None:
                raise StopRunError(stop.reason)
            await asyncio.sleep(POLL_SECONDS)
            plan = await self._plan_again()
        return plan

    async def _plan_again(self) -> Plan:
        known = await self._state.refresh()
        return plan_row(self._state.row, known, self._state.means.policy, self._state.means.digests)

    async def _follow(self, plan: Plan) -> Result | None:
        match plan.step:
            case Step.CREATE:
                return await self._create()
            case Step.LOOK_UP:
                return await self._meeting.look_up()
            case Step.READ:
                return await self._meeting.read(plan.profile_id)
            case Step.PATCH:
                return await self._meeting.patch(plan.profile_id, None, plan.body or {})
            case Step.SETTLE:
                return await self._settle_doubt()
            case _:
                nothing = plan.result or Result(self._state.row.position, Outcome.NOT_ATTEMPTED)
                return await self._state.ends.nothing(nothing)

    async def _create(self) -> Result | None:
        sent = sent_parameters(self._state.row.values)
        if not await self._state.begin(Action.CREATE, sent):
            return None
        return await self._post(sent)

    async def _post(self, sent: Mapping[str, str]) -> Result | None:
        """Send a create whose intent is durable, and again while a look-up says that nothing came of it."""
        state = self._state
        while True:
            self._sends += 1
            answer = state.ends.count(await state.means.api.create(nest_values(sent), state.may_send))
            match answer.kind:
                case Kind.OK if answer.profile is not None:
                    return await state.ends.created(answer.profile, answer, state.intended)
                case Kind.EXISTS:
                    return await self._check_claim(answer)
                case Kind.REFUSED | Kind.NOT_FOUND:
                    return await state.ends.refused(answer)
                case Kind.IN_DOUBT:
                    found = await self._find_out()
                case Kind.LAPSED:
                    return None
                case _:
                    return await state.give_up(answer)
            if found.kind is Kind.OK and found.profile is not None:
                return await self._meeting.adopt(found, found.profile)
            if found.kind is not Kind.NOT_FOUND or self._sends >= SENDS_AT_MOST:
                return await state.stay_in_doubt(answer, found)

    async def _find_out(self) -> Answer:
        """Look up what became of a create whose answer did not come; the ledger keeps the key for us meanwhile."""
        self._state.doubt = await self._state.means.committer.known(self._state.ends.key)
        return await self._state.find()

    async def _check_claim(self, claim: Answer) -> Result | None:
        """Look up a profile that the API says exists; it may be what an earlier request in doubt made."""
        state = self._state
        found = await state.find()
        match found.kind:
            case Kind.OK if found.profile is not None:
                if state.doubt is not None:
                    return await self._meeting.adopt(found, found.profile)
                return await self._meeting.meet(read_remote(found.profile, whole=False), found)
            case Kind.NOT_FOUND if may_still_appear(state.doubt):
                return await state.stay_in_doubt(claim, found)
            case Kind.NOT_FOUND | Kind.REFUSED:
                return await state.ends.refused(claim)
            case _:
                return await state.give_up(found)

    async def _settle_doubt(self) -> Result | None:
        """Find out what an earlier run's request came to, before anything else is sent."""
        state = self._state
        known = await state.refresh()
        if known is None or not known.in_doubt:
            return None
        if known.action is Action.CREATE:
            state.doubt = known
        if known.customer_profile_id or not state.row.key:
            return await self._meeting.read(known.customer_profile_id or state.row.profile_id)
        return await self._settle_create()

    async def _settle_create(self) -> Result | None:
        """Look up what a create in doubt made, and send it again where it made nothing.

        The intent comes before the look-up, so that of several runs one settles the doubt and the others wait for it.
        """
        state = self._state
        sent = sent_parameters(state.row.values)
        if not await state.begin(Action.CREATE, sent):
            return None
        found = await state.find()
        match found.kind:
            case Kind.OK if found.profile is not None:
                return await self._meeting.adopt(found, found.profile)
            case Kind.NOT_FOUND if state.row.profile_id:
                return await self._meeting.read(state.row.profile_id)
            case Kind.NOT_FOUND if state.means.policy.creates:
                return await self._post(sent)
            case Kind.NOT_FOUND:
                return await state.ends.not_found(found, NOT_THERE)
            case _:
                return await state.stay_in_doubt(found, found)


RESTLESS = (
    "The ledger changed under one row again and again, so that it could not be sent. Is a restored copy of the ledger "
    "in use twice? The same command goes on."
)
