"""Finds the header row and names the columns."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from straitsx_bulk.schemas.errors import FileError

SEAL_COLUMNS = ("_source", "_sheet", "_row", "_stage", "_errors", "_suggestions", "_check")
"""What our own rejects files carry beside the original columns (contract, Reports)."""
CHECK_COLUMN = "_check"
LISTS_SHEET = "CountryCodes"
"""Hidden in the template, for its dropdowns; without a space, so that formulas need no quotes."""
EXAMPLE_REFERENCE = "EXAMPLE: write over this row, or delete it"
"""The reference of the template's example rows, which are stepped over."""
LOOK_ROWS = 50
"""Title rows and blank rows that may stand above a header."""

GUARDED = "=+-@\t\r'"
"""Beginnings that our CSV reports guard with ``'`` (contract, Reports)."""

KnownHeaders = Callable[[Sequence[str]], int]
_DATA = re.compile(
    r"[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?%?"  # a number
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?"  # a date
    r"|[^@\s]+@[^@\s]+\.[^@\s]+"  # an email address
    r"|[A-Za-z]\d{6,}[A-Za-z]?"  # an identity number
)
_SURELY_DATA = re.compile(
    r"[^@\s]+@[^@\s]+\.[^@\s]+"  # an email address
    r"|[A-Za-z]\d{6,}[A-Za-z]?"  # an NRIC, a FIN, a passport number
    r"|\d{8,9}[A-Za-z]|[TSRtsr]\d{2}[A-Za-z]{2}\d{4}[A-Za-z]"  # a UEN
)
"""What no column is called: one such cell is enough, whatever words stand beside it."""
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class Header:
    """A header row and what it names.

    Attributes:
        row: Its number as a person sees it.
        cells: Its cells, cleaned, in order; ``""`` where a column has no name.
        ours: Whether the file is a rejects file that we wrote.
    """

    row: int
    cells: tuple[str, ...]
    ours: bool

    @property
    def unnamed(self) -> tuple[int, ...]:
        """The 0-based columns without a name."""
        return tuple(place for place, cell in enumerate(self.cells) if not cell)

    def name_columns(self, filled: Sequence[int]) -> tuple[tuple[int, str], ...]:
        """Name the data columns uniquely.

        Args:
            filled: The columns without a name that hold values.

        Returns:
            Place and name; a second ``Name`` is ``Name (2)``, an unnamed column that holds values ``column 7``.
        """
        used: set[str] = set()
        later = set(self.cells)
        named: list[tuple[int, str]] = []
        seals = {place for place, _ in self.find_seals()}
        for place, cell in enumerate(self.cells):
            if place in seals or (not cell and place not in filled):
                continue
            name = _make_unique(cell or f"column {place + 1}", used, later)
            used.add(name)
            named.append((place, name))
        return tuple(named)

    def find_seals(self) -> tuple[tuple[int, str], ...]:
        """Find the columns that only our rejects files have: place and name, each once.

        They stand behind the export's own columns: of two by one name (Elasticsearch's exports have a ``_source``) the
        last is ours.
        """
        if not self.ours:
            return ()
        places = {cell: place for place, cell in enumerate(self.cells)}
        return tuple((places[name], name) for name in SEAL_COLUMNS if name in places)

    @property
    def lost_seals(self) -> tuple[str, ...]:
        """The columns of a rejects file of ours that somebody deleted."""
        return tuple(name for name in SEAL_COLUMNS if self.ours and name not in self.cells)


def describe_rejects(header: Header) -> dict[str, str]:
    """Say of a rejects file of ours, as its origin's details, that it is one and which of its columns are gone."""
    return {"rejects": "ours"} | ({"lost": ", ".join(header.lost_seals)} if header.lost_seals else {})


def _make_unique(name: str, used: set[str], original: set[str]) -> str:
    """Number a name that is used already, stepping over numbers that the file itself has."""
    unique, number = name, 1
    while unique in used or (number > 1 and unique in original):
        number += 1
        unique = f"{name} ({number})"
    return unique


