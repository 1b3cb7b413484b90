"""Which rejects files there will be: one for each layout, a further one past a sheet's row limit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from straitsx_bulk.io.reports.csv_text import TEXT
from straitsx_bulk.io.reports.reject_spool import Place, RejectGroup, read_rows
from straitsx_bulk.io.reports.seals import (
    SEALED_COLUMNS,
    CheckNotes,
    Seal,
    make_check,
    pack_notes,
)

SHEET_ROWS = 1_048_576
"""Rows that a sheet holds, header included; Excel's specification."""


@dataclass(frozen=True, slots=True)
class RejectFile:
    """One layout of rows to mend: one ``rejects.csv`` and one or more workbooks.

    Attributes:
        group: Where the rows are.
        places: Which sources and sheets of the group are in it.
        notes: Date formats by header and added columns, for the ``_check`` cells.
        rejected: Rows of the sheet ``Rejected``.
        gaps: Rows of the sheet ``USD gaps``.
        command: The run's.
    """

    group: RejectGroup
    places: frozenset[Place]
    notes: CheckNotes
    rejected: int
    gaps: int
    command: str

    @property
    def headers(self) -> tuple[str, ...]:
        """The original columns, then the added ones."""
        return (*self.group.headers, *self.group.added_columns)

    def count_workbooks(self, sheet_rows: int) -> int:
        """Count the workbooks that the rows need, given how many rows a sheet holds, header included."""
        most = max(self.rejected, self.gaps)
        return max(1, -(-most // (sheet_rows - 1)))


def plan_files(groups: Sequence[RejectGroup], date_formats: Mapping[str, str], command: str) -> list[RejectFile]:
    """Decide on the files: rows whose date columns were read by different formats never share one.

    Args:
        groups: The rows to mend by headers and mapping.
        date_formats: ``source [sheet] header`` to the format, as the summary has it.
        command: The run's.

    Returns:
        The files, in the order of the input.
    """
    return [file for group in groups for file in _split_group(group, date_formats, command)]


def _split_group(group: RejectGroup, date_formats: Mapping[str, str], command: str) -> Iterator[RejectFile]:
    shares: list[tuple[dict[str, str], list[Place]]] = []
    for place in group.counts:
        formats = _formats_of(group, place, date_formats)
        share = next((share for share in shares if _agree(share[0], formats)), None)
        if share:
            share[0].update(formats)
            share[1].append(place)
        else:
            shares.append((formats, [place]))
    for formats, places in shares or [({}, [])]:
        earlier = (name for place in places for name in group.earlier[place].added)
        added = tuple(dict.fromkeys([*earlier, *group.added_columns]))
        rejected = sum(group.counts[place][0] for place in places)
        gaps = sum(group.counts[place][1] for place in places)
        yield RejectFile(group, frozenset(places), CheckNotes(formats, added), rejected, gaps, command)


def _agree(known: dict[str, str], formats: dict[str, str]) -> bool:
    return all(known.get(header, found) == found for header, found in formats.items())


def _formats_of(group: RejectGroup, place: Place, date_formats: Mapping[str, str]) -> dict[str, str]:
    """Find the formats of a place's columns: of this run, else those that its rows carried from an earlier one.

    A column that could be read in several ways is named without a format; a later reading judges it anew.
    """
    source, sheet = place
    prefix = f"{source} [{sheet}] " if sheet else f"{source} "
    named = {header: date_formats.get(prefix + header, "") for header in group.headers}
    found = {header: text for header, text in named.items() if "%" in text or text == "excel-serial"}
    return {**group.earlier[place].date_formats, **found}


@dataclass(frozen=True, slots=True)
class SheetRows:
    """Some rows of a rejects sheet as they are written.

    Attributes:
        columns: Arrays of large strings: the original cells, the added ones, SEAL_COLUMNS.
        marks: For each row its marks: dicts of ``column``, ``tone`` and ``note``.
    """

    columns: list[pa.Array]
    marks: list[list[dict[str, str]]]


def read_sheet(file: RejectFile, seal: Seal, *, gap: bool) -> Iterator[SheetRows]:
    """Read the rows of a sheet, sealed.

    Args:
        file: The layout.
        seal: The keyed hash of the ``_check`` cells.
        gap: The sheet ``USD gaps``, or ``Rejected``.

    Yields:
        Rows in input order, some thousands at a time.
    """
    for batch in read_rows(file.group, file.places, gap=gap):
        cells = [batch[f"c{number}"] for number in range(len(file.group.headers))]
        sealed = [batch[name] for name in SEALED_COLUMNS]
        empty = [pa.repeat(pa.scalar("", TEXT), len(batch)) for _ in file.group.added_columns]
        checks = pa.array(_checks(file, cells, sealed, seal), TEXT)
        yield SheetRows([*cells, *empty, *sealed, checks], batch["_marks"].to_pylist())


def _checks(file: RejectFile, cells: list[pa.Array], sealed: list[pa.Array], seal: Seal) -> Iterator[str]:
    headers = file.group.headers
    texts = zip(*(column.to_pylist() for column in cells), strict=True)
    packed = pack_notes(file.notes)
    for row, marks in zip(texts, zip(*(column.to_pylist() for column in sealed), strict=True), strict=True):
        yield make_check(zip(headers, row, strict=True), marks, packed, seal)


@dataclass(frozen=True, slots=True)
class WorkbookPart:
    """One workbook of a layout.

    Attributes:
        file: The layout.
        number: Which of the layout's workbooks, from 0.
        sheet_rows: Rows that a sheet holds, header included.
    """

    file: RejectFile
    number: int
    sheet_rows: int

    def pick(self, seal: Seal, *, gap: bool) -> Iterator[SheetRows]:
        """Give this workbook's share of a sheet's rows."""
        first = self.number * (self.sheet_rows - 1)
        last = first + self.sheet_rows - 1
        start = 0
        for rows in read_sheet(self.file, seal, gap=gap):
            low, high = max(first - start, 0), min(last - start, len(rows.marks))
            if low < high:
                yield SheetRows([column[low:high] for column in rows.columns], rows.marks[low:high])
            start += len(rows.marks)
