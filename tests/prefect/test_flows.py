"""Months in a minute: a real Prefect server and worker, the deployments as they stand, crash, schedule, cancel."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from e2e_exports import as_csv, person
from e2e_program import Reports
from prefect_proxy import run_proxy
from prefect_server import (
    DEADLINE,
    POOL,
    PROJECT,
    UNHEARD,
    Json,
    PrefectServer,
    deploy_project,
    run_server,
    run_worker,
    wait_for,
)
from sandbox_gate import EVERY, Gate
from sandbox_open import unlimited

from straitsx_bulk.flows.command.doctor import Check, check_blocks
from straitsx_bulk.flows.orchestration.flow_runs import WITH_REJECTS
from straitsx_bulk.flows.orchestration.late_passes import MESSAGE
from straitsx_bulk.flows.reconcile_profiles import WITH_DIFFERENCES
from straitsx_bulk.io.sandbox.server import SandboxServer

from prefect.settings import PREFECT_API_URL, temporary_settings  # isort: skip - ours silences it first

KEY = "sk-made-up-7c1f5e3b-never-in-prefect"
SEEDED = ("Zachariah Quillfeather", "Q5528194", "17 Nightjar Crescent", "WZ7 3QX", "CUST-REF-88341")
"""Personal values of every row, to be looked for in all that Prefect keeps."""
SUPPORT = Path(__file__).resolve().parents[1] / "support"
BLOCKS = {"credentials": "acct", "settings": "shared", "notify": "custom-webhook/ops"}
WORKERS = 4
ON_THE_WAY = 2 * WORKERS
"""Requests that may have left in their turn and come together later, where this process had to wait: a run's, and those
of the process that was killed before."""


def seeded(number: int) -> dict[str, str]:
    """A row of values that are looked for afterwards."""
    letters = "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:03d}")
    own = {
        "customerName": f"Zachariah Quillfeather {letters}",
        "registrationId": f"Q5528194{number:03d}",
        "address.street": "17 Nightjar Crescent",
        "address.postalCode": "WZ7 3QX",  # letters: six digits are in any log by chance
        "address.country": "GB",
        "User Id": f"CUST-REF-88341-{number}",
    }
    return person(number) | own


@dataclass(slots=True)
class Ear:
    """Takes notifications.

    Attributes:
        heard: Their bodies.
    """

    heard: list[str] = field(default_factory=list)
    url: str = ""

    def has_heard(self, words: str) -> bool:
        """Whether some words were in a notification."""
        return any(words in body for body in self.heard)


@dataclass(frozen=True, slots=True)
class Site:
    """A machine with a worker.

    Attributes:
        server: Prefect's.
        sandbox: The API; it takes one key, and 20 requests a second.
        place: Where the worker runs.
        ear: Takes notifications.
        log: What the worker says.
    """

    server: PrefectServer
    sandbox: SandboxServer
    place: Path
    ear: Ear
    log: Path

    def write(self, name: str, count: int, first: int = 1) -> str:
        """Write an export with its mapping; gives its name."""
        path = self.place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(as_csv([seeded(number) for number in range(first, first + count)]), encoding="utf-8")
        path.with_suffix(".mapping.yaml").write_text("version: 1\nreference: User Id\n", encoding="utf-8")
        return name

    def start(self, deployment: str, **parameters: Any) -> str:
        """Start a flow run of a deployment, with the blocks; gives its id."""
        return self.server.start_flow(deployment, {"blocks": BLOCKS, **parameters})

    def pretend_to_run(self) -> str:
        """Make a flow run that is said to be running, with nobody at work on it; gives its id."""
        later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        identifier = self.server.start_flow("validate-exports/validate", {}, scheduled_time=later)
        self.server.ask(f"/flow_runs/{identifier}/set_state", {"state": {"type": "RUNNING"}, "force": True})
        return identifier

    def show_life(self, flow_run: str, *names: str) -> None:
        """Repeat what a flow run of ours has shown as if another one did, under each of some names, all at once."""
        chosen = {"event": {"name": ["prefect.flow-run.heartbeat"]}}
        [shown, *_] = wait_for(lambda: self.server.ask("/events/filter", {"filter": chosen})["events"], "a heartbeat")
        resource = shown["resource"] | {"prefect.resource.id": f"prefect.flow-run.{flow_run}"}
        events: list[Json] = []
        for name in names or (shown["event"],):
            follows = events[-1]["id"] if events else None
            own = {"id": str(uuid4()), "event": name, "occurred": datetime.now(UTC).isoformat(), "follows": follows}
            events.append(shown | {"resource": resource} | own)
        self.server.ask("/events", events)

    @contextmanager
    def have_schedule(self, deployment: str, every: int = 15) -> Iterator[None]:
        """Have a deployment fire by itself meanwhile, in a moment and every few seconds: the server may be late."""
        path = f"/deployments/{self.server.deployment(deployment)['id']}/schedules"
        soon = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()
        timing = {"interval": every, "anchor_date": soon}
        made = self.server.ask(path, [{"schedule": timing, "active": True, "parameters": {"blocks": BLOCKS}}])
        yield
        self.server.ask(f"{path}/{made[0]['id']}", None, "DELETE")

    def runs_of(self, deployment: str) -> list[Json]:
        """The flow runs of a deployment."""
        chosen = {"deployment_id": {"any_": [self.server.deployment(deployment)["id"]]}}
        found: list[Json] = self.server.ask("/flow_runs/filter", {"flow_runs": chosen})
        return found

    def calls(self) -> int:
        """Requests that the API has had."""
        return self.sandbox.stats().calls

    def created(self) -> Counter[str]:
        """Registration id to profiles."""
        return Counter(str(profile.attributes["registrationId"]) for profile in self.sandbox.profiles())

    def reports(self, flow_run_id: str) -> Reports:
        """The reports of the one run of a flow run."""
        [folder] = (self.place / "runs").glob(f"*-{flow_run_id.replace('-', '')}")
        return Reports(folder)

    def kill_flow(self, flow_run: str) -> None:
        """Kill the process of a flow run that is under way here."""
        processes = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
        pids = [int(path.name) for path in processes if is_engine(path, flow_run)]
        assert len(pids) == 1, pids
        os.kill(pids[0], signal.SIGKILL)


def is_engine(process: Path, flow_run: str) -> bool:
    """Whether a process carries out a flow run."""
    try:
        named = f"PREFECT__FLOW_RUN_ID={flow_run}".encode() in (process / "environ").read_bytes().split(b"\0")
        return named and b"prefect.engine" in (process / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    """A web hook."""
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            ear.heard.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        ear.url = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield ear
        server.shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, ear: Ear) -> Iterator[Site]:
    """A server with everything deployed as the README says, and a worker."""
    base = tmp_path_factory.mktemp("months")
    place, log = base / "work", base / "worker.log"
    place.mkdir()
    with ExitStack() as stack:
        settings = unlimited(keys=frozenset({KEY}), tps=20.0 + ON_THE_WAY)
        sandbox = stack.enter_context(SandboxServer(settings))
        server = stack.enter_context(run_server(base / "home"))
        deploy_project(server, place)
        script = [sys.executable, str(SUPPORT / "prefect_blocks.py"), KEY, sandbox.base_url, ear.url]
        subprocess.run(script, env=server.environ(), check=True, capture_output=True)
        stack.enter_context(run_worker(server, place, log))
        yield Site(server, sandbox, place, ear, log)


def test_the_deployments_are_those_of_an_operations_team(site: Site) -> None:
    found: list[Json] = site.server.ask("/deployments/filter", {})
    assert {one["name"]: one["work_queue_name"] for one in found} == {
        "nightly-migration": "runs",
        "backfill": "runs",
        "usd-upgrade": "runs",
        "weekly-reconcile": "runs",
        "inbox-watch": "runs",
        "validate": "checks",
        "shard": "shards",
    }
    starting = [one for one in found if one["work_queue_name"] == "runs"]
    assert {one["global_concurrency_limit"]["limit"] for one in starting} == {1}
    queue: Json = site.server.ask(f"/work_pools/{POOL}/queues/runs")
    assert queue["concurrency_limit"] == 1
    schedules = {one["name"]: one["schedules"][0]["schedule"] for one in found if one["schedules"]}
    assert schedules.keys() == {"nightly-migration", "weekly-reconcile", "inbox-watch"}
    assert {schedule["timezone"] for schedule in schedules.values()} == {"Asia/Singapore"}
    assert all("straitsx-bulk" in one["tags"] for one in found)
    assert all(one["pull_steps"][0].popitem()[1] == {"directory": str(site.place)} for one in found)


def test_every_parameter_is_described_and_of_one_type(site: Site) -> None:
    schema = site.server.deployment("import-profiles/backfill")["parameter_openapi_schema"]
    fields = schema["properties"] | {
        f"{model}.{name}": field
        for model, definition in schema["definitions"].items()
        for name, field in definition["properties"].items()
    }
    assert {name for name, field in fields.items() if not field.get("description")} == set()
    assert {name for name, field in fields.items() if "anyOf" in field or field.get("format") == "path"} == set()
    assert not {"FlowOptions.prefect", "FlowOptions.json", "FlowOptions.json_summary"} & fields.keys()
    assert "FlowOptions.window" in fields


@pytest.mark.parametrize(
    ("changed", "fine", "told"),
    [
        ({}, True, "acct, shared, custom-webhook/ops can be read"),
        ({"STRAITSX_BULK_CREDENTIALS_BLOCK": "nobody"}, False, "There is no StraitsXCredentials block named nobody on"),
        ({"STRAITSX_BULK_NOTIFY_BLOCK": "custom-webhook/nobody"}, False, "named custom-webhook/nobody on"),
        ({"STRAITSX_BULK_NOTIFY_BLOCK": "straitsx-credentials/acct"}, False, "cannot notify"),
    ],
)
def test_doctor_reads_the_blocks(site: Site, changed: dict[str, str], fine: bool, told: str) -> None:
    named = {f"STRAITSX_BULK_{kind.upper()}_BLOCK": name for kind, name in BLOCKS.items()}
    [check] = asyncio.run(check_blocks_at(site.server.url, named | changed))
    assert (check.name, check.fine, told in check.told) == ("blocks", fine, True), check.told
    assert KEY not in check.told


async def check_blocks_at(url: str, named: dict[str, str]) -> list[Check]:
    """What doctor says of blocks of a server."""
    with temporary_settings({PREFECT_API_URL: url}):
        return await check_blocks(named)


def test_a_schedule_fires_and_the_inbox_is_emptied_into_done(site: Site) -> None:
    name = site.write("inbox/dropped.csv", 3, first=901)
    (site.place / f"{name}.done").touch()
    with site.have_schedule("watch-inbox/inbox-watch"):
        wait_for(lambda: list((site.place / "inbox/done").glob("*/*.csv")), "the file in done")
    [done] = (site.place / "inbox/done").glob("*T*-*")
    assert sorted(path.name for path in done.iterdir() if path.is_file()) == [
        ".gitignore",
        "dropped.csv",
        "dropped.mapping.yaml",
    ]
    [summary] = done.glob("*/summary.json")
    assert Reports(summary.parent).outcomes == {"created": 3}
    started = [run["id"] for run in site.runs_of("watch-inbox/inbox-watch") if run["run_count"]]
    ended = Counter(site.server.wait_for_end(run)["message"] for run in started)
    assert ended.pop("files: 1 done, 0 for attention, 0 to go on with; rows: 3 created") == 1
    assert set(ended) <= {"no file was complete"}


def test_one_pass_makes_up_for_those_that_became_due_meanwhile(site: Site) -> None:
    def list_due() -> set[str]:
        now = datetime.now(UTC).isoformat()
        runs = site.runs_of("watch-inbox/inbox-watch")
        due = {run["id"] for run in runs if run["state_type"] == "SCHEDULED" and run["expected_start_time"] < now}
        return due if len(due) >= 5 else set()

    site.server.pause_queue("runs", True)  # as if a long run had it
    with site.have_schedule("watch-inbox/inbox-watch", every=2):
        due = wait_for(list_due, "passes that are due")
        site.server.pause_queue("runs", False)
        ended = {run: site.server.wait_for_end(run) for run in due}
    started = {run["id"] for run in site.runs_of("watch-inbox/inbox-watch") if run["id"] in due and run["run_count"]}
    assert 1 <= len(started) < len(due), ended
    dropped = [state for run, state in ended.items() if run not in started]
    assert {state["type"] for state in dropped} == {"CANCELLED"}
    assert MESSAGE in {state["message"] for state in dropped}


def test_a_killed_run_goes_on_as_the_same_run_and_two_runs_wait_for_each_other(site: Site) -> None:
    name = site.write("people.csv", 60)
    with Gate(site.sandbox, 12) as gate:
        first = site.start("import-profiles/backfill", files=[name], options={"limit": 50, "concurrency": WORKERS})
        gate.wait_for(WORKERS)
        given = {"limit": 5, "concurrency": WORKERS}
        second = site.start("import-profiles/nightly-migration", files=[name], options=given)
        assert site.server.state(second)[0] == "SCHEDULED"
        site.kill_flow(first)
    wait_for(lambda: site.server.flow_run(first)["run_count"] == 2, "the second start")
    ended = [site.server.wait_for_end(run) for run in (first, second)]

    assert [state["type"] for state in ended] == ["COMPLETED", "COMPLETED"], site.log.read_text()
    assert "Crashed" in site.server.history(first)
    assert "AwaitingRetry" in site.server.history(first)
    one, two = site.reports(first), site.reports(second)
    assert one.summary["run_id"] == first.replace("-", "")
    assert sum(one.outcomes.values()) == sum(two.outcomes.values()) == 60
    assert one.outcomes["created"] + two.outcomes["created"] == len(people(site)) <= 55
    assert one.summary["stopped"] == "limit" or two.summary["stopped"] == "limit"
    assert set(site.created().values()) == {1}
    assert site.sandbox.stats().refused_for_rate == 0
    assert overlap(site, first, second) == []


def people(site: Site) -> set[str]:
    """The profiles of this file's rows."""
    return {key for key in site.created() if key < "Q5528194900"}


