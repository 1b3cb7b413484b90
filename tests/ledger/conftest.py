from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_backends import Backend, PostgresServer, postgres_server, sqlite_backend, start_account, why_no_postgres

from straitsx_bulk.io.ledger import Account, Ledger


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    reason = why_no_postgres()
    if reason is not None:
        pytest.skip(reason)
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return sqlite_backend(tmp_path)
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_backend()


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    with backend.open() as opened:
        yield opened


@pytest.fixture
def account(ledger: Ledger) -> Account:
    return start_account(ledger)
