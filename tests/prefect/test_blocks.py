"""Blocks of a real Prefect server: the command line takes them as flows do, and a note is sent where there is one."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from e2e_exports import as_csv, people
from prefect_server import UNHEARD, PrefectServer, run_server, wait_for
from sandbox_open import unlimited

from straitsx_bulk.flows.inbox.passing import Pass
from straitsx_bulk.flows.orchestration.notifying import Ended, note_ending, tell_ending
from straitsx_bulk.flows.watch_inbox import count_for_people, make_state, watch_inbox
from straitsx_bulk.io.sandbox.server import SandboxServer

from prefect.client.schemas.objects import FlowRun  # isort: skip - ours silences it first
from prefect.settings import PREFECT_API_URL, temporary_settings  # isort: skip

KEY = "sk-made-up-40c2-of-a-block"
BLOCKS = {"STRAITSX_BULK_CREDENTIALS_BLOCK": "acct", "STRAITSX_BULK_SETTINGS_BLOCK": "shared"}
SUPPORT = Path(__file__).resolve().parents[1] / "support"
SCRIPT = Path(sys.executable).with_name("straitsx-bulk")


@dataclass(frozen=True, slots=True)
class Place:
    """A server with blocks, and the API that they name.

    Attributes:
        server: Prefect's.
        sandbox: The API; it takes the block's key only.
        folder: To work in.
        heard: What the notification block has sent.
    """

    server: PrefectServer
    sandbox: SandboxServer
    folder: Path
    heard: list[str]

    def run(self, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run the command line; again where the server, which has no machine to itself, took too long to answer."""
        own = self.server.environ({**BLOCKS, **environ})

        def run_once() -> "subprocess.CompletedProcess[str] | None":
            ended = subprocess.run(
                [SCRIPT, *words], cwd=self.folder, env=own, capture_output=True, text=True, check=False
            )
            return None if UNHEARD in ended.stderr else ended

        ended: subprocess.CompletedProcess[str] = wait_for(run_once, "an answer of Prefect's server")
        return ended


@pytest.fixture(scope="module")
def heard() -> Iterator[tuple[str, list[str]]]:
    """A web hook's address, and what it has heard."""
    bodies: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", bodies
        server.shutdown()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, heard: tuple[str, list[str]]) -> Iterator[Place]:
    """A server with the blocks acct, shared and ops."""
    folder = tmp_path_factory.mktemp("blocks")
    (folder / "people.csv").write_text(as_csv(people(2)), encoding="utf-8")
    with run_server(folder / "home") as server, SandboxServer(unlimited(keys=frozenset({KEY}))) as sandbox:
        script = [sys.executable, str(SUPPORT / "prefect_blocks.py"), KEY, sandbox.base_url, heard[0]]
        subprocess.run(script, env=server.environ(), check=True, capture_output=True)
        yield Place(server, sandbox, folder, heard[1])


@pytest.mark.parametrize(
    "words",
    [
        ("doctor",),
        ("reconcile",),
        ("import", "people.csv", "--dry-run", "--no-prefect"),
        ("import", "people.csv", "--dry-run", "--prefect"),
    ],
    ids=" ".join,
)
def test_the_settings_block_holds_on_the_command_line_too(place: Place, words: tuple[str, ...]) -> None:
    ended = place.run(*words)
    assert ended.returncode == 0, ended.stderr
    assert f"local 127.0.0.1:{place.sandbox.port}" in ended.stderr
    assert KEY not in ended.stderr


def test_what_is_said_there_and_what_the_environment_has_beat_it(place: Place) -> None:
    words = ("import", "people.csv", "--dry-run", "--no-prefect")
    assert "20 requests a second" in place.run(*words).stderr
    assert "7 requests a second" in place.run(*words, STRAITSX_BULK_RATE="7").stderr
    assert "3 requests a second" in place.run(*words, "--rate", "3", STRAITSX_BULK_RATE="7").stderr


@pytest.mark.parametrize(
    ("came_to", "is_told"),
    [
        (Pass(), False),
        (Pass(waiting=1, paused="window"), False),
        (Pass(done=1), True),
        (Pass(attention=1), True),
        (Pass(paused="interrupted", interrupted=True), True),
    ],
)
def test_of_a_pass_over_an_inbox_that_had_nothing_to_do_nobody_is_told(
    place: Place, came_to: Pass, is_told: bool
) -> None:
    run = FlowRun(id=uuid4(), flow_id=uuid4(), parameters={"blocks": {"notify": "custom-webhook/ops"}})
    state = make_state(came_to)
    note_ending(run.id, Ended(state, count_for_people(came_to)))

    async def tell() -> None:
        with temporary_settings({PREFECT_API_URL: place.server.url}):
            await tell_ending(watch_inbox, run, state)

    asyncio.run(tell())
    assert any(str(run.id) in body for body in place.heard) is is_told
