"""Several workers deliver one input together: real PostgreSQL, real processes, a sandbox that keeps count."""

import os
import signal

import pytest
from e2e_exports import people, person
from ledger_backends import Backend
from machines_site import EXPORTS, RUN, Site, StartSite
from machines_workers import DEADLINE, wait_until
from rich.console import Console
from sandbox_gate import Gate

from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.run.recovering import recover_runs
from straitsx_bulk.flows.shards.orders import name_shard_run
from straitsx_bulk.io.ledger import State

WORKERS = 2
"""Requests under way at once of one shard, where its rate is looked at."""

REFUSED = [person(number, nationality="") for number in range(1, 61)]
"""Rows that pass the checks for SGD and that a strict API refuses."""


def ids(rows: int) -> list[str]:
    return [person["registrationId"] for person in people(rows)]


def assert_all_once(site: Site, rows: int) -> None:
    """Every profile is there, and none twice."""
    assert site.profiles_by_id() == dict.fromkeys(ids(rows), 1)


def test_two_workers_create_every_row_once_at_the_rate_of_one(start_site: StartSite) -> None:
    rows, rate = 120, 40
    site = start_site(people(rows), 2, tps=rate + 2 * WORKERS)
    reports = site.run(2, rate=rate, concurrency=WORKERS)
    assert reports.outcomes == {"created": rows}, site.said()
    assert_all_once(site, rows)
    stats = site.stats()
    # A busy machine may hold a request up between its turn and the sandbox, but no more than are under way at once.
    assert stats.max_attempted <= rate + 2 * WORKERS
    assert stats.by_call == {"create": {"200": rows}}


def test_the_whole_runs_reports_are_in_input_order_and_those_of_its_shards_add_up(start_site: StartSite) -> None:
    rows = 60
    site = start_site(people(rows), 4)
    reports = site.run(4)
    assert reports.column("registration_id") == ids(rows)
    assert reports.column("row") == [str(number) for number in range(2, 32)] * 2
    shards = site.shard_reports(4)
    assert sorted(line["registration_id"] for shard in shards for line in shard.rows) == sorted(ids(rows))
    assert all(shard.rows for shard in shards)
    told = {line["registration_id"]: line["customer_profile_id"] for shard in shards for line in shard.rows}
    assert {line["registration_id"]: line["customer_profile_id"] for line in reports.rows} == told
    assert reports.summary["api"]["calls"] == site.stats().calls == rows
    assert reports.summary["api"]["by_status"] == {"200": rows}


def test_the_same_input_again_makes_no_call(start_site: StartSite) -> None:
    site = start_site(people(30), 2)
    site.run(2)
    again = site.run(2, run_id="cd" * 16)
    assert again.outcomes == {"unchanged": 30}, site.said()
    assert site.stats().calls == 30


def test_a_killed_worker_is_replaced_and_nothing_doubles(start_site: StartSite) -> None:
    rows, shards = 200, 4
    site = start_site(people(rows), shards)
    assert site.workers is not None
    victim = name_shard_run(RUN, 2, shards)
    with site.backend.open() as ledger:
        with Gate(site.sandbox, 0) as gate:
            whole = site.start(shards)
            pid = site.workers.pid_of(victim)
            while len(list(ledger.row_outcomes(victim))) < 3:  # some of its rows are done, more are under way
                gate.let_one_through()
            os.kill(pid, signal.SIGKILL)
        whole.join(DEADLINE)
        assert whole.exitcode == 0, site.said()
        assert f"{victim}-1" in site.workers.started
        reports = site.reports()
        assert reports.column("registration_id") == ids(rows)
        assert reports.outcomes == {"created": rows}
        assert_all_once(site, rows)
        assert ledger.dead_runs() == []
        assert [list(ledger.row_outcomes(name_shard_run(RUN, shard, shards))) for shard in range(shards)] == [[]] * 4


def test_a_killed_whole_run_finds_its_shards_again(start_site: StartSite) -> None:
    rows = 80
    site = start_site(people(rows), 2)
    with Gate(site.sandbox, 10) as gate:
        whole = site.start(2)
        gate.wait_for(1)
        wait_until(lambda: site.workers and len(site.workers.started) == 2, "both shards")
        whole.kill()
        whole.join()
    reports = site.run(2)
    assert reports.outcomes == {"created": rows}, site.said()
    assert_all_once(site, rows)
    assert site.workers is not None
    assert sorted(site.workers.started) == sorted(f"{name_shard_run(RUN, shard, 2)}-0" for shard in range(2))


