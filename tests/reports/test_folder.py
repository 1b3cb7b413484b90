import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from straitsx_bulk.io.reports.folder import find_run_folder, make_run_folder, open_private, write_whole
from straitsx_bulk.schemas.errors import UsageError

START = datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_named_by_time_and_run_and_closed_to_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = make_run_folder(tmp_path / "runs", "abc123", START)
    finally:
        os.umask(before)
    assert folder == tmp_path / "runs" / "20260302T093005-abc123"
    assert mode_of(folder) == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert mode_of(folder / ".gitignore") == 0o600


def test_an_old_folder_is_never_written_into(tmp_path: Path) -> None:
    make_run_folder(tmp_path, "abc", START)
    with pytest.raises(UsageError, match="is there already"):
        make_run_folder(tmp_path, "abc", START)


def test_a_place_where_no_folder_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--out"):
        make_run_folder(tmp_path / "file" / "runs", "abc", START)


@pytest.mark.parametrize(("link", "leads_to"), [("gone", "nowhere"), ("loop", "loop")])
def test_a_link_that_leads_nowhere_is_named_as_one(tmp_path: Path, link: str, leads_to: str) -> None:
    (tmp_path / link).symlink_to(tmp_path / leads_to)
    for out in (tmp_path / link, tmp_path / link / "runs"):
        with pytest.raises(UsageError, match=f"{link} is a link to a place that is not there"):
            make_run_folder(out, "abc", START)


def test_a_run_that_goes_on_finds_its_folder(tmp_path: Path) -> None:
    folder = make_run_folder(tmp_path, "abc", START)
    assert find_run_folder(tmp_path, "abc") == folder
    assert find_run_folder(tmp_path, "bc") is None


def fail_midway(path: Path) -> None:
    with write_whole(path) as file:
        file.write(b"half")
        raise RuntimeError


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "report"
    with pytest.raises(RuntimeError):
        fail_midway(path)
    assert list(tmp_path.iterdir()) == []
    with write_whole(path) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert mode_of(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_rewrite_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        fail_midway(path)
    assert path.read_bytes() == b"old"


def test_whoever_has_an_old_part_open_cannot_write_into_the_new_one(tmp_path: Path) -> None:
    """A run that stood still and was taken for dead wakes up while its reports are there already."""
    path = tmp_path / "results.csv.part"
    with open_private(path) as old:
        old.write(b"old\n")
        with open_private(path) as new:
            new.write(b"new\n")
        old.write(b"late\n" * 100)
    assert (path.read_bytes(), mode_of(path)) == (b"new\n", 0o600)
