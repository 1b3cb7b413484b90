"""What the tests of long running share: a process that forks quickly, sandboxes, one Prefect server."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from e2e_program import StartSandbox
from prefect_forks import Forks
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Starts imports and passes in processes of their own."""
    with Forks() as program:
        yield program


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder to work in, which is the home too."""
    place = tmp_path / "work"
    place.mkdir()
    return place


@pytest.fixture
def start_sandbox() -> Iterator[StartSandbox]:
    """Starts sandboxes with the settings it is given."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(SandboxServer(unlimited(**settings)))


@pytest.fixture
def sandbox(start_sandbox: StartSandbox) -> SandboxServer:
    """A sandbox without a limit and without a profile."""
    return start_sandbox()
