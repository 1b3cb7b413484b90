"""One row on its way: what is known of it, what the ledger holds of it, and how it is given up."""

import time
from collections.abc import Mapping

from straitsx_bulk.flows.delivery.hashing import hash_values
from straitsx_bulk.flows.delivery.means import Means
from straitsx_bulk.flows.delivery.rows import Result, Row
from straitsx_bulk.flows.delivery.settling import Ends
from straitsx_bulk.flows.delivery.stops import StopRunError, stop_sentence
from straitsx_bulk.io.ledger import Action, Intent, Known, RunTakenError, Settlement
from straitsx_bulk.io.straitsx import Answer, Kind
from straitsx_bulk.schemas.errors import StoppedError

GIVEN_UP = frozenset({Kind.FAILED, Kind.NOT_SENT})
"""Classes of answers that retries ended with."""


def tell_seconds() -> float:
    """Give the time on a clock that goes on while the machine sleeps, where the system has one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class RowState:
    """One row on its way.

    Args:
        means: What every row uses.
        row: The row.
        known: What the ledger knew of it when it was planned.

    Attributes:
        means: As given.
        row: As given.
        known: What the ledger knew when the next step was decided.
        ends: Makes the row's end durable.
        is_open: Whether the ledger holds an intent of this row that has no end yet; nobody else can send it then.
        doubt: The create that may have been processed, of this run or of an earlier one, while nobody knows.
        intended: Parameter to keyed hash of what was last begun.
    """

    def __init__(self, means: Means, row: Row, known: Known | None) -> None:
        self.means = means
        self.row = row
        self.known = known
        self.ends = Ends(means, row, row.key or (known.key if known is not None else b""))
        self.is_open = False
        self.doubt: Known | None = None
        self.intended: Mapping[str, bytes] = {}
        self._version = known.version if known is not None else 0
        """What the next intent rests on; grows with each of ours, so that anybody else's change is seen."""
        self._sure_since = float("-inf")

    async def refresh(self) -> Known | None:
        """Read anew what the ledger knows; what is decided from here on rests on it."""
        self.known = await self.means.committer.known(self.ends.key)
        self._version = self.known.version if self.known is not None else 0
        return self.known

    async def find(self) -> Answer:
        """Look the row's key up at the API."""
        values = self.row.values
        return self.ends.count(await self.means.api.find(values["registrationType"], values["registrationId"]))

    async def get(self, profile_id: str) -> Answer:
        """Read a profile by id."""
        return self.ends.count(await self.means.api.get(profile_id))

    async def begin(
        self, action: Action, sent: Mapping[str, str], profile_id: str = "", after: Settlement | None = None
    ) -> bool:
        """Make the intent to send something durable; say whether the key is ours to send.

        Args:
            action: What is sent.
            sent: The parameters.
            profile_id: Of a PATCH.
            after: What our last request came to, where its intent still stands.
        """
        self.intended = hash_values(self.means.digests, self.ends.key, sent)
        version = self._version + (after is not None)
        intent = Intent(self.ends.key, action, self.intended, self.row.reference, profile_id, version)
        self._sure_since = tell_seconds()
        self.is_open = await self.means.committer.begin(intent, after)
        self._version = version + 1
        return self.is_open

    async def may_send(self) -> bool:
        """Say, right before a request leaves, whether the key is still ours to send.

        A process that stood still for longer than its lease (suspended, its machine paused) wakes up with requests that
        wait for their turn, and others may have taken their keys over meanwhile.

        Raises:
            RunTakenError: Another program took the whole run for dead.
        """
        if tell_seconds() - self._sure_since < self.means.sure_seconds:
            return True
        try:
            self.is_open = await self.means.committer.keep(self.ends.key)
        except RunTakenError:
            await self.give_away()
            raise
        self._sure_since = tell_seconds()
        return self.is_open

    async def give_away(self) -> None:
        """Leave the key to others: free it, unless an earlier request of ours may have been processed."""
        if self.doubt is None:
            await self.take_back()
        self.is_open = False

    async def take_back(self) -> None:
        """Free the key, where it was begun and nothing was processed."""
        if self.is_open:
            await self.means.committer.release(self.ends.key)
            self.is_open = False

    async def stay_in_doubt(self, answer: Answer, found: Answer, profile_id: str = "") -> Result:
        """Leave the row in doubt: the look-up could not tell either, or sending again did not help.

        Args:
            answer: What made the doubt.
            found: What was meant to end it.
            profile_id: Where it is known.

        Raises:
            StopRunError: With the result, where every further row would fare the same.
        """
        self._stop_others(found)
        result = await self.ends.in_doubt(answer, profile_id)
        self.is_open = False
        if found.kind is Kind.STOP or (found.kind in GIVEN_UP and not self.means.pulse.is_felt()):
            raise StopRunError(stop_sentence(found), result)
        return result

    async def give_up(self, answer: Answer) -> Result:
        """End a row that the API cannot be asked about, and the run, unless the API answers other rows.

        Raises:
            StopRunError: The API refuses the account or the key, or could not be reached in time.
        """
        if self.doubt is not None:
            return await self.stay_in_doubt(answer, answer)
        self._stop_others(answer)
        await self.take_back()
        failed_alone = answer.kind is Kind.FAILED and self.ends.calls and self.means.pulse.is_felt()
        if failed_alone and not self.means.stop.is_urgent:
            return await self.ends.unanswered(answer)
        raise StopRunError(stop_sentence(answer))

    def _stop_others(self, answer: Answer) -> None:
        """End the run where every row would get an answer: before the ledger is written, while others wait to send."""
        if answer.kind is Kind.STOP:
            self.means.stop.fail(stop_sentence(answer))
            self.means.api.hurry()

    async def leave(self) -> Result | None:
        """Say what becomes of a row whose way broke off (the ledger failed, or the program): in doubt once begun."""
        if not self.is_open:
            return None
        lost = self.ends.lost()
        try:
            return await self.ends.in_doubt(Answer(Kind.IN_DOUBT))
        except StoppedError:  # the ledger still fails: the intent stands there, and the next run finds out
            return lost
