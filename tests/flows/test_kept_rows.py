"""What a duplicate repeats is named with its place and its differences, however many rows are read at a time."""

from pathlib import Path

import pandas as pd
import pytest
from check_help import PERSON, check_rows

from straitsx_bulk.flows.check import kept_rows
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.io.spool import Spool, SpooledBatch
from straitsx_bulk.schemas.keys import KeyIndex

HALF, ROWS = 3, 5


def person(batch: int, row: int) -> dict[str, str]:
    """Rows of a batch; in the later half, all but the first repeat a row of the first half, some with a difference."""
    repeated = batch >= HALF and row
    number = (batch - HALF) * ROWS + row if repeated else batch * ROWS + row
    street = f"{batch} Made Up Street" if repeated and row % 2 else "1 Made Up Street"
    return PERSON | {"registrationId": f"E{number:07d}", "address.street": street}


def spool_rows(folder: Path) -> CheckedRun:
    spool, keys = Spool(folder), KeyIndex()
    for batch in range(2 * HALF):
        checked = check_rows([person(batch, row) for row in range(ROWS)])
        spool.write(checked)
        keys.add(checked)
    return CheckedRun(spool, keys.resolve())


def tell_details(checked: CheckedRun) -> list[list[str]]:
    return [batch.findings.query("code == 'duplicate'")["detail"].tolist() for _, batch in checked.batches()]


@pytest.mark.parametrize("most", [1, 3, 7, kept_rows.MOST_ROWS])
def test_details_are_the_same_however_many_rows_are_read_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(kept_rows, "MOST_ROWS", most)
    odd = "users.csv, row {}; other there: address.street"
    even = "users.csv, row {}"
    repeating = [odd.format(3), even.format(4), odd.format(5), even.format(6)]
    assert tell_details(spool_rows(tmp_path)) == [[]] * HALF + [repeating] * HALF


def test_many_duplicates_are_read_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    once = Spool.read_values

    def read_values(spool: Spool, entry: SpooledBatch) -> pd.DataFrame:
        read.append(entry.first)
        return once(spool, entry)

    monkeypatch.setattr(Spool, "read_values", read_values)
    tell_details(spool_rows(tmp_path))
    assert read == [ROWS * batch for batch in range(HALF)]
