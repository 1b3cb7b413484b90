"""Rejects files that come back: what was mended, what was edited, and where rows first came from, round after round."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from reports_readers import read_csv, read_sheet, report, split_seals
from reports_samples import GAP, MAPPED, MIXED, REJECTED, Row, make_reported, run_end, seal

from straitsx_bulk.io.reports.seals import SEAL_COLUMNS, CheckNotes, judge_seals, read_notes
from straitsx_bulk.io.reports.writer import ReportPaths

FORMATS = {"users.csv DOB": "%d/%m/%Y"}
NOTES = CheckNotes({"DOB": "%d/%m/%Y"}, ("registrationIdType", "address.street"))


def rejected_in_workbook(paths: ReportPaths) -> list[dict[str, str]]:
    return read_sheet(paths.workbooks[0], "Rejected")


def rejected_in_csv(paths: ReportPaths) -> list[dict[str, str]]:
    return read_csv(paths.rejects_csv[0])


READERS = [rejected_in_workbook, rejected_in_csv]
Reader = Callable[[ReportPaths], list[dict[str, str]]]


@pytest.fixture
def paths(tmp_path: Path) -> ReportPaths:
    return report(tmp_path, make_reported(MIXED), end=run_end(date_formats=FORMATS))


def judge(rows: list[dict[str, str]]) -> tuple[list[bool], list[bool]]:
    mended, edited = judge_seals(*split_seals(rows), seal)
    return mended.tolist(), edited.tolist()


@pytest.mark.parametrize("read", READERS)
def test_untouched_rows_are_unmended(paths: ReportPaths, read: Reader) -> None:
    assert judge(read(paths)) == ([False] * 4, [False] * 4)


@pytest.mark.parametrize("read", READERS)
def test_sorted_deleted_and_mended_rows_are_told_apart(paths: ReportPaths, read: Reader) -> None:
    rows = read(paths)
    mixed = [rows[3], {**rows[0], "Full Name": "Wei Ming Lim"}, {**rows[1], "registrationIdType": "passport"}]
    assert judge(mixed) == ([False, True, True], [False] * 3)


@pytest.mark.parametrize("read", READERS)
def test_an_edited_origin_is_caught(paths: ReportPaths, read: Reader) -> None:
    rows = read(paths)
    rows[1]["_row"] = "4"
    rows[2]["_check"] = rows[3]["_check"]
    assert judge(rows)[1] == [False, True, True, False]


@pytest.mark.parametrize("read", READERS)
def test_formats_and_added_columns_come_back(paths: ReportPaths, read: Reader) -> None:
    assert read_notes(split_seals(read(paths))[0], seal) == NOTES


def test_the_sheet_of_gaps_comes_back_alike(paths: ReportPaths) -> None:
    rows = read_sheet(paths.workbooks[0], "USD gaps")
    assert judge(rows) == ([False], [False])
    assert read_notes(split_seals(rows)[0], seal) == NOTES


def test_a_workbook_saved_by_another_program_is_unmended(paths: ReportPaths) -> None:
    book = openpyxl.load_workbook(paths.workbooks[0])
    book.save(paths.workbooks[0])
    assert judge(rejected_in_workbook(paths)) == ([False] * 4, [False] * 4)


@pytest.mark.parametrize(
    "text", ["=1+1", "l\r\nk", "\x01", "_x0041_", " lead", "1.23E+14", "TRUE", "00012", "n" * 40_000]
)
@pytest.mark.parametrize("read", READERS)
def test_any_text_survives_the_round(tmp_path: Path, read: Reader, text: str) -> None:
    row = Row((*REJECTED.cells[:5], text), "rejected", findings=REJECTED.findings)
    assert judge(read(report(tmp_path, make_reported([row])))) == ([False], [False])


def come_back(paths: ReportPaths, rows: list[dict[str, str]], run_id: str, out: Path) -> ReportPaths:
    """Import a rejects file again, every row rejected again."""
    seals, cells = split_seals(rows)
    again = [
        Row(tuple(texts), "rejected", findings=REJECTED.findings, seals=dict(zip(SEAL_COLUMNS, marks, strict=True)))
        for texts, marks in zip(cells.itertuples(index=False), seals.itertuples(index=False), strict=True)
    ]
    headers = tuple(cells.columns)
    mapped = {**MAPPED, "registrationIdType": ("registrationIdType",), "address.street": ("address.street",)}
    batch = make_reported(again, headers=headers, mapped=mapped, source=paths.workbooks[0].name, sheet="Rejected")
    return report(out, batch, run_id=run_id)


def test_origin_and_formats_survive_any_number_of_rounds(tmp_path: Path, paths: ReportPaths) -> None:
    rows = rejected_in_workbook(paths)
    for number in range(3):
        rows[0]["Notes"] += "!"
        paths = come_back(paths, rows, f"round{number}", tmp_path)
        rows = rejected_in_workbook(paths)
        assert paths.results is not None
        expected = [("users.csv", "", row) for row in ("3", "5", "6", "7")]
        assert [(row["_source"], row["_sheet"], row["_row"]) for row in rows] == expected
        assert [(row["source"], row["sheet"], row["row"]) for row in read_csv(paths.results)] == expected
        assert judge(rows) == ([False] * 4, [False] * 4)
        assert read_notes(split_seals(rows)[0], seal) == NOTES
        assert [header for header in rows[0] if header not in SEAL_COLUMNS] == [
            *(header for header in REJECTED_HEADERS),
            "registrationIdType",
            "address.street",
        ]


REJECTED_HEADERS = ("Full Name", "Account Type", "ID No", "DOB", "Nationality", "Notes")


def test_formats_of_a_row_with_an_edited_origin_are_not_believed(tmp_path: Path, paths: ReportPaths) -> None:
    rows = rejected_in_workbook(paths)[:1]
    rows[0]["_row"] = "9"
    again = come_back(paths, rows, "edited", tmp_path)
    notes = read_notes(split_seals(rejected_in_workbook(again))[0], seal)
    assert notes is not None
    assert notes.date_formats == {}


def test_gaps_of_another_round_keep_their_origin(tmp_path: Path, paths: ReportPaths) -> None:
    row = read_sheet(paths.workbooks[0], "USD gaps")[0]
    seals = {name: row[name] for name in SEAL_COLUMNS}
    cells = tuple(text for header, text in row.items() if header not in SEAL_COLUMNS)
    again = Row(cells, "unchanged", "sgd", GAP.usd_gaps, GAP.findings, seals=seals)
    headers = tuple(header for header in row if header not in SEAL_COLUMNS)
    batch = make_reported([again], headers=headers, source="rejects.xlsx", sheet="USD gaps")
    found = read_sheet(report(tmp_path, batch, run_id="two").workbooks[0], "USD gaps")
    assert (found[0]["_source"], found[0]["_row"]) == ("users.csv", "4")


def test_pandas_gives_the_same_verdicts(paths: ReportPaths) -> None:
    table = pd.read_csv(paths.rejects_csv[0], dtype="str", keep_default_na=False, encoding="utf-8-sig")
    for header in table.columns:
        table[header] = table[header].str.removeprefix("'")
    mended, edited = judge_seals(table[list(SEAL_COLUMNS)], table.drop(columns=list(SEAL_COLUMNS)), seal)
    assert mended.tolist() == edited.tolist() == [False] * 4
