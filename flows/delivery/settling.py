"""The ends of a row's way: each makes the answer durable in the ledger, then gives the result."""

from collections.abc import Mapping
from dataclasses import dataclass

from straitsx_bulk.flows.delivery.hashing import hash_profile, hash_row
from straitsx_bulk.flows.delivery.means import Means
from straitsx_bulk.flows.delivery.rails import empty_unless, judge_rail_of_row
from straitsx_bulk.flows.delivery.rows import Difference, Result, Row
from straitsx_bulk.io.ledger import Known, RowOutcome, Settlement, State
from straitsx_bulk.io.straitsx import Answer, RemoteProfile
from straitsx_bulk.schemas.differences import PatchPlan, flatten_attributes, same_value
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.parameters import KEY_NAMES, PARAMETER_NAMES
from straitsx_bulk.schemas.payloads import flat_values

STATES = {
    Outcome.UNCHANGED: State.UNCHANGED,
    Outcome.EXISTS: State.EXISTS,
    Outcome.CONFLICT: State.CONFLICT,
}


@dataclass(frozen=True, slots=True)
class Remote:
    """A profile as the API told it.

    Attributes:
        profile_id: Its customer_profile_id.
        values: Parameter to text; None where it is known to be empty; absent where it is not known.
        verification_status: As the API said.
        whole: Whether it was read by id, so that what is absent is taken as empty.
        searched: Whether the list was asked too for what reading by id does not carry.
    """

    profile_id: str
    values: Mapping[str, str | None]
    verification_status: str
    whole: bool
    searched: bool = False


def read_remote(profile: RemoteProfile, *, whole: bool) -> Remote:
    """Take a profile from an answer."""
    return Remote(profile.id, flatten_attributes(profile.attributes), profile.verification_status, whole)


