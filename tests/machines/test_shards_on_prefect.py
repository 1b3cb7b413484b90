"""Shards on a real Prefect server with real workers: a killed one is replaced, and Prefect learns nothing of a row."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_exports import as_csv, people
from e2e_program import Reports
from ledger_backends import SECRET, Backend
from machines_site import Site
from prefect_server import PrefectServer, deploy_project, run_server, run_worker, wait_for
from sandbox_process import run_sandbox

from straitsx_bulk.flows.shards.orders import name_shard_run
from straitsx_bulk.io.ledger import Run

ROWS, SHARDS = 80, 2
PERSONAL = ("Made Up Street", "Person Number", "P0000007X")
KEY = "sk-made-up-9f1c-never-in-prefect"


def find_run(backend: Backend, name: str) -> Run | None:
    with backend.open() as ledger:
        return next((run for run in ledger.runs() if run.run_id == name), None)


def kill_shard(site: Site, name: str) -> None:
    """Kill a shard's process once it has begun to send."""

    def begun() -> bool:
        with site.backend.open() as ledger:
            return len(list(ledger.row_outcomes(name))) >= 2

    wait_for(begun, "the shard has begun")
    run = find_run(site.backend, name)
    assert run is not None
    os.kill(run.pid, signal.SIGKILL)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PrefectServer]:
    with run_server(tmp_path / "prefect") as running:
        yield running


def test_a_run_in_shards_on_two_workers_one_of_which_loses_its_process(
    server: PrefectServer, backend: Backend, tmp_path: Path
) -> None:
    place = tmp_path / "work"
    place.mkdir()
    (place / "people.csv").write_text(as_csv(people(ROWS)), encoding="utf-8")
    deploy_project(server, place)
    environ = {**backend.environment, "X_XFERS_APP_API_KEY": KEY, "HOME": str(tmp_path / "prefect")}
    with (
        run_sandbox(tmp_path / "sandbox.db", faults="latency=0.1") as sandbox,
        run_worker(server, place, tmp_path / "worker-1.log", **environ),
        run_worker(server, place, tmp_path / "worker-2.log", **environ),
    ):
        site = Site(tmp_path, backend, sandbox.serving, hide=False)
        options = {"env": "local", "base_url": sandbox.serving.base_url, "ledger": backend.url, "concurrency": 2}
        parameters = {"files": ["people.csv"], "options": options, "machines": {"shards": SHARDS}}
        whole = server.start_flow("import-profiles/backfill", parameters)
        victim = name_shard_run(whole.replace("-", ""), 1, SHARDS)
        kill_shard(site, victim)
        state = server.wait_for_end(whole)
        assert (state["type"], state["name"]) == ("COMPLETED", "Completed"), state
        assert f"{ROWS} created" in state["message"]
        assert site.profiles_by_id() == dict.fromkeys((person["registrationId"] for person in people(ROWS)), 1)
        [folder] = (place / "runs").glob(f"*-{whole.replace('-', '')}")
        assert Reports(folder).outcomes == {"created": ROWS}
        runs = server.ask("/flow_runs/filter", {"flows": {"name": {"any_": ["deliver-shard"]}}})
        assert sorted(run["state_type"] for run in runs) == ["COMPLETED", "COMPLETED", "CRASHED"]
        assert {run["work_queue_name"] for run in runs} == {"shards"}
    kept = [path for path in (tmp_path / "prefect").rglob("*") if path.is_file()] + list(tmp_path.glob("*.log"))
    for secret in (*PERSONAL, KEY, SECRET):
        assert [path for path in kept if secret.encode() in path.read_bytes()] == []
