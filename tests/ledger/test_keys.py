"""What the ledger remembers of keys, on SQLite and PostgreSQL alike."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_backends import (
    MOMENT,
    Backend,
    create_intent,
    created,
    make_keys,
    patch_intent,
    sqlite_backend,
    start_account,
)

from straitsx_bulk.io.ledger import (
    EMPTY,
    Account,
    Action,
    CrosswalkRow,
    FoundProfile,
    Intent,
    Ledger,
    RowOutcome,
    RunStart,
    Settlement,
    State,
)


def forge_dead_sender(account: Account) -> None:
    """Make the account's run look like one of a process that has ended."""
    with account._scope.store.write() as connection:
        connection.exec_driver_sql("UPDATE ledger_owners SET pid = 999999999")


def test_a_key_nobody_spoke_of_is_not_known(account: Account) -> None:
    assert account.known(make_keys(account, 3)) == {}


def test_an_intent_is_durable_before_begin_returns(account: Account, backend: Backend) -> None:
    (key,) = make_keys(account, 1)
    before = datetime.now(UTC) - timedelta(seconds=5)
    assert account.begin([create_intent(account, key, "Ada")]) == {key}
    with backend.open() as other:
        known = other.account("api.example", "default").known([key])[key]
    assert (known.state, known.action, known.live, known.in_doubt) == (State.SENDING, Action.CREATE, True, False)
    assert known.intent == {"customerName": account.digests.value(key, "customerName", "Ada")}
    assert known.intent_at is not None
    assert before < known.intent_at < datetime.now(UTC) + timedelta(seconds=5)


def test_an_answer_is_durable_before_settle_returns(account: Account, backend: Backend) -> None:
    (key,) = make_keys(account, 1)
    account.begin([create_intent(account, key)])
    account.settle([created(account, key)])
    with backend.open() as other:
        known = other.account("api.example", "default").known([key])[key]
    assert (known.state, known.customer_profile_id, known.verification_status, known.rail, known.http_status) == (
        State.CREATED,
        f"customer_profile_{key.hex()}",
        "pending",
        "sgd",
        200,
    )
    assert known.held == {
        "customerName": account.digests.value(key, "customerName", "Ada"),
        "address.street": EMPTY,
    }
    assert (known.intent, known.intent_at, known.action, known.live) == ({}, None, None, False)


def test_of_two_senders_one_gets_the_key(account: Account, backend: Backend) -> None:
    (key,) = make_keys(account, 1)
    with backend.open() as other_ledger:
        other = start_account(other_ledger)
        assert account.begin([create_intent(account, key)]) == {key}
        assert other.begin([create_intent(other, key)]) == set()
        version = other.known([key])[key].version
        assert other.begin([create_intent(other, key, version=version)]) == set()


def test_what_was_created_meanwhile_is_not_begun(account: Account) -> None:
    (key,) = make_keys(account, 1)
    account.begin([create_intent(account, key)])
    account.settle([created(account, key)])
    assert account.begin([create_intent(account, key)]) == set()
    version = account.known([key])[key].version
    assert account.begin([create_intent(account, key, version=version)]) == set()


@pytest.mark.parametrize("state", [State.CREATED, State.UPGRADED, State.UNCHANGED, State.EXISTS, State.CONFLICT])
def test_a_key_that_is_there_is_never_created_again(account: Account, state: State) -> None:
    (key,) = make_keys(account, 1)
    account.settle([Settlement(key, state)])
    assert account.begin([create_intent(account, key, version=account.known([key])[key].version)]) == set()


@pytest.mark.parametrize("state", [State.REFUSED, State.NOT_FOUND, State.IN_DOUBT])
def test_a_key_that_may_not_be_there_is_begun_on_what_is_known_now(account: Account, state: State) -> None:
    (key,) = make_keys(account, 1)
    account.settle([Settlement(key, state)])
    assert account.begin([create_intent(account, key, version=0)]) == set()
    assert account.begin([create_intent(account, key, version=account.known([key])[key].version)]) == {key}


def test_a_decision_on_old_knowledge_begins_nothing(account: Account) -> None:
    (key,) = make_keys(account, 1)
    account.settle([created(account, key)])
    stale = patch_intent(account, key, {"email": "a@example.com"})
    account.settle([Settlement(key, State.UNCHANGED, verification_status="verified")])
    assert account.begin([stale]) == set()
    assert account.begin([patch_intent(account, key, {"email": "a@example.com"})]) == {key}