def test_reports_of_a_dead_whole_run_tell_what_its_shards_did(start_site: StartSite) -> None:
    site = start_site(people(40), 2)
    with site.backend.open() as ledger:
        with Gate(site.sandbox, 5) as gate, Presenter(Console(quiet=True), quiet=True) as presenter:
            whole = site.start(2)
            gate.wait_for(1)
            wait_until(lambda: site.workers and len(site.workers.started) == 2, "both shards")
            whole.kill()
            whole.join()
            assert recover_runs(ledger, lambda _payload: "", presenter) == []  # it is too early: the shards work on
        site.wait_for_profiles(40)
        wait_until(lambda: not any(run.live for run in ledger.runs()), "the shards have ended")
    site.run(2, run_id="cd" * 16)  # any later run writes the dead one's reports first
    assert site.reports().outcomes == {"created": 40}, site.said()


def test_refusals_are_counted_over_all_shards(start_site: StartSite) -> None:
    site = start_site(REFUSED, 4, strict=True)
    reports = site.run(4, max_refused=8, concurrency=4, rate=1000)
    under_way = 4
    assert 8 <= reports.outcomes["refused"] <= 8 + under_way
    assert "--max-refused 8" in reports.summary["stopped"]
    assert reports.outcomes["not_attempted"] == len(REFUSED) - reports.outcomes["refused"]


def test_the_limit_is_counted_over_all_shards(start_site: StartSite) -> None:
    site = start_site(people(100), 4)
    reports = site.run(4, limit=30)
    assert reports.outcomes == {"created": 30, "not_attempted": 70}, site.said()
    assert reports.summary["stopped"] == "limit"


def test_what_the_api_said_is_in_the_merged_reports_or_they_say_where_it_is(start_site: StartSite) -> None:
    site = start_site(REFUSED[:6], 2, strict=True, hide=True)
    hidden = site.run(2)
    assert hidden.outcomes == {"refused": 6}, site.said()
    for line in hidden.rows:
        assert "is in the reports of the shard" in line["message"]
        assert line["http_status"] == "400"
    own = {line["registration_id"]: line["message"] for shard in site.shard_reports(2) for line in shard.rows}
    assert all(own.values())
    site.hide = False
    seen = site.run(2, run_id="cd" * 16, retry_refused=True)
    assert {line["registration_id"]: line["message"] for line in seen.rows} == own


@pytest.mark.parametrize("change", ["content", "one_more"])
def test_a_worker_with_other_exports_sends_nothing(start_site: StartSite, change: str) -> None:
    site = start_site(people(40), 2)
    path = site.machines[1] / EXPORTS[1]
    if change == "content":
        path.write_text(path.read_text().replace("Made Up", "Other"), encoding="utf-8")
    else:
        path.write_text(path.read_text() + path.read_text().splitlines()[-1].replace("P0000", "Q0000") + "\n")
    reports = site.run(2)
    assert "not those that the whole run read" in reports.summary["stopped"]
    assert not list(site.machines[1].glob("runs/*/results.csv"))
    assert reports.summary["rows_read"] == 40


def test_a_shard_refuses_a_ledger_that_is_not_the_whole_runs(start_site: StartSite) -> None:
    site = start_site(people(10), 2)
    assert site.workers is not None
    site.workers.environ |= {"STRAITSX_BULK_LEDGER_SECRET": "77" * 32}
    reports = site.run(2)
    assert "is not the secret that this ledger was made with" in reports.summary["stopped"]
    assert site.stats().calls == 0


def test_two_imports_at_once_share_the_ledger(start_site: StartSite, backend: Backend) -> None:
    rows, rate = 60, 40
    site = start_site(people(rows), 2, tps=rate + 4 * WORKERS)
    both = [site.start(2, run_id=name, rate=rate, concurrency=WORKERS) for name in ("aa" * 16, "bb" * 16)]
    for whole in both:
        whole.join(DEADLINE)
        assert whole.exitcode == 0, site.said()
    assert_all_once(site, rows)
    outcomes = [site.reports(name).outcomes for name in ("aa" * 16, "bb" * 16)]
    assert sum(counts.get("created", 0) for counts in outcomes) == rows
    assert sum(sum(counts.values()) for counts in outcomes) == 2 * rows
    stats = site.stats()
    assert stats.max_attempted <= rate + 4 * WORKERS
    assert stats.by_call == {"create": {"200": rows}}
    with backend.open() as ledger:
        runs = ledger.runs()
        assert ledger.account(runs[0].host, "shared", state_id=site.sandbox.state_id).counts() == {State.CREATED: rows}
