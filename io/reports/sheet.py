"""A write-only worksheet of text cells: openpyxl's, with its per-cell objects replaced by one that is used again.

openpyxl's write-only mode takes styled cells as one object each, which costs half as much again as bare texts; and it
writes every sheet to a file in the system's temporary folder first, which is no place for personal data. This subclass
gives each cell its style by number and keeps the temporary file in the run's folder. It leans on a few
private names of openpyxl 3.1: ``_sheets``, ``_charts``, ``_writer``, ``_get_writer`` and ``_values_to_row``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.chart._chart import ChartBase
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.bound_dictionary import BoundDictionary
from openpyxl.workbook import Workbook
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import ALL_TEMP_FILES, WorksheetWriter
from openpyxl.worksheet.datavalidation import DataValidationList
from openpyxl.worksheet.dimensions import ColumnDimension, DimensionHolder, RowDimension
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.page import PrintPageSetup
from openpyxl.worksheet.properties import WorksheetProperties

from straitsx_bulk.io.reports.folder import open_private
from straitsx_bulk.io.reports.seals import LONGEST_CELL, carry_text
from straitsx_bulk.io.reports.workbook_styles import PALE_GREY

_UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|_(?=x[0-9A-Fa-f]{4}_)|\A\s(?=\s*\Z)")
"""Characters that XML refuses, text that a reader would take for an escape of one, and the first character of a text
that is white space alone: readers take that for nothing."""
_CHANGED = re.compile(_UNSAFE.pattern + "|[\r\ufffe\uffff]")
"""What carry_text or escape_text would change, but for a text's length."""
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


_LINE = 15.0
"""Height of a line of text, in points."""


def escape_text(text: str) -> str:
    """Write what is unsafe as workbooks do (``_x0001_``), so that readers give back exactly the same text."""
    return _UNSAFE.sub(lambda match: f"_x{ord(match.group()):04X}_", text)


def make_comment_text(text: str) -> str:
    """Name the characters that XML refuses (``U+0001``): comments know no escapes, and one of them spoils the file."""
    return _REFUSED.sub(lambda match: f"U+{ord(match.group()):04X}", text)


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row to write.

    Attributes:
        texts: The cells; numbers are written as numbers, every text as text.
        styles: A style's number for each cell.
        comments: Comments by 0-based column.
        marked: Style by 0-based column, where it differs from ``styles``; such a cell is written even when empty.
    """

    texts: Sequence[str | float]
    styles: Sequence[int]
    comments: Mapping[int, Comment] = field(default_factory=dict)
    marked: Mapping[int, int] = field(default_factory=dict)


class _Cell:
    """What openpyxl's writer asks of a cell."""

    __slots__ = ("_comment", "_value", "coordinate", "data_type", "style_id")
    has_style = True
    hyperlink = None

    coordinate: str
    style_id: int
    data_type: str

    def hold(self, value: str | float, comment: Comment | None) -> None:
        """Hold a value: a text as text, whatever it begins with, and a number as a number."""
        if isinstance(value, str):
            self.data_type = "s"
            plain = len(value) * 2 <= LONGEST_CELL and not _CHANGED.search(value)
            self._value: str | float = value if plain else escape_text(carry_text(value))
        else:
            self.data_type, self._value = "n", value
        self._comment = comment


class TextSheet(WriteOnlyWorksheet):
    """A worksheet that takes TextRow.

    Args:
        workbook: The write-only workbook.
        title: The sheet's name.
        scratch: Its temporary file.
        width: How many columns it has at most.
    """

    column_dimensions: DimensionHolder[str, ColumnDimension]
    row_dimensions: BoundDictionary[int, RowDimension]
    data_validations: DataValidationList
    auto_filter: AutoFilter
    sheet_properties: WorksheetProperties
    page_setup: PrintPageSetup
    print_title_rows: str | None
    _charts: list[ChartBase]
    _writer: WorksheetWriter | None

    def __init__(self, workbook: Workbook, title: str, scratch: Path, width: int) -> None:
        super().__init__(workbook, title)
        self._scratch = scratch
        self._letters = [get_column_letter(number + 1) for number in range(width)]
        self.rows_written = 0
        workbook._sheets.append(self)  # type: ignore[attr-defined] # noqa: SLF001 - create_sheet knows only its own class

    def write(self, row: TextRow, *, lines: int = 1) -> None:
        """Write a row below the last one.

        Args:
            row: The row.
            lines: How many lines its wrapped cells need; not every program makes room for them by itself.
        """
        if lines > 1:
            self.row_dimensions[self.rows_written + 1].height = lines * _LINE
        self.append((row,))
        self.rows_written += 1

    def lay_out(
        self, widths: Sequence[float], colour: str, *, number_format: str = "General", grouped: int = 0
    ) -> None:
        """Set what must be known before the first row is written.

        Args:
            widths: Of the columns, in characters.
            colour: Of the sheet's tab, RGB.
            number_format: Of cells that are still empty.
            grouped: How many columns at the end are grey and can be folded away together.
        """
        self.sheet_properties.tabColor = colour
        self.page_setup.orientation, self.print_title_rows = "landscape", "1:1"
        for number, (letter, width) in enumerate(zip(self._letters, widths, strict=True)):
            dimension = self.column_dimensions[letter]
            dimension.width, dimension.number_format = width, number_format
            if number >= len(widths) - grouped:
                dimension.outlineLevel, dimension.fill = 1, PatternFill("solid", start_color=PALE_GREY)
        self.column_dimensions.max_outline = int(grouped > 0)

    def place_chart(self, chart: ChartBase, anchor: str) -> None:
        """Put a chart on the sheet, its upper left corner at a cell such as ``"B4"``."""
        chart.anchor = anchor
        self._charts.append(chart)

    def _get_writer(self) -> None:
        if self._writer is None:
            open_private(self._scratch).close()
            ALL_TEMP_FILES.append(str(self._scratch))
            self._writer = WorksheetWriter(self, out=str(self._scratch))
            self._writer.write_top()

    def _values_to_row(self, values: tuple[TextRow], row_idx: int) -> Iterator[_Cell]:
        row = values[0]
        cell = _Cell()
        marked, comments = row.marked, row.comments
        for number, (text, style) in enumerate(zip(row.texts, row.styles, strict=True)):
            if text == "" and number not in marked:
                continue
            cell.coordinate = f"{self._letters[number]}{row_idx}"
            cell.style_id = marked.get(number, style)
            cell.hold(text, comments.get(number))
            yield cell
