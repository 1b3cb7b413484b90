"""Runs: owners, progress, outcomes of rows, and what is left of a run whose process is gone."""

from datetime import timedelta

import pytest
from ledger_backends import MOMENT, Backend, create_intent, created, make_keys, start_account

from straitsx_bulk.io.ledger import Account, Ledger, Progress, RowOutcome, RunStart, RunTakenError
from straitsx_bulk.io.ledger.owners import this_process
from straitsx_bulk.schemas.errors import LedgerError


def outcome(position: int, what: str = "unchanged") -> RowOutcome:
    return RowOutcome(position, what, b"k" * 16, "customer_profile_1", "verified", 0, "", 0, MOMENT)


def forge_owner(ledger: Ledger, change: str) -> None:
    with ledger._store.write() as connection:
        connection.exec_driver_sql(f"UPDATE ledger_owners SET {change}")


def test_a_run_is_known_from_its_start_to_its_end(ledger: Ledger) -> None:
    account = ledger.account("api.example", "default")
    begun = account.start_run(RunStart("aa11", "import", "runs/one", '{"rate": 5}'))
    assert (begun.run_id, begun.host, begun.account, begun.command, begun.folder, begun.facts) == (
        "aa11",
        "api.example",
        "default",
        "import",
        "runs/one",
        '{"rate": 5}',
    )
    assert (begun.finished_at, begun.stopped, begun.progress, begun.counts, begun.live) == (
        None,
        None,
        Progress(),
        {},
        True,
    )
    assert (begun.machine, begun.pid) == (this_process().machine, this_process().pid)
    ledger.finish_run("aa11", "limit", {"created": 2})
    (run,) = ledger.runs()
    assert (run.stopped, run.counts, run.live) == ("limit", {"created": 2}, False)
    assert run.finished_at is not None
    assert run.finished_at >= run.started_at


def test_a_living_run_is_not_dead_and_cannot_be_claimed(ledger: Ledger) -> None:
    start_account(ledger, run_id="aa")
    assert ledger.dead_runs() == []
    assert not ledger.claim_run("aa")


def test_a_run_of_an_ended_process_is_dead_and_one_program_gets_it(ledger: Ledger, backend: Backend) -> None:
    start_account(ledger, run_id="aa")
    forge_owner(ledger, "pid = 999999999")
    assert [run.run_id for run in ledger.dead_runs()] == ["aa"]
    assert ledger.claim_run("aa")
    with backend.open() as other:
        assert not other.claim_run("aa")
        assert other.dead_runs() == []
    ledger.finish_run("aa", "killed", {})
    assert ledger.dead_runs() == []
    assert not ledger.claim_run("aa")


def test_a_process_number_that_another_process_got_is_not_the_owner(ledger: Ledger) -> None:
    start_account(ledger, run_id="aa")
    forge_owner(ledger, "started = '12'")
    assert [run.run_id for run in ledger.dead_runs()] == ["aa"]


def test_of_another_machines_run_the_lease_decides(ledger: Ledger) -> None:
    start_account(ledger, run_id="aa")
    forge_owner(ledger, "machine = 'elsewhere/pid:[1]', pid = 999999999")
    assert ledger.dead_runs() == []
    forge_owner(ledger, "lease_until = lease_until - 100000")
    assert [run.run_id for run in ledger.dead_runs()] == ["aa"]


def test_a_run_that_starts_again_goes_on_where_it_was(ledger: Ledger) -> None:
    account = start_account(ledger, run_id="aa")
    account.record([], Progress(7, {"refused": 3}))
    forge_owner(ledger, "pid = 999999999")
    again = ledger.account("api.example", "default").start_run(RunStart("aa", "import", "runs/one"))
    assert (again.progress, again.live) == (Progress(7, {"refused": 3}), True)
    assert len(ledger.runs()) == 1


def test_what_the_dead_process_was_sending_is_in_doubt_for_the_run_that_starts_again(ledger: Ledger) -> None:
    account = start_account(ledger, run_id="aa")
    (key,) = make_keys(account, 1)
    account.begin([create_intent(account, key)])
    forge_owner(ledger, "pid = 999999999")
    again = start_account(ledger, run_id="aa")
    assert [known.key for known in again.sending("aa")] == [key]
    assert [known.key for known in again.doubts()] == [key]


