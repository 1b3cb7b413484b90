"""A Prefect server that does not answer: exit 2 where it was asked for, else one line, and the run goes on."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_exports import as_csv, people
from prefect_proxy import run_proxy

from straitsx_bulk.flows.orchestration.probe import find_setting, find_trouble

LONG = 120.0
"""Seconds that a server may take which is to be heard, however busy this machine is."""
SCRIPT = Path(sys.executable).with_name("straitsx-bulk")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with run_proxy(mode="silent") as proxy:
        yield proxy.url


def validate(place: Path, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    (place / "people.csv").write_text(as_csv(people(2)), encoding="utf-8")
    own = {"HOME": str(place), "PATH": "/usr/bin:/bin", **environ}
    return subprocess.run(
        [SCRIPT, "validate", "people.csv", *words], cwd=place, env=own, capture_output=True, text=True, check=False
    )


def test_asked_for_it_is_exit_2_before_anything_is_read(place: Path, silent: str) -> None:
    ended = validate(place, "--prefect", PREFECT_API_URL=silent)
    assert (ended.returncode, "does not answer within 3 s" in ended.stderr) == (2, True)
    assert not (place / "runs").exists()


def test_otherwise_one_line_says_so_and_the_run_goes_on(place: Path, silent: str) -> None:
    ended = validate(place, PREFECT_API_URL=silent)
    assert ended.returncode == 0
    assert ended.stderr.splitlines()[0] == (
        "straitsx-bulk: The Prefect server does not answer within 3 s. The run goes on in this process."
    )
    assert len(list((place / "runs").glob("*T*-*/summary.json"))) == 1


def test_a_server_that_answers_503_is_as_good_as_none() -> None:
    with run_proxy(mode="503") as proxy:
        assert find_trouble({"PREFECT_API_URL": proxy.url}, LONG) == "The Prefect server answers with HTTP 503."


def test_nobody_there_is_told_at_once_and_without_the_address() -> None:
    with socket.socket() as deaf:  # it has a port, so that nobody else gets it, and does not listen
        deaf.bind(("127.0.0.1", 0))
        told = find_trouble({"PREFECT_API_URL": f"http://somebody:secret@127.0.0.1:{deaf.getsockname()[1]}/api"}, LONG)
    assert told == "The Prefect server does not answer (ConnectError)."


def test_the_environment_beats_the_active_profile(tmp_path: Path) -> None:
    (tmp_path / "profiles.toml").write_text(
        'active = "ours"\n[profiles.ours]\nPREFECT_API_URL = "http://profile/api"\n', encoding="utf-8"
    )
    environ = {"PREFECT_HOME": str(tmp_path)}
    assert find_setting("PREFECT_API_URL", environ) == "http://profile/api"
    assert find_setting("PREFECT_API_URL", environ | {"PREFECT_API_URL": "http://own/api"}) == "http://own/api"
    assert find_setting("PREFECT_API_URL", environ | {"PREFECT_PROFILE": "another"}) == ""
