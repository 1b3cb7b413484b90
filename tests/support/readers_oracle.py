"""Second opinions on what a reader gave: the csv module on text, openpyxl on .xlsx, calamine alone on the rest.

Damage must never change a cell in silence. What a damaged file still says is therefore read a second time, by code that
shares nothing with ours, and compared cell by cell.
"""

import csv
import datetime
import gzip
import html
import io
import math
import re
import warnings
import zipfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import openpyxl
from python_calamine import CalamineError, CalamineWorkbook
from readers_help import Reading

from straitsx_bulk.schemas.batch import Note

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_C1 = dict.fromkeys(range(128, 160), "\ufffd")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_MARKS = {"utf-8-sig": 3, "utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
_TYPES = frozenset({"n", "s", "b", "e", "d", "f", "str", "inlineStr"})
"""Of cells that openpyxl understands; it leaves others empty, where calamine still reads their text."""
_TWO_CONTENTS = re.compile(rb"</(?:v|is)>(?:(?!</c>).)*?<(?:v|is)>|</t>(?:(?!</r>|</si>|</is>).)*?<t[ >]", re.DOTALL)
"""A cell with two values, or a run of a rich text with two texts, has no right reading."""
Row = tuple[int, list[str]]


def find_changed_cells(path: Path, reading: Reading) -> list[str]:
    """Compare a reading with a second opinion.

    Args:
        path: The file that was read.
        reading: What our reader gave.

    Returns:
        What differs, for people; empty where both agree or nobody else reads the file.
    """
    kind = reading.origins[0].format
    if kind == "csv":
        return list(_compare_text(path, reading))
    return list(_compare_xlsx(path, reading) if kind == "xlsx" else _compare_calamine(path, reading))


def _compare_text(path: Path, reading: Reading) -> Iterator[str]:
    (origin,) = reading.origins
    if "rejects" in origin.detected:
        return
    records = _read_text(path, origin.detected)
    header = [_clean(cell) for cell in records[origin.header_row - 1]]
    below = list(enumerate(records[origin.header_row :], start=origin.header_row + 1))
    filled = {i for _, cells in below for i, cell in enumerate(cells[: len(header)]) if cell.strip()}
    places = [i for i, name in enumerate(header) if name or i in filled]
    needed = max((i for i, name in enumerate(header) if name), default=-1) + 1
    rows, notes, doubtful = [], [], origin.detected["encoding_confidence"] == "low"
    for number, cells in below:
        surplus = any(cell.strip() for cell in cells[len(header) :])
        fitted = [cells[i] if i < len(cells) else "" for i in places]
        if any(cell.strip() for cell in fitted) or surplus:
            fitted = [_BEYOND_ASCII.sub("\ufffd", cell) for cell in fitted] if doubtful else fitted
            rows.append((number, fitted))
            notes += [(number, Note.RAGGED_ROW)] if surplus or len(cells) < needed else []
            notes += [(number, Note.UNDECODABLE) for cell in fitted if "\ufffd" in cell]
    yield from _list_differences(rows, reading.rows)
    if sorted(notes) != sorted((number, note) for number, _, note, _ in reading.notes):
        yield f"notes: {notes} expected, {reading.notes} given"


def _read_text(path: Path, detected: dict[str, str]) -> list[list[str]]:
    content = path.read_bytes()
    content = gzip.decompress(content) if detected.get("packed") else content
    name = detected["encoding"]
    skipped = _MARKS.get(name, 0) if detected["encoding_confidence"] == "certain" else 0
    text = content[skipped:].decode(name, "replace")
    text = text.translate(_C1) if name == "latin-1" else text
    delimiter = DELIMITERS.get(detected["delimiter"], detected["delimiter"])
    if "escape" in detected:
        return _split_escaped(text, delimiter, detected.get("quote", '"'))
    stream = io.StringIO(text, newline="")
    return list(csv.reader(stream, delimiter=delimiter, quotechar=detected.get("quote", '"')))


def _split_escaped(text: str, delimiter: str, quote: str) -> list[list[str]]:
    """Read character by character, a backslash before a quote, a delimiter or another backslash being an escape."""
    records, record, cell, quoted, started, i = [], list[str](), "", False, False, 0
    while i < len(text):
        here, after = text[i], text[i + 1 : i + 2]
        i += 1
        if here == "\\" and after and after in "\\" + quote + delimiter:
            cell, started, i = cell + after, True, i + 1
        elif quoted and here == quote and after == quote:
            cell, i = cell + quote, i + 1
        elif here == quote and (quoted or not started):
            quoted, started = not quoted, True
        elif not quoted and here == delimiter:
            record, cell, started = [*record, cell], "", False
        elif not quoted and here in "\r\n":
            i += here + after == "\r\n"
            records.append([*record, cell] if record or started else [])
            record, cell, started = [], "", False
        else:
            cell, started = cell + here, True
    return [*records, [*record, cell]] if record or started else records


def _clean(cell: str) -> str:
    return " ".join(cell.translate(dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))).split())


def _list_differences(expected: Sequence[Row], given: Sequence[Row]) -> Iterator[str]:
    if [number for number, _ in expected] != [number for number, _ in given]:
        yield f"rows {[number for number, _ in expected]} expected, {[number for number, _ in given]} given"
    for one, other in zip(expected, given, strict=False):
        if one != other:
            yield f"{one} expected, {other} given"


