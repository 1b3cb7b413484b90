"""Shards on a real Prefect server with real workers: a killed one is replaced, and Prefect learns nothing of a row."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from e2e_exports import as_csv, people, sgd_only
from e2e_program import Reports
from ledger_backends import SECRET, Backend
from prefect_server import QUICK, Json, PrefectServer, deploy_project, run_server, run_worker, wait_for
from pydantic import SecretStr
from sandbox_gate import Gate
from sandbox_open import unlimited

from straitsx_bulk.flows.blocks import StraitsXCredentials
from straitsx_bulk.flows.credentials import PRIVATE_KEY
from straitsx_bulk.flows.orchestration.block_values import load_blocks
from straitsx_bulk.flows.shards.orders import name_shard_run
from straitsx_bulk.io.ledger import Run
from straitsx_bulk.io.sandbox.server import SandboxServer
from straitsx_bulk.io.straitsx import key_fingerprint
from straitsx_bulk.schemas.errors import UsageError

from prefect.settings import PREFECT_API_URL, temporary_settings  # isort: skip - ours silences it first

ROWS, FIRST, SHARDS = 60, 20, 2
EVERY_SECONDS = 8.0
"""How often a call goes through of those that wait: a client gives one up after 30 s."""
PERSONAL = ("Made Up Street", "Person Number", "P0000007X")
KEYS = ("sk-made-up-9f1c-never-in-prefect", "sk-made-up-2ad7-the-next-one")
"""The account's key, and the one that it is rotated to; the API takes both."""


def as_run_id(flow_run: str) -> str:
    """Give the run's id that a flow run has in the ledger."""
    return flow_run.replace("-", "")


def find_run(backend: Backend, name: str) -> Run | None:
    with backend.open() as ledger:
        return next((run for run in ledger.runs() if run.run_id == name), None)


