import csv
import io

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from straitsx_bulk.io.reports.csv_text import (
    GUARDED,
    arrow_text,
    csv_header,
    csv_lines,
    unguard_text,
)

texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["=1+1", "+65", "-", "@x", "\tx", "\rx", "'", "''", 'a"b', "a,b", "a\nb", "", " ", "é,", '"']
)
rows = st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=8)


def write(table: list[tuple[str, ...]]) -> bytes:
    columns = [arrow_text(pd.Series(column, dtype="str")) for column in zip(*table, strict=True)]
    return bytes(csv_lines(columns))


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


@given(rows)
def test_every_text_reads_back_exactly(table: list[tuple[str, ...]]) -> None:
    assert [list(row) for row in table] == [[unguard_text(cell) for cell in line] for line in read(write(table))]


@given(rows)
def test_no_cell_begins_like_a_formula(table: list[tuple[str, ...]]) -> None:
    assert not [
        cell for line in read(write(table)) for cell in line if cell.startswith(tuple(GUARDED.replace("'", "")))
    ]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "'x", "'"])
def test_what_a_spreadsheet_could_run_gets_one_apostrophe(text: str) -> None:
    assert read(write([(text, f"x{text}")])) == [[f"'{text}", f"x{text}"]]


def test_only_what_needs_quotes_is_quoted() -> None:
    assert (
        write([("a b", 'say "x"', "é"), ("a,b", "l\nk", "r\rs")]) == b'a b,"say ""x""",\xc3\xa9\n"a,b","l\nk","r\rs"\n'
    )


def test_a_slice_of_a_column_writes_only_its_own_texts() -> None:
    column = arrow_text(pd.Series(["a,b", "=c", "d", 'e"f'], dtype="str"))
    assert bytes(csv_lines([column[1:3], column[2:4]])) == b'\'=c,d\nd,"e""f"\n'


def test_no_rows_are_no_bytes() -> None:
    empty = pa.array([], pa.large_string())
    assert bytes(csv_lines([empty, empty])) == b""


def test_missing_texts_are_empty() -> None:
    assert arrow_text(pd.Series(["a", None], dtype="str")).to_pylist() == ["a", ""]


def test_a_header_is_guarded_like_any_text() -> None:
    assert csv_header(["=cmd", "a,b"]) == b'\'=cmd,"a,b"\n'
