"""A real Prefect server and workers on loopback, with a home of their own and no telemetry."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

DEADLINE = 240.0
"""Seconds after which a condition that should have come true is given up; a loaded machine is slow with Prefect."""

PORTS = range(10_000, 30_000)
"""Below those that a system gives to whoever asks for any: nobody is given one by chance before it is used."""

UNHEARD = "The Prefect server does not answer within"
"""What a command says that has given the server up, as it does after 3 s."""

FINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})
PROJECT = Path(__file__).resolve().parents[2]
POOL = "straitsx-bulk"
Json = dict[str, Any]

SILENT = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
QUICK = {
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
    "PREFECT_SERVER_SERVICES_SCHEDULER_DEPLOYMENT_BATCH_SIZE": "10",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
}
"""Nobody waits for a schedule, nobody looks at the page."""


def list_ports() -> Iterator[int]:
    """List ports to listen on, in an order that no other process has that runs now."""
    first = os.getpid() * 64 % len(PORTS)
    return iter([*PORTS[first:], *PORTS[:first]])


_ports = list_ports()


def find_port() -> int:
    """A port that is free, and stays so until it is used; another one each time."""
    for port in _ports:
        with socket.socket() as listener, suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def wait_for(condition: Callable[[], Any], what: str, seconds: float = DEADLINE) -> Any:
    """Look at a condition until it holds, and give what it gave; fails where it does not come true in time."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"not in {seconds:g} s: {what}"
        time.sleep(0.05)  # a poll, not a guess: the condition decides