def overlap(site: Site, *flow_runs: str) -> list[str]:
    """Flow runs that began while another was under way."""
    spans = []
    for flow_run in flow_runs:
        states = site.server.ask(f"/flow_run_states/?flow_run_id={flow_run}")
        ordered = sorted(states, key=lambda state: state["timestamp"])
        for state, following in pairwise(ordered):
            if state["name"] == "Running":
                spans.append((state["timestamp"], following["timestamp"], flow_run))
    spans.sort()
    return [later[2] for earlier, later in pairwise(spans) if later[0] < earlier[1]]


def test_a_run_whose_machine_died_is_given_up(site: Site) -> None:
    automation = yaml.safe_load((PROJECT / "prefect-automations.yaml").read_text(encoding="utf-8"))
    assert {WITH_REJECTS, WITH_DIFFERENCES} <= {name.rpartition(".")[2] for name in automation["trigger"]["expect"]}
    one, another = (site.pretend_to_run() for _ in range(2))
    automation["trigger"]["within"] = 10  # as it stands, but as soon as Prefect has it
    automation["trigger"]["match"] = {"prefect.resource.id": [f"prefect.flow-run.{run}" for run in (one, another)]}
    made = site.server.ask("/automations/", automation)
    site.show_life(one)
    site.show_life(another, "prefect.flow-run.heartbeat", f"prefect.flow-run.{WITH_REJECTS}")
    state = site.server.wait_for_end(one)
    assert state["type"] == "CRASHED"
    assert "no sign of life" in state["message"]
    assert site.server.state(another)[0] == "RUNNING"
    site.server.ask(f"/automations/{made['id']}", None, "DELETE")


