"""rejects.xlsx: the rows to mend, for people who work in a spreadsheet; streamed, in flat memory."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from straitsx_bulk.io.reports.dropdowns import MEND_SHEET, make_dropdowns
from straitsx_bulk.io.reports.folder import write_whole
from straitsx_bulk.io.reports.marks import TONES
from straitsx_bulk.io.reports.reject_plan import SheetRows, WorkbookPart
from straitsx_bulk.io.reports.seals import LONGEST_CELL, SEAL_COLUMNS, SEALED_COLUMNS, Seal, codes_in
from straitsx_bulk.io.reports.sheet import TextRow, TextSheet, make_comment_text
from straitsx_bulk.io.reports.workbook_guide import write_guide, write_reasons
from straitsx_bulk.io.reports.workbook_styles import TEXT_FORMAT, Styles, make_styles
from straitsx_bulk.schemas.countries import ALPHA2

MOST_COMMENTS = 5_000
"""Cells with a comment in one workbook; openpyxl keeps them in memory, and Excel grows slow (contract, Reports)."""

REJECTED, USD_GAPS, REASONS = "Rejected", "USD gaps", "Reasons"
_AUTHOR = "straitsx-bulk"
_WIDTHS = {"_source": 18, "_sheet": 12, "_row": 8, "_stage": 10, "_errors": 48, "_suggestions": 32, "_check": 12}
_SAMPLE = 200
"""Rows whose texts decide how wide a column is."""
_NARROWEST, _WIDEST = 9, 40

Progress = Callable[[int], None]
"""Is told of rows written since it was told last."""


@dataclass(slots=True)
class _Tally:
    """What is counted while rows are written."""

    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    comments: int = 0
    cut: int = 0


def write_workbook(path: Path, part: WorkbookPart, seal: Seal, progress: Progress) -> Path:
    """Write one workbook.

    Args:
        path: Where to; its temporary files stand beside it while it is written.
        part: What to write.
        seal: The keyed hash of the ``_check`` cells.
        progress: Is told of the rows written.

    Returns:
        The path.
    """
    workbook = Workbook(write_only=True)
    width = len(part.file.headers) + len(SEAL_COLUMNS)
    titles = {REJECTED: width, USD_GAPS: width, REASONS: 5, MEND_SHEET: 5}
    scratch = [path.with_name(f".{path.name}.{number}.part") for number in range(len(titles))]
    try:
        sheets = {t: TextSheet(workbook, t, s, w) for (t, w), s in zip(titles.items(), scratch, strict=True)}
        writer = _RowSheets(part, make_styles(workbook), progress)
        writer.fill(sheets[REJECTED], part.pick(seal, gap=False))
        writer.fill(sheets[USD_GAPS], part.pick(seal, gap=True))
        write_reasons(sheets[REASONS], writer.styles, writer.tally.reasons)
        write_guide(sheets[MEND_SHEET], writer.styles, part.file, writer.tally.cut)
        with write_whole(path) as out:
            workbook.save(out)
    finally:
        for temporary in scratch:
            temporary.unlink(missing_ok=True)
    return path


class _RowSheets:
    """Writes the two sheets of rows.

    Args:
        part: What to write.
        styles: The workbook's styles.
        progress: Is told of the rows written.
    """

    def __init__(self, part: WorkbookPart, styles: Styles, progress: Progress) -> None:
        self.styles, self.tally = styles, _Tally()
        self._progress = progress
        self._file = part.file
        self._columns = (*part.file.headers, *SEAL_COLUMNS)
        self._numbers = {header: number for number, header in reversed(list(enumerate(self._columns)))}
        own = len(part.file.headers)
        self._row_styles = [styles.text] * own + [styles.grey] * len(SEALED_COLUMNS) + [styles.seal]
        self._row_number, self._errors = own + SEAL_COLUMNS.index("_row"), own + SEAL_COLUMNS.index("_errors")

    def fill(self, sheet: TextSheet, parts: Iterator[SheetRows]) -> None:
        """Write a sheet's header, rows, filter and dropdowns."""
        first = next(parts, None)
        self._set_columns(sheet, first)
        self._write_header(sheet)
        for rows in [first] if first else []:
            self._write_rows(sheet, rows)
        for rows in parts:
            self._write_rows(sheet, rows)
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._columns))}{sheet.rows_written}"
        for dropdown in make_dropdowns(self._file.headers, self._file.group.mapped, sheet.rows_written, len(ALPHA2)):
            sheet.data_validations.append(dropdown)

    def _set_columns(self, sheet: TextSheet, rows: SheetRows | None) -> None:
        samples = [column[:_SAMPLE].to_pylist() for column in rows.columns] if rows else [[] for _ in self._columns]
        widths = [_fit_width(header, sample) for header, sample in zip(self._columns, samples, strict=True)]
        colour = "C00000" if sheet.title == REJECTED else "BF8F00"
        sheet.lay_out(widths, colour, number_format=TEXT_FORMAT, grouped=len(SEAL_COLUMNS))
        sheet.freeze_panes = "A2"

    def _write_header(self, sheet: TextSheet) -> None:
        styles = self.styles
        original, added = len(self._file.group.headers), len(self._file.group.added_columns)
        kinds = [styles.header] * original + [styles.added_header] * added + [styles.grey_header] * len(SEAL_COLUMNS)
        sheet.write(TextRow(self._columns, kinds))

    def _write_rows(self, sheet: TextSheet, rows: SheetRows) -> None:
        columns = [column.to_pylist() for column in rows.columns]
        for row, marks in zip(zip(*columns, strict=True), rows.marks, strict=True):
            self.tally.reasons.update((sheet.title, code) for code in codes_in(row[self._errors]))
            self.tally.cut += any(len(text) > LONGEST_CELL for text in row)
            sheet.write(self._style_row(list(row), marks))
        self._progress(len(rows.marks))

    def _style_row(self, texts: list[str | int], marks: list[dict[str, str]]) -> TextRow:
        number = texts[self._row_number]
        if isinstance(number, str) and number.isdecimal():
            texts[self._row_number] = int(number)
        notes: dict[int, list[str]] = {}
        marked: dict[int, int] = {}
        for mark in sorted(marks, key=lambda m: TONES.index(m["tone"])):
            column = self._numbers[mark["column"]]
            marked.setdefault(column, self.styles.tones[mark["tone"]])
            notes.setdefault(column, []).append(mark["note"])
        comments = dict(islice(self._comment_on(notes), max(MOST_COMMENTS - self.tally.comments, 0)))
        self.tally.comments += len(comments)
        return TextRow(texts, self._row_styles, comments, marked)

    @staticmethod
    def _comment_on(notes: dict[int, list[str]]) -> Iterator[tuple[int, Comment]]:
        for column, sentences in notes.items():
            text = make_comment_text("\n\n".join(dict.fromkeys(sentences)))
            yield column, Comment(text, _AUTHOR, height=40 + 18 * (1 + len(text) // 42 + text.count("\n")), width=320)


def _fit_width(header: str, sample: list[str]) -> int:
    if header in _WIDTHS:
        return _WIDTHS[header]
    longest = max((len(text) for text in sample), default=0)
    return min(max(longest + 2, len(header) + 4, _NARROWEST), _WIDEST)
