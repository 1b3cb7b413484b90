"""The ledger's secret: where it is kept, and what happens without it."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ledger_backends import SECRET, Backend, PostgresServer, created, make_keys, sqlite_backend, start_account

from straitsx_bulk.io.ledger import Secret, load_secret
from straitsx_bulk.schemas.errors import LedgerError


def secret_file(home: Path) -> Path:
    return home / ".config" / "straitsx-bulk" / "ledger.secret"


def fill_ledger(backend: Backend) -> bytes:
    with backend.open() as ledger:
        account = start_account(ledger)
        (key,) = make_keys(account, 1)
        account.settle([created(account, key)])
    return key


@pytest.mark.parametrize(
    "text",
    [SECRET, SECRET.upper(), base64.b64encode(bytes.fromhex(SECRET)).decode(), base64.b64encode(b"\xff" * 32).decode()],
)
def test_the_variable_holds_hexadecimal_or_base64(text: str) -> None:
    secret = load_secret({"STRAITSX_BULK_LEDGER_SECRET": f" {text}\n"}, create=False, postgresql=True)
    assert secret is not None
    assert len(secret.value) == 32


def test_both_ways_of_writing_give_the_same_secret() -> None:
    texts = [SECRET, base64.urlsafe_b64encode(bytes.fromhex(SECRET)).decode().rstrip("=")]
    secrets = [load_secret({"STRAITSX_BULK_LEDGER_SECRET": text}, create=False, postgresql=False) for text in texts]
    assert secrets[0] == secrets[1] == Secret(bytes.fromhex(SECRET), "STRAITSX_BULK_LEDGER_SECRET")


@pytest.mark.parametrize("text", ["short", "5e" * 31, "5e" * 33, "not base64 at all!", "é" * 64])
def test_a_variable_that_is_no_secret_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(LedgerError) as caught:
        load_secret({"STRAITSX_BULK_LEDGER_SECRET": text}, create=True, postgresql=False)
    assert "STRAITSX_BULK_LEDGER_SECRET" in str(caught.value)
    assert text not in str(caught.value)


def test_a_secret_is_not_shown() -> None:
    assert SECRET not in repr(Secret(bytes.fromhex(SECRET), "test"))
    assert repr(bytes.fromhex(SECRET)) not in repr(Secret(bytes.fromhex(SECRET), "test"))


def test_postgresql_needs_the_variable() -> None:
    with pytest.raises(LedgerError, match="STRAITSX_BULK_LEDGER_SECRET"):
        load_secret({}, create=True, postgresql=True)


def test_a_new_secret_is_a_closed_file_outside_the_ledgers_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    backend = Backend(f"sqlite:///{tmp_path}/ledger/ledger.db", {"HOME": str(home)})
    backend.open().close()
    path = secret_file(home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(bytes.fromhex(path.read_text())) == 32
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger.secret"]


def test_xdg_config_home_is_respected(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    load_secret(environment, create=True, postgresql=False)
    assert (tmp_path / "config" / "straitsx-bulk" / "ledger.secret").exists()
    assert not (tmp_path / "home").exists()


def test_nothing_is_made_unless_asked(tmp_path: Path) -> None:
    assert load_secret({"HOME": str(tmp_path)}, create=False, postgresql=False) is None
    assert list(tmp_path.iterdir()) == []


def test_an_existing_secret_is_used_for_a_new_ledger(tmp_path: Path) -> None:
    sqlite_backend(tmp_path).open().close()
    before = secret_file(tmp_path).read_text()
    Backend(f"sqlite:///{tmp_path}/second.db", {"HOME": str(tmp_path)}).open().close()
    assert secret_file(tmp_path).read_text() == before


def test_programs_that_start_together_make_one_secret(tmp_path: Path) -> None:
    def load(_: int) -> Secret | None:
        return load_secret({"HOME": str(tmp_path)}, create=True, postgresql=False)

    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(load, range(16)))
    assert len(secrets) == 1
    assert None not in secrets


def test_a_secret_open_to_others_is_refused_with_the_mend(tmp_path: Path) -> None:
    sqlite_backend(tmp_path).open().close()
    secret_file(tmp_path).chmod(0o640)
    with pytest.raises(LedgerError, match="chmod 600"):
        sqlite_backend(tmp_path).open()


def test_a_lost_secret_is_never_replaced(tmp_path: Path) -> None:
    key = fill_ledger(sqlite_backend(tmp_path))
    kept = secret_file(tmp_path).read_text()
    secret_file(tmp_path).unlink()
    with pytest.raises(LedgerError, match="is missing"):
        sqlite_backend(tmp_path).open()
    assert not secret_file(tmp_path).exists()
    secret_file(tmp_path).write_text(kept)
    secret_file(tmp_path).chmod(0o600)
    with sqlite_backend(tmp_path).open() as ledger:
        assert set(ledger.account("api.example", "default").known([key])) == {key}


@pytest.mark.parametrize("read_only", [True, False])
def test_a_wrong_secret_is_refused(tmp_path: Path, *, read_only: bool) -> None:
    fill_ledger(sqlite_backend(tmp_path))
    wrong = Backend(f"sqlite:///{tmp_path}/ledger.db", {"STRAITSX_BULK_LEDGER_SECRET": "00" * 32})
    with pytest.raises(LedgerError, match="is not the secret"):
        wrong.open(read_only=read_only)


def test_a_wrong_secret_is_refused_on_postgresql(postgres: PostgresServer) -> None:
    backend = postgres.make_backend()
    fill_ledger(backend)
    wrong = Backend(backend.url, {**backend.environment, "STRAITSX_BULK_LEDGER_SECRET": "00" * 32})
    with pytest.raises(LedgerError, match="is not the secret"):
        wrong.open()
    with pytest.raises(LedgerError, match="STRAITSX_BULK_LEDGER_SECRET"):
        Backend(backend.url, {}).open()


def test_a_secret_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("a file where the folder should be")
    with pytest.raises(LedgerError, match="cannot be made"):
        sqlite_backend(tmp_path).open()
