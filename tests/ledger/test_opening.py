"""Opening a ledger: whatever is wrong comes up there, with the mend."""

import os
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_program import DEADLINE
from ledger_backends import (
    SECRET,
    Backend,
    PostgresServer,
    create_intent,
    created,
    make_keys,
    ordinary_user,
    sqlite_backend,
    start_account,
)
from ledger_process import start_process

from straitsx_bulk.io.ledger import Account, Ledger, LedgerFailedError, RunStart, State
from straitsx_bulk.io.ledger.migrations import MIGRATION_STEPS, NEWEST_VERSION, migrate_tables, write_meta
from straitsx_bulk.io.ledger.places import file_system_of, parse_ledger_url
from straitsx_bulk.io.ledger.schema import METADATA
from straitsx_bulk.io.ledger.secret import load_secret
from straitsx_bulk.io.ledger.store import Store, connect_postgresql, connect_sqlite
from straitsx_bulk.schemas.errors import LedgerError, StoppedError, UsageError

MOUNTS = r"""22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:44 / /mnt/share rw,relatime - nfs4 server:/export rw
31 30 0:45 / /mnt/share/local rw - xfs /dev/sdb rw
32 22 0:46 / /mnt/My\040Share rw - cifs //server/share rw
"""


def fill_ledger(backend: Backend) -> bytes:
    with backend.open() as ledger:
        account = start_account(ledger)
        (key,) = make_keys(account, 1)
        account.settle([created(account, key)])
    return key


def connect(backend: Backend) -> Store:
    url = parse_ledger_url(backend.url)
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").touch()
        return connect_sqlite(Path(url.database or ""), writable=True, busy_seconds=5)
    return connect_postgresql(url, writable=True, busy_seconds=5)


@pytest.mark.parametrize(
    "url", ["postgresql://user:hunter2@host/db", "postgresql://host/db?password=hunter2", "postgres://u:hunter2@h/d"]
)
def test_a_password_in_the_url_is_wrong_usage_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError, match="PGPASSWORD") as caught:
        parse_ledger_url(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["ledger.db", "sqlite://", "sqlite:///:memory:", "mysql://host/db", "", "://"])
def test_what_is_no_ledgers_url_is_wrong_usage(url: str) -> None:
    with pytest.raises(UsageError, match="--ledger"):
        parse_ledger_url(url)