def clean_header(text: str) -> str:
    """Give a header as a person reads it: one line, single spaces, nothing invisible."""
    return " ".join(text.translate(_INVISIBLE).split())


def drop_guard(text: str) -> str:
    """Take away the ``'`` that our CSV reports put before a text that a spreadsheet program would calculate."""
    return text[1:] if text[:1] == "'" and text[1:2] in GUARDED and text[1:] else text


def find_header(
    rows: Sequence[tuple[int, Sequence[str]]],
    source: str,
    given: int | None,
    known: KnownHeaders | None,
    where: str = "",
) -> Header:
    """Find the header among the first rows of a file or sheet.

    The row with the most known names wins, the first of equals; without known names the first row that is about as wide
    as the widest one, so that titles are stepped over.

    Args:
        rows: Row number and cells of the first rows, blank ones included or not.
        source: The file as the user named it, for errors.
        given: The header's row number, if the user said it.
        known: Counts the cells of a row that are known header names.
        where: The sheet, for errors, such as ``"sheet 'Users': "``.

    Raises:
        FileError: There is no header.
    """
    cleaned = [(number, [clean_header(cell) for cell in cells]) for number, cells in rows]
    cleaned = [(number, cells) for number, cells in cleaned if any(cells)]
    if given is not None:
        found = next(((number, cells) for number, cells in cleaned if number == given), None)
        if found is None:
            raise FileError(source, f"{where}row {given}, which should be the header, is empty or not there.")
        if CHECK_COLUMN not in found[1] and _is_data(found[1], known(found[1]) if known else 0):
            raise FileError(
                source, f"{where}row {given}, which should be the header, holds data. Correct `header_row`."
            )
        return _build_header(*found)
    if not cleaned:
        raise FileError(source, f"{where}there is no header and no row.")
    return _build_header(*_choose(cleaned, source, known, where))


def _build_header(number: int, cells: Sequence[str]) -> Header:
    return Header(number, tuple(cells), CHECK_COLUMN in cells)


def _choose(
    rows: Sequence[tuple[int, list[str]]], source: str, known: KnownHeaders | None, where: str
) -> tuple[int, list[str]]:
    ours = next((row for row in rows if CHECK_COLUMN in row[1]), None)
    if ours is not None:
        return ours
    scores = [known(list(dict.fromkeys(filter(None, cells)))) if known else 0 for _, cells in rows]
    best = max(range(len(rows)), key=lambda i: (scores[i], -i))
    if scores[best] >= 2:
        while best + 1 < len(rows) and scores[best + 1] >= 2 and _is_storey_of(rows[best], rows[best + 1]):
            best += 1
        return rows[best]
    widths = [len({cell for cell in cells if cell}) for _, cells in rows]
    wide = next(i for i, width in enumerate(widths) if 2 * width >= max(widths))
    chosen = rows[wide]
    if _is_data(chosen[1], scores[wide]):
        raise FileError(
            source,
            f"{where}there is no header: row {chosen[0]}, the first of full width, holds data. Put names above it.",
        )
    return chosen


def _is_storey_of(upper: tuple[int, list[str]], lower: tuple[int, list[str]]) -> bool:
    """Tell whether a row is the header's lower storey: cells merged over both have the same text in both."""
    same = sum(bool(above) and above == below for above, below in zip(upper[1], lower[1], strict=False))
    return lower[0] == upper[0] + 1 and same >= 2


def _is_data(cells: Sequence[str], names: int) -> bool:
    """Tell whether a row holds data: an id or an address of somebody, or mostly numbers and dates.

    Args:
        cells: The row's.
        names: How many of them are known names of columns: one may be chance (``passport``), two are a header.
    """
    filled = [cell for cell in cells if cell]
    if names < 2 and any(_SURELY_DATA.fullmatch(cell) for cell in filled):
        return True
    return names == 0 and 2 * sum(1 for cell in filled if _DATA.fullmatch(cell)) >= len(filled)
