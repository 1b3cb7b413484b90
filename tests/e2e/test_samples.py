"""The sample exports with `import --env local`, twice, and every line of the reports."""

import csv
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from e2e_program import SAMPLES, Ended, Machine, Reports, make_machine
from e2e_warm import WarmProgram

COLUMNS = [
    *("source", "sheet", "row", "reference", "registration_type", "registration_id", "outcome", "rail"),
    *("customer_profile_id", "verification_status", "usd_gaps", "repairs", "errors", "warnings", "message"),
    *("http_status", "api_code", "api_calls", "finished_at"),
]
SUMMARY = {
    "run_id",
    "command",
    "version",
    "environment",
    "account",
    "started_at",
    "finished_at",
    "inputs",
    "rows_read",
    "outcomes",
    "rails",
    "errors",
    "warnings",
    "would_pass_with_full_repair",
    "date_formats",
    "api",
    "stopped",
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, warm: WarmProgram) -> tuple[Machine, Ended, Ended]:
    """A machine on which the samples were imported twice."""
    place = tmp_path_factory.mktemp("samples")
    machine = make_machine(place, warm)
    command = ("import", SAMPLES, "--env", "local")
    return machine, machine.run(*command), machine.run(*command)


def read_origins() -> list[tuple[str, str, str]]:
    """File, sheet and row of every sample, counted by other libraries than the program's reader."""
    origins: list[tuple[str, str, str]] = []
    for path in sorted(SAMPLES.iterdir(), key=lambda one: one.name):
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as stream:
                lines = list(csv.reader(stream))
            origins += [(path.name, "", str(n)) for n, cells in enumerate(lines, 1) if n > 1 and any(cells)]
        if path.suffix == ".xlsx":
            sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
            rows = list(sheet.iter_rows(values_only=True))
            header = next(n for n, cells in enumerate(rows, 1) if "UEN" in cells)
            origins += [
                (path.name, sheet.title, str(n))
                for n, cells in enumerate(rows, 1)
                if n > header and any(cell is not None for cell in cells)
            ]
    return origins


def test_every_row_is_in_the_results_once_in_input_order_under_its_own_number(
    runs: tuple[Machine, Ended, Ended],
) -> None:
    for ended in runs[1:]:
        told = [(Path(row["source"]).name, row["sheet"], row["row"]) for row in ended.reports.rows]
        assert told == read_origins()


def test_the_columns_are_the_contracts(runs: tuple[Machine, Ended, Ended]) -> None:
    for ended in runs[1:]:
        with (ended.reports.folder / "results.csv").open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader(stream))
        assert (header[: len(COLUMNS)], set(header[len(COLUMNS) :])) == (COLUMNS, {"Segment", "Status"})


def test_the_counts_balance_and_agree_between_the_reports(runs: tuple[Machine, Ended, Ended]) -> None:
    for ended in runs[1:]:
        summary = ended.reports.summary
        counted = Counter(ended.reports.column("outcome"))
        assert ended.reports.outcomes == dict(counted)
        assert summary["rows_read"] == sum(counted.values()) == len(read_origins())
        assert sum(summary["rails"].values()) == counted.total() - counted["rejected"]


def test_the_summary_has_the_contracts_keys_and_no_other(runs: tuple[Machine, Ended, Ended]) -> None:
    for ended in runs[1:]:
        assert set(ended.reports.summary) == SUMMARY
        assert set(ended.reports.summary["api"]) == {"calls", "by_status", "retries", "throttled", "max_rate"}


def test_the_second_run_makes_no_call_and_says_so(runs: tuple[Machine, Ended, Ended]) -> None:
    _, first, second = runs
    assert (first.code, second.code) == (3, 3)  # some rows of the samples are there to fail
    assert first.reports.summary["api"]["calls"] == sum(map(int, first.reports.column("api_calls"))) > 0
    assert second.reports.summary["api"]["calls"] == 0
    assert "No calls" in second.stderr
    assert set(second.reports.outcomes) == {"unchanged", "rejected"}


def test_the_ids_of_the_first_run_come_back_in_the_second(runs: tuple[Machine, Ended, Ended]) -> None:
    _, first, second = runs
    assert first.reports.column("customer_profile_id") == second.reports.column("customer_profile_id")
    made = [row["customer_profile_id"] for row in first.reports.rows if row["outcome"] == "created"]
    assert all(one.startswith("customer_profile_") for one in made)
    assert len(set(made)) == len(made)


def test_every_run_has_a_folder_of_its_own_that_nobody_else_can_read(runs: tuple[Machine, Ended, Ended]) -> None:
    machine, first, second = runs
    folders = [first.reports.folder, second.reports.folder]
    assert machine.list_runs() == sorted(folders)
    for folder in folders:
        assert oct(folder.stat().st_mode & 0o777) == "0o700"
        assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o600"}
        assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"
        assert [path.name for path in folder.iterdir() if path.is_dir() or path.suffix == ".part"] == []
        assert folder.name.endswith(f"-{Reports(folder).summary['run_id']}")


def test_state_and_ledger_and_secret_are_the_owners_alone(runs: tuple[Machine, Ended, Ended]) -> None:
    machine, _, _ = runs
    files = [
        *(machine.folder / ".straitsx-bulk").iterdir(),
        machine.home / ".config/straitsx-bulk/ledger.secret",
    ]
    assert {path.name for path in files} >= {"ledger.db", "sandbox.db", "ledger.secret"}
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}


def test_the_first_line_names_the_target_and_the_last_lines_the_reports(runs: tuple[Machine, Ended, Ended]) -> None:
    for ended in runs[1:]:
        first, *_, last = ended.stderr.splitlines()
        for word in ("import", "local", "127.0.0.1:", "account default", "key ", "no rate limit"):
            assert word in first
        assert last.startswith("summary: ")
        assert ended.stdout == ""
