"""Several things in one transaction, and transactions that get into each other's way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from e2e_program import DEADLINE
from ledger_backends import (
    MOMENT,
    Backend,
    PostgresServer,
    create_intent,
    created,
    make_keys,
    start_account,
)
from sqlalchemy import Connection, text

from straitsx_bulk.io.ledger import Account, Ledger, Progress, RowOutcome, Settlement, State

Work = Callable[[], None]


def test_answers_outcomes_and_intents_go_in_together(ledger: Ledger) -> None:
    account = start_account(ledger, run_id="aa")
    first, second = make_keys(account, 2)
    account.begin([create_intent(account, first)])
    row = RowOutcome(7, "unchanged", b"", "", "", 0, "", 0, MOMENT)
    settled = created(account, first, position=3)
    begun = account.commit(
        settlements=[settled], rows=[row], intents=[create_intent(account, second)], progress=Progress(2, {"n": 1})
    )
    assert begun == {second}
    assert {key: known.state for key, known in account.known([first, second]).items()} == {
        first: State.CREATED,
        second: State.SENDING,
    }
    assert list(ledger.row_outcomes("aa")) == [settled.row, row]
    assert ledger.runs()[0].progress == Progress(2, {"n": 1})


def test_what_fails_leaves_nothing(account: Account) -> None:
    first, second = make_keys(account, 2)
    bad = Settlement(second, State.CREATED, held={"customerName": b"not a hash"})
    with pytest.raises(ValueError, match="customerName"):
        account.commit(settlements=[created(account, first), bad])
    assert account.known([first, second]) == {}


def test_two_programs_settle_the_same_new_keys_at_once(backend: Backend) -> None:
    """Both looked the keys up and found them; neither answer is lost and neither program fails."""
    with backend.open() as first_ledger, backend.open() as second_ledger:
        accounts = [start_account(first_ledger), start_account(second_ledger)]
        keys = make_keys(accounts[0], 300)
        run_together([settle_groups(account, keys) for account in accounts])
        assert accounts[0].counts() == {State.EXISTS: 300}


def settle_groups(account: Account, keys: list[bytes]) -> Work:
    def work() -> None:
        for start in range(0, len(keys), 30):
            group = keys[start : start + 30]
            account.settle([Settlement(key, State.EXISTS, f"customer_profile_{key.hex()}") for key in group])

    return work


def test_a_deadlock_that_the_server_broke_is_tried_again(postgres: PostgresServer) -> None:
    backend = postgres.make_backend()
    with backend.open() as first, backend.open() as second:
        start_account(first, run_id="aa")
        start_account(second, run_id="bb")
        barrier = Barrier(2)
        orders = [(first, ("aa", "bb")), (second, ("bb", "aa"))]
        run_together([lock_crosswise(ledger, order, barrier) for ledger, order in orders])
        assert [run.progress.limit_used for run in first.runs()] == [2, 2]


def lock_crosswise(ledger: Ledger, run_ids: tuple[str, str], barrier: Barrier) -> Work:
    met: list[bool] = []

    def write(connection: Connection) -> None:
        for run_id in run_ids:
            connection.execute(text(f"UPDATE ledger_runs SET limit_used = limit_used + 1 WHERE run_id = '{run_id}'"))
            if not met:  # both hold one row and want the other's; the second time there is nobody to wait for
                met.append(True)
                barrier.wait(DEADLINE)

    return lambda: ledger._store.transact(write)


def run_together(works: list[Work]) -> None:
    """Do several things at once; raise what one of them raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(work) for work in works]:
            future.result(DEADLINE)
