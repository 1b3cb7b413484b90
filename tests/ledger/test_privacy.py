"""The ledger names nobody: what a thief of the whole database would find."""

from collections.abc import Iterator
from pathlib import Path

from ledger_backends import MOMENT, Backend, PostgresServer, sqlite_backend, start_account

from straitsx_bulk.io.ledger import Action, FoundProfile, Intent, Known, Progress, RowOutcome, Settlement, State

PERSONAL = {
    "customerName": "Quetzalcoatl Featherstone",
    "registrationId": "S7654321Z",
    "dateOfBirth": "1971-02-03",
    "address.street": "77 Peregrine Crescent",
    "email": "quetzal@example.com",
}
REFERENCE = "crm-user-000777"
FINGERPRINT = "sk-live-9f3a"


def live_a_life(backend: Backend) -> None:
    """Do everything that writes, with personal values."""
    with backend.open() as ledger:
        account = start_account(ledger)
        account.add_key(FINGERPRINT)
        first, second, third = account.digests.keys(["personal"] * 3, ["S7654321Z", "S7654321Y", "S7654321X"])
        hashes = account.digests.values(first, PERSONAL)
        row = account.digests.row(PERSONAL)
        account.begin([Intent(key, Action.CREATE, hashes, REFERENCE) for key in (first, second, third)])
        outcome = RowOutcome(0, "created", first, "customer_profile_1", "pending", 200, "", 1, MOMENT)
        account.settle(
            [
                Settlement(first, State.CREATED, "customer_profile_1", "pending", "usd", hashes, 200, row=outcome),
                Settlement(second, State.REFUSED, http_status=400, api_code="XFE15", row_digest=row),
                Settlement(third, State.IN_DOUBT, reference=REFERENCE),
            ],
            Progress(3, {"refused": 1}),
        )
        account.adopt([FoundProfile(third, "customer_profile_3", "verified", "usd", hashes)])


def encodings(text: str) -> Iterator[bytes]:
    yield text.encode()
    yield text.upper().encode()
    yield text.encode("utf-16-le")
    yield text.encode().hex().encode()


def find_personal(content: bytes) -> list[str]:
    secrets = [*PERSONAL.values(), REFERENCE, FINGERPRINT, "S7654321Y", "Featherstone"]
    return [text for text in secrets if any(encoded in content for encoded in encodings(text))]


def test_the_file_holds_no_personal_value_and_no_key(tmp_path: Path) -> None:
    backend = Backend(f"sqlite:///{tmp_path}/ledger/ledger.db", {"HOME": str(tmp_path)})
    with backend.open():  # as long as one connection is open, the write-ahead log stays
        live_a_life(backend)
        files = sorted((tmp_path / "ledger").iterdir())
        assert [file.name for file in files] == ["ledger.db", "ledger.db-shm", "ledger.db-wal"]
        content = b"".join(file.read_bytes() for file in files)
    content += (tmp_path / "ledger" / "ledger.db").read_bytes()
    assert b"customer_profile_1" in content
    assert find_personal(content) == []
    secret = (tmp_path / ".config" / "straitsx-bulk" / "ledger.secret").read_text().strip()
    assert bytes.fromhex(secret) not in content
    assert secret.encode() not in content


def test_the_servers_tables_hold_no_personal_value_and_no_key(postgres: PostgresServer) -> None:
    backend = postgres.make_backend()
    live_a_life(backend)
    with backend.open() as ledger, ledger._store.read() as connection:
        tables = connection.exec_driver_sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        ).scalars()
        cells = [
            cell for table in tables for row in connection.exec_driver_sql(f"SELECT * FROM {table}") for cell in row
        ]
    content = b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)
    assert b"customer_profile_1" in content
    assert find_personal(content) == []


def test_what_is_known_of_a_profile_shows_no_personal_value(tmp_path: Path) -> None:
    backend = sqlite_backend(tmp_path)
    live_a_life(backend)
    with backend.open() as ledger:
        account = ledger.account("api.example", "default")
        known: list[Known] = account.doubts()
        assert known
        assert find_personal(repr((known, ledger, account, ledger.runs(), ledger.secret)).encode()) == []
