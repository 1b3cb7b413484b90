"""What an attack on the main job found, kept as tests."""

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from psycopg import OperationalError

from straitsx_bulk.flows.check.checking import shorten_list
from straitsx_bulk.flows.check.returning import drop_examples
from straitsx_bulk.flows.defects import describe_disk_error
from straitsx_bulk.flows.options import read_options
from straitsx_bulk.io.ledger import open_ledger
from straitsx_bulk.io.ledger.failures import describe_failure
from straitsx_bulk.io.readers import find_files
from straitsx_bulk.io.readers.headers import EXAMPLE_REFERENCE
from straitsx_bulk.io.readers.mapping_files import load_mapping
from straitsx_bulk.io.reports.folder import make_run_folder
from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.errors import FileError, LedgerError, MappingError, UsageError
from straitsx_bulk.schemas.mapping import lay_out
from straitsx_bulk.schemas.parameters import BY_NAME
from straitsx_bulk.schemas.wording import make_printable


@pytest.mark.parametrize("content", [b"x", b"name,id\nA,1\n"])
def test_a_file_that_is_no_ledger_is_never_written_over(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "precious.csv"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="is not a ledger"):
        open_ledger(f"sqlite:///{path}", {"HOME": str(tmp_path)})
    assert path.read_bytes() == content


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="a pipe or a device"):
        find_files([str(tmp_path / "pipe")])


def test_an_export_with_the_longest_name_that_there_is_needs_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 250}.csv"
    path.write_text("name\nA\n", encoding="utf-8")
    assert [file.mapping for file in find_files([str(path)])] == [None]


@pytest.mark.parametrize("name", ["x" * 300, "file/below", "file"])
def test_a_place_that_cannot_hold_run_folders_is_a_users_mistake(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="--out"):
        make_run_folder(tmp_path / name, "abc", datetime.now(UTC))


@pytest.mark.parametrize("argument", ["", "  "])
def test_an_empty_argument_is_not_the_whole_folder(argument: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        find_files([argument])


@pytest.mark.parametrize("text", ["keep: [user_id, user_id]\n", "encoding: idna\n", "encoding: punycode\n"])
def test_a_mapping_that_cannot_hold_is_a_mapping_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "users.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError):
        load_mapping(path)


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb", "a\u202eb", " a"])
def test_an_account_cannot_forge_the_first_line(name: str) -> None:
    with pytest.raises(UsageError, match="account"):
        read_options({"account": name}, {})


def test_a_header_cannot_steer_the_terminal() -> None:
    assert make_printable("a\x1b[31m\u202eb") == "a\\x1b[31m\\u202eb"
    assert make_printable("陈伟明 é") == "陈伟明 é"


def test_thousands_of_columns_do_not_fill_the_screen() -> None:
    assert shorten_list([f"c{n}" for n in range(5000)], most=2) == "c0, c1 and 4,998 more"
    assert shorten_list(["x" * 1000], longest=3) == "xxx…"


def test_a_full_disk_is_a_sentence() -> None:
    told = describe_disk_error(OSError(28, "No space left on device", "runs/results.csv.part"))
    assert told.startswith("runs/results.csv.part: the disk is full. Make room")


def test_a_database_that_cannot_be_reached_is_one_line() -> None:
    said = 'connection to server at "127.0.0.1", port 1 failed: Connection refused\n\tIs the server running there?'
    told = describe_failure(OperationalError(said))
    assert told == (
        'cannot be reached (connection to server at "127.0.0.1", port 1 failed: Connection refused Is the server '
        "running there?). Check the host, the network, the user and the server."
    )


def test_a_row_typed_over_the_template_s_example_is_somebody() -> None:
    headers = ("customerName", "registrationType", "registrationId", "reference")
    example = BY_NAME["registrationId"].example[0]
    rows = [("A", "personal", example, EXAMPLE_REFERENCE), ("B", "personal", "PA7412589", EXAMPLE_REFERENCE)]
    cells = pd.DataFrame(rows, columns=list(headers), dtype="str")
    layout = lay_out(None, headers, source="t.xlsx", registration_type=None, command="import")
    batch = Batch(Origin("t.xlsx", "Profiles", headers, 1, "xlsx"), np.array([2, 3]), cells)
    assert drop_examples(batch, layout).rows.tolist() == [3]