def test_a_run_that_was_taken_for_dead_begins_keeps_and_renews_nothing(ledger: Ledger, backend: Backend) -> None:
    account = start_account(ledger, run_id="aa")
    first, second = make_keys(account, 2)
    account.begin([create_intent(account, first)])
    account.refuse_taken()
    forge_owner(ledger, "lease_until = lease_until - 100000")
    with backend.open() as other:
        assert other.claim_run("aa")
        with pytest.raises(RunTakenError):
            account.begin([create_intent(account, second)])
        with pytest.raises(RunTakenError):
            account.keep(first)
        with pytest.raises(RunTakenError):
            account.renew("aa")
        with pytest.raises(RunTakenError, match="the same command goes on"):
            account.refuse_taken()
        assert account.known([second]) == {}
        other.account("api.example", "default").renew("aa")  # whoever took it over keeps it


def test_a_key_is_kept_unless_another_run_has_it_and_the_lease_runs_anew(ledger: Ledger, backend: Backend) -> None:
    account = start_account(ledger, run_id="aa")
    ours, theirs = make_keys(account, 2)
    account.begin([create_intent(account, key) for key in (ours, theirs)])
    forge_owner(ledger, "lease_until = lease_until - 100000")
    with backend.open() as second:
        other = start_account(second)
        version = other.known([theirs])[theirs].version
        assert other.begin([create_intent(other, theirs, version=version)]) == {theirs}
        assert (account.keep(theirs), other.known([ours])[ours].live) == (False, False)
        assert (account.keep(ours), other.known([ours])[ours].live) == (True, True)


def test_a_living_run_does_not_start_twice(ledger: Ledger) -> None:
    start_account(ledger, run_id="aa")
    with pytest.raises(LedgerError, match="under way"):
        start_account(ledger, run_id="aa")


def test_a_run_stays_with_its_account(ledger: Ledger) -> None:
    start_account(ledger, run_id="aa")
    ledger.finish_run("aa", None, {})
    with pytest.raises(LedgerError, match="another account"):
        start_account(ledger, name="other", run_id="aa")


def test_outcomes_come_back_by_position(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("straitsx_bulk.io.ledger.runs.PAGE_SIZE", 4)
    account = start_account(ledger, run_id="aa")
    account.record([outcome(position) for position in (5, 3, 8, 0, 1, 2, 7, 4)])
    assert list(ledger.row_outcomes("aa")) == [outcome(position) for position in (0, 1, 2, 3, 4, 5, 7, 8)]
    assert list(ledger.row_outcomes("none")) == []


def test_of_a_position_that_comes_again_the_last_holds(ledger: Ledger) -> None:
    account = start_account(ledger, run_id="aa")
    account.record([outcome(0, "in_doubt")])
    account.record([outcome(0, "refused"), outcome(0, "created")])
    assert list(ledger.row_outcomes("aa")) == [outcome(0, "created")]


def test_an_answers_row_is_written_with_it(ledger: Ledger) -> None:
    account = start_account(ledger, run_id="aa")
    keys = make_keys(account, 2)
    settlements = [created(account, key, position=position) for position, key in enumerate(keys)]
    account.settle(settlements, Progress(2, {}))
    assert list(ledger.row_outcomes("aa")) == [settlement.row for settlement in settlements]
    assert ledger.runs()[0].progress == Progress(2, {})


def test_outcomes_are_kept_apart_by_run_and_forgotten_by_run(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("straitsx_bulk.io.ledger.runs.PAGE_SIZE", 3)
    first, second = start_account(ledger, run_id="aa"), start_account(ledger, run_id="bb")
    first.record([outcome(position) for position in range(10)])
    second.record([outcome(0, "created")])
    ledger.forget_rows("aa")
    assert list(ledger.row_outcomes("aa")) == []
    assert list(ledger.row_outcomes("bb")) == [outcome(0, "created")]


def test_times_keep_their_moment(account: Account, ledger: Ledger) -> None:
    moment = MOMENT + timedelta(microseconds=123456)
    account.record([RowOutcome(0, "created", b"", "", "", 0, "", 1, moment)])
    (run,) = ledger.runs()
    (row,) = ledger.row_outcomes(run.run_id)
    assert row.finished_at == moment
