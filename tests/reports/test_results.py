from pathlib import Path

import pytest
from reports_readers import read_csv, report
from reports_samples import CREATED, MIXED, REJECTED, Row, make_reported, run_facts, seal

from straitsx_bulk.io.reports.folder import make_run_folder
from straitsx_bulk.io.reports.writer import KINDS, Reports
from straitsx_bulk.schemas.outcomes import RESULT_COLUMNS

HEADER = (
    "source,sheet,row,reference,registration_type,registration_id,outcome,rail,customer_profile_id,verification_status,"
    "usd_gaps,repairs,errors,warnings,message,http_status,api_code,api_calls,finished_at"
)


def results_of(tmp_path: Path, *batches: object) -> list[dict[str, str]]:
    path = report(tmp_path, *batches).results  # type: ignore[arg-type] # tests give reported batches only
    assert path is not None
    return read_csv(path)


def test_the_header_is_the_contracts(tmp_path: Path) -> None:
    path = report(tmp_path, make_reported(MIXED)).results
    assert path is not None
    assert path.read_bytes().split(b"\n")[0].decode() == HEADER


def test_every_row_is_there_in_input_order(tmp_path: Path) -> None:
    first, second = make_reported(MIXED), make_reported(MIXED[:2], source="more.xlsx", sheet="Users", first_row=5)
    rows = results_of(tmp_path, first, second)
    assert [(row["source"], row["sheet"], row["row"]) for row in rows] == [
        *(("users.csv", "", str(number)) for number in range(2, 8)),
        ("more.xlsx", "Users", "5"),
        ("more.xlsx", "Users", "6"),
    ]
    assert [row["outcome"] for row in rows[:6]] == [row.outcome for row in MIXED]


def test_a_refused_row_carries_status_code_and_words(tmp_path: Path) -> None:
    row = results_of(tmp_path, make_reported(MIXED))[3]
    assert (row["http_status"], row["api_code"], row["api_calls"]) == ("400", "XFE15", "1")
    assert row["message"] == "registrationIdType is missing"
    assert (row["registration_type"], row["registration_id"]) == ("personal", "S9912345A")


def test_a_row_without_an_answer_has_no_status(tmp_path: Path) -> None:
    row = results_of(tmp_path, make_reported([REJECTED]))[0]
    assert (row["http_status"], row["api_calls"]) == ("", "0")


def test_a_rejected_row_says_in_words_what_is_wrong(tmp_path: Path) -> None:
    row = results_of(tmp_path, make_reported([CREATED, REJECTED]))[1]
    assert row["errors"] == "customerName:bad_characters"
    assert row["message"] == "Full name (customerName) has characters that the API refuses (-)."


def test_keep_columns_follow_exactly_as_they_were(tmp_path: Path) -> None:
    kept = ["=1+1", "'x", "a,b", "l\r\nk", " ", ""]
    rows = [Row(CREATED.cells, keep=(text, "z")) for text in kept]
    found = results_of(tmp_path, make_reported(rows, keep=("segment", "=odd")))
    assert [row["segment"] for row in found] == kept
    assert list(found[0]) == [*RESULT_COLUMNS, "segment", "=odd"]


def test_exports_that_keep_other_columns_share_the_file(tmp_path: Path) -> None:
    first = make_reported([Row(CREATED.cells, keep=("=a\rb",))], keep=("segment",))
    second = make_reported([Row(CREATED.cells, keep=("b", "c"))], keep=("tier", "segment"))
    third = make_reported([Row(CREATED.cells, keep=("d",))], keep=("segment",))
    found = results_of(tmp_path, first, second, third)
    assert list(found[0]) == [*RESULT_COLUMNS, "segment", "tier"]
    assert [(row["segment"], row["tier"]) for row in found] == [("=a\rb", ""), ("c", "b"), ("d", "")]


def test_the_file_grows_as_part_while_the_run_goes(tmp_path: Path) -> None:
    facts = run_facts()
    folder = make_run_folder(tmp_path, facts.run_id, facts.started_at)
    with Reports(folder, facts, KINDS, seal) as reports:
        part = folder / "results.csv.part"
        reports.add(make_reported(MIXED))
        assert part.stat().st_mode & 0o777 == 0o600
        for written in (6, 12):  # a batch is written while the next is made, and is there once that was given
            reports.add(make_reported(MIXED))
            assert len(read_csv(part)) >= written
        assert not (folder / "results.csv").exists()


def test_a_run_without_rows_has_a_header_only(tmp_path: Path) -> None:
    path = report(tmp_path, make_reported([])).results
    assert path is not None
    assert path.read_text() == HEADER + "\n"


@pytest.mark.parametrize("edited", [False, True])
def test_a_row_of_a_rejects_file_stands_under_its_first_origin(tmp_path: Path, *, edited: bool) -> None:
    from reports_samples import Finding

    findings = (Finding("row", "origin_edited"),) if edited else ()
    seals = dict.fromkeys(("_stage", "_errors", "_suggestions", "_check"), "")
    seals |= {"_source": "users.csv", "_sheet": "", "_row": "77"}
    row = Row(CREATED.cells, "rejected", findings=findings, seals=seals)
    found = results_of(tmp_path, make_reported([row], source="rejects.xlsx", sheet="Rejected"))[0]
    expected = ("rejects.xlsx", "Rejected", "2") if edited else ("users.csv", "", "77")
    assert (found["source"], found["sheet"], found["row"]) == expected
