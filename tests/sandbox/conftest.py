"""Sandboxes for the tests: one for a module, or one made to measure."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from sandbox_open import open_sandbox, unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer

Start = Callable[..., tuple[SandboxServer, httpx.Client]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts sandboxes with the settings it is given, and gives each with a client that has a key."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(open_sandbox(unlimited(**settings)))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[tuple[SandboxServer, httpx.Client]]:
    """One sandbox for all tests of a module, without a rate limit."""
    with open_sandbox() as opened:
        yield opened


@pytest.fixture(scope="module")
def client(sandbox: tuple[SandboxServer, httpx.Client]) -> httpx.Client:
    """A client with a key for the module's sandbox."""
    return sandbox[1]
