"""The check spread over workers gives the verdicts of one machine, on threads, processes and a real Dask cluster."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from check_help import PERSON, check_rows
from e2e_exports import as_csv, people, person
from e2e_program import Reports
from hypothesis import given, settings
from hypothesis import strategies as st
from machines_checking import check_by, check_in_order, find_process, look_at, tell
from rich.console import Console

from straitsx_bulk.flows.check import dask_cluster
from straitsx_bulk.flows.check.dask_cluster import open_dask
from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.observing import NoObserver
from straitsx_bulk.flows.options import read_options
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.run.validating import validate_exports
from straitsx_bulk.schemas.errors import StoppedError, UsageError
from straitsx_bulk.schemas.keys import KeyIndex

NO_DASK = "THE CHECK IS NOT TRIED ON DASK: prefect-dask is missing, pip install 'straitsx-bulk[dask]'"
needs_dask = pytest.mark.skipif(find_spec("prefect_dask") is None, reason=NO_DASK)


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture(scope="module")
def dask() -> Iterator[Executor]:
    with open_dask("local") as executor:
        yield executor


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Four exports with every kind of thing that more than one row decides."""
    again, other_person = person(3), person(5, customerName="Somebody Else Entirely")
    broken = person(11, registrationId="1.23E+14", nationality="Atlantis")
    first = [person(n, dateOfBirth=f"{n:02d}/0{n % 9 + 1}/1980") for n in range(1, 10)]
    texts = {
        "1.csv": as_csv(first),
        "2.csv": as_csv([again, person(20, dateOfBirth="13/01/1980"), broken, other_person]),
        "3.csv": as_csv(people(5, first=30)) + "too,few\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    rows = [*people(3, first=40), again]
    for line in [list(rows[0]), *(list(row.values()) for row in rows)]:
        sheet.append(line)
    sheet.row_dimensions[3].hidden = True
    book.save(tmp_path / "4.xlsx")
    return [tmp_path / name for name in (*texts, "4.xlsx")]


def assert_same(executor: Executor, files: list[Path], place: Path) -> None:
    exports = look_at(place, files)
    alone = tell(check_in_order(exports, place / "alone"))
    assert tell(check_by(executor, exports, place / "together")) == alone
    assert sorted(path.name for path in (place / "together").iterdir() if path.is_dir()) == []


def test_threads_find_what_one_after_the_other_finds(files: list[Path], tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as executor:
        assert_same(executor, files, tmp_path)


def test_processes_find_what_one_after_the_other_finds(
    processes: Executor, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # relative names, which a worker would look for elsewhere
    assert_same(processes, [Path(file.name) for file in files], tmp_path)


@needs_dask
def test_a_dask_cluster_finds_what_one_after_the_other_finds(dask: Executor, files: list[Path], tmp_path: Path) -> None:
    assert dask.submit(find_process).result() != find_process()
    assert_same(dask, files, tmp_path)


def test_a_file_that_cannot_be_read_is_told_as_on_one_machine(
    processes: Executor, files: list[Path], tmp_path: Path
) -> None:
    exports = look_at(tmp_path, files)
    files[1].write_text("", encoding="utf-8")  # between the look and the check
    with pytest.raises(UsageError) as alone:
        check_in_order(exports, tmp_path / "alone")
    with pytest.raises(UsageError) as together:
        check_by(processes, exports, tmp_path / "together")
    assert str(together.value) == str(alone.value)


def test_a_rejects_file_is_checked_where_the_secret_is(
    processes: Executor, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rejects = validate(tmp_path, files).paths.rejects_csv
    assert_same(processes, [*files[:1], *rejects], tmp_path)


def test_a_run_that_is_to_end_waits_for_no_file(files: list[Path], tmp_path: Path) -> None:
    exports = look_at(tmp_path, files)
    exports.job.stop.interrupt()
    with ThreadPoolExecutor(1) as executor:
        assert check_by(executor, exports, tmp_path / "together").spool.rows == 0


def test_a_worker_that_dies_is_told_in_words(files: list[Path], tmp_path: Path) -> None:
    exports = look_at(tmp_path, files)
    with (
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=exit) as executor,
        pytest.raises(StoppedError, match="a worker died of it"),
    ):
        check_by(executor, exports, tmp_path / "together")


@needs_dask
def test_validate_over_a_running_dask_cluster_writes_the_same_results(
    dask: Any, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spread = validate(tmp_path, files, dask._client.scheduler.address)
    alone = validate(tmp_path, files)
    assert Reports(spread.paths.folder).rows == Reports(alone.paths.folder).rows
    assert list_names(spread.paths.folder) == list_names(alone.paths.folder)


@needs_dask
def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 1)
    with (
        pytest.raises(UsageError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1\."),
        open_dask("tcp://127.0.0.1:1"),
    ):
        pass


@pytest.mark.skipif(find_spec("prefect_dask") is not None, reason="Dask is installed")
def test_without_dask_the_way_to_it_is_named() -> None:
    with pytest.raises(UsageError, match=r"pip install 'straitsx-bulk\[dask\]'"), open_dask("local"):
        pass


def list_names(folder: Path) -> list[str]:
    """What a folder holds."""
    return sorted(path.name for path in folder.iterdir())


def validate(place: Path, files: list[Path], dask: str = "") -> RunResult:
    """Run ``validate`` in this process."""
    environ = {"HOME": str(place), "STRAITSX_BULK_LEDGER_SECRET": "5e" * 32}
    options = read_options({"out": place / "runs"}, {})
    request = Request("validate", tuple(map(str, files)), options, environ, dask=dask)
    with Presenter(Console(quiet=True), quiet=True) as presenter:
        return asyncio.run(validate_exports(request, presenter, NoObserver()))


@given(
    keys=st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["Ann", "Bob", ""])), max_size=12),
    cut=st.integers(0, 12),
)
@settings(max_examples=40)
def test_keys_noted_in_two_places_tell_what_one_index_tells(keys: list[tuple[str, str]], cut: int) -> None:
    whole, first, second, together = KeyIndex(), KeyIndex(), KeyIndex(), KeyIndex()
    for at, rows in enumerate((keys[:cut], keys[cut:])):
        if rows:
            checked = check_rows([PERSON | {"registrationId": f"{key}1234567", "customerName": n} for key, n in rows])
            whole.add(checked)
            (first, second)[at].add(checked)
    for part in (first, second):
        dumped = part.dump()
        assert isinstance(dumped, pa.Table)
        together.add_dumped(dumped)
    alone, joined = whole.resolve(), together.resolve()
    for name in ("positions", "conflicts", "kept"):
        assert getattr(joined, name).tolist() == getattr(alone, name).tolist()