def wait_slowly(gate: Gate, condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds; whoever waits at the gate meanwhile waits for less than a client does."""
    due = time.monotonic() + EVERY_SECONDS

    def look() -> bool:
        nonlocal due
        if time.monotonic() > due:
            gate.let_through(1)
            due += EVERY_SECONDS
        return condition()

    wait_for(look, what)


def kill_shard(backend: Backend, gate: Gate, name: str) -> None:
    """Kill a shard's process once it has begun to send; what comes to the gate goes through one by one until then."""

    def count_outcomes() -> int:
        with backend.open() as ledger:
            return len(list(ledger.row_outcomes(name)))

    while count_outcomes() < 2:
        gate.let_one_through()
    run = find_run(backend, name)
    assert run is not None
    os.kill(run.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """A server that looks often whether a run that waits for another may begin."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(QUICK, "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS", "2")
        with run_server(tmp_path_factory.mktemp("shards") / "prefect") as running:
            yield running


def list_ended_shards(server: PrefectServer) -> list[Json]:
    """All shards' flow runs, once none is under way."""
    runs: list[Json] = server.ask("/flow_runs/filter", {"flows": {"name": {"any_": ["deliver-shard"]}}})
    return [] if any(run["state_type"] in {"PENDING", "RUNNING"} for run in runs) else runs


def save_key(server: PrefectServer, key: str) -> None:
    """Put a key into the block, as somebody does on Prefect's page."""
    with temporary_settings({PREFECT_API_URL: server.url}):
        StraitsXCredentials(api_key=SecretStr(key)).save("acct", overwrite=True)


def read_block(server: PrefectServer, block: StraitsXCredentials) -> Mapping[str, str]:
    """Give what a run takes from a block."""
    with temporary_settings({PREFECT_API_URL: server.url}):
        block.save("other", overwrite=True)
        return asyncio.run(load_blocks({}, "other")).environ


def test_a_signing_key_rotates_in_the_block_too_and_half_of_one_is_refused(server: PrefectServer) -> None:
    key, pem, name = (SecretStr(text) for text in (KEYS[0], "made-up PEM", "made-up id"))
    whole = read_block(server, StraitsXCredentials(api_key=key, private_key=pem, public_key_id=name))
    assert (whole[PRIVATE_KEY], whole["PUBLIC_KEY_ID"], whole["PRIVATE_KEY_PATH"]) == ("made-up PEM", "made-up id", "")
    with pytest.raises(UsageError, match="The block other holds a private key or a public key id; signing needs both"):
        read_block(server, StraitsXCredentials(api_key=key, private_key=pem))


def test_a_run_in_shards_waits_for_another_takes_the_new_key_and_outlives_a_worker(
    server: PrefectServer, backend: Backend, tmp_path: Path
) -> None:
    place = tmp_path / "work"
    place.mkdir()
    (place / "people.csv").write_text(as_csv(people(ROWS)), encoding="utf-8")
    (place / "first.csv").write_text(as_csv(sgd_only(people(FIRST))), encoding="utf-8")
    (place / "upgrade.csv").write_text(as_csv(people(FIRST)), encoding="utf-8")
    deploy_project(server, place, limit=SHARDS + 1)  # only the deployment's own limit keeps its runs apart
    save_key(server, KEYS[0])
    slower = {"PREFECT_WORKER_QUERY_SECONDS": "1"}  # each question costs the server as much as the worker
    environ = {**backend.environment, **slower, "HOME": str(server.home)}
    with (
        SandboxServer(unlimited(keys=frozenset(KEYS))) as sandbox,
        run_worker(server, place, tmp_path / "worker-1.log", **environ),
        run_worker(server, place, tmp_path / "worker-2.log", **environ),
    ):
        options = {"env": "local", "base_url": sandbox.base_url, "ledger": backend.url, "concurrency": 2}
        given = {"options": options, "blocks": {"credentials": "acct"}}
        in_shards = {"files": ["people.csv"], "machines": {"shards": SHARDS}, **given}
        in_shards["options"] = {**options, "rail": "sgd"}
        with Gate(sandbox, 1) as gate:
            first = server.start_flow("import-profiles/backfill", {"files": ["first.csv"], **given})
            gate.wait_for(1)
            save_key(server, KEYS[1])
            whole = server.start_flow("import-profiles/backfill", in_shards)
            wait_slowly(gate, lambda: "AwaitingConcurrencySlot" in server.history(whole), "the second run waits")
            kill_shard(backend, gate, name_shard_run(as_run_id(whole), 1, SHARDS))
        state = server.wait_for_end(whole)
        assert (state["type"], state["name"]) == ("COMPLETED", "Completed"), state
        assert f"{ROWS - FIRST} created, {FIRST} unchanged" in state["message"]
        assert server.state(first) == ("COMPLETED", "Completed"), server.flow_run(first)["state"]["message"]
        assert server.flow_run(whole)["start_time"] > server.flow_run(first)["end_time"]
        created = Counter(str(profile.attributes["registrationId"]) for profile in sandbox.profiles())
        assert created == dict.fromkeys((person["registrationId"] for person in people(ROWS)), 1)
        [folder] = (place / "runs").glob(f"*-{as_run_id(whole)}")
        assert Reports(folder).outcomes == {"created": ROWS - FIRST, "unchanged": FIRST}
        runs = wait_for(lambda: list_ended_shards(server), "the ends of all shards")
        ends = sorted(run["state_type"] for run in runs)
        assert ends.count("COMPLETED") == SHARDS
        # Its worker or the ledger sees the death first; a run whose process the ledger misses is cancelled.
        assert set(ends) - {"COMPLETED"} <= {"CRASHED", "CANCELLING", "CANCELLED"}
        assert len(ends) == SHARDS + 1
        assert {run["work_queue_name"] for run in runs} == {"shards"}
        upgrade = server.start_flow("upgrade-profiles/usd-upgrade", {"files": ["upgrade.csv"], **given})
        assert server.wait_for_end(upgrade)["message"] == f"{FIRST} upgraded"
    told = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("worker-*.log"))
    assert told.count(f"key {key_fingerprint(KEYS[0])}") == 1
    assert told.count(f"key {key_fingerprint(KEYS[1])}") >= 2 + SHARDS
    kept = server.kept() | {"told": told.encode()}
    for secret in (*PERSONAL, *KEYS, SECRET):
        assert [name for name, content in kept.items() if secret.encode() in content] == []
