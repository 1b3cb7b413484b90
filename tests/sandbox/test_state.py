"""The state file: what it survives, who may read it, and what is no state file."""

import asyncio
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from e2e_program import DEADLINE
from sandbox_bodies import make_personal, make_sgd_only
from sandbox_open import KEY, open_sandbox, read_error, unlimited
from sandbox_process import run_sandbox

from straitsx_bulk.io.sandbox.settings import SandboxError
from straitsx_bulk.io.sandbox.store import DuplicateError, ProfileStore

PATH = "/kyc/customer_profiles"


def test_a_file_keeps_profiles_and_id_whatever_the_port(tmp_path: Path) -> None:
    settings = unlimited(state=tmp_path / "state.db")
    with open_sandbox(settings) as (first, client):
        data = client.post(PATH, json=make_personal()).json()["data"]
        client.patch(f"{PATH}/{data['id']}", json={"gender": "MALE"})
        kept = first.profiles()
    with open_sandbox(settings) as (second, client):
        assert (second.profiles(), second.state_id) == (kept, first.state_id)
        assert client.get(f"{PATH}/{data['id']}").json()["data"]["attributes"]["gender"] == "MALE"


def test_each_state_has_its_own_id_which_every_answer_carries(start: Any, tmp_path: Path) -> None:
    opened = [start(), start(), start(state=tmp_path / "state.db")]
    answers = [client.get(path).headers["X-Sandbox-State"] for _, client in opened for path in (PATH, "/nowhere")]
    assert answers == [server.state_id for server, _ in opened for _ in range(2)]
    assert len(set(answers)) == 3


def test_only_the_owner_can_read_the_files(start: Any, tmp_path: Path) -> None:
    folder = tmp_path / "made" / "for it"
    _, client = start(state=folder / "state.db")
    client.post(PATH, json=make_sgd_only())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch(0o644)
    start(state=path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_that_was_answered_is_lost_by_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    answered: list[str] = []

    async def create_until_killed(base_url: str, kill: Callable[[], None]) -> None:
        async def create_on(client: httpx.AsyncClient) -> None:
            while True:
                answer = await client.post(PATH, json=make_sgd_only())
                answered.append(answer.json()["data"]["id"])
                if len(answered) == 60:
                    kill()

        async with httpx.AsyncClient(base_url=base_url, headers=KEY, timeout=DEADLINE) as client:
            await asyncio.gather(*(create_on(client) for _ in range(8)), return_exceptions=True)

    with run_sandbox(path) as first:
        asyncio.run(create_until_killed(first.serving.base_url, first.process.kill))
    with run_sandbox(path) as second, httpx.Client(base_url=second.serving.base_url, headers=KEY) as client:
        found = [client.get(f"{PATH}/{profile_id}").status_code for profile_id in answered]
    assert len(answered) >= 60
    assert set(found) == {200}
    assert second.serving.state_id == first.serving.state_id


def test_two_servers_of_one_file_share_its_profiles(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    (first, client), (second, other) = start(state=path), start(state=path)
    body = make_personal()
    assert client.post(PATH, json=body).status_code == 200
    assert read_error(other.post(PATH, json=body))[0] == 422
    assert (first.state_id, first.profiles()) == (second.state_id, second.profiles())


def test_threads_that_create_the_same_keys_make_each_once(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    stores = [ProfileStore(path), ProfileStore(path)]
    made: list[str] = []

    def create_all(store: ProfileStore) -> None:
        for number in range(50):
            attributes = {"registrationType": "personal", "registrationId": f"KEY{number}"}
            try:
                made.append(store.insert_profile(attributes, "pending", 0).id)
            except DuplicateError:
                continue

    threads = [threading.Thread(target=create_all, args=(store,)) for store in stores for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), stores[0].count_profiles()) == (50, 50)
    for store in stores:
        store.close()


def write_text(path: Path) -> None:
    path.write_text("customerName,registrationId\n" * 50, encoding="utf-8")


def write_foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE ledger (row INTEGER)")
    connection.close()


def write_newer_state(path: Path) -> None:
    ProfileStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def make_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("prepare", [write_text, write_foreign_database, write_newer_state, make_folder])
def test_what_is_no_state_file_is_refused_and_left_alone(tmp_path: Path, prepare: Callable[[Path], None]) -> None:
    path = tmp_path / "state.db"
    prepare(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(SandboxError, match=r"state\.db.*Name another"):
        ProfileStore(path)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_file_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with pytest.raises(SandboxError, match="cannot be opened"):
        ProfileStore(tmp_path / "plain" / "state.db")


def test_a_state_that_fails_is_the_servers_error_without_details(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    _, client = start(state=path)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE profiles")
    connection.close()
    answers = [client.post(PATH, json=make_sgd_only()), client.get(PATH)]
    assert [read_error(answer) for answer in answers] == [(500, "STXE-9100", "nested")] * 2
