"""What the tests with several machines share: PostgreSQL, a sandbox, and the machines."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from ledger_backends import Backend, PostgresServer, postgres_server, why_no_postgres
from machines_site import Site, StartSite
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    reason = why_no_postgres()
    if reason is not None:
        pytest.skip(reason.replace("THE LEDGER IS", "SEVERAL MACHINES ARE"))
    with postgres_server() as server:
        yield server


@pytest.fixture
def backend(postgres: PostgresServer) -> Backend:
    return postgres.make_backend()


@pytest.fixture
def start_site(tmp_path: Path, backend: Backend) -> Iterator[StartSite]:
    """Makes machines that share a ledger and call one sandbox."""
    with ExitStack() as stack:

        def start(rows: Sequence[Mapping[str, str]], machines: int, *, hide: bool = False, **sandbox: Any) -> Site:
            serving = stack.enter_context(SandboxServer(unlimited(**sandbox)))
            site = Site(tmp_path, backend, serving, hide)
            site.make_machines(machines, rows)
            stack.enter_context(site.have_workers())
            return site

        yield start
