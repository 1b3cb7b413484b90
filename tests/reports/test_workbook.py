"""rejects.xlsx, read back with openpyxl, calamine and pandas."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from reports_readers import read_csv, read_sheet, report, split_seals
from reports_samples import (
    BAD_NAME,
    CONFLICT,
    CREATED,
    GAP,
    HEADERS,
    MIXED,
    NOT_FOUND,
    REFUSED,
    REJECTED,
    Finding,
    Row,
    make_reported,
    run_end,
    seal,
)

from straitsx_bulk.io.reports.seals import SEAL_COLUMNS, CheckNotes, read_notes
from straitsx_bulk.io.reports.workbook_styles import TONE_COLOURS

ADDED = ("registrationIdType", "address.street")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    end = run_end(date_formats={"users.csv DOB": "%d/%m/%Y"})
    return report(tmp_path_factory.mktemp("runs"), make_reported(MIXED, mapping="users.yaml"), end=end).workbooks[0]


@pytest.fixture(scope="module")
def workbook(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


def cell_of(workbook: Workbook, sheet: str, header: str, row: int) -> Cell:
    headers = [cell.value for cell in workbook[sheet][1]]
    cell = workbook[sheet].cell(row, headers.index(header) + 1)
    assert isinstance(cell, Cell)
    return cell


def colour_of(cell: Cell) -> str:
    return str(cell.fill.start_color.rgb)[2:]


def test_the_sheets_are_the_contracts(workbook: Workbook) -> None:
    assert workbook.sheetnames == ["Rejected", "USD gaps", "Reasons", "How to mend"]


@pytest.mark.parametrize("sheet", ["Rejected", "USD gaps"])
def test_original_columns_then_added_then_grey(workbook: Workbook, sheet: str) -> None:
    assert [cell.value for cell in workbook[sheet][1]] == [*HEADERS, *ADDED, *SEAL_COLUMNS]


def test_rows_that_can_be_mended_are_there_with_their_own_text(path: Path) -> None:
    rows = read_sheet(path, "Rejected")
    expected = [row.cells for row in (REJECTED, REFUSED, CONFLICT, NOT_FOUND)]
    assert [tuple(row[header] for header in HEADERS) for row in rows] == expected
    assert [row["_stage"] for row in rows] == ["checks", "api", "conflict", "api"]
    assert [(row["_source"], row["_sheet"], row["_row"]) for row in rows] == [("users.csv", "", n) for n in "3567"]


def test_rows_in_for_sgd_only_are_on_their_own_sheet(path: Path) -> None:
    [row] = read_sheet(path, "USD gaps")
    assert tuple(row[header] for header in HEADERS) == GAP.cells
    assert row["_stage"] == "checks"
    assert row["_errors"].startswith("dateOfBirth:missing;address.street:missing | ")


@pytest.mark.parametrize("outcome", ["in_doubt", "not_attempted"])
def test_rows_that_are_not_in_yet_are_nobodys_to_mend(tmp_path: Path, outcome: str) -> None:
    row = Row(GAP.cells, outcome, "sgd", GAP.usd_gaps, GAP.findings)
    path = report(tmp_path, make_reported([row])).workbooks[0]
    assert read_sheet(path, "Rejected") == read_sheet(path, "USD gaps") == []


def test_pandas_reads_it_too(path: Path) -> None:
    table = pd.read_excel(path, sheet_name="Rejected", dtype="str", engine="calamine", keep_default_na=False)
    assert table["ID No"].tolist() == [row.cells[2] for row in (REJECTED, REFUSED, CONFLICT, NOT_FOUND)]


def test_every_cell_of_the_export_is_text(workbook: Workbook) -> None:
    filled = [c for row in workbook["Rejected"].iter_rows(max_col=len(HEADERS)) for c in row if c.value is not None]
    assert {(cell.data_type, cell.number_format) for cell in filled} == {("s", "@")}
    formulas = [c for sheet in workbook for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert formulas == []


@pytest.mark.parametrize(
    ("sheet", "header", "row", "tone"),
    [
        ("Rejected", "Full Name", 2, "error"),
        ("Rejected", "registrationIdType", 3, "error"),
        ("Rejected", "DOB", 4, "conflict"),
        ("USD gaps", "DOB", 2, "gap"),
        ("USD gaps", "address.street", 2, "gap"),
    ],
)
def test_offending_cells_are_coloured_and_explained(
    workbook: Workbook, sheet: str, header: str, row: int, tone: str
) -> None:
    cell = cell_of(workbook, sheet, header, row)
    assert colour_of(cell) == TONE_COLOURS[tone]
    assert cell.comment is not None


def test_other_cells_are_not_coloured(workbook: Workbook) -> None:
    assert cell_of(workbook, "Rejected", "Full Name", 3).fill.fill_type is None
    assert cell_of(workbook, "Rejected", "Full Name", 3).comment is None


def test_a_comment_says_what_is_wrong_what_is_allowed_and_what_to_put(workbook: Workbook) -> None:
    comment = cell_of(workbook, "Rejected", "Full Name", 2).comment
    assert comment is not None
    assert comment.text.split("\n") == [
        "Full name (customerName) has characters that the API refuses (-).",
        "Allowed: 1 to 50 of letters A-Z, digits and spaces",
        "Suggestion: Wei Ming Lim",
    ]


def test_a_conflict_shows_the_profiles_value(workbook: Workbook) -> None:
    comment = cell_of(workbook, "Rejected", "DOB", 4).comment
    assert comment is not None
    assert "1977-06-05" in comment.text
    assert cell_of(workbook, "Rejected", "_suggestions", 4).value == "dateOfBirth=1977-06-05"


def test_errors_and_suggestions_say_the_same_as_text(path: Path) -> None:
    row = read_sheet(path, "Rejected")[0]
    assert row["_errors"] == (
        "customerName:bad_characters | Full name (customerName) has characters that the API refuses (-). "
        "Allowed: 1 to 50 of letters A-Z, digits and spaces."
    )
    assert row["_suggestions"] == "customerName=Wei Ming Lim"


def test_a_refusal_is_told_in_the_apis_words(path: Path) -> None:
    assert read_sheet(path, "Rejected")[1]["_errors"].startswith("api:XFE15 | registrationIdType is missing")


def test_enums_and_countries_have_dropdowns(workbook: Workbook) -> None:
    found = {str(v.sqref): v.formula1 for v in workbook["Rejected"].data_validations.dataValidation}
    assert found == {
        "B2:B5": '"personal,business"',
        "E2:E5": "'How to mend'!$D$2:$D$250",
        "G2:G5": '"passport,identity_card,business_reg_no"',
    }
    codes = [workbook["How to mend"].cell(row, 4).value for row in range(2, 251)]
    assert (codes[0], codes[-1], len(set(codes))) == ("AD", "ZW", 249)
    assert workbook["How to mend"].cell(251, 4).value is None


def test_dropdowns_forbid_nothing(workbook: Workbook) -> None:
    assert {v.showErrorMessage for v in workbook["Rejected"].data_validations.dataValidation} == {False}


def test_the_header_is_frozen_and_filtered_and_nothing_is_protected(workbook: Workbook) -> None:
    sheet = workbook["Rejected"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:O5")
    assert not any(sheet.protection.sheet for sheet in workbook)


def test_grey_columns_are_grouped_and_columns_are_wide_enough(workbook: Workbook) -> None:
    dimensions = workbook["Rejected"].column_dimensions
    assert dimensions["I"].outlineLevel == 1
    assert all(8 <= dimension.width <= 60 for dimension in dimensions.values())
    assert colour_of(cell_of(workbook, "Rejected", "_source", 2)) == "EDEDED"


def test_reasons_are_counted_and_charted(workbook: Workbook) -> None:
    sheet = workbook["Reasons"]
    rows = [[cell.value for cell in row][:3] for row in sheet.iter_rows(min_row=2)]
    assert sorted(map(str, rows)) == sorted(
        map(
            str,
            [
                ["Rejected", "customerName:bad_characters", 1],
                ["Rejected", "api:XFE15", 1],
                ["Rejected", "dateOfBirth:conflict", 1],
                ["Rejected", "row:not_found", 1],
                ["USD gaps", "dateOfBirth:missing", 1],
                ["USD gaps", "address.street:missing", 1],
            ],
        )
    )
    assert len(sheet._charts) == 1  # type: ignore[attr-defined] # openpyxl has no public name for a sheet's charts


def test_the_guide_names_mapping_and_date_formats(workbook: Workbook) -> None:
    text = "\n".join(str(cell.value) for cell in workbook["How to mend"]["A"])
    assert "users.yaml" in text
    assert "DOB were read as %d/%m/%Y" in text


@pytest.mark.parametrize("sheet", ["Reasons", "How to mend"])
def test_wrapped_cells_have_room_for_their_lines(tmp_path: Path, sheet: str) -> None:
    conflict = Finding("registrationId", "identity_conflict", header="ID No", detail="users.csv, row 3")
    batch = make_reported([replace(REJECTED, findings=(conflict,))], mapping="a-folder-of-mappings/" * 6 + "users.yaml")
    cells = openpyxl.load_workbook(report(tmp_path, batch).workbooks[0])[sheet]
    heights: dict[bool, set[float | None]] = {}
    for number, row in enumerate(cells.iter_rows(), 1):
        widths = [cells.column_dimensions[get_column_letter(place)].width for place in range(1, len(row) + 1)]
        wraps = any(len(str(cell.value or "")) > 1.1 * width for cell, width in zip(row, widths, strict=True))
        heights.setdefault(wraps, set()).add(cells.row_dimensions[number].height)
    assert heights == {False: {None}, True: {30.0}}


def test_only_the_first_cells_have_comments(tmp_path: Path) -> None:
    rows = [REJECTED] * 5_003
    sheet = openpyxl.load_workbook(report(tmp_path, make_reported(rows)).workbooks[0])["Rejected"]
    commented = [row for row in range(2, 5_005) if sheet.cell(row, 1).comment]
    assert commented == list(range(2, 5_002))
    assert colour_of(sheet.cell(5_004, 1)) == TONE_COLOURS["error"]  # type: ignore[arg-type] # no merged cells here


def test_several_faults_of_one_cell_share_a_comment(tmp_path: Path) -> None:
    warning = Finding("customerName", "looks_business", "warning", "Full Name")
    row = Row(REJECTED.cells, "rejected", findings=(warning, BAD_NAME))
    book = openpyxl.load_workbook(report(tmp_path, make_reported([row])).workbooks[0])
    cell = cell_of(book, "Rejected", "Full Name", 2)
    assert colour_of(cell) == TONE_COLOURS["error"]
    assert cell.comment is not None
    assert "refuses" in cell.comment.text
    assert "looks like" in cell.comment.text


def test_past_the_row_limit_it_goes_on_in_another_file(tmp_path: Path) -> None:
    rows = [Row((f"Name-{n}", *REJECTED.cells[1:]), "rejected", findings=(BAD_NAME,)) for n in range(7)]
    gaps = [GAP] * 4
    paths = report(tmp_path, make_reported([*rows, *gaps]), sheet_rows=4)
    assert [path.name for path in paths.workbooks] == ["rejects-1.xlsx", "rejects-2.xlsx", "rejects-3.xlsx"]
    assert [[r["Full Name"] for r in read_sheet(p, "Rejected")] for p in paths.workbooks] == [
        ["Name-0", "Name-1", "Name-2"],
        ["Name-3", "Name-4", "Name-5"],
        ["Name-6"],
    ]
    assert [len(read_sheet(path, "USD gaps")) for path in paths.workbooks] == [3, 1, 0]
    assert [path.name for path in paths.rejects_csv] == ["rejects.csv"]
    assert len(read_csv(paths.rejects_csv[0])) == 7


def test_exports_with_other_headers_get_a_file_each(tmp_path: Path) -> None:
    other = ("Name", "Type", "Number")
    mapped = {"customerName": ("Name",), "registrationType": ("Type",), "registrationId": ("Number",)}
    bad = Row(("Wei-Ming", "personal", "1"), "rejected", findings=(Finding("customerName", "missing", header="Name"),))
    paths = report(
        tmp_path, make_reported([REJECTED]), make_reported([bad], headers=other, mapped=mapped, source="b.csv")
    )
    assert [path.name for path in paths.workbooks] == ["rejects-1.xlsx", "rejects-2.xlsx"]
    assert [path.name for path in paths.rejects_csv] == ["rejects-1.csv", "rejects-2.csv"]
    assert read_sheet(paths.workbooks[1], "Rejected")[0]["Name"] == "Wei-Ming"


def test_exports_with_the_same_headers_and_mapping_share_a_file(tmp_path: Path) -> None:
    paths = report(tmp_path, make_reported([REJECTED]), make_reported([REJECTED], source="b.csv"))
    assert [row["_source"] for row in read_sheet(paths.workbooks[0], "Rejected")] == ["users.csv", "b.csv"]


@pytest.mark.parametrize("mapping", ["", "b.mapping.yaml"])
def test_exports_read_by_another_mapping_or_date_format_get_a_file_each(tmp_path: Path, mapping: str) -> None:
    formats = {"users.csv DOB": "%d/%m/%Y", "b.csv DOB": "%d/%m/%Y" if mapping else "%m/%d/%Y"}
    batches = make_reported([REJECTED]), make_reported([REJECTED], source="b.csv", mapping=mapping)
    assert len(report(tmp_path, *batches, end=run_end(date_formats=formats)).workbooks) == 2


def test_an_ambiguous_column_carries_no_format(tmp_path: Path) -> None:
    paths = report(tmp_path, make_reported([REJECTED]), end=run_end(date_formats={"users.csv DOB": "ambiguous"}))
    seals, _ = split_seals(read_sheet(paths.workbooks[0], "Rejected"))
    assert read_notes(seals, seal) == CheckNotes()


def test_without_a_row_to_mend_the_files_are_there_and_empty(tmp_path: Path) -> None:
    paths = report(tmp_path, make_reported([CREATED]))
    assert read_sheet(paths.workbooks[0], "Rejected") == []
    assert paths.rejects_csv[0].read_text(encoding="utf-8-sig") == ",".join([*HEADERS, *SEAL_COLUMNS]) + "\n"


def test_a_text_too_long_for_a_cell_is_whole_in_the_csv_and_the_guide_says_so(tmp_path: Path) -> None:
    row = Row((*REJECTED.cells[:5], "n" * 40_000), "rejected", findings=(BAD_NAME,))
    paths = report(tmp_path, make_reported([row]))
    assert len(read_sheet(paths.workbooks[0], "Rejected")[0]["Notes"]) == 32_767
    assert "rejects.csv has the whole text" in str(read_sheet(paths.workbooks[0], "How to mend"))
    assert b"n" * 40_000 in paths.rejects_csv[0].read_bytes()
