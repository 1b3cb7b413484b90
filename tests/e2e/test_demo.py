"""`demo`, through the installed script: creates, upgrades and rejects over HTTP; the second time writes nothing."""

import re
import sqlite3
from pathlib import Path

import pytest
from e2e_program import Ended, Machine, make_machine


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, Ended, Ended]:
    """A machine on which the demo ran twice."""
    place = tmp_path_factory.mktemp("demo")
    machine = make_machine(place)
    return machine, machine.run("demo"), machine.run("demo")


def read_paths(ended: Ended, kind: str) -> list[str]:
    return re.findall(rf"^{kind}: (\S+)$", ended.stderr, re.MULTILINE)


def count_writes(machine: Machine) -> int:
    """How many profiles the sandbox holds."""
    with sqlite3.connect(machine.folder / ".straitsx-bulk/demo/sandbox.db") as state:
        return int(state.execute("select count(*) from profiles").fetchone()[0])


def test_it_creates_upgrades_and_rejects_and_ends_well(demos: tuple[Machine, Ended, Ended]) -> None:
    _, first, _ = demos
    assert (first.code, first.stdout) == (0, "")
    told = dict(re.findall(r"^(created|upgraded|rejected): (\d+)$", first.stderr, re.MULTILINE))
    assert {outcome: int(count) > 0 for outcome, count in told.items()} == {
        "created": True,
        "upgraded": True,
        "rejected": True,
    }


def test_the_reports_that_it_names_are_there(demos: tuple[Machine, Ended, Ended]) -> None:
    machine, *both = demos
    for ended in both:
        for kind, least in (("results", 1), ("rejects", 1), ("page", 1), ("summary", 1)):
            paths = read_paths(ended, kind)
            assert len(paths) >= least, f"{kind} in {ended.stderr}"
            assert [path for path in paths if not (machine.folder / path).is_file()] == []


def test_the_second_demo_makes_no_call_and_says_so(demos: tuple[Machine, Ended, Ended]) -> None:
    machine, first, second = demos
    assert second.code == 0
    assert "made no call" in second.stderr
    created = int(re.findall(r"^created: (\d+)$", first.stderr, re.MULTILINE)[0])
    upgraded = int(re.findall(r"^upgraded: (\d+)$", first.stderr, re.MULTILINE)[0])
    assert count_writes(machine) == created + upgraded
    assert f"unchanged: {created + upgraded}" in second.stderr


def test_it_touches_nothing_outside_its_folder(demos: tuple[Machine, Ended, Ended]) -> None:
    machine, _, _ = demos
    assert [path.name for path in machine.folder.iterdir()] == [".straitsx-bulk"]
    outside = [path.relative_to(machine.home) for path in machine.home.rglob("*") if path.is_file()]
    assert outside == [Path(".config/straitsx-bulk/ledger.secret")]


@pytest.mark.parametrize("folder", ["file", "file/demo"])
def test_a_folder_that_cannot_be_made_is_wrong_usage(machine: Machine, folder: str) -> None:
    machine.write("file", "mine")
    ended = machine.run("demo", "--folder", folder)
    assert (ended.code, f"--folder {folder}: no folder can be made there" in ended.stderr) == (2, True)
    assert [path.name for path in machine.folder.iterdir()] == ["file"]
