"""What the delivery's tests share: sandboxes, and rooms to deliver in."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from delivery_killed import KillableProgram
from delivery_room import OpenRoom, Room
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def program() -> Iterator[KillableProgram]:
    """Forks commands that may kill themselves."""
    with KillableProgram() as program:
        yield program


@pytest.fixture
def open_room(tmp_path: Path) -> Iterator[OpenRoom]:
    """Opens an account: a sandbox with the settings it is given, without a limit, and a new ledger."""
    with ExitStack() as stack:

        def open_one(**settings: Any) -> tuple[Room, SandboxServer]:
            sandbox = stack.enter_context(SandboxServer(unlimited(**settings)))
            return Room(tmp_path, sandbox.base_url), sandbox

        yield open_one