def test_a_dead_senders_key_is_in_doubt_and_can_be_begun_again(account: Account, backend: Backend) -> None:
    (key,) = make_keys(account, 1)
    account.begin([create_intent(account, key)])
    forge_dead_sender(account)
    with backend.open() as other_ledger:
        other = start_account(other_ledger)
        known = other.known([key])[key]
        assert (known.state, known.live, known.in_doubt) == (State.SENDING, False, True)
        assert other.doubts() == [known]
        assert other.counts() == {State.IN_DOUBT: 1}
        assert other.begin([create_intent(other, key, version=known.version)]) == {key}
        assert other.known([key])[key].intent_at == known.intent_at


def test_a_lease_that_ran_out_puts_the_key_in_doubt(backend: Backend) -> None:
    with backend.open(lease_seconds=-1.0) as ledger:
        account = start_account(ledger, run_id="aa")
        (key,) = make_keys(account, 1)
        account.begin([create_intent(account, key)])
        assert account.known([key])[key].in_doubt
    with backend.open(lease_seconds=60.0) as ledger:
        account = ledger.account("api.example", "default")
        account.renew("aa")
        assert account.known([key])[key].live


def test_a_doubt_keeps_what_was_being_sent(account: Account) -> None:
    (key,) = make_keys(account, 1)
    account.begin([create_intent(account, key)])
    begun = account.known([key])[key]
    account.settle([Settlement(key, State.IN_DOUBT, http_status=500, api_code="STXE-9100")])
    known = account.known([key])[key]
    assert (known.state, known.in_doubt, known.http_status, known.api_code) == (
        State.IN_DOUBT,
        True,
        500,
        "STXE-9100",
    )
    assert (known.intent, known.intent_at, known.action) == (begun.intent, begun.intent_at, Action.CREATE)
    assert account.doubts() == [known]


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_system_clock_that_is_set_takes_no_key_from_who_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """A file's leases run on a clock that nobody sets: neither do they all run out, nor do they last for ever."""
    backend = sqlite_backend(tmp_path)
    with backend.open(lease_seconds=60.0) as ours, backend.open(lease_seconds=-1.0) as dead:
        mine, gone = start_account(ours), start_account(dead)
        living, left = make_keys(mine, 2)
        mine.begin([create_intent(mine, living)])
        gone.begin([create_intent(gone, left)])
        set_clock = time.time() + 3600 * hours
        monkeypatch.setattr(time, "time", lambda: set_clock)
        with backend.open() as ledger:
            known = start_account(ledger).known([living, left])
        assert {key: entry.live for key, entry in known.items()} == {living: True, left: False}


def test_released_keys_are_as_they_were(account: Account) -> None:
    new, doubtful, existing = make_keys(account, 3)
    account.begin([create_intent(account, doubtful)])
    account.settle([Settlement(doubtful, State.IN_DOUBT), created(account, existing)])
    keys = [doubtful, existing]
    versions = {key: known.version for key, known in account.known(keys).items()}
    account.begin([create_intent(account, new), create_intent(account, doubtful, version=versions[doubtful])])
    account.begin([patch_intent(account, existing, {"email": "a@example.com"})])
    account.release([new, doubtful, existing])
    known = account.known([new, doubtful, existing])
    assert [known[key].state for key in (new, doubtful, existing)] == [State.PLANNED, State.IN_DOUBT, State.CREATED]
    assert [known[key].action for key in (new, doubtful, existing)] == [None, Action.CREATE, None]
    assert account.begin([create_intent(account, new, version=known[new].version)]) == {new}


def test_others_keys_are_not_released(account: Account, backend: Backend) -> None:
    (key,) = make_keys(account, 1)
    account.begin([create_intent(account, key)])
    with backend.open() as other_ledger:
        start_account(other_ledger).release([key])
    assert account.known([key])[key].live


