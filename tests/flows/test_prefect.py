"""Runs as Prefect flows: a real server on loopback, a real worker, the deployments as they stand in prefect.yaml."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from e2e_exports import as_csv, person
from e2e_prefect import STATES, PrefectServer, run_server
from e2e_program import Ended, Machine, Reports, make_machine, wait_until
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer

CHECKOUT = Path(__file__).resolve().parents[2]
KEY = "sk-made-up-2b8d4f6a-never-in-prefect"
SEEDED = ("Zebulonia", "Quixworth", "Q7391824", "Wombat", "738164", "zebulonia@quixworth.example", "REFERENCE-55190")
MAPPING = "version: 1\nreference: User Id\n"
POOL = "straitsx-bulk"


def seeded(number: int, **changes: str) -> dict[str, str]:
    """A row of values that are looked for afterwards."""
    own = {
        "customerName": f"Zebulonia Quixworth {'ABCDEFGHIJ'[number]}",
        "registrationId": f"Q7391824{number}",
        "address.street": f"{number} Wombat Crossing",
        "address.postalCode": "738164",
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
        locked: An API that takes no key.
        machine: Where the command line and the worker run.
        ended: What the command line said, by name of the run.
        seen: Flow runs that it made, by name of the run.
        worker: What the worker said.
        deployed: Flow runs of deployments, by name of the deployment.
    """

    server: PrefectServer
    sandbox: SandboxServer
    locked: SandboxServer
    machine: Machine
    ended: dict[str, Ended]
    seen: dict[str, dict[str, Any]]
    worker: list[str]
    deployed: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server on which flows ran from the command line and from deployments."""
    machine = make_machine(tmp_path_factory.mktemp("prefect"))
    home = machine.home.with_name("prefect-home")
    home.mkdir()
    machine.environ["X_XFERS_APP_API_KEY"] = KEY
    for name, rows in (("good", GOOD), ("dirty", DIRTY)):
        machine.write(f"{name}.csv", as_csv(rows))
        machine.write(f"{name}.mapping.yaml", MAPPING)
    with (
        run_server(home) as server,
        SandboxServer(unlimited(strict=True)) as sandbox,
        SandboxServer(unlimited(keys=frozenset({"another"}))) as locked,
    ):
        machine.environ.update(server.environment())
        place = Place(server, sandbox, locked, machine, {}, {}, [], {})
        with ThreadPoolExecutor() as pool:  # side by side, since each waits for its imports
            deployed = pool.submit(deploy_flows, place)
            pool.submit(run_command_lines, place).result()
            deployed.result()
        run_deployments(place)
        yield place


def target(sandbox: SandboxServer) -> tuple[str, ...]:
    return ("--env", "local", "--base-url", sandbox.base_url)


def run_command_lines(place: Place) -> None:
    """Run flows in the command line's process."""
    for name, words in (
        ("good", ("import", "good.csv", "--prefect", *target(place.sandbox))),
        ("dirty", ("import", "dirty.csv", "--prefect", *target(place.sandbox))),
        ("locked", ("import", "good.csv", *target(place.locked), "--ledger", "sqlite:///locked.db")),
        ("wrong", ("validate", "missing.csv", "--prefect")),
        ("without", ("validate", "good.csv", "--no-prefect")),
    ):
        before = {run["id"] for run in own_flow_runs(place)}
        place.ended[name] = place.machine.run(*words)
        new = [run for run in own_flow_runs(place) if run["id"] not in before]
        assert len(new) <= 1
        if new:
            place.seen[name] = new[0]


def own_flow_runs(place: Place) -> list[dict[str, Any]]:
    """Flow runs that no deployment has."""
    return place.server.flow_runs(flow_runs={"deployment_id": {"is_null_": True}})


def deploy_flows(place: Place) -> None:
    """Deploy what prefect.yaml has, and one flow by file path."""
    folder = place.machine.folder
    shutil.copy(CHECKOUT / "prefect.yaml", folder)
    shutil.copytree(CHECKOUT / "flows", folder / "flows", ignore=shutil.ignore_patterns("__pycache__"))
    prefect(place, "work-pool", "create", POOL, "--type", "process")
    prefect(place, "deploy", "--all")
    prefect(place, "deploy", "flows/import_profiles.py:import_profiles", "--name", "by-path", "--pool", POOL)
    for deployment in place.server.ask("/deployments/filter"):
        place.server.ask(f"/deployments/{deployment['id']}/pause_deployment")  # only what is started here shall run


