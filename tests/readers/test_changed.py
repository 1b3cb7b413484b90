"""A file that changes between the look at it and its last row is an error, never rows under another header."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from straitsx_bulk.io.readers import Input, find_files, open_input
from straitsx_bulk.schemas.errors import FileError

TEXT = "customerName,registrationId\nMade Up,E1\nMade Over,E2\n"
SWAPPED = "registrationId,customerName\nE1,Made Up\nE2,Made Over\n"


def look_at(path: Path, text: str = TEXT, rows: int = 50_000) -> Input:
    path.write_text(text, encoding="utf-8")
    [file] = find_files([str(path)])
    return open_input(file, batch_rows=rows)


def replace_file(path: Path) -> None:
    other = path.with_name("other")
    other.write_text(SWAPPED, encoding="utf-8")
    other.replace(path)


def append_row(path: Path) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write("Made Late,E3\n")


def cut_off(path: Path) -> None:
    os.truncate(path, len(TEXT) - 5)


@pytest.mark.parametrize("change", [replace_file, append_row, cut_off])
def test_a_change_after_the_look_is_named(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "users.csv"
    export = look_at(path)
    change(path)
    with pytest.raises(FileError, match=r"users\.csv: it changed while it was read\. Run again"):
        list(export.batches())


def test_a_change_while_rows_are_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    export = look_at(path, TEXT + "Made More,E4\n" * 1_000_000, rows=10_000)
    batches = export.batches()
    next(batches)
    append_row(path)
    with pytest.raises(FileError, match="it changed while it was read"):
        list(batches)


def test_a_file_that_is_gone_after_the_look_is_named(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    export = look_at(path)
    path.unlink()
    with pytest.raises(FileError, match=r"users\.csv: "):
        list(export.batches())


def test_a_file_that_stays_is_read_as_often_as_wanted(tmp_path: Path) -> None:
    export = look_at(tmp_path / "users.csv")
    assert [len(batch.cells) for _ in range(2) for batch in export.batches()] == [2, 2]
