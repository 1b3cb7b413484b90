"""Which files the arguments of a command mean."""

import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from readers_help import read_all

from straitsx_bulk.io.readers import find_files, hint_folder
from straitsx_bulk.schemas.errors import FileError, MappingError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "b.csv",
        "a.xlsx",
        "c.CSV.GZ",
        ".hidden.csv",
        "~$a.xlsx",
        "b.mapping.yaml",
        "read me.docx",
        "notes.md",
    ):
        (tmp_path / name).write_text("x")
    (tmp_path / "d.csv").mkdir()
    return tmp_path


def _names(*arguments: object) -> list[str]:
    return [Path(file.source).name for file in find_files([str(argument) for argument in arguments])]


def test_a_folder_gives_its_exports_in_name_order(folder: Path) -> None:
    assert _names(folder) == ["a.xlsx", "b.csv", "c.CSV.GZ"]


def test_a_glob_gives_what_matches_in_name_order(folder: Path) -> None:
    assert _names(folder / "*") == ["a.xlsx", "b.csv", "c.CSV.GZ"]
    assert _names(folder / "?.csv") == ["b.csv"]
    assert _names(folder / "*.md") == ["notes.md"]


def test_arguments_keep_their_order_and_their_spelling(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert [file.source for file in find_files(["b.csv", "./a.xlsx", "notes.md"])] == ["b.csv", "a.xlsx", "notes.md"]


def test_a_file_whose_name_looks_like_a_glob_is_itself(tmp_path: Path) -> None:
    (tmp_path / "users[1].csv").write_text("x")
    assert _names(tmp_path / "users[1].csv") == ["users[1].csv"]


@pytest.mark.parametrize("second", ["b.csv", "../{folder}/b.csv", "link.csv", "hard.csv", ".", "[b]*.csv"])
def test_the_same_file_twice_is_wrong_usage(folder: Path, monkeypatch: pytest.MonkeyPatch, second: str) -> None:
    monkeypatch.chdir(folder)
    if second == "link.csv":
        (folder / second).symlink_to(folder / "b.csv")
    if second == "hard.csv":
        os.link(folder / "b.csv", folder / second)
    with pytest.raises(UsageError, match=r"b\.csv and .* are the same file"):
        find_files(["b.csv", second.format(folder=folder.name)])


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("no.csv", "there is no such file or folder"),
        ("*.tsv", "no export matches"),
        ("d.csv", "the folder holds no export"),
    ],
)
def test_nothing_there_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch, argument: str, reason: str) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(FileError, match=reason) as caught:
        find_files([argument])
    assert caught.value.source == argument


@pytest.mark.parametrize(
    ("export", "mapping", "found"),
    [
        ("users.csv", "users.mapping.yaml", True),
        ("users.csv", "users.csv.mapping.yaml", True),
        ("users.csv.gz", "users.mapping.yaml", True),
        ("users.csv.gz", "users.csv.mapping.yaml", True),
        ("users.2024.csv", "users.2024.mapping.yaml", True),
        ("users.2024.csv", "users.mapping.yaml", False),
        ("users.csv", "user.mapping.yaml", False),
    ],
)
def test_the_mapping_beside_an_export_is_found(tmp_path: Path, export: str, mapping: str, found: bool) -> None:
    (tmp_path / export).write_text("x")
    (tmp_path / mapping).write_text("version: 1")
    (file,) = find_files([str(tmp_path / export)])
    assert file.mapping == (tmp_path / mapping if found else None)


def test_the_fuller_name_of_a_mapping_wins(tmp_path: Path) -> None:
    for name in ("users.csv", "users.mapping.yaml", "users.csv.mapping.yaml"):
        (tmp_path / name).write_text("x")
    (file,) = find_files([str(tmp_path / "users.csv")])
    assert file.mapping == tmp_path / "users.csv.mapping.yaml"


def test_an_error_about_a_file_of_a_folder_says_how_to_go_on_without_it(tmp_path: Path) -> None:
    """It names the file and a glob for the others; a file that was named itself needs no such hint."""
    (tmp_path / "a.csv").write_text("customerName\nTan\n")
    (tmp_path / "notes.txt").write_text("Dear all\n")
    export, notes = find_files([str(tmp_path)])
    with pytest.raises(FileError) as caught, hint_folder(notes):
        raise FileError(notes.source, "there is no header.")
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'notes.txt'}: there is no header.\n")
    assert "'notes.txt' is no export" in message
    assert f"'{tmp_path / '*.csv'}'" in message
    assert [file.source for file in find_files([str(tmp_path / "*.csv")])] == [export.source]
    (alone,) = find_files([str(tmp_path / "notes.txt")])
    with pytest.raises(MappingError, match=r"^no column$"), hint_folder(alone):
        raise MappingError("no column")


def test_where_all_files_of_a_folder_end_alike_they_are_to_be_named_one_by_one(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("Dear all\n")
    assert all(file.hint.endswith("name the others one by one.") for file in find_files([str(tmp_path)]))


def test_a_name_that_is_no_utf_8_is_shown_with_its_bytes_and_read(tmp_path: Path) -> None:
    """As old systems write them: a cp1252 ä in the name of a text, and of a workbook, which calamine cannot open."""
    names = {suffix: tmp_path / os.fsdecode(b"Gesch\xe4ft" + suffix) for suffix in (b".csv", b".xlsx")}
    names[b".csv"].write_text("name,id\nTan,007\n")
    book = openpyxl.Workbook()
    for row in (["name", "id"], ["Tan", "007"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "plain.xlsx")
    (tmp_path / "plain.xlsx").rename(names[b".xlsx"])
    files = find_files([str(tmp_path)])
    assert [Path(file.source).name for file in files] == [r"Gesch\xe4ft.csv", r"Gesch\xe4ft.xlsx"]
    for file in files:
        file.source.encode()
        assert read_all(file.path).rows == [(2, ["Tan", "007"])]


def test_importing_the_readers_loads_no_heavy_library() -> None:
    code = (
        "import sys, straitsx_bulk.io.readers as r; r.find_files; "
        "print([m for m in ('pandas', 'pyarrow', 'numpy', 'openpyxl', 'python_calamine') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
