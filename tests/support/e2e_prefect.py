"""A real Prefect server on loopback, in a home of its own, and its API."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from e2e_program import wait_until

PREFECT = Path(sys.executable).with_name("prefect")
STATES = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """A running server.

    Attributes:
        home: PREFECT_HOME: database, storage, logs.
        url: Of its API.
        api: A client of it.
    """

    home: Path
    url: str
    api: httpx.Client

    def environment(self) -> dict[str, str]:
        """What a process needs to use this server and no other."""
        return {"PREFECT_HOME": str(self.home), "PREFECT_API_URL": self.url, "PREFECT_PROFILES_PATH": "/dev/null"}

    def ask(self, path: str, **body: object) -> Any:
        """POST to the API and give the answer."""
        answer = self.api.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def run_command(self, *words: str, cwd: Path, home: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run a ``prefect`` command to its end."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
        own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "DO_NOT_TRACK": "1"}
        done = subprocess.run(
            [PREFECT, "--no-prompt", *words],
            cwd=cwd,
            env=kept | own | self.environment() | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def flow_runs(self, **filters: object) -> list[dict[str, Any]]:
        """Flow runs, oldest first."""
        found: list[dict[str, Any]] = self.ask("/flow_runs/filter", sort="EXPECTED_START_TIME_ASC", **filters)
        return found


@contextmanager
def run_server(home: Path) -> Iterator[PrefectServer]:
    """Start a server and wait until it answers; it is stopped at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environ = kept | {
        "HOME": str(home),
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": "/dev/null",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home}/prefect.db",
    }
    command = [str(PREFECT), "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=home, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as api:
            wait_until(lambda: process.poll() is not None or answers(api), "the Prefect server answers")
            assert process.poll() is None, (home / "server.log").read_text()
            yield PrefectServer(home, url, api)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(api: httpx.Client) -> bool:
    """Whether a server is there."""
    try:
        return api.get("/health").status_code == 200
    except httpx.TransportError:
        return False