def run_deployments(place: Place) -> None:
    """Start both ways of deploying, and let a worker run them."""
    folder = place.machine.folder
    options = {"env": "local", "base_url": place.sandbox.base_url}
    for name, export in (("backfill", "good.csv"), ("by-path", "dirty.csv")):
        flow = "import-profiles"
        deployment = place.server.api.get(f"/deployments/name/{flow}/{name}").json()
        started = place.server.ask(
            f"/deployments/{deployment['id']}/create_flow_run",
            parameters={"files": [str(folder / export)], "options": options | {"out": f"runs-{name}"}},
        )
        place.deployed[name] = started
    done = prefect(place, "worker", "start", "--pool", POOL, "--run-once")
    place.worker.append(done)
    wait_until(lambda: all(is_final(place, run["id"]) for run in place.deployed.values()), "the deployed runs end")
    for name, run in place.deployed.items():
        place.deployed[name] = read_run(place, run["id"])


def prefect(place: Place, *words: str) -> str:
    done = place.server.run_command(*words, cwd=place.machine.folder, home=place.machine.home, X_XFERS_APP_API_KEY=KEY)
    return done.stdout + done.stderr


def read_run(place: Place, identifier: str) -> dict[str, Any]:
    run: dict[str, Any] = place.server.api.get(f"/flow_runs/{identifier}").json()
    return run


def is_final(place: Place, identifier: str) -> bool:
    return read_run(place, identifier)["state_type"] in STATES


def test_a_run_from_the_command_line_is_seen_as_a_flow_run(place: Place) -> None:
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


def test_a_deployment_by_module_runs_on_a_worker(place: Place) -> None:
    state = place.deployed["backfill"]["state"]
    assert (state["type"], state["name"]) == ("COMPLETED", "Completed"), place.worker
    assert "2 unchanged" in state["message"]


def test_a_deployment_by_file_path_runs_on_a_worker(place: Place) -> None:
    state = place.deployed["by-path"]["state"]
    assert (state["type"], state["name"]) == ("COMPLETED", "Completed with rejects"), place.worker


def test_deployed_runs_leave_their_reports_where_the_worker_runs(place: Place) -> None:
    folders = {name: list((place.machine.folder / f"runs-{name}").glob("*T*-*")) for name in place.deployed}
    outcomes = {name: Reports(folder).outcomes for name, [folder] in folders.items()}
    assert outcomes == {"backfill": {"unchanged": 2}, "by-path": {"unchanged": 1, "rejected": 1, "refused": 1}}


def test_no_row_was_created_twice(place: Place) -> None:
    ids = [str(profile.attributes["registrationId"]) for profile in place.sandbox.profiles()]
    assert sorted(ids) == ["Q73918241", "Q73918242", "Q73918243"]


def test_steps_are_task_runs_and_rows_are_none(place: Place) -> None:
    tasks = place.server.ask("/task_runs/filter")
    assert {task["state_type"] for task in tasks} <= STATES
    assert 0 < len(tasks) < 60
    assert all(task["task_inputs"] == {} or not any(task["task_inputs"].values()) for task in tasks)


def test_prefect_knows_no_personal_value_and_no_key(place: Place) -> None:
    server = place.server
    told = [server.ask("/logs/filter"), server.ask("/artifacts/filter"), server.flow_runs(), place.worker]
    assert len(server.ask("/artifacts/filter")) > 0
    files = [path for path in server.home.rglob("*") if path.is_file()]
    assert "prefect.db" in {path.name for path in files}
    contents = {path.name: path.read_bytes() for path in files} | {"told": repr(told).encode()}
    contents["terminal"] = repr(place.ended).encode()
    found = {name: [text for text in (*SEEDED, KEY) if text.encode() in content] for name, content in contents.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_what_prefect_keeps_of_parameters_names_files_and_options_alone(place: Place) -> None:
    assert place.seen["good"]["parameters"]["files"] == ["good.csv"]
    options = place.seen["good"]["parameters"]["options"]
    assert {name for name, value in options.items() if value is not None} == {"env", "base_url", "prefect"}
