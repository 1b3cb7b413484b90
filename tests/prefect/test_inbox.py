"""The inbox: complete files only, each once, with mapping and reports; a crash anywhere repeats and loses nothing."""

import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from e2e_exports import as_csv, people, sgd_only
from e2e_program import Reports, StartSandbox
from prefect_forks import Forks
from sandbox_gate import Gate

from straitsx_bulk.flows.inbox import claims
from straitsx_bulk.flows.inbox.claims import list_complete
from straitsx_bulk.flows.inbox.passing import BREAKERS
from straitsx_bulk.io.sandbox.server import SandboxServer

MAPPING = "version: 1\ncolumns:\n  registrationId: {from: Papers}\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def options(sandbox: SandboxServer, **more: object) -> dict[str, object]:
    return {"env": "local", "base_url": sandbox.base_url, **more}


def run_pass(forks: Forks, place: Path, sandbox: SandboxServer, **words: object) -> int:
    given = options(sandbox, **words.pop("options", {}))  # type: ignore[arg-type] # a dict of options
    return forks.run("inbox", place, inbox=str(place / "inbox"), options=given, **words)


def names_in(place: Path, where: str) -> list[str]:
    """The exports and mappings that stand in ``done`` or ``attention``, in order."""
    return sorted(
        path.name
        for folder in (place / "inbox" / where).glob("*T*-*")
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".")
    )


def reports_in(place: Path, where: str) -> list[Reports]:
    """The reports of the runs there, in order of their start."""
    return [Reports(path.parent) for path in sorted((place / "inbox" / where).glob("*T*-*/*T*-*/summary.json"))]


def paths_told(place: Path) -> list[Path]:
    """The reports' paths that the passes have told people, none of them shortened."""
    told = (place / "out.txt").read_text(encoding="utf-8").split()
    return [Path(word) for word in told if word.startswith(str(place))]


def waiting_in(place: Path) -> list[str]:
    """What lies in the inbox itself."""
    return sorted(path.name for path in (place / "inbox").iterdir() if path.is_file())


def claims_in(place: Path) -> list[Path]:
    return list((place / "inbox" / ".importing").glob("*T*-*"))


def test_a_complete_file_is_imported_once_and_moved_with_mapping_and_reports(
    forks: Forks, place: Path, sandbox: SandboxServer
) -> None:
    rows = [{("Papers" if name == "registrationId" else name): v for name, v in row.items()} for row in people(3)]
    write(place / "inbox/users.csv", as_csv(rows))
    write(place / "inbox/users.mapping.yaml", MAPPING)
    assert run_pass(forks, place, sandbox) == 0
    assert names_in(place, "done") == ["users.csv", "users.mapping.yaml"]
    assert [reports.outcomes for reports in reports_in(place, "done")] == [{"created": 3}]
    assert (waiting_in(place), claims_in(place), len(sandbox.profiles())) == ([], [], 3)
    assert run_pass(forks, place, sandbox) == 0
    assert sandbox.stats().calls == 3


def test_the_same_name_twice_is_two_files(forks: Forks, place: Path, sandbox: SandboxServer) -> None:
    for first in (1, 3):
        write(place / "inbox/users.csv", as_csv(people(2, first)))
        assert run_pass(forks, place, sandbox) == 0
    assert names_in(place, "done") == ["users.csv", "users.csv"]
    assert len(sandbox.profiles()) == 4


def test_rejects_and_files_that_cannot_be_read_go_to_attention(
    forks: Forks, place: Path, sandbox: SandboxServer
) -> None:
    write(place / "inbox/a.csv", as_csv([*people(1), people(1, 2)[0] | {"registrationId": ""}]))
    write(place / "inbox/b.csv", "nothing,that,is,known\n1,2,3,4\n")
    write(place / "inbox/c.csv", as_csv(people(1, 5)))
    assert run_pass(forks, place, sandbox) == 0
    assert names_in(place, "attention") == ["a.csv", "b.csv", "why.md"]
    assert names_in(place, "done") == ["c.csv"]
    assert [reports.outcomes for reports in reports_in(place, "attention")] == [{"created": 1, "rejected": 1}]
    [why] = (place / "inbox/attention").glob("*/why.md")
    assert why.read_text(encoding="utf-8").startswith("b.csv: no column for ")
    assert [path for path in paths_told(place) if not path.is_file()] == []
    assert [reports.column("source") for reports in reports_in(place, "attention")] == [["a.csv", "a.csv"]]
    assert [reports.summary["inputs"] for reports in reports_in(place, "done")] == [["c.csv"]]
    assert {path.name for path in paths_told(place)} >= {"results.csv", "rejects.xlsx", "report.html", "summary.json"}


