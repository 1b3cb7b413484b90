"""Runs from the command line, where a Prefect API is configured: seen there as flow runs, with nothing personal."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from e2e_exports import as_csv, person
from e2e_program import Ended, Machine, make_machine
from prefect_server import FINAL, UNHEARD, Json, PrefectServer, run_server, wait_for
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer

KEY = "sk-made-up-2b8d4f6a-never-in-prefect"
SEEDED = ("Zebulonia", "Quixworth", "Q7391824", "Wombat", "WZ7 3QX", "zebulonia@quixworth.example", "REFERENCE-55190")
MAPPING = "version: 1\nreference: User Id\n"


def seeded(number: int, **changes: str) -> dict[str, str]:
    """A row of values that are looked for afterwards."""
    own = {
        "customerName": f"Zebulonia Quixworth {'ABCDEFGHIJ'[number]}",
        "registrationId": f"Q7391824{number}",
        "address.street": f"{number} Wombat Crossing",
        "address.postalCode": "WZ7 3QX",  # letters: six digits are in any log by chance
        "address.country": "GB",
        "email": "zebulonia@quixworth.example",
        "User Id": f"REFERENCE-55190-{number}",
    }
    return person(number) | own | changes


GOOD = [seeded(1), seeded(2)]
DIRTY = [seeded(3), seeded(4, customerName="Zebulonia Quixworth 李"), seeded(5, nationality="")]
"""One fine, one rejected, one that a strict sandbox refuses."""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that the tests share.

    Attributes:
        server: Prefect's.
        sandbox: The API, strict.
        ended: What the command line said, by name of the run.
        seen: Flow runs that it made, by name of the run.
    """

    server: PrefectServer
    sandbox: SandboxServer
    ended: dict[str, Ended]
    seen: dict[str, Json]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server on which flows ran from the command line."""
    machine = make_machine(tmp_path_factory.mktemp("prefect"))
    machine.environ["X_XFERS_APP_API_KEY"] = KEY
    for name, rows in (("good", GOOD), ("dirty", DIRTY)):
        machine.write(f"{name}.csv", as_csv(rows))
        machine.write(f"{name}.mapping.yaml", MAPPING)
    with (
        run_server(machine.home.with_name("prefect-home")) as server,
        SandboxServer(unlimited(strict=True)) as sandbox,
        SandboxServer(unlimited(keys=frozenset({"another"}))) as locked,
    ):
        machine.environ |= {"PREFECT_HOME": str(server.home), "PREFECT_API_URL": server.url}
        place = Place(server, sandbox, {}, {})
        run_command_lines(place, machine, locked)
        yield place


def target(sandbox: SandboxServer) -> tuple[str, ...]:
    return ("--env", "local", "--base-url", sandbox.base_url)


def run_command_lines(place: Place, machine: Machine, locked: SandboxServer) -> None:
    """Run flows in the command line's process."""
    for name, words in (
        ("good", ("import", "good.csv", "--prefect", *target(place.sandbox))),
        ("dirty", ("import", "dirty.csv", "--prefect", *target(place.sandbox))),
        ("locked", ("import", "good.csv", *target(locked), "--ledger", "sqlite:///locked.db")),
        ("wrong", ("validate", "missing.csv", "--prefect")),
        ("without", ("validate", "good.csv", "--no-prefect")),
    ):
        before = {run["id"] for run in list_flow_runs(place)}
        place.ended[name] = run_heard(machine, *words)
        new = [run for run in list_flow_runs(place) if run["id"] not in before]
        assert len(new) <= 1
        if new:
            place.seen[name] = new[0]


def run_heard(machine: Machine, *words: str) -> Ended:
    """Run a command; again where the server, which has no machine to itself, took longer to answer than it may."""

    def run() -> Ended | None:
        ended = machine.run(*words)
        return None if UNHEARD in ended.stderr else ended

    ended: Ended = wait_for(run, "an answer of Prefect's server")
    return ended


def list_flow_runs(place: Place) -> list[Json]:
    """All flow runs of the server."""
    found: list[Json] = place.server.ask("/flow_runs/filter", {})
    return found


def list_ended_tasks(place: Place) -> list[Json]:
    """All task runs of the server once all have ended."""
    found: list[Json] = place.server.ask("/task_runs/filter", {})
    return found if {task["state_type"] for task in found} <= FINAL else []


def test_a_run_is_seen_as_a_flow_run(place: Place) -> None:
    assert (place.ended["good"].code, place.ended["good"].reports.outcomes) == (0, {"created": 2})
    state = place.seen["good"]["state"]
    assert (state["type"], state["name"]) == ("COMPLETED", "Completed")
    assert "2 created" in state["message"]
    assert place.ended["good"].reports.summary["run_id"] == place.seen["good"]["id"].replace("-", "")


def test_rejects_are_told_by_the_states_name(place: Place) -> None:
    assert place.ended["dirty"].code == 3
    assert place.ended["dirty"].reports.outcomes == {"created": 1, "rejected": 1, "refused": 1}
    state = place.seen["dirty"]["state"]
    assert (state["type"], state["name"]) == ("COMPLETED", "Completed with rejects")


def test_a_stop_is_a_failure_with_its_reason_and_a_flow_where_an_api_is_configured(place: Place) -> None:
    assert place.ended["locked"].code == 1
    state = place.seen["locked"]["state"]
    assert (state["type"], state["name"]) == ("FAILED", "Failed")
    assert "401" in state["message"]


def test_wrong_usage_is_exit_2_with_its_sentence_and_no_traceback(place: Place) -> None:
    ended = place.ended["wrong"]
    assert (ended.code, "missing.csv" in ended.stderr, "Traceback" in ended.stderr) == (2, True, False)
    if "wrong" in place.seen:
        assert place.seen["wrong"]["state"]["type"] == "FAILED"


def test_no_prefect_is_no_flow(place: Place) -> None:
    assert place.ended["without"].code == 0
    assert "without" not in place.seen


def test_no_row_was_created_twice(place: Place) -> None:
    ids = [str(profile.attributes["registrationId"]) for profile in place.sandbox.profiles()]
    assert sorted(ids) == ["Q73918241", "Q73918242", "Q73918243"]


def test_steps_are_task_runs_and_rows_are_none(place: Place) -> None:
    tasks = wait_for(lambda: list_ended_tasks(place), "the ends of all task runs, which Prefect takes in later")
    assert 0 < len(tasks) < 60
    assert all(task["task_inputs"] == {} or not any(task["task_inputs"].values()) for task in tasks)


def test_prefect_knows_no_personal_value_and_no_key(place: Place) -> None:
    server = place.server
    artifacts = server.ask("/artifacts/filter", {})
    assert artifacts
    contents = server.kept()
    assert "prefect.db" in contents
    contents["told"] = repr([server.ask("/logs/filter", {}), artifacts, list_flow_runs(place)]).encode()
    contents["terminal"] = repr(place.ended).encode()
    found = {name: [text for text in (*SEEDED, KEY) if text.encode() in content] for name, content in contents.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_what_prefect_keeps_of_parameters_names_files_and_options_alone(place: Place) -> None:
    assert place.seen["good"]["parameters"]["files"] == ["good.csv"]
    options = place.seen["good"]["parameters"]["options"]
    assert {name for name, value in options.items() if value is not None} == {"env", "base_url", "prefect"}
