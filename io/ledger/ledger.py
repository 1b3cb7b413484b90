"""The ledger as a whole: its accounts and runs."""

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects import postgresql, sqlite

from straitsx_bulk.io.ledger.account import Account
from straitsx_bulk.io.ledger.digests import Digests
from straitsx_bulk.io.ledger.failures import PUT_BACK
from straitsx_bulk.io.ledger.keys import Scope
from straitsx_bulk.io.ledger.records import Progress, RowOutcome, Run
from straitsx_bulk.io.ledger.runs import (
    claim_run,
    finish_run,
    forget_rows,
    read_dead_runs,
    read_row_outcomes,
    read_runs,
)
from straitsx_bulk.io.ledger.schema import ACCOUNTS
from straitsx_bulk.io.ledger.secret import Secret
from straitsx_bulk.io.ledger.sharing import change_progress
from straitsx_bulk.io.ledger.store import Store
from straitsx_bulk.schemas.errors import LedgerError


class Ledger:
    """An open ledger; a context manager that closes it.

    Attributes:
        name: For people: the file, or the server and database.
        secret: What its hashes are made with.
        lease_seconds: How long a run counts as alive without ``Account.renew``.
    """

    def __init__(self, store: Store, secret: Secret, lease_seconds: float) -> None:
        self._store = store
        self.name = store.name
        self.secret = secret
        self.lease_seconds = lease_seconds

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._store.close()

    def account(self, host: str, name: str, *, state_id: str = "") -> Account:
        """Find an account, or make it.

        Args:
            host: The API's host; of an embedded sandbox it does not count.
            name: ``--account``.
            state_id: Of an embedded sandbox's state: it is the account, whatever the port.

        Returns:
            The account.
        """
        identity = {"host": "" if state_id else host.lower(), "name": name, "state_id": state_id}
        with self._store.read() as connection:
            account_id = _find_account(connection, identity)
        if account_id is None and self._store.writable:
            with self._store.write() as connection:
                insert = (sqlite.insert if self._store.local else postgresql.insert)(ACCOUNTS)
                connection.execute(insert.values(identity).on_conflict_do_nothing())
                account_id = _find_account(connection, identity)
        digests = Digests(self.secret, "\0".join(identity.values()))
        return Account(Scope(self._store, account_id or 0), digests, self.lease_seconds)

    def runs(self) -> list[Run]:
        """Read all runs of all accounts, the oldest first.

        Returns:
            The runs.
        """
        return read_runs(self._store)

    def dead_runs(self) -> list[Run]:
        """Read runs that did not finish and whose process is gone, the oldest first.

        Returns:
            The runs; those of another machine too (``Run.machine``), once their lease has run out.
        """
        return read_dead_runs(self._store)

    def claim_run(self, run_id: str) -> bool:
        """Take over a dead run, to write its reports and finish it; of several programs one gets it.

        Args:
            run_id: Of one of ``dead_runs``.

        Returns:
            Whether this process has it now.
        """
        return claim_run(self._store, run_id, self.lease_seconds)

    def finish_run(self, run_id: str, stopped: str | None, counts: Mapping[str, int]) -> None:
        """Write how a run ended, after its reports are whole.

        Args:
            run_id: The run.
            stopped: None, ``limit``, ``window`` or the reason.
            counts: Outcome to count.
        """
        finish_run(self._store, run_id, stopped, counts)

    def change_progress(self, run_id: str, change: Callable[[Progress], Progress]) -> Progress:
        """Change a run's progress in one step, for several processes that work on one run.

        Args:
            run_id: The run, whoever owns it.
            change: Progress so far to progress from now; it may be called more than once.

        Returns:
            The progress as it stands now.
        """
        return change_progress(self._store, run_id, change)

    def row_outcomes(self, run_id: str) -> Iterator[RowOutcome]:
        """Read what became of a run's rows, by position.

        Args:
            run_id: The run.

        Returns:
            One outcome per decided row.
        """
        return read_row_outcomes(self._store, run_id)

    def forget_rows(self, run_id: str) -> None:
        """Delete a run's row outcomes, which nobody needs once its reports are whole.

        Args:
            run_id: The run.
        """
        forget_rows(self._store, run_id)

    def refuse_damage(self) -> None:
        """Read the whole ledger for damage, for ``doctor``; takes seconds on a large one.

        Raises:
            LedgerError: It is damaged.
        """
        with self._store.read() as connection:
            refuse_damage(self._store, connection)


def refuse_damage(store: Store, connection: Connection) -> None:
    """Read a ledger's file for damage; a server checks its own pages.

    Args:
        store: The database.
        connection: In a transaction.

    Raises:
        LedgerError: It is damaged.
    """
    if store.local and connection.scalar(text("PRAGMA quick_check(1)")) != "ok":
        raise LedgerError(f"The ledger {store.name} is damaged. {PUT_BACK}")


def _find_account(connection: Connection, identity: Mapping[str, str]) -> int | None:
    conditions = [ACCOUNTS.c[column] == value for column, value in identity.items()]
    return connection.scalar(select(ACCOUNTS.c.id).where(*conditions))