def test_what_is_no_export_stays_and_odd_names_are_taken(forks: Forks, place: Path, sandbox: SandboxServer) -> None:
    inbox = place / "inbox"
    odd = ["=cmd.csv", "caf\udce9.csv", "two\nlines.csv", "x" * 238 + ".csv"]
    for number, name in enumerate(odd):
        write(inbox / name, as_csv(people(1, number + 1)))
    (inbox / "folder.csv").mkdir()
    (inbox / "gone.csv").symlink_to("nowhere.csv")
    os.mkfifo(inbox / "pipe.csv")
    write(inbox / "upload.csv.part", "a,b")
    write(inbox / "other.csv.done", "")
    assert run_pass(forks, place, sandbox) == 0, (place / "out.txt").read_text(encoding="utf-8", errors="replace")
    assert names_in(place, "done") == sorted(odd)
    assert waiting_in(place) == ["other.csv.done", "upload.csv.part"]
    assert len(sandbox.profiles()) == len(odd)


def test_a_mapping_that_another_file_needs_stays(forks: Forks, place: Path, sandbox: SandboxServer) -> None:
    shared = write(place / "inbox/users.mapping.yaml", "version: 1\n")
    write(place / "inbox/users.csv", as_csv(people(1)))
    write(place / "inbox/users.tsv", as_csv(people(1, 2)).replace(",", "\t"))
    assert run_pass(forks, place, sandbox) == 0
    assert names_in(place, "done") == ["users.csv", "users.mapping.yaml", "users.mapping.yaml", "users.tsv"]
    assert not shared.exists()


@pytest.mark.parametrize("name", ["users.csv.part", "users.tmp", "~$users.xlsx", ".users.csv", "users.csv.done"])
def test_uploads_under_way_are_left_alone(forks: Forks, place: Path, sandbox: SandboxServer, name: str) -> None:
    write(place / "inbox" / name, as_csv(people(1)))
    assert run_pass(forks, place, sandbox) == 0
    assert (waiting_in(place), sandbox.stats().calls) == ([name], 0)


def test_a_file_that_grows_between_two_looks_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = tmp_path / "inbox"
    still = write(inbox / "still.csv", "a\n1\n")
    growing = write(inbox / "growing.csv", "a\n1\n")
    waited = []

    def write_meanwhile(seconds: float) -> None:
        waited.append(seconds)
        with growing.open("a") as stream:
            stream.write("1\n")

    # A writer of its own might not get its turn in time on a busy machine.
    monkeypatch.setattr(claims, "time", SimpleNamespace(sleep=write_meanwhile))
    assert [file.path for file in list_complete(inbox, 10.0, marked_only=False)] == [still]
    assert waited == [10.0]


def test_a_marker_says_that_a_file_is_complete_and_goes_with_it(
    forks: Forks, place: Path, sandbox: SandboxServer
) -> None:
    write(place / "inbox/a.csv", as_csv(people(1)))
    write(place / "inbox/b.csv", as_csv(people(1, 2)))
    write(place / "inbox/b.csv.done", "")
    assert run_pass(forks, place, sandbox, marked_only=True) == 0
    assert (names_in(place, "done"), waiting_in(place)) == (["b.csv"], ["a.csv"])


