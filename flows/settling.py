"""The ends of a row's way: each makes the answer durable in the ledger, then gives the result."""

from collections.abc import Mapping
from dataclasses import dataclass

from straitsx_bulk.flows.committer import Committer
from straitsx_bulk.flows.hashing import hash_profile
from straitsx_bulk.flows.planning import rail_of
from straitsx_bulk.flows.rows import Difference, Result, Row
from straitsx_bulk.io.ledger import Digests, RowOutcome, Settlement, State
from straitsx_bulk.io.straitsx import Answer, RemoteProfile
from straitsx_bulk.schemas.differences import PatchPlan, flatten_attributes
from straitsx_bulk.schemas.outcomes import Outcome
from straitsx_bulk.schemas.payloads import flat_values

STATES = {
    Outcome.UNCHANGED: State.UNCHANGED,
    Outcome.EXISTS: State.EXISTS,
    Outcome.CONFLICT: State.CONFLICT,
}


@dataclass(frozen=True, slots=True)
class Remote:
    """A profile as the API told it, or as much as the ledger knows of it.

    Attributes:
        profile_id: Its customer_profile_id.
        values: Parameter to text; None where it is known to be empty; absent where it is not known.
        verification_status: As the API said.
        whole: Whether it was read by id, so that what is absent is taken as empty.
    """

    profile_id: str
    values: Mapping[str, str | None]
    verification_status: str
    whole: bool


def read_remote(profile: RemoteProfile, *, whole: bool) -> Remote:
    """Take a profile from an answer."""
    return Remote(profile.id, flatten_attributes(profile.attributes), profile.verification_status, whole)


class Ends:
    """Writes one row's end to the ledger and makes its result.

    Args:
        committer: The ledger's group commits.
        digests: Makes keyed hashes.
        row: The row.
        key: Keyed hash of its registrationType and registrationId; empty where it is not known yet.
    """

    def __init__(self, committer: Committer, digests: Digests, row: Row, key: bytes) -> None:
        self._committer = committer
        self._digests = digests
        self._row = row
        self.key = key
        self.calls = 0

    def count(self, answer: Answer) -> Answer:
        """Add an answer's requests to what the row has cost."""
        self.calls += answer.calls
        return answer

    async def nothing(self, result: Result) -> Result:
        """There was nothing left to send: somebody else had done it."""
        result = result.costing(self.calls)
        await self._committer.record(self._outcome(result))
        return result

    async def created(self, answer: Answer, sent: Mapping[str, str]) -> Result:
        """The profile is there and it is ours.

        Args:
            answer: Carries the profile.
            sent: Parameters that were sent, and so accepted.
        """
        row, profile = self._row, answer.profile
        assert profile is not None  # noqa: S101 - an end for answers that carry a profile
        told = read_remote(profile, whole=False)
        remote = Remote(told.profile_id, {**told.values, **sent}, told.verification_status, whole=False)
        held = hash_profile(self._digests, self.key, remote.values)
        result = self._result(Outcome.CREATED, answer, remote, row.rail, row.usd_gaps)
        return await self._settle(State.CREATED, result, held)

    async def upgraded(self, before: Remote, body: Mapping[str, object], answer: Answer) -> Result:
        """The PATCH was accepted."""
        told = read_remote(answer.profile, whole=False) if answer.profile is not None else before
        after = Remote(
            before.profile_id,
            {**before.values, **told.values, **flat_values(body)},
            told.verification_status,
            whole=before.whole,
        )
        held = hash_profile(self._digests, self.key, after.values)
        known = await self._committer.known(self.key)
        before_hashes = dict(known.held) if known is not None else {}
        names = frozenset(name for name, digest in {**before_hashes, **held}.items() if digest)
        rail, gaps = rail_of(self._type_of(after), names)
        result = self._result(Outcome.UPGRADED, answer, after, rail, gaps)
        return await self._settle(State.UPGRADED, result, held)

    async def existing(
        self, outcome: Outcome, remote: Remote, answer: Answer, message: str, plan: PatchPlan | None = None
    ) -> Result:
        """The profile is there and nothing is written."""
        held = hash_profile(self._digests, self.key, remote.values)
        rail, gaps = rail_of(self._type_of(remote), frozenset(name for name, digest in held.items() if digest))
        conflicts = plan.conflicts if plan is not None else ()
        differences = tuple(Difference(conflict.parameter, conflict.profile_value) for conflict in conflicts)
        result = self._result(outcome, answer, remote, rail, gaps, message, differences)
        return await self._settle(STATES[outcome], result, held)

    async def of_another_key(self, remote: Remote, answer: Answer, message: str) -> Result:
        """The profile that the row names is somebody else's; the ledger learns nothing of the row's key."""
        result = self._result(Outcome.CONFLICT, answer, remote, self._row.rail, self._row.usd_gaps, message)
        await self._committer.record(self._outcome(result))
        return result

    async def refused(self, answer: Answer, profile_id: str) -> Result:
        """The API said no to this row."""
        row = self._row
        remote = Remote(profile_id, {}, "", whole=False)
        result = self._result(Outcome.REFUSED, answer, remote, row.rail, row.usd_gaps, answer.message)
        return await self._settle(State.REFUSED, result, {}, self._digests.row(row.values))

    async def not_found(self, answer: Answer, message: str) -> Result:
        """The API knows no such profile, and none may be created."""
        row = self._row
        remote = Remote("", {}, "", whole=False)
        result = self._result(Outcome.NOT_FOUND, answer, remote, row.rail, row.usd_gaps, message)
        return await self._settle(State.NOT_FOUND, result, {})

    async def in_doubt(self, answer: Answer) -> Result:
        """The request went out and nobody could say what became of it."""
        row = self._row
        remote = Remote("", {}, "", whole=False)
        result = self._result(Outcome.IN_DOUBT, answer, remote, row.rail, row.usd_gaps, IN_DOUBT)
        return await self._settle(State.IN_DOUBT, result, {})

    def _type_of(self, remote: Remote) -> str:
        return self._row.values.get("registrationType") or remote.values.get("registrationType") or ""

    def _result(
        self,
        outcome: Outcome,
        answer: Answer,
        remote: Remote,
        rail: str,
        gaps: str,
        message: str = "",
        differences: tuple[Difference, ...] = (),
    ) -> Result:
        return Result(
            self._row.position,
            outcome,
            remote.profile_id,
            remote.verification_status,
            rail,
            gaps,
            message,
            answer.status,
            answer.code,
            self.calls,
            differences=differences,
        )

    async def _settle(self, state: State, result: Result, held: Mapping[str, bytes], row_digest: bytes = b"") -> Result:
        outcome = self._outcome(result)
        if not self.key:  # an upgrade by an id that the API does not know: there is no key to learn of
            await self._committer.record(outcome)
            return result
        settlement = Settlement(
            key=self.key,
            state=state,
            customer_profile_id=result.customer_profile_id,
            verification_status=result.verification_status,
            rail=result.rail,
            held=held,
            http_status=result.http_status,
            api_code=result.api_code,
            row_digest=row_digest,
            reference=self._row.reference,
            row=outcome,
        )
        await self._committer.settle(settlement)
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
