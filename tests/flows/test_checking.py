"""The check in one pass: dates that only later rows tell, and a run that is to end."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from machines_checking import check_in_order, look_at, tell

from straitsx_bulk.flows.check import opening
from straitsx_bulk.schemas.errors import MappingError, UsageError

HEADER = "customerName,registrationType,registrationId,dateOfBirth"
LATE = ["01/02/1990", "03/04/1991", "1990-01-21", "13/02/1990", "02/03/1992"]
CONTRADICTED = ["13/02/1990", "01/02/1990", "02/13/1990", "", "03/04/1991"]
STEADY = ["13/02/1990", "01/02/1990", "14-02-1990", "31/04/1990", "03/04/1991"]
ISO = ["1990-01-21", "", "1991-02-22", "n/a", "1992-03-23"]


IDS = [1234567, 2234567, 3234567, 1234567, 5234567]
READ_LATE = ["1990-02-01", "1991-04-03", "1990-01-21", "1990-02-13", "1992-03-02"]


def _write(folder: Path, dates: list[str]) -> Path:
    export = folder / "users.csv"
    rows = zip("ABCDE", IDS, dates, strict=True)
    export.write_text("\n".join([HEADER, *(f"Tan {name},personal,E{number},{day}" for name, number, day in rows), ""]))
    return export


def _check(folder: Path, dates: list[str], rows: int, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Check an export in batches of some rows; give all but what stands by batch."""
    monkeypatch.setattr(opening, "BATCH_ROWS", rows)
    checked = check_in_order(look_at(folder, [_write(folder, dates)]), folder / f"spool-{rows}")
    births = [day for _, batch in checked.batches() for day in batch.values["dateOfBirth"].tolist()]
    return [*tell(checked)[:6], births, checked.spool.rows]


@pytest.mark.parametrize("dates", [LATE, CONTRADICTED, STEADY, ISO])
def test_dates_are_read_as_the_whole_column_tells_whatever_the_batches(
    tmp_path: Path, dates: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _check(tmp_path, dates, 100, monkeypatch)
    assert whole == _check(tmp_path, dates, 1, monkeypatch)
    assert whole == _check(tmp_path, dates, 2, monkeypatch)


def test_a_late_order_reads_the_rows_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, births, rows = _check(tmp_path, LATE, 1, monkeypatch)
    assert births == READ_LATE
    assert rows == len(READ_LATE)


def test_rows_checked_before_a_run_is_stopped_are_read_by_the_whole_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BATCH_ROWS", 1)
    exports = look_at(tmp_path, [_write(tmp_path, LATE)])
    stop = exports.job.stop
    job = replace(exports.job, tell=lambda _what, _done, _total: stop.plan("limit"))
    checked = check_in_order(replace(exports, job=job), tmp_path / "spool")
    births = [day for _, batch in checked.batches() for day in batch.values["dateOfBirth"].tolist()]
    assert births
    assert READ_LATE[: len(births)] == births


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_an_export_that_is_replaced_after_the_look_is_an_error(tmp_path: Path, suffix: str) -> None:
    export = tmp_path / f"users.{suffix}"
    _write_people(export, 2)
    exports = look_at(tmp_path, [export])
    _write_people(export, 50)
    with pytest.raises(UsageError, match=rf"users\.{suffix}: it changed while it was read"):
        check_in_order(exports, tmp_path / "spool")


def _write_people(export: Path, count: int) -> None:
    """Write an export as text or as a workbook."""
    rows = [("Made Up", "personal", f"E{number:07d}") for number in range(count)]
    table = pd.DataFrame(rows, columns=["customerName", "registrationType", "registrationId"])
    if export.suffix == ".csv":
        table.to_csv(export, index=False)
    else:
        table.to_excel(export, index=False)


def test_day_numbers_of_a_workbook_that_counts_from_1904_are_refused(tmp_path: Path) -> None:
    export = tmp_path / "users.xlsx"
    with xlsxwriter.Workbook(export, {"date_1904": True}) as book:
        sheet = book.add_worksheet("Users")
        sheet.write_row(0, 0, ["customerName", "registrationType", "registrationId", "Born"])
        sheet.write_row(1, 0, ["Made Up", "personal", "E1234567", 31548])
    export.with_name("users.mapping.yaml").write_text(
        "version: 1\ncolumns:\n  dateOfBirth: {from: Born, format: excel-serial}\n", encoding="utf-8"
    )
    with pytest.raises(MappingError, match=r"users\.xlsx, sheet Users: the workbook counts days from 1904.*Born would"):
        look_at(tmp_path, [export])
