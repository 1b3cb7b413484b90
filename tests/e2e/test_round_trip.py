"""An analyst's round trip: rejects mended in place and imported with the same mapping, as often as it takes."""

import csv
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from e2e_program import Machine, Reports
from readers_office import SOFFICE, convert

from straitsx_bulk.io.sandbox.server import SandboxServer

HEADERS = ("Cust No", "Full Name", "ID No", "DOB")
MAPPING = """\
type: personal
reference: Cust No
columns:
  customerName: Full Name
  registrationId: ID No
  registrationIdType: {value: passport}
  registrationIdCountry: {value: SG}
  dateOfBirth: {from: DOB, format: "%d/%m/%Y"}
"""
ROWS = (
    ("C1", "Mei Ling Tan", "PA1000001", "21/03/1980"),
    ("C2", "O'Brien", "PA1000002", "17/10/1983"),
    ("C3", "Mei Ling Tan", "PA1000001", "21/03/1980"),
    ("C4", "", "PA1000004", "01/02/1990"),
    ("C5", "Wei Ming Lim", "PA1000005", "31/04/1993"),
)
"""Good; a name that the API refuses; the first one again; without a name; a day that no calendar has."""


def write_inputs(folder: Path) -> None:
    with (folder / "users.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADERS, *ROWS])
    (folder / "users.yaml").write_text(MAPPING, encoding="utf-8")


def send(machine: Machine, sandbox: SandboxServer, name: str) -> Reports:
    target = ("--env", "local", "--base-url", sandbox.base_url)
    return machine.run("import", name, "--mapping", "users.yaml", *target).reports


def mend(path: Path, sheet: str, column: str, reference: str, text: str) -> None:
    book = openpyxl.load_workbook(path)
    cells = book[sheet]
    headers = [cell.value for cell in cells[1]]
    (row,) = [r for r in cells.iter_rows(min_row=2) if r[headers.index("Cust No")].value == reference]
    row[headers.index(column)].value = text
    book.save(path)


def test_an_analyst_mends_and_sends_again_until_nothing_is_left_to_mend(
    machine: Machine, sandbox: SandboxServer
) -> None:
    write_inputs(machine.folder)
    first = send(machine, sandbox, "users.csv")
    assert first.outcomes == {"created": 2, "rejected": 3}
    by_reference = {row["reference"]: row for row in first.rows}
    assert by_reference["C3"]["errors"] == "registrationId:duplicate"
    assert by_reference["C3"]["customer_profile_id"] == by_reference["C1"]["customer_profile_id"] != ""

    workbook = machine.folder / "round-1.xlsx"
    workbook.write_bytes((first.folder / "rejects.xlsx").read_bytes())
    mend(workbook, "Rejected", "Full Name", "C2", "OBrien")
    mend(workbook, "USD gaps", "DOB", "C5", "30/04/1993")
    second = send(machine, sandbox, "round-1.xlsx")
    again = {row["reference"]: row for row in second.rows}
    assert {name: row["outcome"] for name, row in again.items()} == {
        "C1": "unchanged",
        "C2": "created",
        "C3": "rejected",
        "C4": "rejected",
        "C5": "upgraded",
    }
    assert again["C3"]["errors"] == "registrationId:duplicate"
    assert again["C4"]["errors"] == "customerName:missing"
    assert {(row["source"], row["row"]) for row in second.rows} == {("users.csv", str(n)) for n in range(2, 7)}

    workbook = machine.folder / "round-2.xlsx"
    workbook.write_bytes((second.folder / "rejects.xlsx").read_bytes())
    mend(workbook, "Rejected", "Full Name", "C4", "Siti Ahmad")
    third = send(machine, sandbox, "round-2.xlsx")
    last = {row["reference"]: row for row in third.rows}
    assert last["C4"]["outcome"] == "created"
    assert (last["C4"]["source"], last["C4"]["row"]) == ("users.csv", "5")
    assert len(sandbox.profiles()) == 4


def test_a_row_mended_to_a_key_that_another_has_and_an_edited_origin_are_caught(
    machine: Machine, sandbox: SandboxServer
) -> None:
    write_inputs(machine.folder)
    first = send(machine, sandbox, "users.csv")
    workbook = machine.folder / "edited.xlsx"
    workbook.write_bytes((first.folder / "rejects.xlsx").read_bytes())
    mend(workbook, "Rejected", "_row", "C2", "99")
    mend(workbook, "Rejected", "Full Name", "C4", "Somebody Else")
    mend(workbook, "Rejected", "ID No", "C4", "PA1000001")
    second = send(machine, sandbox, "edited.xlsx")
    rows = {row["reference"]: row for row in second.rows}
    assert "row:origin_edited" in rows["C2"]["errors"]
    assert rows["C4"]["errors"] == "registrationId:identity_conflict"
    assert len(sandbox.profiles()) == 2


def test_a_rejects_file_that_another_secret_sealed_is_told_from_an_edited_one(
    machine: Machine, sandbox: SandboxServer
) -> None:
    write_inputs(machine.folder)
    rejects = (send(machine, sandbox, "users.csv").folder / "rejects.xlsx").read_bytes()
    (machine.folder / "mended.xlsx").write_bytes(rejects)
    (machine.folder / "edited.xlsx").write_bytes(rejects)
    mend(machine.folder / "edited.xlsx", "Rejected", "_row", "C2", "99")
    checked = ("validate", "--mapping", "users.yaml", "--ledger", "sqlite:///elsewhere.db")
    told = "mended.xlsx: no row's grey cells are as this ledger secret sealed them."
    elsewhere = machine.run(*checked, "mended.xlsx", STRAITSX_BULK_LEDGER_SECRET="5e" * 32)
    assert told in elsewhere.stderr
    assert elsewhere.reports.summary["errors"]["row:origin_edited"] == 5
    here = machine.run(*checked, "mended.xlsx", "edited.xlsx")
    assert "as this ledger secret sealed" not in here.stderr
    assert here.reports.summary["errors"]["row:origin_edited"] == 1


def test_a_row_that_an_analyst_added_is_sent_to_a_file_of_its_own(machine: Machine, sandbox: SandboxServer) -> None:
    write_inputs(machine.folder)
    workbook = machine.folder / "mended.xlsx"
    workbook.write_bytes((send(machine, sandbox, "users.csv").folder / "rejects.xlsx").read_bytes())
    mend(workbook, "Rejected", "_row", "C2", "99")
    book = openpyxl.load_workbook(workbook)
    book["Rejected"].append(["C9", "Siti Ahmad", "PA1000009", "01/02/1990"])
    book.save(workbook)
    rows = {row["reference"]: row for row in send(machine, sandbox, "mended.xlsx").rows}
    assert all("row:origin_edited" in rows[name]["errors"] for name in ("C2", "C9"))
    told = "they are empty: rows that are new here go into a file of their own"
    assert [told in rows[name]["message"] for name in ("C2", "C9")] == [False, True]


def drop_column(path: Path, header: str) -> None:
    book = openpyxl.load_workbook(path)
    for sheet in (book["Rejected"], book["USD gaps"]):
        sheet.delete_cols([cell.value for cell in sheet[1]].index(header) + 1)
    book.save(path)


@pytest.mark.parametrize("column", ["_stage", "_source"])
def test_a_deleted_grey_column_is_told(machine: Machine, sandbox: SandboxServer, column: str) -> None:
    write_inputs(machine.folder)
    workbook = machine.folder / "mended.xlsx"
    workbook.write_bytes((send(machine, sandbox, "users.csv").folder / "rejects.xlsx").read_bytes())
    drop_column(workbook, column)
    ended = machine.run("validate", "mended.xlsx", "--mapping", "users.yaml")
    assert ended.code == 3
    assert f"mended.xlsx: of the grey columns {column} is gone" in ended.stderr
    assert {(row["source"], row["outcome"]) for row in ended.reports.rows} == {("mended.xlsx", "rejected")}


def test_an_exports_own_column_of_a_grey_ones_name_stays_its_own(machine: Machine, sandbox: SandboxServer) -> None:
    """Exports of Elasticsearch have a ``_source``."""
    header = ("_source", "_row", *HEADERS)
    with (machine.folder / "users.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *(("crm", f"r{n}", *row) for n, row in enumerate(ROWS))])
    (machine.folder / "users.yaml").write_text(f"{MAPPING}keep: [_source, _row]\n", encoding="utf-8")
    first = send(machine, sandbox, "users.csv")
    for name in ("rejects.xlsx", "rejects.csv"):
        (machine.folder / name).write_bytes((first.folder / name).read_bytes())
        second = send(machine, sandbox, name)
        assert {row["errors"] for row in second.rows if "origin_edited" in row["errors"]} == set()
        assert list_rejected(second) == list_rejected(first)


def list_rejected(reports: Reports) -> list[dict[str, str]]:
    """The rejected rows; the message of a duplicate names where the kept row stands in this run's file."""
    return [{**row, "message": ""} for row in reports.rows if row["outcome"] == "rejected"]


def save_with_libreoffice(kind: str) -> Callable[[Path, Path], Path]:
    return lambda book, folder: convert(kind, folder, [book])[0]


def save_with_pandas(book: Path, folder: Path) -> Path:
    """As a script does that knows no better: every sheet read as text and written again."""
    saved = folder / "pandas.xlsx"
    with pd.ExcelWriter(saved) as writer:
        for name, table in pd.read_excel(book, dtype=str, sheet_name=None, engine="openpyxl").items():
            table.to_excel(writer, sheet_name=name, index=False)
    return saved


needs_office = pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed (apt-get install libreoffice-calc)")
ODD_ROWS = (*ROWS, ("006", "Siti-Aminah", "00123456", "07/08/1991"), ("1E5", "Tan @ Home", "1.50", "2/3/1992"))
"""Leading zeros, texts that look like numbers, a day without zeros: what a spreadsheet would rather have otherwise."""


@pytest.mark.parametrize(
    "save",
    [
        pytest.param(save_with_libreoffice("xlsx"), id="LibreOffice xlsx", marks=needs_office),
        pytest.param(save_with_libreoffice("ods"), id="LibreOffice ods", marks=needs_office),
        pytest.param(save_with_pandas, id="pandas"),
    ],
)
def test_a_rejects_workbook_that_another_program_saved_is_judged_as_it_was(
    machine: Machine, sandbox: SandboxServer, tmp_path: Path, save: Callable[[Path, Path], Path]
) -> None:
    write_inputs(machine.folder)
    with (machine.folder / "users.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADERS, *ODD_ROWS])
    first = send(machine, sandbox, "users.csv")
    assert first.outcomes == {"created": 2, "rejected": 5}
    place = tmp_path / "saved"
    place.mkdir()
    plain = machine.folder / "plain.xlsx"
    plain.write_bytes((first.folder / "rejects.xlsx").read_bytes())
    saved = machine.folder / f"saved{(made := save(plain, place)).suffix}"
    saved.write_bytes(made.read_bytes())

    told = ("source", "row", "reference", "registration_id", "outcome", "customer_profile_id", "repairs", "errors")
    rows = [[[row[name] for name in told] for row in send(machine, sandbox, path.name).rows] for path in (plain, saved)]
    assert rows[0] == rows[1]
    assert {row[4] for row in rows[0]} == {"unchanged", "rejected"}
    assert all("origin_edited" not in row[7] for row in rows[1])


@needs_office
def test_a_row_mended_in_libreoffices_copy_goes_in(machine: Machine, sandbox: SandboxServer, tmp_path: Path) -> None:
    write_inputs(machine.folder)
    first = send(machine, sandbox, "users.csv")
    [saved] = convert("xlsx", tmp_path, [first.folder / "rejects.xlsx"])
    mend(saved, "Rejected", "Full Name", "C2", "OBrien")
    (machine.folder / "mended.xlsx").write_bytes(saved.read_bytes())
    again = {row["reference"]: row["outcome"] for row in send(machine, sandbox, "mended.xlsx").rows}
    assert again == {"C1": "unchanged", "C2": "created", "C3": "rejected", "C4": "rejected", "C5": "unchanged"}
