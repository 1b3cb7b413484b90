"""A sandbox that fails: no row doubled, none lost, and the results say what the sandbox holds."""

from collections import Counter

import httpx
import pytest
from e2e_exports import as_csv, body_of, people, person, sgd_only
from e2e_program import Ended, Machine, StartSandbox, refused_creates
from sandbox_gate import Gate

from straitsx_bulk.io.sandbox.server import SandboxServer

DONE_BEFORE = {"500-before", "503-before", "drop-before", "429"}
"""Faults after which the row has to be sent again."""

STORM = [
    *("500-before", "500-after", "502-after", "drop-before", "drop-after"),
    *("truncate", "cut", "no-id", "html", "429"),
]
FIRM = {"created", "upgraded", "unchanged"}


def send(machine: Machine, sandbox: SandboxServer, *more: object) -> Ended:
    return machine.run("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url, *more)


def ids_of(sandbox: SandboxServer) -> dict[str, str]:
    return {str(profile.attributes["registrationId"]): profile.id for profile in sandbox.profiles()}


def check_agreement(ended: Ended, sandbox: SandboxServer) -> None:
    """The results and the sandbox tell the same story."""
    assert "Traceback" not in ended.stderr
    there = ids_of(sandbox)
    assert len(sandbox.profiles()) == len(there), "a key was created twice"
    told = {r["registration_id"]: r["customer_profile_id"] for r in ended.reports.rows if r["outcome"] in FIRM}
    assert told.items() <= there.items()
    doubtful = {r["registration_id"] for r in ended.reports.rows if r["outcome"] == "in_doubt"}
    assert there.keys() - told.keys() <= doubtful
    assert ended.reports.summary["api"]["calls"] == sandbox.stats().calls


@pytest.mark.parametrize(
    "fault",
    [*STORM, "424-after", "503-before", "garbage"],
)
def test_one_fault_in_the_middle_is_found_out_about_at_once(
    machine: Machine, start_sandbox: StartSandbox, fault: str
) -> None:
    sandbox = start_sandbox(faults=f"{fault}:create@3")
    machine.write("people.csv", as_csv(people(5)))
    ended = send(machine, sandbox)
    check_agreement(ended, sandbox)
    assert (ended.code, ended.reports.outcomes) == (0, {"created": 5})
    assert {str(p.attributes["registrationId"]): p.attributes for p in sandbox.profiles()} == {
        row["registrationId"]: body_of(row) for row in people(5)
    }
    assert refused_creates(sandbox) == {}, "a key was sent again without a look"
    assert sandbox.stats().count_calls("create") == (6 if fault in DONE_BEFORE else 5)


def test_a_storm_of_faults_doubles_and_loses_nothing(machine: Machine, start_sandbox: StartSandbox) -> None:
    storm = ",".join(f"{kind}=0.015" for kind in STORM if kind != "429") + ",429@40"  # many would only slow it down
    sandbox = start_sandbox(faults=f"seed=3,{storm},partial=create+list")
    rows = people(60)
    machine.write("people.csv", as_csv(sgd_only(rows[:20])))
    ended = send(machine, sandbox)
    check_agreement(ended, sandbox)
    sandbox.reset()
    machine.write("people.csv", as_csv(rows))
    for _ in range(6):
        ended = send(machine, sandbox)
        check_agreement(ended, sandbox)
        assert refused_creates(sandbox) == {}, "a key was sent again without a look"
        sandbox.reset()
        if ended.code == 0:
            break
    assert set(ended.reports.outcomes) <= FIRM
    held = {str(profile.attributes["registrationId"]): profile.attributes for profile in sandbox.profiles()}
    assert held == {row["registrationId"]: body_of(row) for row in rows}


def test_what_cannot_be_found_out_is_in_doubt_and_settled_first_next_time(
    machine: Machine, start_sandbox: StartSandbox
) -> None:
    sandbox = start_sandbox(faults="drop-after:create@2,401:list@1")
    machine.write("people.csv", as_csv(people(3)))
    ended = send(machine, sandbox, "--concurrency", "1", "--rate", "1000")
    assert (ended.code, ended.reports.column("outcome")) == (1, ["created", "in_doubt", "not_attempted"])
    before = ids_of(sandbox)
    sandbox.reset()
    again = send(machine, sandbox, "--concurrency", "1", "--rate", "1000")
    assert (again.code, again.reports.column("outcome")) == (0, ["unchanged", "created", "created"])
    assert again.reports.column("customer_profile_id")[1] == before["P0000002X"]
    assert Counter(sandbox.stats().by_call) == {"list": {"200": 1}, "create": {"200": 1}}


def test_a_lost_answer_to_a_patch_is_settled_too(machine: Machine, start_sandbox: StartSandbox) -> None:
    sandbox = start_sandbox(faults="drop-after:patch@1,500-before:patch@2")
    machine.write("people.csv", as_csv(sgd_only(people(3))))
    send(machine, sandbox)
    machine.write("people.csv", as_csv(people(3)))
    for _ in range(2):
        ended = send(machine, sandbox)
    assert (ended.code, set(ended.reports.outcomes) <= FIRM) == (0, True)
    held = {str(profile.attributes["registrationId"]): profile.attributes for profile in sandbox.profiles()}
    assert held == {row["registrationId"]: body_of(row) for row in people(3)}


def test_somebody_elses_profile_made_meanwhile_is_not_taken_for_ours(
    machine: Machine, start_sandbox: StartSandbox
) -> None:
    """A create in doubt whose look-up finds another name: a conflict, not `created`."""
    sandbox = start_sandbox(faults="drop-before:create@2,401:list@1")
    machine.write("people.csv", as_csv([person(1), person(2)]))
    first = send(machine, sandbox, "--concurrency", "1", "--rate", "1000")
    assert first.reports.column("outcome") == ["created", "in_doubt"]
    with httpx.Client(trust_env=False) as client:
        other = body_of(person(2, customerName="Somebody Else"))
        client.post(
            f"{sandbox.base_url}/kyc/customer_profiles", json=other, headers={"X-XFERS-APP-API-KEY": "somebody-else"}
        )
    ended = send(machine, sandbox)
    assert (ended.code, ended.reports.column("outcome")) == (3, ["unchanged", "conflict"])
    assert len(sandbox.profiles()) == 2


# -- the rate

RATE, WORKERS = 20, 2
"""Of one run. However busy the machine, no more calls of a run come late than it has workers: each waits for an answer
before it takes its next turn."""


def test_the_rate_is_never_exceeded_and_no_call_is_refused_for_it(
    machine: Machine, start_sandbox: StartSandbox
) -> None:
    sandbox = start_sandbox(tps=RATE + WORKERS)
    machine.write("people.csv", as_csv(people(60)))
    ended = send(machine, sandbox, "--rate", RATE, "--concurrency", WORKERS)
    stats = sandbox.stats()
    assert (ended.code, ended.reports.outcomes) == (0, {"created": 60})
    assert (stats.calls, stats.refused_for_rate, stats.max_attempted <= RATE + WORKERS) == (60, 0, True)
    assert (ended.reports.summary["api"]["throttled"], ended.reports.summary["api"]["max_rate"] <= RATE) == (0, True)


def test_two_runs_share_one_rate(machine: Machine, start_sandbox: StartSandbox) -> None:
    sandbox = start_sandbox(tps=RATE + 2 * WORKERS)
    machine.write("people.csv", as_csv(people(30)))
    machine.write("others.csv", as_csv(people(30, first=31)))
    target = ("--env", "local", "--base-url", sandbox.base_url, "--rate", RATE, "--concurrency", WORKERS)
    with Gate(sandbox, 0) as gate:
        started = [machine.start("import", name, *target) for name in ("others.csv", "people.csv")]
        gate.wait_for(2 * WORKERS)  # both of them send now
    assert [process.wait() for process in started] == [0, 0], machine.started_stderr
    stats = sandbox.stats()
    assert (stats.calls, stats.refused_for_rate, stats.max_attempted <= RATE + 2 * WORKERS) == (60, 0, True)


def test_a_429_is_waited_out_and_never_in_doubt(machine: Machine, start_sandbox: StartSandbox) -> None:
    sandbox = start_sandbox(faults="429@4+3,retry-after=1")
    machine.write("people.csv", as_csv(people(8)))
    ended = send(machine, sandbox, "--rate", "100")
    assert (ended.code, ended.reports.outcomes) == (0, {"created": 8})
    assert sandbox.stats().by_call == {"create": {"200": 8, "429": 3}}
    api = ended.reports.summary["api"]
    assert (api["throttled"], api["retries"], api["by_status"]) == (3, 3, {"200": 8, "429": 3})
