"""Checked rows come back from the spool exactly as they went in, and nobody else can read them meanwhile."""

import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.check import Checker, CheckSettings
from straitsx_bulk.schemas.checked import CheckedBatch, take_rows
from straitsx_bulk.schemas.mapping import lay_out

HEADERS = ("customerName", "registrationType", "registrationId", "nationality", "segment")
ROWS: list[tuple[str, ...]] = [
    ("Tan Mei Ling", "personal", "S8012345F", "Singaporean", "retail"),
    ("O'Brien", "personal", "PA7412589", "", ""),
    ("", "personal", "E1234567", "Korea", "priority"),
    ("Lion City Pte Ltd", "business", "201912345R", "", "retail"),
]


def make_checked(rows: list[tuple[str, ...]] = ROWS, seals: bool = False) -> CheckedBatch:
    cells = pd.DataFrame(rows, columns=list(HEADERS), dtype="str")
    origin = Origin("users.csv", "", HEADERS, 1, "csv", {"encoding": "utf-8"})
    layout = replace(
        lay_out(None, HEADERS, source="users.csv", registration_type=None, command="import"), keep=("segment",)
    )
    returned = pd.DataFrame({"_check": [f"v1:{n}" for n in range(len(rows))]}, dtype="str") if seals else None
    batch = Batch(origin, np.arange(2, len(rows) + 2), cells, (), returned)
    return Checker(layout, CheckSettings("import", "auto", "safe", date(2026, 11, 22))).check(batch)


def assert_same(expected: CheckedBatch, actual: CheckedBatch) -> None:
    assert expected.batch.origin == actual.batch.origin
    assert expected.batch.rows.tolist() == actual.batch.rows.tolist()
    for name in ("values", "facts", "findings", "keep"):
        pd.testing.assert_frame_equal(getattr(expected, name), getattr(actual, name))
    for name in ("accepted", "full_would_pass", "mended"):
        assert getattr(expected, name).tolist() == getattr(actual, name).tolist()
    pd.testing.assert_frame_equal(expected.batch.cells, actual.batch.cells)
    assert expected.headers == actual.headers


@pytest.mark.parametrize("seals", [False, True])
def test_batches_come_back_as_they_were(tmp_path: Path, seals: bool) -> None:
    checked = make_checked(seals=seals)
    spool = Spool(tmp_path / "spool")
    spool.write(checked)
    spool.write(checked)
    back = [batch for _, batch in spool]
    assert len(back) == 2
    for batch in back:
        assert_same(checked, batch)
    if seals:
        assert checked.batch.seals is not None
        assert back[0].batch.seals is not None
        pd.testing.assert_frame_equal(checked.batch.seals, back[0].batch.seals)


def test_batches_know_where_they_stand_in_the_run(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.write(make_checked())
    spool.write(make_checked(ROWS[:1]))
    assert [(entry.first, entry.rows) for entry in spool.batches] == [(0, 4), (4, 1)]
    assert spool.rows == 5


def test_nobody_else_can_read_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.write(make_checked())
    spool.seal({})
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "spool").iterdir()}
    assert modes == {0o600}


def test_another_process_takes_up_what_was_sealed(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.write(make_checked())
    spool.seal({"notices": ["a notice"]})
    later = Spool(tmp_path / "spool")
    assert later.unseal() == {"notices": ["a notice"]}
    assert_same(make_checked(), later.read(later.batches[0]))


def test_a_spool_that_was_not_sealed_was_not_checked_to_its_end(tmp_path: Path) -> None:
    Spool(tmp_path / "spool").write(make_checked())
    assert Spool(tmp_path / "spool").unseal() is None


def test_a_failed_write_comes_up(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    (tmp_path / "spool").rmdir()
    spool.write(make_checked())
    with pytest.raises(OSError, match="No such file"):
        spool.flush()


def test_cut_rows_count_their_positions_anew() -> None:
    checked = make_checked()
    part = take_rows(checked, 2, 4)
    assert part.batch.rows.tolist() == [4, 5]
    assert checked.values["registrationId"].tolist()[2:] == part.values["registrationId"].tolist()
    wanted = checked.findings[checked.findings["position"] >= 2]
    assert [position - 2 for position in wanted["position"]] == part.findings["position"].tolist()


def test_batches_that_are_cut_off_make_room_for_others(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    for rows in (ROWS[:1], ROWS[:3], ROWS[:2]):
        spool.write(make_checked(rows))
    spool.cut(1)
    assert [path.name for path in sorted(spool.folder.glob("rows-*"))] == ["rows-000001.arrow"]
    spool.write(make_checked(ROWS))
    assert [(entry.number, entry.first, entry.rows) for entry in spool.batches] == [(1, 0, 1), (2, 1, 4)]
    assert_same(make_checked(ROWS), spool.read(spool.batches[1]))


def test_columns_without_a_text_take_no_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.write(make_checked(ROWS[:1]))
    spool.flush()
    assert "value:tradingName" not in spool.read_table("rows-000001").column_names
    assert spool.read(spool.batches[0]).values["tradingName"].tolist() == [""]