def test_a_planned_end_keeps_the_file_and_the_next_pass_goes_on(
    forks: Forks, place: Path, sandbox: SandboxServer
) -> None:
    write(place / "inbox/users.csv", as_csv(people(5)))
    for done in (2, 4):
        assert run_pass(forks, place, sandbox, options={"limit": 2}) == 0
        assert (names_in(place, "done"), len(sandbox.profiles())) == ([], done)
    assert run_pass(forks, place, sandbox, options={"limit": 2}) == 0
    assert names_in(place, "done") == ["users.csv"]
    assert (len(sandbox.profiles()), sandbox.stats().by_call) == (5, {"create": {"200": 5}})


def test_an_api_that_is_shut_keeps_the_files_and_ends_the_pass(
    forks: Forks, place: Path, start_sandbox: StartSandbox
) -> None:
    locked, opened = start_sandbox(keys=frozenset({"another"})), start_sandbox()
    for name in ("a.csv", "b.csv"):
        write(place / "inbox" / name, as_csv(sgd_only(people(1))))
    assert run_pass(forks, place, locked) == 99
    assert "401" in (place / "out.txt").read_text(encoding="utf-8")
    assert (len(claims_in(place)), waiting_in(place)) == (1, ["b.csv"])
    assert run_pass(forks, place, opened) == 0
    assert names_in(place, "done") == ["a.csv", "b.csv"]


@pytest.mark.parametrize("option", BREAKERS)
def test_a_breaker_sends_the_file_to_attention(
    forks: Forks, place: Path, start_sandbox: StartSandbox, option: str
) -> None:
    strict = start_sandbox(strict=True)
    broken = {"--max-reject-share": {"registrationId": ""}, "--max-refused": {"nationality": ""}}[option]
    write(place / "inbox/users.csv", as_csv([row | broken for row in people(30)]))
    assert run_pass(forks, place, strict, options={"max_refused": 3, "rail": "auto"}) == 0
    assert names_in(place, "attention") == ["users.csv"]
    [reports] = reports_in(place, "attention")
    assert option in reports.summary["stopped"]


def test_two_passes_at_once_are_one(forks: Forks, place: Path, sandbox: SandboxServer) -> None:
    write(place / "inbox/users.csv", as_csv(people(20)))
    words = {"inbox": str(place / "inbox"), "options": options(sandbox, concurrency=1)}
    with Gate(sandbox, 1) as gate:
        first = forks.start("inbox", place, **words)
        gate.wait_for(1)
        assert forks.run("inbox", place, **words) == 99
        assert "another pass" in (place / "out.txt").read_text(encoding="utf-8")
    assert first.wait() == 0
    assert sandbox.stats().by_call == {"create": {"200": 20}}


@pytest.mark.parametrize("is_link", [False, True])
def test_after_a_crash_between_any_two_steps_the_next_pass_repeats_and_loses_nothing(
    forks: Forks, place: Path, start_sandbox: StartSandbox, is_link: bool
) -> None:
    crashes = 0
    for step in range(1, 40):
        sandbox = start_sandbox()
        own = place / f"step-{step}"
        own.mkdir()
        rows = [{("Papers" if k == "registrationId" else k): v for k, v in row.items()} for row in people(2)]
        exported = write(own / ("exported.csv" if is_link else "inbox/a.csv"), as_csv(rows))
        write(own / "inbox/a.mapping.yaml", MAPPING)
        if is_link:
            (own / "inbox/a.csv").symlink_to("../exported.csv")
        write(own / "inbox/a.csv.done", "")
        words: dict[str, object] = {"options": {"reports": "results"}, "marked_only": True}
        ended = run_pass(forks, own, sandbox, crash_at=step, below=str(own / "inbox"), **words)
        assert run_pass(forks, own, sandbox, **words) == 0, (step, (own / "out.txt").read_text(encoding="utf-8"))
        assert names_in(own, "done") == ["a.csv", "a.mapping.yaml"], step
        assert exported.exists() == is_link, step
        assert (waiting_in(own), claims_in(own), names_in(own, "attention")) == ([], [], []), step
        assert (len(sandbox.profiles()), sandbox.stats().count_calls("create", "200")) == (2, 2), step
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        crashes += 1
    assert crashes >= 8
