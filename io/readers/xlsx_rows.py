"""Goes through the XML of a sheet as a stream, for what its values alone do not show."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from straitsx_bulk.io.readers.number_formats import Show
from straitsx_bulk.io.readers.row_details import UNCALCULATED, RowDetails
from straitsx_bulk.io.readers.xml_parts import parse_stream


def _column_number(letters: str) -> int:
    """Turn ``A`` into 1, ``AA`` into 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@dataclass(slots=True)
class _RowParser:
    """Collects what is noteworthy while expat goes through a sheet."""

    shows: Mapping[int, Show]
    no_values: Collection[str]
    done: list[RowDetails] = field(default_factory=list)
    row: int = 0
    column: int = -1
    hidden: bool = False
    in_error: bool = False
    in_value: bool = False
    is_number: bool = False
    has_formula: bool = False
    value: str = ""
    errors: dict[int, str] = field(default_factory=dict)
    shown: dict[int, Show] = field(default_factory=dict)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self.in_value = self.in_error or self.has_formula
        elif name == "f":
            self.has_formula, self.value = self.is_number, ""
        elif name == "row":
            above, self.row = self.row, int(attributes.get("r", self.row + 1))
            if self.row <= above:
                raise ValueError("a row stands above one with a smaller number")
            self.column = -1
            self.hidden = attributes.get("hidden") in {"1", "true"}

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r", "")
        letters = place.rstrip("0123456789")
        if place and place[len(letters) :] != str(self.row):  # calamine would follow the cell, we the row
            raise ValueError("a cell names another row than it stands in")
        self.column = _column_number(letters) - 1 if letters else self.column + 1
        kind = attributes.get("t", "n")
        self.in_error, self.is_number, self.has_formula = kind == "e", kind == "n", False
        if self.in_error:
            self.errors[self.column] = ""
        show = self.shows.get(int(attributes.get("s", "-1"))) if kind == "n" else None
        if show is not None:
            self.shown[self.column] = show

    def text(self, data: str) -> None:
        if not self.in_value:
            return
        if self.in_error:
            self.errors[self.column] += data
        else:
            self.value += data

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "v":
            self.in_value = False
        elif name == "c":
            if self.has_formula and self.value.strip() in self.no_values:
                self.errors[self.column] = UNCALCULATED
        elif name == "row" and (self.hidden or self.errors or self.shown):
            self.done.append(RowDetails(self.row, self.hidden, self.errors, self.shown))
            self.errors, self.shown = {}, {}


def parse_rows(
    blocks: Iterator[bytes], shows: Mapping[int, Show], *, recalculates: bool = False
) -> Iterator[RowDetails]:
    """Give the rows of a sheet that have something to say, in order.

    Args:
        blocks: The sheet's XML.
        shows: Cell style to the function that shows its numbers.
        recalculates: Whether the workbook is to be calculated when it is opened: then a 0 behind a formula is what
            programs write that do not calculate.

    Raises:
        expat.ExpatError: It is no XML.
        ValueError: It declares entities, or a number in it is none.
    """
    collector = _RowParser(shows, ("", "0", "0.0") if recalculates else ("",))
    for _ in parse_stream(blocks, collector.start, collector.end, collector.text):
        yield from collector.done
        collector.done = []


def measure_cells(blocks: Iterator[bytes]) -> tuple[int, int]:
    """Measure how many rows and columns the cells with values stretch over; mere formatting does not count.

    Raises:
        expat.ExpatError: It is no XML.
        ValueError: It declares entities, or a number in it is none.
    """
    measure = _Measure()
    for _ in parse_stream(blocks, measure.start):
        pass
    return measure.rows, measure.columns


@dataclass(slots=True)
class _Measure:
    """Notes the farthest cell with a value while expat goes through a sheet."""

    rows: int = 0
    columns: int = 0
    place: str = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self.place = attributes.get("r", "")
        elif name in {"v", "is"} and self.place:
            letters = self.place.rstrip("0123456789")
            self.columns = max(self.columns, _column_number(letters.upper()))
            self.rows = max(self.rows, int(self.place[len(letters) :] or 0))