def test_a_cancel_on_the_page_settles_what_is_in_flight_and_writes_the_reports(site: Site) -> None:
    name = site.write("cancelled.csv", 600, first=9201)  # enough for minutes: the worker may hear of it late
    before = len(site.sandbox.profiles())
    flow_run = site.start("import-profiles/backfill", files=[name], options={"concurrency": WORKERS, "rate": 2})
    wait_for(lambda: len(site.sandbox.profiles()) >= before + 2, "some profiles")
    site.server.ask(f"/flow_runs/{flow_run}/set_state", {"state": {"type": "CANCELLING"}})
    state = site.server.wait_for_end(flow_run)
    assert state["type"] == "CANCELLED", site.log.read_text()
    reports = site.reports(flow_run)
    assert set(reports.outcomes) == {"created", "not_attempted"}
    assert "interrupted" in reports.summary["stopped"]
    assert reports.outcomes["created"] == len(site.sandbox.profiles()) - before


def test_prefect_shows_progress_outcomes_and_where_the_reports_are(site: Site) -> None:
    shown = wait_for(lambda: show_dirty_run(site), "a server that takes in in time all that it is told")
    assert shown["progress"]["data"] == 100
    assert json.loads(shown["outcomes"]["data"]) == [
        {"outcome": "created", "rows": 2},
        {"outcome": "rejected", "rows": 1},
    ]
    assert json.loads(shown["reasons"]["data"])[0] == {"finding": "registrationId:missing", "kind": "errors", "rows": 1}
    assert site.reports(shown["reports"]["flow_run_id"]).folder.as_uri() in shown["reports"]["data"]