@dataclass(slots=True)
class PrefectServer:
    """A running server.

    Attributes:
        home: Its database and logs.
        port: On 127.0.0.1.
        process: Its own, the leader of its group.
    """

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    _http: httpx.Client = field(
        # No connection is used again: the server may be about to close it.
        default_factory=lambda: httpx.Client(
            trust_env=False, timeout=DEADLINE / 2, limits=httpx.Limits(max_keepalive_connections=0)
        )
    )

    @property
    def url(self) -> str:
        """The API's address."""
        return f"http://127.0.0.1:{self.port}/api"

    def environ(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """The environment of a program that uses this server and has nothing of whoever runs the tests."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
        own = {"HOME": str(self.home), "PREFECT_HOME": str(self.home), "PREFECT_API_URL": self.url}
        return kept | SILENT | own | (more or {})

    def ask(self, path: str, body: Any = None, method: str = "") -> Any:
        """Make a request of the API, with a body a POST.

        On SQLite it answers 503 now and then, or late where the machine is loaded, and is asked again.
        """
        method = method or ("GET" if body is None else "POST")

        def ask_once() -> httpx.Response | None:
            try:
                answer = self._http.request(method, self.url + path, json=body)
            except httpx.TimeoutException:
                return None
            return None if answer.status_code == 503 else answer

        [answer] = wait_for(lambda: [found] if (found := ask_once()) is not None else [], f"an answer to {path}")
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def answers(self) -> bool:
        """Whether the API is there."""
        try:
            return self._http.get(f"{self.url}/health").status_code == 200
        except httpx.HTTPError:
            return False

    def cli(self, *commands: str, cwd: Path) -> None:
        """Run commands of Prefect's to their end, in one process; fails with what they said."""
        script = Path(__file__).with_name("prefect_cli.py")
        command = [sys.executable, str(script), json.dumps([shlex.split(words) for words in commands])]
        done = subprocess.run(
            command, cwd=cwd, env=self.environ(), capture_output=True, text=True, timeout=DEADLINE, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def deployment(self, name: str) -> Json:
        """A deployment by ``flow/name``."""
        found: Json = self.ask(f"/deployments/name/{name}")
        return found

    def switch_schedules_off(self) -> None:
        """Keep all deployments from starting by themselves, as an operations team does before it works on them."""
        for found in self.ask("/deployments/filter", {}):
            for schedule in found["schedules"]:
                path = f"/deployments/{found['id']}/schedules/{schedule['id']}"
                self.ask(path, {"active": False}, "PATCH")

    def pause_queue(self, name: str, paused: bool) -> None:
        """Keep workers from taking a queue's runs, or let them again."""
        self.ask(f"/work_pools/{POOL}/queues/{name}", {"is_paused": paused}, "PATCH")

    def start_flow(self, deployment: str, parameters: Json, **details: str) -> str:
        """Start a flow run of a deployment, with details of its first state; gives its id."""
        once = {"idempotency_key": uuid4().hex}  # however often it is asked for
        body = {"parameters": parameters, "state": {"type": "SCHEDULED", "state_details": details}, **once}
        made = self.ask(f"/deployments/{self.deployment(deployment)['id']}/create_flow_run", body)
        return str(made["id"])

    def flow_run(self, flow_run_id: str) -> Json:
        """A flow run."""
        found: Json = self.ask(f"/flow_runs/{flow_run_id}")
        return found

    def state(self, flow_run_id: str) -> tuple[str, str]:
        """Type and name of a flow run's state."""
        run = self.flow_run(flow_run_id)
        return str(run["state_type"]), str(run["state_name"])

    def wait_for_end(self, flow_run_id: str) -> Json:
        """Wait until a flow run has ended and is not about to be started again; gives its state."""
        wait_for(lambda: self.state(flow_run_id)[0] in FINAL, f"the end of {flow_run_id}")
        state: Json = self.flow_run(flow_run_id)["state"]
        return state

    def history(self, flow_run_id: str) -> list[str]:
        """The names of a flow run's states, in order."""
        states = self.ask(f"/flow_run_states/?flow_run_id={flow_run_id}")
        return [state["name"] for state in sorted(states, key=lambda state: state["timestamp"])]

    def artifacts(self, flow_run_id: str) -> list[Json]:
        """A flow run's artifacts."""
        found: list[Json] = self.ask(
            "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [flow_run_id]}}, "limit": 100}
        )
        return found

    def kept(self) -> dict[str, bytes]:
        """Path to content of all that it keeps in files; one that it deletes meanwhile is none."""
        contents = {}
        for path in self.home.rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file():
                    contents[str(path.relative_to(self.home))] = path.read_bytes()
        return contents

    def stop(self) -> None:
        """End the server at once."""
        end_group(self.process)


@contextmanager
def run_server(home: Path, port: int | None = None) -> Iterator[PrefectServer]:
    """Start a server and wait until it answers; it is ended afterwards, if it has not been."""
    home.mkdir(parents=True, exist_ok=True)
    port = port or find_port()
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    environ = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    own = {"HOME": str(home), "PREFECT_HOME": str(home)}
    with open_group(command, home, environ | SILENT | QUICK | own, home / "server.log") as process:
        server = PrefectServer(home, port, process)
        wait_for(lambda: process.poll() is not None or server.answers(), "the server")
        assert process.poll() is None, (home / "server.log").read_text()
        yield server


@contextmanager
def run_worker(server: PrefectServer, place: Path, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker that looks for runs all the time."""
    quick = {"PREFECT_WORKER_QUERY_SECONDS": "0.3", "PREFECT_WORKER_PREFETCH_SECONDS": "1"}
    command = [str(Path(sys.executable).with_name("prefect")), "worker", "start", "--pool", POOL]
    with open_group(command, place, server.environ(quick | more), log) as process:
        yield process


@contextmanager
def open_group(
    command: list[str], place: Path, environ: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program as the leader of a process group, which ends with the block."""
    with (
        log.open("ab") as output,
        subprocess.Popen(
            command,
            cwd=place,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a program with everything that it has started and that is in its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def deploy_project(server: PrefectServer, place: Path, *, limit: int = 1) -> None:
    """Do what the README says: pool, queue, blocks, deployments, from a folder that holds the project's file.

    Schedules are off then: nothing starts but what a test starts.
    """
    place.joinpath("prefect.yaml").write_bytes((PROJECT / "prefect.yaml").read_bytes())
    server.cli(
        f"work-pool create {POOL} --type process",
        f"work-queue create runs --pool {POOL} --limit {limit}",
        "block register -m straitsx_bulk.flows.blocks",
        "deploy --all",
        cwd=place,
    )
    server.switch_schedules_off()
