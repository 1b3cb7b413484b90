"""The pandera models' last word: what they do not pass never leaves, and all that the check passes they pass."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from check_help import BUSINESS, PERSON, check_rows
from check_strategies import any_rows
from e2e_exports import as_csv, people
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.command.running import run_here
from straitsx_bulk.flows.options import read_options
from straitsx_bulk.io.sandbox.server import SandboxServer
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.confirm import find_unfit


@settings(max_examples=30)
@given(
    rows=st.lists(any_rows(), max_size=20),
    command=st.sampled_from(["import", "upgrade"]),
    repair=st.sampled_from(["none", "safe", "full"]),
)
def test_what_the_check_passes_the_models_pass(command: str, repair: str, rows: list[dict[str, str]]) -> None:
    checked = check_rows([*rows, PERSON, BUSINESS], command=command, repair=repair)
    assert find_unfit(checked, partial=command == "upgrade") == Counter()


def test_every_fault_is_told_by_model_parameter_and_code_without_a_value() -> None:
    checked = check_rows([PERSON, BUSINESS, PERSON])
    checked.values.loc[0, "customerName"] = "O'Brien"
    checked.values.loc[1, "dateOfIncorporation"] = ""
    checked.values.loc[2, "registrationType"] = "robot"
    assert find_unfit(checked, partial=False) == {
        "PersonalUsd customerName:bad_characters": 1,
        "BusinessUsd dateOfIncorporation:missing": 1,
        "registrationType:not_allowed": 1,
    }
    assert find_unfit(checked, partial=True) == {"PersonalUsd customerName:bad_characters": 1}


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """An API without a limit."""
    with SandboxServer() as server:
        yield server


def test_rows_that_a_spool_spoilt_are_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = Spool.write

    def write_spoilt(spool: Spool, checked: CheckedBatch) -> None:
        checked.values.loc[1, "customerName"] = "Spoilt\x00Name"
        keep(spool, checked)

    monkeypatch.setattr(Spool, "write", write_spoilt)
    monkeypatch.chdir(tmp_path)
    Path("users.csv").write_text(as_csv(people(3)), encoding="utf-8")
    options = read_options({"env": "local", "base_url": sandbox.base_url}, {})
    result = run_here(Request("import", ("users.csv",), options, {"HOME": str(tmp_path)}))
    assert (result.exit_status, sandbox.stats().calls) == (1, 0)
    said = capsys.readouterr().err
    assert "PersonalUsd customerName:bad_characters (1 row). None of them was sent." in said
    assert "Spoilt" not in said
