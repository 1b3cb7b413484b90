"""Looks into an .ods for what calamine does not give: shown text, error cells, hidden rows, formulas without a value.

An OpenDocument cell holds its value and, in ``text:p``, what it shows (OpenDocument 1.3, part 3, 9.1). Names are taken
with the prefixes that calamine knows too: what both do not see in the same way would end up in another row.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from straitsx_bulk.io.readers.row_details import MOST_MERGED, UNCALCULATED, Merged, RowDetails, refuse_vast
from straitsx_bulk.io.readers.xml_parts import explain_parts, parse_stream, read_part

_CONTENT = "content.xml"
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_ROWS_SPANNED, _COLUMNS_SPANNED = "table:number-rows-spanned", "table:number-columns-spanned"
_NUMBERS = frozenset({"float", "percentage", "currency"})
_HIDDEN = frozenset({"collapse", "filter"})
_GROUPED = re.compile(r"[-+(]?[^\w\s-]?\s?\d[\d.,'\s]*\)?[^\w\s%]?")
_MOST_HIDDEN = 1_048_576
_SIGNS = {"text:s": " ", "text:tab": "\t", "text:line-break": "\n"}
"""Characters that stand in a paragraph as elements; calamine knows the first of them only."""
_MOST_SPACES = 1024


class OdsPackage:
    """An .ods file's content.

    Args:
        archive: The opened file, already found harmless.
        source: The file as the user named it, for errors.

    Raises:
        FileError: It is damaged, or a sheet of it stretches over more cells than memory holds.
    """

    def __init__(self, archive: zipfile.ZipFile, source: str) -> None:
        self._archive = archive
        self._source = source
        collector = _Collector(None)
        self._telling = sum(1 for _ in self._parse(collector)) > 0  # to the end: calamine loads all sheets at once
        self._merged = collector.merged
        self.counts_from_1904 = collector.counts_from_1904
        refuse_vast(collector.filled_rows, collector.filled_columns, source)

    def survey_sheet(self, sheet: str) -> bool:  # noqa: ARG002 - all sheets were measured when the file was opened
        """See whether the workbook has anything to tell, as ``Package`` says."""
        return self._telling

    def list_merged(self, sheet: str) -> Sequence[Merged]:
        """List the merged ranges of a sheet, as ``Package`` says."""
        return self._merged[sheet]

    def read_details(self, sheet: str) -> Iterator[RowDetails]:
        """Give the rows that have something to say, as ``Package`` says."""
        return self._parse(_Collector(sheet))

    def _parse(self, collector: "_Collector") -> Iterator[RowDetails]:
        with explain_parts(self._source):
            blocks = read_part(self._archive, _CONTENT)
            for _ in parse_stream(blocks, collector.start, collector.end, collector.text):
                yield from collector.take()
            yield from collector.take()


@dataclass(slots=True)
class _Collector:
    """Collects what is noteworthy of a sheet, or of all, while expat goes through the content."""

    sheet: str | None
    filled_rows: int = 0
    filled_columns: int = 0
    counts_from_1904: bool = False
    merged: defaultdict[str, list[Merged]] = field(default_factory=lambda: defaultdict(list))
    _name: str = ""
    _done: list[RowDetails] = field(default_factory=list)
    _inside: bool = False
    _row: int = 0
    _column: int = 0
    _repeat_row: int = 1
    _repeat_cell: int = 1
    _hidden: bool = False
    _filled: bool = False
    _kind: str = ""
    _error: bool = False
    _uncalculated: bool = False
    _shown: str = ""
    _paragraph: bool = False
    _paragraphs: int = 0
    _hanging: int = 0
    _odd: bool = False
    _errors: dict[int, str] = field(default_factory=dict)
    _texts: dict[int, str] = field(default_factory=dict)

    def take(self) -> list[RowDetails]:
        """Give what has been collected since the last call."""
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self._name = attributes.get("table:name", "")
            self._inside = self.sheet is None or self._name == self.sheet
            self._row = 0
        elif tag == "table:null-date":
            self.counts_from_1904 = attributes.get("table:date-value", "").startswith("1904")
        elif not self._inside:
            return
        elif tag == "table:table-row":
            self._repeat_row = _count(attributes.get("table:number-rows-repeated", ""))
            self._hidden = attributes.get("table:visibility") in _HIDDEN
            self._column, self._filled = 0, False
        elif tag in _CELLS:
            self._start_cell(attributes)
        elif self._kind or self._uncalculated:
            self._start_inside(tag, attributes)

    def _start_inside(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a cell's own text, not that of what hangs on it: a comment, a picture, a text box."""
        if not tag.startswith("text:"):
            self._hanging += 1
            self._odd = True
        elif self._hanging:
            return
        elif tag == "text:p":
            self._uncalculated = False  # LibreOffice writes a formula that came to no text like this, without a type
            self._shown += "\n" if self._kind == "string" and self._paragraphs else ""
            self._paragraphs += 1
            self._paragraph = True
        elif tag in _SIGNS:
            self._shown += _SIGNS[tag] * min(_count(attributes.get("text:c", "")), _MOST_SPACES)
            self._odd = self._odd or tag != "text:s"

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._repeat_cell = _count(attributes.get("table:number-columns-repeated", ""))
        self._error = any(key.endswith(":value-type") and value == "error" for key, value in attributes.items())
        self._kind = attributes.get("office:value-type", "")
        self._uncalculated = not self._kind and "table:formula" in attributes
        self._shown, self._paragraphs, self._hanging, self._odd = "", 0, 0, False
        if _ROWS_SPANNED in attributes or _COLUMNS_SPANNED in attributes:
            self._add_merged(attributes)

    def _add_merged(self, attributes: dict[str, str]) -> None:
        rows, columns = (_count(attributes.get(name, "")) for name in (_ROWS_SPANNED, _COLUMNS_SPANNED))
        merged = self.merged[self._name]
        if rows * columns > 1 and len(merged) < MOST_MERGED:
            merged.append(((self._row, self._column), (self._row + rows - 1, self._column + columns - 1)))

    def text(self, data: str) -> None:
        if self._paragraph and not self._hanging:
            self._shown += data

    def end(self, tag: str) -> None:
        if not self._inside:
            return
        if tag in _CELLS:
            self._end_cell()
        elif tag == "table:table-row":
            self._end_row()
        elif (self._kind or self._uncalculated) and not tag.startswith("text:"):
            self._hanging -= 1
        elif tag == "text:p" and not self._hanging:
            self._paragraph = False

    def _end_cell(self) -> None:
        column, self._column = self._column, self._column + self._repeat_cell
        if self._uncalculated:
            self._error, self._shown = True, UNCALCULATED
        elif not self._kind:
            return
        self._filled = True
        self.filled_columns = max(self.filled_columns, self._column)
        target = self._errors if self._error else self._texts
        if self._error or _is_telling(self._kind, self._shown) or (self._odd and self._kind == "string"):
            target.update(dict.fromkeys(range(column, min(self._column, column + 1024)), self._shown))
        self._kind, self._paragraph = "", False

    def _end_row(self) -> None:
        first, self._row = self._row + 1, self._row + self._repeat_row
        if self._filled:
            self.filled_rows = max(self.filled_rows, self._row)
            if self._hidden or self._errors or self._texts:
                last = min(self._row, first + _MOST_HIDDEN)
                made = (RowDetails(r, self._hidden, self._errors, texts=self._texts) for r in range(first, last + 1))
                self._done.extend(made)
        self._errors, self._texts = {}, {}


def _is_telling(kind: str, shown: str) -> bool:
    """Tell whether a number's shown text says more than its value: leading zeros, characters in between, per cent."""
    if kind == "time":
        return bool(shown)
    if kind not in _NUMBERS or not shown:
        return False
    if kind == "percentage" or not _GROUPED.fullmatch(shown):
        return kind != "currency"
    return shown[0] == "0" and shown[1:2].isdigit()


def _count(text: str) -> int:
    return min(max(int(text), 1), _MOST_HIDDEN) if text.isdigit() else 1
