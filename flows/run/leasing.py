"""Keeps saying that a run's process lives, from the run's start until its reports are whole.

A lease that ran out would let another process take the run for dead: send its rows in doubt, and write its reports. The
saying is done by a thread, so that neither a long check nor a long report delays it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.io.ledger import Account, RunTakenError
from straitsx_bulk.io.ledger.runs import LEASE_SECONDS
from straitsx_bulk.schemas.errors import StraitsxBulkError

RENEWALS = 6
"""How often a lease is renewed while it lasts, so that several may fail."""

LAST = 0.5
"""Share of a lease after which, without a renewal, no further row is begun: the requests in flight need the rest."""


@contextmanager
def telling_if_taken(account: Account) -> Iterator[None]:
    """End the block with the true reason where another program took the run for dead: its folder is that one's now.

    Args:
        account: The run's account.

    Raises:
        RunTakenError: Another program has the run, whatever else went wrong for that.
    """
    try:
        yield
    except Exception:  # whatever it was: it goes on up, unless another program's taking over is the true reason
        refuse_taken_run(account)
        raise
    refuse_taken_run(account)


def refuse_taken_run(account: Account) -> None:
    """Make sure that the run is still this process's, as far as the ledger can say.

    Raises:
        RunTakenError: It is another program's.
    """
    try:
        account.refuse_taken()
    except RunTakenError:
        raise
    except StraitsxBulkError:  # the ledger fails: that is told where it is needed, and the reports are written even so
        return


@contextmanager
def renewing(account: Account, run_id: str, stop: Stop, lease_seconds: float = LEASE_SECONDS) -> Iterator[None]:
    """Keep a run's lease while the block runs.

    Args:
        account: The run's account; its ``renew`` is called from another thread.
        run_id: The run, started.
        stop: Is told where the lease can no longer be kept.
        lease_seconds: How long it lasts.
    """
    done = threading.Event()

    def renew() -> None:
        renewed = time.monotonic()
        while not done.wait(lease_seconds / RENEWALS):
            try:
                account.renew(run_id)
            except RunTakenError as error:
                stop.fail(str(error))
                return
            except StraitsxBulkError as error:  # the ledger is locked or full: it may be free again in a moment
                if time.monotonic() - renewed > LAST * lease_seconds:
                    stop.fail(str(error))
            else:
                renewed = time.monotonic()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