def _compare_xlsx(path: Path, reading: Reading) -> Iterator[str]:
    (origin,) = reading.origins
    try:
        with warnings.catch_warnings(action="ignore"):
            sheet = openpyxl.load_workbook(path, data_only=True)[origin.sheet]
            header = [_clean(str(cell.value or "")) for cell in sheet[origin.header_row]]
            rows = list(sheet.iter_rows(min_row=origin.header_row + 1))
        parts = _join_parts(path)
    except Exception:  # noqa: BLE001 - openpyxl lets through whatever its parts raise, and gives up on more than we do
        return
    if _TWO_CONTENTS.search(parts):
        return
    once = {name for name in origin.headers if header.count(name) == 1}
    seen: dict[int | None, dict[str, object]] = {}
    for cells in rows:
        known = ((name, cell) for name, cell in zip(header, cells, strict=False) if cell.data_type in _TYPES)
        seen[cells[0].row] = {name: cell.value for name, cell in known if name in once}
    for fault in _compare_values(seen, reading):
        if "'#VALUE!' expected" in fault and b"#VALUE!" not in parts:
            continue  # openpyxl's word for a number that is no day, where damage made General a date format
        if " None expected" not in fault or fault.split("'")[-2].encode() not in parts:
            yield fault  # openpyxl finds no text where an attribute's name is damaged


def _join_parts(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist() if name.startswith("xl/"))


def _compare_calamine(path: Path, reading: Reading) -> Iterator[str]:
    (origin,) = reading.origins
    try:
        rows = list(CalamineWorkbook.from_path(path).get_sheet_by_name(origin.sheet).iter_rows())
    except (CalamineError, ValueError, OSError):
        yield "calamine alone does not read it"
        return
    width = max(map(len, rows), default=0)
    offset = (CalamineWorkbook.from_path(path).get_sheet_by_name(origin.sheet).start or (0, 0))[1]
    header = [""] * offset + [_clean(str(value)) for value in rows[origin.header_row - 1]]
    assert width + offset >= len(header)
    paragraphs = _list_paragraphs(path) if origin.format == "ods" else set()
    seen: dict[int | None, dict[str, object]] = {
        number: {
            name: value
            for name, value in zip(header[offset:], cells, strict=False)
            if name in origin.headers and header.count(name) == 1
        }
        for number, cells in enumerate(rows, start=1)
        if number > origin.header_row
    }
    yield from _compare_values(seen, reading, paragraphs)


def _list_paragraphs(path: Path) -> set[str]:
    """List the texts that an OpenDocument sheet shows: where damage sets text and value at odds, the text is seen."""
    with zipfile.ZipFile(path) as archive:
        found = re.findall(rb"<text:p[^>]*>([^<]*)</text:p>", archive.read("content.xml"))
    return {html.unescape(text.decode()) for text in found}


def _compare_values(
    seen: dict[int | None, dict[str, object]], reading: Reading, paragraphs: Collection[str] = ()
) -> Iterator[str]:
    given = {number: dict(zip(reading.headers, cells, strict=True)) for number, cells in reading.rows}
    errors = {(number, header) for number, header, note, _ in reading.notes if note is Note.ERROR_CELL}
    for number, values in seen.items():
        for name, value in values.items():
            shown = given.get(number or 0, {}).get(name, "")
            if value == shown or (value is None and not shown) or shown in paragraphs:
                continue  # the usual case, and a vast empty sheet's only one
            if ((number, name) in errors and not shown) or (value == "" and shown.isdigit()):
                continue  # an OpenDocument cell may show a number and hold none
            if not _is_same(value, shown):
                yield f"row {number}, {name}: {value!r} expected, {shown!r} given"


def _is_same(value: object, shown: str) -> bool:
    """Tell whether a text shows a value; a number format may add zeros, signs and per cent, and round."""
    if value is None:
        return not shown
    if isinstance(value, bool):
        return shown == str(value).upper()
    if isinstance(value, int | float):
        return _shows_number(value, shown)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
        return _shows_moment(value, shown)
    whole, given = "".join(str(value).split()), "".join(shown.split())
    return whole == given or bool(whole and given.startswith(whole))  # text between the pieces of a rich one


def _shows_number(value: float, shown: str) -> bool:
    """Look for a number's digits, perhaps rounded, in what is shown: a number format may put anything between them."""
    if shown in (f"{value:.15g}".upper(), str(value)) or "E" in shown:
        return True
    wanted = [f"{math.floor(abs(value) * scale + 0.5):d}".lstrip("0") for scale in (1, 100, 10_000)]  # halves go up
    return any(_is_within(digits, shown) for digits in wanted)


def _is_within(digits: str, shown: str) -> bool:
    left = iter(shown)
    return all(digit in left for digit in digits)


def _shows_moment(value: object, shown: str) -> bool:
    """Compare to the second; a number between line breaks stays the number that it is in the file."""
    if shown != shown.strip():
        return True
    if isinstance(value, datetime.datetime):
        nearest = value + datetime.timedelta(milliseconds=500) if value.year < 9999 else value
        return shown in (f"{nearest:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00"), f"{nearest:%H:%M:%S}")
    if isinstance(value, datetime.timedelta):
        return shown == _as_clock(round(value.total_seconds()))
    if isinstance(value, datetime.time):
        return shown == _as_clock(round(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6))
    return shown == str(value)


def _as_clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
