"""What the end-to-end tests share: a machine for each test, one warm program and one sandbox for all."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from e2e_program import Machine, StartSandbox, make_machine
from e2e_warm import WarmProgram
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer


@pytest.fixture
def machine(tmp_path: Path, warm: WarmProgram) -> Machine:
    """A folder and a home of its own."""
    return make_machine(tmp_path, warm)


@pytest.fixture
def start_sandbox() -> Iterator[StartSandbox]:
    """Starts sandboxes with the settings it is given."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(SandboxServer(unlimited(**settings)))


@pytest.fixture
def sandbox(start_sandbox: StartSandbox) -> SandboxServer:
    """A sandbox without a limit and without a profile."""
    return start_sandbox()
