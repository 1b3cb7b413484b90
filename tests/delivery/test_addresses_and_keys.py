"""The whole program and whoever answers: no redirect is followed, and a key comes from .env however it is written."""

import asyncio
from pathlib import Path

import pytest
from e2e_exports import as_csv, people
from e2e_program import Machine, make_machine
from e2e_warm import WarmProgram
from sandbox_open import unlimited
from straitsx_raw_server import RawServer, answer, in_loop

from straitsx_bulk.io.sandbox.server import SandboxServer

KEY = "made-up-key-0001"


@pytest.fixture
def machine(tmp_path: Path, warm: WarmProgram) -> Machine:
    """A folder with an export."""
    machine = make_machine(tmp_path, warm)
    machine.write("people.csv", as_csv(people(3)))
    return machine


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (("import", "people.csv"), 301),
        (("import", "people.csv"), 307),
        (("import", "people.csv"), 308),
        (("upgrade", "people.csv"), 302),
        (("reconcile",), 303),
        (("doctor",), 307),
    ],
)
@in_loop
async def test_a_redirect_to_another_host_is_not_followed_and_the_key_stays_here(
    machine: Machine, command: tuple[str, ...], status: int
) -> None:
    async with RawServer() as elsewhere:
        away = f"http://localhost:{elsewhere.port}/v1/kyc/customer_profiles"
        step = answer(status, headers={"Location": away}, body=b"")
        async with RawServer(otherwise=step) as server:
            words = (*command, "--env", "local", "--base-url", server.base_url)
            ended = await asyncio.to_thread(machine.run, *words, X_XFERS_APP_API_KEY=KEY)
        assert (ended.code, elsewhere.connections) == (1, 0), ended.stderr
        assert "redirect" in ended.stderr
        assert KEY not in ended.stderr + ended.stdout
        assert KEY in {request.headers.get("x-xfers-app-api-key") for request in server.requests}


@pytest.mark.parametrize(
    "written",
    [
        f"X_XFERS_APP_API_KEY={KEY}\n",
        f'X_XFERS_APP_API_KEY="{KEY}"\n',
        f"X_XFERS_APP_API_KEY='{KEY}'\n",
        f"export X_XFERS_APP_API_KEY={KEY}\n",
        f"X_XFERS_APP_API_KEY = {KEY}  # of the shop\r\n",
        f"\ufeffX_XFERS_APP_API_KEY={KEY}\n",
        f'\ufeff# a note\r\nexport X_XFERS_APP_API_KEY="{KEY}"\r\nOTHER=1\r\n',
    ],
)
def test_a_key_is_read_from_dotenv_however_it_is_written(machine: Machine, written: str) -> None:
    (machine.folder / ".env").write_bytes(written.encode("utf-8"))
    with SandboxServer(unlimited(keys=frozenset({KEY}))) as sandbox:
        ended = machine.run("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url)
    assert (ended.code, ended.reports.outcomes) == (0, {"created": 3}), ended.stderr