def test_held_values_are_merged(account: Account) -> None:
    (key,) = make_keys(account, 1)
    account.settle([created(account, key)])
    account.begin([patch_intent(account, key, {"address.street": "1 Road", "gender": "FEMALE"})])
    patched = account.digests.values(key, {"address.street": "1 Road", "gender": "FEMALE"})
    account.settle([Settlement(key, State.UPGRADED, held=patched, rail="usd")])
    known = account.known([key])[key]
    assert known.held == {"customerName": account.digests.value(key, "customerName", "Ada"), **patched}
    assert (known.state, known.rail, known.verification_status) == (State.UPGRADED, "usd", "pending")


def test_a_refused_patch_changes_nothing_that_is_held(account: Account) -> None:
    (key,) = make_keys(account, 1)
    account.settle([created(account, key)])
    held = account.known([key])[key].held
    account.begin([patch_intent(account, key, {"customerName": "Bob"})])
    account.settle([Settlement(key, State.REFUSED, http_status=400, api_code="XFE15", row_digest=b"d" * 16)])
    known = account.known([key])[key]
    assert (known.held, known.row_digest, known.customer_profile_id) == (
        held,
        b"d" * 16,
        f"customer_profile_{key.hex()}",
    )


@pytest.mark.parametrize("settled", [True, False])
def test_what_a_doubtful_patch_may_have_changed_is_unknown(account: Account, *, settled: bool) -> None:
    (key,) = make_keys(account, 1)
    account.settle([created(account, key)])
    account.begin([patch_intent(account, key, {"customerName": "Bob"})])
    if settled:
        account.settle([Settlement(key, State.IN_DOUBT)])
    else:
        forge_dead_sender(account)
    assert account.known([key])[key].held == {"address.street": EMPTY}
    if not settled:
        account.start_run(RunStart("feed", "import", "runs/two"))
    account.settle([Settlement(key, State.EXISTS)])
    assert account.known([key])[key].held == {"address.street": EMPTY}


def test_a_key_may_be_settled_twice_in_one_group(account: Account) -> None:
    (key,) = make_keys(account, 1)
    account.begin([create_intent(account, key)])
    account.settle([Settlement(key, State.IN_DOUBT), created(account, key)])
    assert account.known([key])[key].state is State.CREATED


def test_an_answer_that_comes_after_another_took_over_gives_only_the_id(account: Account, backend: Backend) -> None:
    (key,) = make_keys(account, 1)
    account.begin([create_intent(account, key)])
    forge_dead_sender(account)
    with backend.open() as other_ledger:
        other = start_account(other_ledger)
        other.begin([create_intent(other, key, version=other.known([key])[key].version)])
        account.settle([created(account, key)])
        known = other.known([key])[key]
        assert (known.state, known.live, known.customer_profile_id) == (
            State.SENDING,
            True,
            f"customer_profile_{key.hex()}",
        )


@pytest.mark.parametrize("state", [State.PLANNED, State.SENDING])
def test_a_settlement_says_what_became_of_the_key(account: Account, state: State) -> None:
    (key,) = make_keys(account, 1)
    with pytest.raises(ValueError, match="settlement"):
        account.settle([Settlement(key, state)])


def test_profiles_are_known_by_their_ids(account: Account) -> None:
    keys = make_keys(account, 3)
    account.settle([created(account, key) for key in keys])
    ids = [f"customer_profile_{key.hex()}" for key in keys]
    assert {known.key for known in account.known_ids([*ids, "customer_profile_none", ""]).values()} == set(keys)
    assert set(account.known_ids(ids)) == set(ids)


def test_many_keys_are_read_in_one_call(account: Account) -> None:
    keys = make_keys(account, 1234)
    account.settle([Settlement(key, State.EXISTS) for key in keys])
    assert set(account.known([*keys, *keys])) == set(keys)
    assert account.counts() == {State.EXISTS: 1234}


def test_found_profiles_are_adopted_and_known_ones_brought_up_to_date(account: Account) -> None:
    new, mine, refused, doubtful, sending = make_keys(account, 5)
    account.settle([created(account, mine), Settlement(refused, State.REFUSED), Settlement(doubtful, State.IN_DOUBT)])
    account.begin([create_intent(account, sending)])
    held = account.digests.values(new, {"customerName": "Eve"})
    found = [
        FoundProfile(key, f"customer_profile_{key.hex()}", "verified", "usd", held if key == new else {})
        for key in (new, mine, refused, doubtful, sending)
    ]
    assert account.adopt(found) == {new, refused, doubtful}
    known = account.known([new, mine, refused, doubtful, sending])
    assert [known[key].state for key in (new, mine, refused, doubtful, sending)] == [
        State.EXISTS,
        State.CREATED,
        State.EXISTS,
        State.IN_DOUBT,
        State.SENDING,
    ]
    assert [known[key].verification_status for key in (new, mine, sending)] == ["verified", "verified", ""]
    assert known[new].held == held
    assert account.adopt(found[:2]) == set()


