"""Which files the arguments of a command mean."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from straitsx_bulk.io.readers import find_files
from straitsx_bulk.schemas.errors import FileError, UsageError


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


@pytest.mark.parametrize("second", ["b.csv", "../{folder}/b.csv", "link.csv", "hard.csv", "."])
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


def test_importing_the_readers_loads_no_heavy_library() -> None:
    code = (
        "import sys, straitsx_bulk.io.readers as r; r.find_files; "
        "print([m for m in ('pandas', 'pyarrow', 'numpy', 'openpyxl', 'python_calamine') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
