"""One account of the ledger: what delivery asks and tells."""

from collections.abc import Callable, Collection, Iterator, Sequence

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from straitsx_bulk.io.ledger.answers import adopt_profiles, settle_answers, write_rows
from straitsx_bulk.io.ledger.digests import Digests
from straitsx_bulk.io.ledger.intents import begin_intents, is_kept, refuse_taken_run, release_intents
from straitsx_bulk.io.ledger.keys import IS_OPEN, Scope, select_by, select_where
from straitsx_bulk.io.ledger.paging import read_crosswalk, read_profiles
from straitsx_bulk.io.ledger.rate import delay_slots, postpone_slots, reserve_slot
from straitsx_bulk.io.ledger.records import (
    CrosswalkRow,
    FoundProfile,
    Intent,
    Known,
    Progress,
    RowOutcome,
    Run,
    RunStart,
    Settlement,
    State,
)
from straitsx_bulk.io.ledger.runs import prolong_lease, renew_lease, start_run
from straitsx_bulk.io.ledger.schema import ACCOUNT_KEYS, PROFILES, RUNS
from straitsx_bulk.io.ledger.store import Result


class Account:
    """One account (host and name, or an embedded sandbox's state) in a ledger.

    Every call is one transaction and durable when it returns. Calls come from one thread at a time, but
    ``reserve_slot``, ``postpone_slots``, ``delay_slots`` and ``renew``, which may come from another.

    Attributes:
        digests: Makes the hashes that the other methods take.
    """

    def __init__(self, scope: Scope, digests: Digests, lease_seconds: float) -> None:
        self._scope = scope
        self._lease_seconds = lease_seconds
        self.digests = digests

    def known(self, keys: Collection[bytes]) -> dict[bytes, Known]:
        """Read what the ledger knows of keys.

        Args:
            keys: HMACs.

        Returns:
            Key to what is known; keys that the ledger does not know are absent.
        """
        return {known.key: known for known in select_by(self._scope, PROFILES.c.key, keys)}

    def known_ids(self, customer_profile_ids: Collection[str]) -> dict[str, Known]:
        """Read what the ledger knows of profiles by the API's ids.

        Args:
            customer_profile_ids: Empty ones are left out.

        Returns:
            Id to what is known.
        """
        wanted = [profile_id for profile_id in customer_profile_ids if profile_id]
        found = select_by(self._scope, PROFILES.c.customer_profile_id, wanted)
        return {known.customer_profile_id: known for known in found}

    def begin(self, intents: Sequence[Intent]) -> set[bytes]:
        """Set keys to ``sending``; whoever does not get a key reads it again with ``known``.

        Args:
            intents: Each key at most once.

        Returns:
            The keys that are now this run's to send.
        """
        self._require_run()
        return self._transact(lambda connection: begin_intents(self._scope, connection, self.digests, intents))

    def keep(self, key: bytes) -> bool:
        """Make sure, before a request that comes long after its intent, that nobody has taken the key over.

        Args:
            key: Of an intent of this run.

        Returns:
            Whether the key is still this run's to send; its lease runs anew then.

        Raises:
            RunTakenError: Another program took the whole run for dead.
        """

        def write(connection: Connection) -> bool:
            kept = is_kept(self._scope, connection, key)
            if kept:
                prolong_lease(self._scope.store, connection, self._scope.owner_id, self._lease_seconds)
            return kept

        return self._transact(write)

    def refuse_taken(self) -> None:
        """Make sure that the run is still this process's; of an account without a run there is nothing to take.

        Raises:
            RunTakenError: Another program took it for dead.
        """
        if self._scope.owner_id:
            with self._scope.store.read() as connection:
                refuse_taken_run(self._scope, connection)

    def release(self, keys: Collection[bytes]) -> None:
        """Take back intents that were certainly never sent.

        Args:
            keys: Of intents of this run.
        """
        self._transact(lambda connection: release_intents(self._scope, connection, keys))

    def settle(self, settlements: Sequence[Settlement], progress: Progress | None = None) -> None:
        """Write what is known after answers, with the rows' outcomes.

        Args:
            settlements: In the order they came.
            progress: Of the run, in the same transaction.
        """
        self.commit(settlements=settlements, progress=progress)

    def commit(
        self,
        *,
        settlements: Sequence[Settlement] = (),
        rows: Sequence[RowOutcome] = (),
        intents: Sequence[Intent] = (),
        progress: Progress | None = None,
    ) -> set[bytes]:
        """Do what ``settle``, ``record`` and ``begin`` do, in that order, in one transaction: one wait for the disk.

        Args:
            settlements: In the order they came.
            rows: Outcomes of rows of which the ledger learns nothing new.
            intents: Each key at most once.
            progress: Of the run.

        Returns:
            The keys that are now this run's to send.
        """
        if rows or intents or progress or any(settlement.row is not None for settlement in settlements):
            self._require_run()

        def write(connection: Connection) -> set[bytes]:
            settle_answers(self._scope, connection, self.digests, settlements)
            write_rows(self._scope, connection, rows, progress)
            return begin_intents(self._scope, connection, self.digests, intents) if intents else set()

        return self._transact(write)

    def record(self, rows: Sequence[RowOutcome], progress: Progress | None = None) -> None:
        """Write outcomes of rows of which the ledger learns nothing new.

        Args:
            rows: In the order they were decided; of a position that comes again, the last holds.
            progress: Of the run, in the same transaction.
        """
        self._require_run()
        self.commit(rows=rows, progress=progress)

    def adopt(self, profiles: Sequence[FoundProfile]) -> set[bytes]:
        """Take profiles that the API has into the ledger (``exists``), and bring the known ones up to date.

        Args:
            profiles: Each key at most once.

        Returns:
            Keys that the ledger did not know to have a profile.
        """
        return self._transact(lambda connection: adopt_profiles(self._scope, connection, profiles))

    def start_run(self, start: RunStart) -> Run:
        """Begin a run in this process, or take up one of the same id whose process is gone.

        Args:
            start: The run.

        Returns:
            The run; of one taken up, with the progress that it had made.
        """
        self._scope, run = start_run(self._scope, start, self._lease_seconds)
        return run

    def renew(self, run_id: str) -> None:
        """Say that a run's process still lives; call it every third of ``lease_seconds`` or so.

        Args:
            run_id: The run.

        Raises:
            RunTakenError: Another program took it for dead.
        """
        renew_lease(self._scope, run_id, self._lease_seconds)

    def sending(self, run_id: str) -> list[Known]:
        """Read what a run has begun and not settled.

        Args:
            run_id: The run.

        Returns:
            One entry per key.
        """
        seq = select(RUNS.c.seq).where(RUNS.c.run_id == run_id).scalar_subquery()
        return select_where(self._scope, IS_OPEN, PROFILES.c.state == "sending", PROFILES.c.run_seq == seq)

    def doubts(self) -> list[Known]:
        """Read what is in doubt: settled so, or left by a sender that is gone.

        Returns:
            One entry per key.
        """
        return [known for known in select_where(self._scope, IS_OPEN) if known.in_doubt]

    def counts(self) -> dict[State, int]:
        """Count the account's keys by state; what a dead sender left counts as in doubt.

        Returns:
            State to count, without zeros.
        """
        query = select(PROFILES.c.state, func.count()).where(PROFILES.c.account_id == self._scope.account_id)
        with self._scope.store.read() as connection:
            counts = {State(state): count for state, count in connection.execute(query.group_by(PROFILES.c.state))}
        if counts.pop(State.SENDING, 0):
            for known in select_where(self._scope, IS_OPEN, PROFILES.c.state == "sending"):
                state = State.IN_DOUBT if known.in_doubt else known.state
                counts[state] = counts.get(state, 0) + 1
        return counts

    def crosswalk(self) -> Iterator[CrosswalkRow]:
        """Read the caller's own keys beside the API's ids, for everything done so far, in the order it was done.

        Profiles that reconcile has merely found, of which no file has ever spoken, are left out.

        Returns:
            One row per profile.
        """
        return read_crosswalk(self._scope, self.digests)

    def profiles(self) -> Iterator[Known]:
        """Read everything that the ledger knows of the account, the oldest first.

        Returns:
            One entry per key.
        """
        return read_profiles(self._scope)

    def some_profile(self) -> Known | None:
        """Pick a profile that the account is known to have, to test a key of the API against.

        Returns:
            None if the ledger knows no profile of the account.
        """
        found = select_where(self._scope, PROFILES.c.customer_profile_id != "", limit=1)
        return found[0] if found else None

    def knows_key(self, fingerprint: str) -> bool:
        """Tell whether the account has been used with an API key before.

        Args:
            fingerprint: Of the key; hashed again before it is kept.

        Returns:
            Whether it has.
        """
        query = select(ACCOUNT_KEYS.c.fingerprint).where(
            ACCOUNT_KEYS.c.account_id == self._scope.account_id,
            ACCOUNT_KEYS.c.fingerprint == self.digests.seal(fingerprint),
        )
        with self._scope.store.read() as connection:
            return connection.scalar(query) is not None

    def add_key(self, fingerprint: str) -> None:
        """Remember that an API key belongs to the account.

        Args:
            fingerprint: Of the key.
        """
        with self._scope.store.write() as connection:
            insert = (sqlite.insert if self._scope.store.local else postgresql.insert)(ACCOUNT_KEYS)
            row = {
                "account_id": self._scope.account_id,
                "fingerprint": self.digests.seal(fingerprint),
                "added_at": self._scope.store.now(connection),
            }
            connection.execute(insert.values(row).on_conflict_do_nothing())

    def reserve_slot(self, rate: float) -> float:
        """Take the next turn of the account, shared by all programs that use it.

        Args:
            rate: Turns a second.

        Returns:
            Seconds to wait until it comes.
        """
        return reserve_slot(self._scope, rate)

    def postpone_slots(self, seconds: float) -> None:
        """Let nobody of the account have a turn for a while, after a 429.

        Args:
            seconds: From now, an hour at most.
        """
        postpone_slots(self._scope, seconds)

    def delay_slots(self, seconds: float) -> None:
        """Put off every turn of the account that nobody has yet, after one that was taken late.

        Args:
            seconds: How late it was, an hour at most.
        """
        delay_slots(self._scope, seconds)

    def _transact(self, work: Callable[[Connection], Result]) -> Result:
        return self._scope.store.transact(work)

    def _require_run(self) -> None:
        if not self._scope.owner_id:
            raise RuntimeError("start_run comes before anything that belongs to a run")
