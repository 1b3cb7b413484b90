"""Delimited text against the csv module: the same cells and row numbers, whichever way a block is read."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readers_help import Reading, read_all, read_plainly

from straitsx_bulk.io.readers import blocks, delimited, text_stream
from straitsx_bulk.schemas.batch import Note
from straitsx_bulk.schemas.errors import FileError

_RELAXED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_CELL = st.text(st.sampled_from(list("ab1 ,;|\t\"'\n\ré中=#-")), max_size=6)


@contextmanager
def _blocks_of(size: int) -> Iterator[None]:
    """Read in blocks of a few bytes, so that records, characters and line ends are cut everywhere."""
    read = text_stream.read_blocks
    assert vars(delimited)["read_blocks"] is read  # loaded before: it would keep what is put in its place here
    with (
        mock.patch.object(text_stream, "read_blocks", lambda path, source: read(path, source, size)),
        mock.patch.object(blocks, "BLOCK_BYTES", size),
    ):
        yield


def _fit(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * width)[:width]


def _expect(rows: list[tuple[int, list[str]]], width: int) -> tuple[list[tuple[int, list[str]]], list[int]]:
    ragged = [number for number, cells in rows if len(cells) < width or any(cell.strip() for cell in cells[width:])]
    return [(number, _fit(cells, width)) for number, cells in rows], ragged


def _ragged(reading: Reading) -> list[int]:
    return [number for number, _, note, _ in reading.notes if note is Note.RAGGED_ROW]


@_RELAXED
@given(
    table=st.lists(st.lists(_CELL, min_size=3, max_size=3), max_size=12),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]),
    batch_rows=st.integers(1, 5),
    block=st.integers(1, 40),
)
def test_any_table_that_the_csv_module_writes_reads_back_exactly(
    tmp_path: Path,
    table: list[list[str]],
    delimiter: str,
    ending: str,
    quoting: int,
    encoding: str,
    batch_rows: int,
    block: int,
) -> None:
    if quoting == csv.QUOTE_MINIMAL:  # Python 3.11 and 3.12 leave line ends bare that are not the writer's own
        table = [[cell.replace("\n", ending).replace("\r", ending) for cell in row] for row in table]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([["name", "id", "country"], *table])
    path = tmp_path / "a.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    with _blocks_of(block):
        reading = read_all(path, delimiter=delimiter, encoding=encoding, batch_rows=batch_rows)
    kept = [(number, row) for number, row in enumerate(table, start=2) if any(cell.strip() for cell in row)]
    assert kept == reading.rows
    assert reading.notes == []


@settings(_RELAXED, max_examples=400)
@given(
    body=st.text(st.sampled_from(list('ab,,,"""\n\n\r ')), max_size=60),
    block=st.integers(1, 80),
    batch_rows=st.integers(1, 4),
)
def test_any_text_reads_as_the_csv_module_reads_it(tmp_path: Path, body: str, block: int, batch_rows: int) -> None:
    text = "name,id,x\n" + body
    runaway = _has_runaway(text, 3)
    unclosed = _is_unclosed(text) or runaway
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    with _blocks_of(block):
        if unclosed:
            with pytest.raises(FileError, match="never ends|runs over" if runaway else "never ends"):
                read_all(path, delimiter=",", batch_rows=batch_rows)
            return
        reading = read_all(path, delimiter=",", batch_rows=batch_rows)
    rows, ragged = _expect(read_plainly(text), 3)
    assert rows == reading.rows
    assert ragged == _ragged(reading)


def _has_runaway(text: str, width: int) -> bool:
    """Tell whether a row of full width runs over several lines and does not keep the rules of quoting."""
    lines = list(io.StringIO(text, newline=""))
    reader, start = csv.reader(iter(lines)), 0
    for number, cells in enumerate(reader, start=1):
        raw, several, start = lines[start : reader.line_num], reader.line_num - start > 1, reader.line_num
        even = len(cells) >= width and not any(cell.strip() for cell in cells[width:])
        if number > 1 and several and even and not _keeps_rules(raw):
            return True
    return False


def _keeps_rules(lines: list[str]) -> bool:
    text = re.sub(r'"[ \t]+(?=,|\s*\Z)', '"', "".join(lines))  # blanks behind a closing quote are no fault
    try:
        return bool(list(csv.reader(io.StringIO(text, newline=""), strict=True)))
    except csv.Error:
        return False


def _is_unclosed(text: str) -> bool:
    """Tell whether a last quote stays open: a line put behind the text is then swallowed."""
    return list(csv.reader(io.StringIO(text.rstrip("\r\n") + "\nEND\n", newline="")))[-1] != ["END"]