def test_a_new_ledgers_file_and_folder_are_closed_to_others(tmp_path: Path) -> None:
    backend = Backend(f"sqlite:///{tmp_path}/a/b/ledger.db", {"HOME": str(tmp_path)})
    with backend.open() as ledger:
        start_account(ledger)
        files = sorted((tmp_path / "a" / "b").iterdir())
        assert [file.name for file in files] == ["ledger.db", "ledger.db-shm", "ledger.db-wal"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_ledger_that_others_could_read_is_closed(tmp_path: Path) -> None:
    backend = sqlite_backend(tmp_path)
    fill_ledger(backend)
    (tmp_path / "ledger.db").chmod(0o644)
    backend.open().close()
    assert stat.S_IMODE((tmp_path / "ledger.db").stat().st_mode) == 0o600


def test_a_file_that_is_no_ledger_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("somebody's notes\n")
    path.chmod(0o644)
    with pytest.raises(LedgerError, match="is not a ledger"):
        sqlite_backend(tmp_path).open()
    assert (stat.S_IMODE(path.stat().st_mode), path.read_text()) == (0o644, "somebody's notes\n")


def test_a_device_or_pipe_is_no_ledger_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    os.mkfifo(path, 0o644)
    mode = stat.S_IMODE(path.stat().st_mode)
    with pytest.raises(LedgerError, match="is not a file"):
        sqlite_backend(tmp_path).open()
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_what_was_done_is_there_after_reopening(backend: Backend) -> None:
    key = fill_ledger(backend)
    with backend.open() as ledger:
        assert ledger.account("api.example", "default").known([key])[key].state is State.CREATED


@pytest.mark.parametrize("damage", ["text", "header", "middle"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    backend = sqlite_backend(tmp_path)
    fill_ledger(backend)
    path = tmp_path / "ledger.db"
    content = bytearray(path.read_bytes())
    if damage == "text":
        content = bytearray(b"name,id\n" * 2000)
    elif damage == "header":
        content[20:60] = b"\xff" * 40
    else:
        content[8192:16384] = b"\x5a" * 8192
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="damaged"):
        backend.open()


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    connection.close()
    with pytest.raises(LedgerError, match="another program's"):
        sqlite_backend(tmp_path).open()


def test_a_ledger_newer_than_the_program_is_refused(backend: Backend) -> None:
    backend.open().close()
    store = connect(backend)
    with store.write() as connection:
        connection.exec_driver_sql(f"INSERT INTO ledger_migrations VALUES ({NEWEST_VERSION + 1}, 0)")
    store.close()
    with pytest.raises(LedgerError, match="newer"):
        backend.open()


def test_the_tables_are_those_that_the_queries_expect(backend: Backend) -> None:
    store = connect(backend)
    with store.write() as connection:
        migrate_tables(connection)
        for table in METADATA.tables.values():
            assert connection.execute(table.select()).keys() == table.columns.keys()
    store.close()


@pytest.mark.parametrize("version", range(1, NEWEST_VERSION + 1))
def test_an_older_ledger_is_brought_up_to_date_and_keeps_everything(backend: Backend, version: int) -> None:
    key = build_old_ledger(backend, version)
    for read_only in (True, False):
        with backend.open(read_only=read_only) as ledger:
            known = ledger.account("api.example", "default").known([key])[key]
            assert (known.state, known.customer_profile_id) == (State.EXISTS, "customer_profile_old")
    with backend.open() as ledger:
        account = start_account(ledger)
        assert account.reserve_slot(5.0) == 0.0
        assert account.begin([create_intent(account, b"n" * 16)]) == {b"n" * 16}


def build_old_ledger(backend: Backend, version: int) -> bytes:
    """Make a ledger as the program of that version left it, with one profile in it."""
    local = backend.url.startswith("sqlite")
    secret = load_secret(backend.environment, create=True, postgresql=not local)
    assert secret is not None
    store = connect(backend)
    with store.write() as connection:
        migrate_tables(connection, upto=version)
        write_meta(connection, "secret_check", secret.check_value)
        connection.exec_driver_sql("INSERT INTO ledger_accounts VALUES (1, 'api.example', 'default', '')")
        if not local:
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('ledger_accounts', 'id'), 1)")
        digest = "X'" + "6b" * 16 + "'" if local else "'\\x" + "6b" * 16 + "'"
        nothing = "X''" if local else "''"
        connection.exec_driver_sql(
            "INSERT INTO ledger_profiles (account_id, key, state, version, customer_profile_id, verification_status,"
            " rail, held, reference, http_status, api_code, row_digest, intent, created_at, updated_at) VALUES (1,"
            f" {digest}, 'exists', 1, 'customer_profile_old', '', '', {nothing}, {nothing}, 0, '', {nothing},"
            f" {nothing}, 0, 0)"
        )
    store.close()
    return b"k" * 16


def test_a_migration_that_fails_leaves_the_old_ledger(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    build_old_ledger(backend, 1)
    broken = (*MIGRATION_STEPS[2], "CREATE TABLE ledger_rate (twice {int})")
    with monkeypatch.context() as patched:
        patched.setitem(MIGRATION_STEPS, 2, broken)
        with pytest.raises(LedgerError):
            backend.open()
    store = connect(backend)
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT version FROM ledger_migrations").scalars().all() == [1]
    store.close()
    backend.open().close()


def test_a_locked_ledger_is_refused_at_the_start(tmp_path: Path) -> None:
    backend = sqlite_backend(tmp_path)
    fill_ledger(backend)
    holder = start_process("lock", backend)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    with pytest.raises(LedgerError, match="locked by another program"):
        backend.open(busy_seconds=0.2)
    holder.communicate("\n", timeout=DEADLINE)
    backend.open(busy_seconds=0.2).close()


def test_a_ledger_that_is_locked_during_the_run_stops_it(tmp_path: Path) -> None:
    backend = sqlite_backend(tmp_path)
    with backend.open(busy_seconds=0.2) as ledger:
        account = start_account(ledger)
        (key,) = make_keys(account, 1)
        holder = start_process("lock", backend)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        with pytest.raises(LedgerFailedError, match="locked by another program"):
            account.begin([create_intent(account, key)])
        holder.communicate("\n", timeout=DEADLINE)
        assert account.known([key]) == {}
        assert account.begin([create_intent(account, key)]) == {key}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that an ordinary user can reach, unlike pytest's own when root runs it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, 65534, -1)
        yield folder


def test_a_folder_that_cannot_be_written_is_refused(open_folder: Path) -> None:
    backend = Backend(f"sqlite:///{open_folder}/closed/ledger.db", {"STRAITSX_BULK_LEDGER_SECRET": SECRET})
    with ordinary_user():
        (open_folder / "closed").mkdir(mode=0o500)
        with pytest.raises(LedgerError, match="Permission denied"):
            backend.open()


def test_a_ledger_that_cannot_be_written_is_refused(open_folder: Path) -> None:
    backend = Backend(f"sqlite:///{open_folder}/ledger.db", {"STRAITSX_BULK_LEDGER_SECRET": SECRET})
    with ordinary_user():
        fill_ledger(backend)
        (open_folder / "ledger.db").chmod(0o400)
        open_folder.chmod(0o500)
        with pytest.raises(LedgerError, match="read-only"):
            backend.open()
        open_folder.chmod(0o700)


def test_a_ledger_that_is_full_during_the_run_stops_it(tmp_path: Path) -> None:
    with sqlite_backend(tmp_path).open() as ledger:
        account = start_account(ledger)
        keys = make_keys(account, 3000)
        with ledger._store.read() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=60")
        begun: list[bytes] = []
        with pytest.raises(LedgerFailedError, match="disk is full"):
            begin_in_groups(account, keys, begun)
        assert begun
        assert set(account.known(keys)) == set(begun)


def begin_in_groups(account: Account, keys: list[bytes], begun: list[bytes]) -> None:
    for start in range(0, len(keys), 100):
        begun += account.begin([create_intent(account, key) for key in keys[start : start + 100]])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a full disk is not tried: this user may not mount one")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_refused_at_the_start(small_disk: Path) -> None:
    backend = Backend(f"sqlite:///{small_disk}/ledger.db", {"STRAITSX_BULK_LEDGER_SECRET": SECRET})
    (small_disk / "ballast").write_bytes(b"x" * 180 * 1024)
    with pytest.raises(LedgerError, match=r"disk is full|cannot be read or written"):
        backend.open()
    (small_disk / "ballast").unlink()
    fill_ledger(backend)


def test_a_server_that_is_not_there_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="POSTGRESQL IS NOT TRIED: psycopg is missing")
    url = f"postgresql://ledger@/ledger?host={tmp_path}"
    with pytest.raises(LedgerError, match="cannot be reached"):
        Backend(url, {"STRAITSX_BULK_LEDGER_SECRET": SECRET}).open()


def test_a_database_that_is_not_there_is_refused(postgres: PostgresServer) -> None:
    backend = postgres.make_backend()
    with pytest.raises(LedgerError, match="does not exist"):
        Backend(backend.url.replace("/postgres?", "/nowhere?"), backend.environment).open()


def test_a_server_that_goes_away_stops_the_run_and_keeps_everything(postgres: PostgresServer) -> None:
    backend = postgres.make_backend()
    with backend.open() as ledger:
        account = start_account(ledger)
        first, second = make_keys(account, 2)
        account.begin([create_intent(account, first)])
        with pytest.raises(StoppedError, match="cannot be reached"):
            restart_within_transaction(postgres, ledger)
        assert account.begin([create_intent(account, second)]) == {second}
        assert set(account.known([first, second])) == {first, second}


def restart_within_transaction(postgres: PostgresServer, ledger: Ledger) -> None:
    with ledger._store.write() as connection:
        postgres.restart()
        connection.exec_driver_sql("SELECT 1")


def test_a_dry_run_makes_no_ledger_and_takes_it_as_empty(tmp_path: Path) -> None:
    backend = Backend(f"sqlite:///{tmp_path}/a/ledger.db", {"HOME": str(tmp_path)})
    with backend.open(read_only=True) as ledger:
        account = ledger.account("api.example", "default")
        assert account.known(make_keys(account, 3)) == {}
        assert (account.counts(), ledger.runs(), account.some_profile()) == ({}, [], None)
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_makes_no_tables(postgres: PostgresServer) -> None:
    backend = postgres.make_backend()
    with backend.open(read_only=True) as ledger:
        account = ledger.account("api.example", "default")
        assert account.known(make_keys(account, 3)) == {}
    store = connect(backend)
    with store.read() as connection:
        tables = connection.exec_driver_sql("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
        assert tables.scalar() == 0
    store.close()


def test_a_dry_run_reads_what_is_there_and_writes_nothing(backend: Backend) -> None:
    key = fill_ledger(backend)
    with backend.open(read_only=True) as ledger:
        account = ledger.account("api.example", "default")
        assert set(account.known([key])) == {key}
        assert ledger.account("api.example", "unheard of").known([key]) == {}
        with pytest.raises(LedgerFailedError):
            account.start_run(RunStart("aa", "import", "runs/one"))
        assert [run.run_id for run in ledger.runs()] != ["aa"]
    with backend.open() as ledger:
        assert len(ledger.runs()) == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/user/ledger.db", "ext4"),
        ("/mnt/share/ledger.db", "nfs4"),
        ("/mnt/share/local/ledger.db", "xfs"),
        ("/mnt/shared/ledger.db", "ext4"),
        ("/mnt/My Share/ledger.db", "cifs"),
    ],
)
def test_the_file_system_under_a_path_is_found(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_refused_naming_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = f"30 22 0:44 / {tmp_path} rw,relatime - nfs4 server:/export rw"
    monkeypatch.setattr("straitsx_bulk.io.ledger.places._read_mounts", lambda: mounts)
    with pytest.raises(LedgerError, match=r"network file system \(nfs4\).*postgresql://"):
        sqlite_backend(tmp_path).open()
    assert list(tmp_path.iterdir()) == []