class Ends:
    """Writes one row's end to the ledger and makes its result.

    Args:
        means: What every row uses.
        row: The row.
        key: Keyed hash of its registrationType and registrationId; empty where it is not known yet.

    Attributes:
        key: As given; set once a profile has told it.
        calls: What the row has cost.
    """

    def __init__(self, means: Means, row: Row, key: bytes) -> None:
        self._means = means
        self._row = row
        self.key = key
        self.calls = 0

    def count(self, answer: Answer) -> Answer:
        """Add an answer's requests to what the row has cost."""
        self.calls += answer.calls
        self._means.pulse.take(answer)
        return answer

    def learn(self, remote: Remote) -> Settlement:
        """Say for the ledger that a profile is there, before anything is written to it."""
        held = hash_profile(self._means.digests, self.key, remote.values)
        return Settlement(self.key, State.EXISTS, remote.profile_id, remote.verification_status, held=held)

    async def nothing(self, result: Result) -> Result:
        """There was nothing left to send: somebody else had done it."""
        result = result.costing(self.calls)
        await self._means.committer.record(self._outcome(result))
        return result

    async def created(self, profile: RemoteProfile, answer: Answer, sent: Mapping[str, bytes]) -> Result:
        """The profile is there and it is ours.

        Args:
            profile: As the API told it.
            answer: The answer that decided.
            sent: Parameter to keyed hash of what was sent, and so accepted.
        """
        told = read_remote(profile, whole=False)
        further = {name: text for name, text in told.values.items() if name not in sent}
        held = {**hash_profile(self._means.digests, self.key, further), **sent}
        result = self._result(Outcome.CREATED, answer, remote=told)
        return await self._settle(State.CREATED, result, held, result.rail)

    async def upgraded(
        self, profile_id: str, before: Remote | None, body: Mapping[str, object], answer: Answer, known: Known | None
    ) -> Result:
        """The PATCH was accepted.

        Args:
            profile_id: Of the profile.
            before: As it was read in this run, or None where the ledger knew enough.
            body: What was sent.
            answer: Carries the whole profile.
            known: What the ledger knew before.
        """
        told = read_remote(answer.profile, whole=True) if answer.profile is not None else None
        values = {**(before.values if before else {}), **(told.values if told else {}), **flat_values(body)}
        held = hash_profile(self._means.digests, self.key, values)
        status = (told.verification_status if told else "") or (before.verification_status if before else "")
        after = Remote(profile_id, values, status, whole=True)
        rail, gaps = self._judge(after, held, known)
        result = self._result(Outcome.UPGRADED, answer, remote=after, rail=rail, gaps=gaps)
        return await self._settle(State.UPGRADED, result, held, rail)

    async def existing(
        self,
        outcome: Outcome,
        remote: Remote,
        answer: Answer,
        known: Known | None,
        message: str = "",
        plan: PatchPlan | None = None,
    ) -> Result:
        """The profile is there and nothing is written."""
        held = hash_profile(self._means.digests, self.key, remote.values)
        rail, gaps = self._judge(remote, held, known)
        differences = tuple(Difference(c.parameter, c.profile_value) for c in (plan.conflicts if plan else ()))
        result = self._result(
            outcome, answer, remote=remote, rail=rail, gaps=gaps, message=message, differences=differences
        )
        return await self._settle(STATES[outcome], result, held, rail)

    async def of_another_key(self, remote: Remote, answer: Answer) -> Result:
        """The profile that the row names is somebody else's; the ledger learns nothing of the row's key."""
        theirs = [(name, remote.values.get(name) or "") for name in KEY_NAMES]
        differences = tuple(
            Difference(name, text)
            for name, text in theirs
            if text and not same_value(name, self._row.values.get(name, ""), text)
        )
        message = (OTHER_KEY if differences else NO_KEY).format(remote.profile_id)
        result = self._result(Outcome.CONFLICT, answer, remote=remote, message=message, differences=differences)
        await self._means.committer.record(self._outcome(result))
        return result

    async def refused(self, answer: Answer, profile_id: str = "") -> Result:
        """The API said no to this row."""
        result = self._result(Outcome.REFUSED, answer, profile_id=profile_id, message=answer.message)
        return await self._settle(State.REFUSED, result, row_digest=hash_row(self._means.digests, self._row))

    async def not_found(self, answer: Answer, message: str) -> Result:
        """The API knows no such profile, and none may be created."""
        return await self._settle(State.NOT_FOUND, self._result(Outcome.NOT_FOUND, answer, message=message))

    async def in_doubt(self, answer: Answer, profile_id: str = "") -> Result:
        """Something went out and nobody could say what became of it."""
        message = f"{IN_DOUBT} {answer.message}".rstrip()
        result = self._result(Outcome.IN_DOUBT, answer, profile_id=profile_id, message=message)
        return await self._settle(State.IN_DOUBT, result)

    async def unanswered(self, answer: Answer) -> Result:
        """The API works and fails for this row alone; nothing was written, so the ledger keeps what it knew."""
        result = self._result(Outcome.IN_DOUBT, answer, message=f"{UNANSWERED} {answer.message}".rstrip())
        await self._means.committer.record(self._outcome(result))
        return result

    def lost(self) -> Result:
        """What was sent is in the ledger, but what became of it could not be written there."""
        row = self._row
        return Result(
            row.position,
            Outcome.IN_DOUBT,
            rail=row.rail,
            usd_gaps=row.usd_gaps,
            message=IN_DOUBT,
            api_calls=self.calls,
        )

    def _judge(self, remote: Remote, held: Mapping[str, bytes], known: Known | None) -> tuple[str, str]:
        """Say what the profile can be used for, with what the ledger knew before."""
        merged = {**(known.held if known else {}), **held}
        kind = self._row.values.get("registrationType") or remote.values.get("registrationType") or ""
        told = known.rail if known else ""
        all_known = empty_unless(merged, PARAMETER_NAMES) if remote.whole else merged
        return judge_rail_of_row(self._row, kind, all_known, told)

    def _result(
        self,
        outcome: Outcome,
        answer: Answer,
        *,
        remote: Remote | None = None,
        profile_id: str = "",
        rail: str | None = None,
        gaps: str | None = None,
        message: str = "",
        differences: tuple[Difference, ...] = (),
    ) -> Result:
        row = self._row
        return Result(
            row.position,
            outcome,
            remote.profile_id if remote else profile_id,
            remote.verification_status if remote else "",
            row.rail if rail is None else rail,
            row.usd_gaps if gaps is None else gaps,
            message,
            answer.status,
            answer.code,
            self.calls,
            differences=differences,
        )

    async def _settle(
        self,
        state: State,
        result: Result,
        held: Mapping[str, bytes] | None = None,
        rail: str = "",
        row_digest: bytes = b"",
    ) -> Result:
        """Make a result durable.

        Args:
            state: What the key is in from now on.
            result: The row's.
            held: What the profile is known to hold, to add to what the ledger has.
            rail: What the profile can be used for; empty leaves what the ledger has.
            row_digest: Of a refused row.
        """
        outcome = self._outcome(result)
        if not self.key:  # an upgrade by an id that the API does not know: there is no key to learn of
            await self._means.committer.record(outcome)
            return result
        settlement = Settlement(
            key=self.key,
            state=state,
            customer_profile_id=result.customer_profile_id,
            verification_status=result.verification_status,
            rail=rail,
            held=held or {},
            http_status=result.http_status,
            api_code=result.api_code,
            row_digest=row_digest,
            reference=self._row.reference,
            row=outcome,
        )
        await self._means.committer.settle(settlement)
        return result

    def _outcome(self, result: Result) -> RowOutcome:
        return RowOutcome(
            position=result.position,
            outcome=result.outcome,
            key=self.key,
            customer_profile_id=result.customer_profile_id,
            verification_status=result.verification_status,
            http_status=result.http_status,
            api_code=result.api_code,
            api_calls=result.api_calls,
            finished_at=result.finished_at,
        )


IN_DOUBT = (
    "This row was sent and the API could not say what became of it. The next run with this row, or "
    "`straitsx-bulk reconcile`, finds out before anything is sent again."
)
UNANSWERED = (
    "The API answers other rows, but could not say anything of this one, and nothing was written. The next run asks "
    "again."
)
OTHER_KEY = "Profile {} has another registration type or id than this row. Nothing was written."
NO_KEY = "The API does not say whose profile {} is, so it cannot be told to be this row's. Nothing was written."
