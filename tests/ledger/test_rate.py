"""The account's shared turns."""

import pytest
from ledger_backends import Backend

from straitsx_bulk.io.ledger import Account, Ledger


@pytest.fixture
def plain_account(ledger: Ledger) -> Account:
    return ledger.account("api.example", "default")


def test_the_first_turn_is_now_and_the_next_ones_are_evenly_spaced(plain_account: Account) -> None:
    waits = [plain_account.reserve_slot(0.01) for _ in range(4)]
    assert waits[0] == 0.0
    assert [round(wait / 100) for wait in waits[1:]] == [1, 2, 3]


def test_an_account_that_waited_gets_no_burst(plain_account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    plain_account.reserve_slot(1e6)
    waits = [plain_account.reserve_slot(0.01) for _ in range(2)]
    assert waits[0] == 0.0
    assert round(waits[1] / 100) == 1


def test_another_program_takes_its_turns_from_the_same_row(plain_account: Account, backend: Backend) -> None:
    plain_account.reserve_slot(0.01)
    with backend.open() as other:
        assert round(other.account("api.example", "default").reserve_slot(0.01) / 100) == 1
        assert other.account("api.example", "other").reserve_slot(0.01) == 0.0


def test_after_a_429_nobody_has_a_turn_for_a_while(plain_account: Account, backend: Backend) -> None:
    plain_account.postpone_slots(300.0)
    with backend.open() as other:
        assert round(other.account("api.example", "default").reserve_slot(0.01) / 100) == 3


def test_a_short_pause_does_not_shorten_a_long_one(plain_account: Account) -> None:
    plain_account.postpone_slots(300.0)
    plain_account.postpone_slots(100.0)
    assert round(plain_account.reserve_slot(1.0) / 100) == 3


def test_a_turn_taken_late_puts_off_those_after_it(plain_account: Account, backend: Backend) -> None:
    plain_account.reserve_slot(0.01)
    plain_account.delay_slots(200.0)
    with backend.open() as other:
        assert round(other.account("api.example", "default").reserve_slot(0.01) / 100) == 3


@pytest.mark.parametrize("change", ["next_slot = next_slot + 1e7", "clock = 'before the restart'"])
def test_turns_of_a_clock_that_was_set_back_do_not_count(plain_account: Account, ledger: Ledger, change: str) -> None:
    plain_account.postpone_slots(300.0)
    with ledger._store.write() as connection:
        connection.exec_driver_sql(f"UPDATE ledger_rate SET {change}")
    assert plain_account.reserve_slot(1.0) == 0.0