DIRTY = count(301, 10)
"""First rows of one export after the other."""


def show_dirty_run(site: Site) -> dict[str, Json]:
    """Run with a row that is rejected; give the artifacts by key, none where the server took longer than is waited."""
    first = next(DIRTY)
    name = site.write(f"dirty-{first}.csv", 3, first=first)
    text = (site.place / name).read_text(encoding="utf-8").replace(f"Q5528194{first + 1}", "")
    (site.place / name).write_text(text, encoding="utf-8")
    flow_run = site.start("import-profiles/backfill", files=[name])
    state = site.server.wait_for_end(flow_run)
    assert (state["type"], state["name"], state["message"]) == (
        "COMPLETED",
        "Completed with rejects",
        "2 created, 1 rejected",
    )
    shown = {artifact["key"]: artifact for artifact in site.server.artifacts(flow_run)}
    assert shown.keys() <= {"progress", "outcomes", "reasons", "reports"}
    return shown if len(shown) == 4 else {}


def test_a_flow_is_deployed_by_its_files_path_too_and_a_failure_says_why(site: Site) -> None:
    entry = "flows/import_profiles.py:import_profiles"
    (site.place / "flows").symlink_to(PROJECT / "flows")
    site.server.cli(f"deploy {entry} --name by-path --pool {POOL} --work-queue runs", cwd=site.place)
    assert site.server.deployment("import-profiles/by-path")["entrypoint"] == entry
    flow_run = site.start("import-profiles/by-path", files=["nowhere.csv"])
    state = site.server.wait_for_end(flow_run)
    assert (state["type"], state["message"]) == ("FAILED", "nowhere.csv: there is no such file or folder.")