def test_adopting_what_has_not_changed_keeps_decisions_valid(account: Account) -> None:
    (key,) = make_keys(account, 1)
    found = FoundProfile(key, "customer_profile_1", "verified", "usd")
    account.adopt([found])
    version = account.known([key])[key].version
    account.adopt([found])
    assert account.known([key])[key].version == version


def test_the_crosswalk_names_what_was_done_and_not_what_was_merely_found(account: Account) -> None:
    keys = make_keys(account, 3)
    account.begin([Intent(key, Action.CREATE, {}, f"user-{number}") for number, key in enumerate(keys[:2])])
    account.settle([created(account, key) for key in keys[:2]])
    account.adopt([FoundProfile(keys[2], "customer_profile_found")])
    expected = {
        CrosswalkRow(f"user-{number}", f"customer_profile_{key.hex()}", "sgd", "pending")
        for number, key in enumerate(keys[:2])
    }
    assert set(account.crosswalk()) == expected


def test_the_crosswalk_is_read_in_pages(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("straitsx_bulk.io.ledger.paging.PAGE_SIZE", 3)
    keys = make_keys(account, 9)
    account.settle([created(account, key) for key in keys])
    expected = {f"customer_profile_{key.hex()}" for key in keys}
    found = [row.customer_profile_id for row in account.crosswalk()]
    assert (len(found), set(found)) == (9, expected)


def test_accounts_know_nothing_of_each_other(ledger: Ledger) -> None:
    first, second = start_account(ledger, name="one"), start_account(ledger, name="two")
    (key,) = make_keys(first, 1)
    first.settle([created(first, key)])
    assert make_keys(second, 1) != [key]
    assert second.known([key]) == {}
    assert (second.counts(), second.some_profile(), list(second.crosswalk())) == ({}, None, [])
    assert second.begin([create_intent(second, key)]) == {key}


def test_a_sandboxs_account_is_its_state_whatever_the_port(ledger: Ledger) -> None:
    first = ledger.account("127.0.0.1:1", "default", state_id="state-a")
    (key,) = make_keys(first, 1)
    first.settle([Settlement(key, State.EXISTS)])
    assert set(ledger.account("127.0.0.1:2", "default", state_id="state-a").known([key])) == {key}
    assert ledger.account("127.0.0.1:1", "default", state_id="state-b").known([key]) == {}


def test_the_hosts_case_does_not_count(ledger: Ledger) -> None:
    account = ledger.account("API.Example", "default")
    (key,) = make_keys(account, 1)
    account.settle([Settlement(key, State.EXISTS)])
    assert set(ledger.account("api.example", "default").known([key])) == {key}


def test_api_keys_are_remembered_for_their_account(ledger: Ledger) -> None:
    account = ledger.account("api.example", "default")
    assert not account.knows_key("fingerprint")
    account.add_key("fingerprint")
    account.add_key("fingerprint")
    assert account.knows_key("fingerprint")
    assert not ledger.account("api.example", "other").knows_key("fingerprint")


def test_some_profile_is_one_that_is_there(account: Account) -> None:
    refused, there = make_keys(account, 2)
    account.settle([Settlement(refused, State.REFUSED)])
    assert account.some_profile() is None
    account.settle([created(account, there)])
    found = account.some_profile()
    assert found is not None
    assert found.key == there


def test_begin_needs_a_run(ledger: Ledger) -> None:
    account = ledger.account("api.example", "default")
    (key,) = make_keys(account, 1)
    with pytest.raises(RuntimeError, match="start_run"):
        account.begin([create_intent(account, key)])
    with pytest.raises(RuntimeError, match="start_run"):
        account.record([RowOutcome(0, "unchanged", key, "", "", 0, "", 0, MOMENT)])
