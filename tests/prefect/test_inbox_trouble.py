"""An inbox in trouble: one file that is odd, late, linked or unlucky keeps no other file from going in."""

import asyncio
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from e2e_exports import as_csv, people
from e2e_program import Reports

from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.inbox.passing import Execute, Inbox, Pass, process_inbox
from straitsx_bulk.flows.observing import NoObserver, Observer
from straitsx_bulk.flows.options import read_options
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.run.executing import execute
from straitsx_bulk.io.sandbox.server import SandboxServer
from straitsx_bulk.schemas.errors import MappingError, StoppedError

NIGHT = datetime(2026, 3, 4, 2, tzinfo=UTC)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
AT_NIGHT = "01:00-03:00 UTC"


@pytest.fixture
def inbox(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox in a folder to work in, with a file that is fine."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(place))
    inbox = place / "inbox"
    inbox.mkdir()
    write(inbox / "fine.csv", 2, first=50)
    return inbox


def write(path: Path, count: int, first: int = 1) -> Path:
    path.write_text(as_csv(people(count, first)), encoding="utf-8")
    return path


def run_pass(
    inbox: Path, sandbox: SandboxServer, run: Execute = execute, at: datetime = NIGHT, **options: object
) -> Pass:
    """Make a pass in this process."""
    given = read_options({"env": "local", "base_url": sandbox.base_url, "reports": "results", **options}, {})
    return asyncio.run(process_inbox(Inbox(inbox, 0.0), given, {}, NoObserver(), run, lambda: at))


def before_each(act: Callable[[str], None]) -> Execute:
    """Run imports, each after something that happens meanwhile; it is given the file's name."""

    async def run(request: Request, observer: Observer) -> RunResult:
        act(Path(request.files[0]).name)
        return await execute(request, observer)

    return run


def names_in(place: Path) -> list[str]:
    """Files in the folders of a place, without those that begin with a dot."""
    found = (path.name for folder in place.glob("*T*-*") for path in folder.iterdir() if not path.is_dir())
    return sorted(name for name in found if not name.startswith("."))


def read_why(inbox: Path) -> str:
    [why] = (inbox / "attention").glob("*/why.md")
    return why.read_text(encoding="utf-8")


def write_two_sheets(path: Path) -> None:
    """Write a workbook both of whose sheets look like exports."""
    book = openpyxl.Workbook()
    rows = [list(people(1)[0]), list(people(1)[0].values())]
    for sheet in (book.active, book.create_sheet("More")):
        assert sheet is not None
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_a_file_that_is_written_to_while_the_files_before_it_go_in_waits(inbox: Path, sandbox: SandboxServer) -> None:
    late = write(inbox / "late.csv", 3)
    os.utime(inbox / "fine.csv", ns=(0, 0))  # the oldest is the first

    def upload(name: str) -> None:
        if name == "fine.csv":
            late.write_text(late.read_text("utf-8")[:200], encoding="utf-8")

    came_to = run_pass(inbox, sandbox, before_each(upload))
    assert (came_to.done, came_to.attention, came_to.waiting) == (1, 0, 0)
    assert (names_in(inbox / "done"), late.exists()) == (["fine.csv"], True)
    write(late, 3)
    assert run_pass(inbox, sandbox).done == 1
    assert len(sandbox.profiles()) == 5


def test_a_mapping_with_nearly_the_right_name_goes_along_and_keeps_its_file_from_being_imported(
    inbox: Path, sandbox: SandboxServer
) -> None:
    write(inbox / "users.csv", 2)
    (inbox / "users.mapping.yml").write_text("version: 1\nrail: sgd\n", encoding="utf-8")
    came_to = run_pass(inbox, sandbox)
    assert (came_to.done, came_to.attention) == (1, 1)
    assert names_in(inbox / "attention") == ["users.csv", "users.mapping.yml", "why.md"]
    assert "users.mapping.yml stands beside it, and a mapping is found by the name users.mapping.yaml" in read_why(
        inbox
    )
    assert [path.name for path in inbox.iterdir() if path.is_file()] == []
    assert len(sandbox.profiles()) == 2


@pytest.mark.parametrize("mapping", ["", "sheet: Absent\n"])
def test_a_workbook_whose_sheet_nobody_can_tell_goes_to_attention(
    inbox: Path, sandbox: SandboxServer, mapping: str
) -> None:
    write_two_sheets(inbox / "book.xlsx")
    if mapping:
        (inbox / "book.mapping.yaml").write_text(mapping, encoding="utf-8")
    came_to = run_pass(inbox, sandbox)
    assert (came_to.done, came_to.attention, came_to.waiting) == (1, 1, 0)
    assert read_why(inbox).startswith("book.xlsx has " + ("no sheet 'Absent'" if mapping else "several sheets"))


@pytest.mark.parametrize("is_hard", [True, False])
def test_one_file_under_two_names_is_taken_under_each(inbox: Path, sandbox: SandboxServer, is_hard: bool) -> None:
    elsewhere = write(inbox.parent / "elsewhere.csv", 3)
    for name in ("one.csv", "two.csv"):
        if is_hard:
            (inbox / name).hardlink_to(elsewhere)
        else:
            (inbox / name).symlink_to("../elsewhere.csv")
    came_to = run_pass(inbox, sandbox)
    assert (came_to.done, dict(came_to.outcomes)) == (3, {"created": 5, "unchanged": 3})
    assert names_in(inbox / "done") == ["fine.csv", "one.csv", "two.csv"]
    contents = {path.read_bytes() for path in (inbox / "done").glob("*/*.csv") if path.name != "fine.csv"}
    assert contents == {elsewhere.read_bytes()}
    assert len(sandbox.profiles()) == 5


def test_a_file_that_brings_out_a_defect_waits_and_the_others_go_in(inbox: Path, sandbox: SandboxServer) -> None:
    write(inbox / "unlucky.csv", 1)
    os.utime(inbox / "unlucky.csv", ns=(0, 0))

    def break_down(name: str) -> None:
        if name == "unlucky.csv":
            raise ValueError("a value that nobody shall see")

    for passes in range(2):  # the second one finds it taken
        with pytest.raises(StoppedError) as stopped:
            run_pass(inbox, sandbox, before_each(break_down))
        assert f"files: {1 - passes} done, 0 for attention, 1 to go on with" in str(stopped.value)
        assert "unlucky.csv: A defect in straitsx-bulk itself" in str(stopped.value)
        assert "nobody shall see" not in str(stopped.value)
        assert names_in(inbox / "done") == ["fine.csv"]
    assert run_pass(inbox, sandbox).done == 1
    assert len(sandbox.profiles()) == 3


def test_outside_its_window_a_pass_takes_and_checks_nothing(inbox: Path, sandbox: SandboxServer) -> None:
    by_day = run_pass(inbox, sandbox, at=NOON, window=AT_NIGHT)
    assert (by_day.paused, by_day.describe(), by_day.is_idle) == ("window", "no file was taken", True)
    assert ((inbox / "fine.csv").exists(), sandbox.stats().calls) == (True, 0)

    assert run_pass(inbox, sandbox, limit=1).waiting == 1
    [run] = (inbox / ".importing").glob("*T*-*/*T*-*")
    for _ in range(2):
        by_day = run_pass(inbox, sandbox, at=NOON, window=AT_NIGHT)
        assert (by_day.waiting, by_day.is_idle) == (1, True)
        assert list((inbox / ".importing").glob("*T*-*/*T*-*")) == [run]
    assert run_pass(inbox, sandbox).done == 1
    assert (len(sandbox.profiles()), sandbox.stats().calls) == (2, 2)


def test_outside_its_window_a_pass_moves_what_is_done(inbox: Path, sandbox: SandboxServer) -> None:
    assert run_pass(inbox, sandbox).done == 1
    [done] = (inbox / "done").glob("*T*-*")
    shutil.move(done, inbox / ".importing" / done.name)  # as if the pass had been killed before the move
    by_day = run_pass(inbox, sandbox, at=NOON, window=AT_NIGHT)
    assert (by_day.done, by_day.waiting, by_day.is_idle) == (1, 0, False)
    [reports] = [Reports(path.parent) for path in done.glob("*/summary.json")]
    assert (reports.outcomes, sandbox.stats().calls) == ({"created": 2}, 2)


def test_a_link_nobody_can_follow_hides_no_other_file(inbox: Path, sandbox: SandboxServer) -> None:
    (inbox / "endless.csv").symlink_to("endless.csv")
    (inbox / "odd.csv").symlink_to("x" * 300)
    (inbox / "gone.csv").symlink_to("../gone.csv")
    assert run_pass(inbox, sandbox).done == 1
    assert names_in(inbox / "done") == ["fine.csv"]
    assert sorted(path.name for path in inbox.iterdir() if path.is_symlink()) == ["endless.csv", "gone.csv", "odd.csv"]


def test_a_file_that_may_not_be_taken_is_told_and_the_others_go_in(
    inbox: Path, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = write(inbox / "kept.csv", 1)
    (inbox / "kept.csv.done").touch()
    os.utime(kept, ns=(0, 0))
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:  # nobody refuses root anything, so the system's answer is made up
        if path == kept:
            raise PermissionError(1, "Operation not permitted")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StoppedError, match=r"1 done.*kept\.csv: cannot be taken .*Operation not permitted"):
        run_pass(inbox, sandbox)
    with pytest.raises(StoppedError, match=r"^no file was taken\. kept\.csv: cannot be taken"):
        run_pass(inbox, sandbox)
    assert names_in(inbox / "done") == ["fine.csv"]
    assert sorted(path.name for path in inbox.glob("kept*")) == ["kept.csv", "kept.csv.done"]
    monkeypatch.undo()
    assert (list((inbox / ".importing").glob("*T*-*")), len(sandbox.profiles())) == ([], 2)


def test_a_mapping_that_comes_or_goes_while_the_files_before_it_go_in_is_the_one_that_counts(
    inbox: Path, sandbox: SandboxServer
) -> None:
    for name in ("late.csv", "lost.csv"):
        write(inbox / name, 1)
    lost, late = inbox / "lost.mapping.yaml", inbox / "late.mapping.yaml"
    lost.write_text("version: 99\n", encoding="utf-8")
    os.utime(inbox / "fine.csv", ns=(0, 0))

    def change(name: str) -> None:
        if name == "fine.csv":
            lost.unlink()
            late.write_text("version: 99\n", encoding="utf-8")

    came_to = run_pass(inbox, sandbox, before_each(change))
    assert (came_to.done, came_to.attention) == (2, 1)
    assert names_in(inbox / "done") == ["fine.csv", "lost.csv"]
    assert names_in(inbox / "attention") == ["late.csv", "late.mapping.yaml", "why.md"]


def test_a_mapping_for_the_next_file_stays_while_the_run_of_the_last_one_has_paused(
    inbox: Path, sandbox: SandboxServer
) -> None:
    mapping = inbox / "fine.mapping.yaml"
    mapping.write_text("version: 1\n", encoding="utf-8")
    assert run_pass(inbox, sandbox, limit=1).waiting == 1
    assert not mapping.exists()
    mapping.write_text("version: 1\n", encoding="utf-8")  # its file comes tomorrow
    assert run_pass(inbox, sandbox).done == 1
    assert mapping.exists()


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_linked_file_that_is_gone_loses_no_reports(inbox: Path, sandbox: SandboxServer, comes_back: bool) -> None:
    elsewhere = write(inbox.parent / "elsewhere.csv", 3)
    (inbox / "fine.csv").unlink()
    (inbox / "linked.csv").symlink_to("../elsewhere.csv")
    assert run_pass(inbox, sandbox, limit=1).waiting == 1
    [claim] = (inbox / ".importing").glob("*T*-*")
    [run] = claim.glob("*T*-*")
    aside = elsewhere.rename(inbox.parent / "aside.csv")
    if comes_back:
        aside.rename(elsewhere)
    came_to = run_pass(inbox, sandbox)
    assert (came_to.done, came_to.attention) == ((1, 0) if comes_back else (0, 1))
    place = inbox / ("done" if comes_back else "attention") / claim.name
    assert (place / run.name / "summary.json").exists()
    assert (place / "linked.csv").is_symlink()
    assert len(sandbox.profiles()) == (3 if comes_back else 1)


@pytest.mark.parametrize("content", [None, "columns: [\n"])
def test_a_mapping_for_every_file_that_does_not_hold_sends_none_to_attention(
    inbox: Path, sandbox: SandboxServer, content: str | None
) -> None:
    if content is not None:
        (inbox.parent / "shared.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(MappingError, match=r"shared\.yaml"):
        run_pass(inbox, sandbox, mapping="shared.yaml")
    assert (names_in(inbox / "attention"), (inbox / "fine.csv").exists()) == ([], True)