def test_reconcile_runs_and_finds_nothing_to_say(site: Site) -> None:
    flow_run = site.start("reconcile-profiles/weekly-reconcile")
    state = site.server.wait_for_end(flow_run)
    assert (state["type"], state["message"]) == ("COMPLETED", "nothing differs"), site.log.read_text()


def test_a_server_that_fails_midway_stops_no_delivery_and_nobody_else_is_talked_to(site: Site, tmp_path: Path) -> None:
    name = site.write("audited.csv", 40, first=401)
    addresses, err = tmp_path / "addresses", tmp_path / "err"
    with run_proxy(site.server.port) as proxy, Gate(site.sandbox, 5) as gate:
        environ = site.server.environ({"PREFECT_API_URL": proxy.url, "X_XFERS_APP_API_KEY": KEY})
        environ.pop("DO_NOT_TRACK")
        environ.pop("PREFECT_SERVER_ANALYTICS_ENABLED")
        words = ["import", name, "--prefect", "--env", "local", "--base-url", site.sandbox.base_url, "--rate", "20"]
        command = [sys.executable, str(SUPPORT / "prefect_audit.py"), str(addresses), *words, "--out", "audited"]

        def start() -> "subprocess.Popen[bytes] | None":
            with err.open("w") as errors:
                process = subprocess.Popen(command, cwd=site.place, env=environ, stderr=errors)
            wait_for(lambda: gate.waiting or process.poll() is not None, "some calls")
            assert process.poll() is None or UNHEARD in err.read_text(), err.read_text()
            return process if process.poll() is None else None

        process = wait_for(start, "an answer of Prefect's server")
        proxy.fail("503")
        gate.let_through(EVERY)
        assert process.wait(DEADLINE) == 0, err.read_text()
        assert proxy.refused > 0
    [folder] = (site.place / "audited").glob("*T*-*")
    assert Reports(folder).outcomes == {"created": 40}
    assert "Prefect could not be told how the run ended" in err.read_text()
    assert set(addresses.read_text().split()) <= {"127.0.0.1", "localhost", "::1"}


def test_notifications_hold_counts_only(site: Site) -> None:
    for words in ("Completed with rejects. 2 created, 1 rejected.", "Crashed"):
        wait_for(partial(site.ear.has_heard, words), f"a notification: {words}")
    heard = [json.loads(body) for body in site.ear.heard]
    assert {"subject", "body"} == {name for note in heard for name in note}
    assert any("Completed with rejects. 2 created, 1 rejected." in note["body"] for note in heard)
    assert any("Crashed" in note["subject"] for note in heard)
    assert [text for text in (*SEEDED, KEY, ".csv") if text in repr(heard)] == []


def test_prefect_knows_no_personal_value_and_no_key(site: Site) -> None:
    asked = [
        site.server.ask(path, {"limit": 200})
        for path in ("/logs/filter", "/artifacts/filter", "/flow_runs/filter", "/task_runs/filter")
    ]
    assert all(asked)
    kept = site.server.kept()
    assert "prefect.db" in kept
    kept |= {"asked": repr(asked).encode(), "worker": site.log.read_bytes()}
    found = {name: [text for text in (*SEEDED, KEY) if text.encode() in content] for name, content in kept.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}
