"""Writes .xls and .xlsb files by hand, record by record, for want of other writers ([MS-XLS], [MS-XLSB], [MS-CFB])."""

import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ERROR_CODES = {"#DIV/0!": 0x07, "#VALUE!": 0x0F, "#N/A": 0x2A}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: a text, a truth value, a number, or an error such as ``Cell("#N/A", error=True)``; and its format.

    Only of an .xlsb: a rich text, which changes its font behind the first character, and a formula with its cached
    value. A text of nothing is a cell that only
    carries its format.
    """

    value: str | bool | float
    code: str = ""
    error: bool = False
    rich: bool = False
    formula: bool = False


Range = tuple[tuple[int, int], tuple[int, int]]
"""0-based row and column of the first and the last cell."""


Rows = Sequence[Sequence[Cell | str | None]]


def _list_codes(rows: Rows) -> list[str]:
    codes = [cell.code for row in rows for cell in row if isinstance(cell, Cell) and cell.code]
    return list(dict.fromkeys(codes))


def _as_cell(cell: Cell | str) -> Cell:
    return cell if isinstance(cell, Cell) else Cell(cell)


# .xls


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _wide(text: str, width: str) -> bytes:
    return struct.pack(width, len(text)) + b"\x01" + text.encode("utf-16-le")


def _xls_cell(row: int, column: int, cell: Cell, style: int) -> bytes:
    head = struct.pack("<HHH", row, column, style)
    if cell.error:
        return _record(0x0205, head + bytes([ERROR_CODES[str(cell.value)], 1]))
    if isinstance(cell.value, bool):
        return _record(0x0205, head + bytes([cell.value, 0]))
    if isinstance(cell.value, str):
        return _record(0x0204, head + _wide(cell.value, "<H"))
    return _record(0x0203, head + struct.pack("<d", cell.value))


def xls_formula(row: int, column: int, style: int, cached: float | str) -> bytes:
    """A formula with its cached number or error."""
    value = (
        bytes([2, 0, ERROR_CODES[cached], 0, 0, 0, 255, 255]) if isinstance(cached, str) else struct.pack("<d", cached)
    )
    return _record(0x0006, struct.pack("<HHH", row, column, style) + value + bytes(6) + b"\x03\x00\x1e\x01\x00")


def xls_numbers(row: int, column: int, style: int, values: Sequence[int]) -> bytes:
    """Whole numbers side by side, packed into one record."""
    cells = b"".join(struct.pack("<HI", style, value << 2 | 2) for value in values)
    return _record(0x00BD, struct.pack("<HH", row, column) + cells + struct.pack("<H", column + len(values) - 1))


def write_xls(
    path: Path,
    rows: Rows,
    hidden: Sequence[int] = (),
    *,
    date_1904: bool = False,
    extra: bytes = b"",
    small: bool = False,
) -> Path:
    """Write one sheet; ``hidden`` are 0-based rows, ``extra`` further records, ``small`` uses the mini stream."""
    codes = _list_codes(rows)
    book = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    book += _record(0x0022, struct.pack("<H", date_1904))
    book += b"".join(_record(0x041E, struct.pack("<H", 164 + i) + _wide(code, "<H")) for i, code in enumerate(codes))
    book += b"".join(
        _record(0x00E0, struct.pack("<HH", 0, number) + bytes(16)) for number in (0, *range(164, 164 + len(codes)))
    )
    name = b"\x05\x00Sheet"
    size = len(book) + 4 + 6 + len(name) + 4
    book += _record(0x0085, struct.pack("<IH", size, 0) + name) + _record(0x000A)
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for r, row in enumerate(rows):
        sheet += _record(0x0208, struct.pack("<HHHHHHI", r, 0, len(row), 255, 0, 0, 0x20 if r in hidden else 0))
        for c, cell in enumerate(row):
            if cell is not None:
                made = _as_cell(cell)
                sheet += _xls_cell(r, c, made, codes.index(made.code) + 1 if made.code else 0)
    stream = book + sheet + extra + _record(0x000A)
    path.write_bytes(_pack_small(stream) if small else _pack_compound(stream))
    return path


def _pack_compound(stream: bytes) -> bytes:
    """Put a stream, grown past the size of small ones, into a compound file."""
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // 512)
    tables = 1
    while tables * 128 < count + tables + 1:
        tables += 1
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE] + [tables + 2 + i for i in range(count - 1)] + [0xFFFFFFFE]
    table = struct.pack(f"<{tables * 128}I", *chain, *[0xFFFFFFFF] * (tables * 128 - len(chain)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(10) + struct.pack("<IIIIIIII", tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *range(tables), *[0xFFFFFFFF] * (109 - tables))
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + _entry("Workbook", 2, tables + 1, len(stream))
    return header + table + directory.ljust(512, b"\0") + stream.ljust(count * 512, b"\0")


def _pack_small(stream: bytes) -> bytes:
    """Put a stream of less than 4,096 bytes into a compound file: table, directory, mini table, mini stream."""
    minis, sectors = -(-len(stream) // 64), -(-len(stream) // 512)
    chain = [0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFE, *range(4, 3 + sectors), 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    mini_chain = [*range(1, minis), 0xFFFFFFFE]
    mini_table = struct.pack("<128I", *mini_chain, *[0xFFFFFFFF] * (128 - len(mini_chain)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(10) + struct.pack("<IIIIIIII", 1, 1, 0, 4096, 2, 1, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    directory = _entry("Root Entry", 5, 3, minis * 64, 1) + _entry("Workbook", 2, 0, len(stream))
    return header + table + directory.ljust(512, b"\0") + mini_table + stream.ljust(sectors * 512, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1) + links + bytes(36)) + struct.pack(
        "<IQ", start, size
    )


# .xlsb

_LINKS = (
    ("rId1", "worksheet", "worksheets/sheet1.bin"),
    ("rId2", "styles", "styles.bin"),
    ("rId3", "sharedStrings", "sharedStrings.bin"),
)


def _brt(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, out = len(data), b""
    while True:
        size, low = size >> 7, size & 0x7F
        out += bytes([low | (0x80 if size else 0)])
        if not size:
            return head + out + data


def _long(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb_cell(column: int, cell: Cell, style: int, shared: list[bytes]) -> bytes:
    head = struct.pack("<II", column, style)
    if cell.rich:
        shared.append(_brt(19, b"\x01" + _long(str(cell.value)) + struct.pack("<IHH", 1, 1, 0)))
        return _brt(7, head + struct.pack("<I", len(shared) - 1))
    if cell.value == "":
        return _brt(1, head)
    if cell.formula:
        return _xlsb_formula(head, cell)
    if cell.error:
        return _brt(3, head + bytes([ERROR_CODES[str(cell.value)]]))
    if isinstance(cell.value, bool):
        return _brt(4, head + bytes([cell.value]))
    if isinstance(cell.value, str):
        return _brt(6, head + _long(cell.value))
    return _brt(5, head + struct.pack("<d", cell.value))


def _xlsb_formula(head: bytes, cell: Cell) -> bytes:
    """A cached value, and ``=1`` for the formula that gave it."""
    formula = struct.pack("<HI", 0, 3) + b"\x1e\x01\x00" + bytes(4)
    if cell.error:
        return _brt(11, head + bytes([ERROR_CODES[str(cell.value)]]) + formula)
    if isinstance(cell.value, bool):
        return _brt(10, head + bytes([cell.value]) + formula)
    if isinstance(cell.value, str):
        return _brt(8, head + _long(cell.value) + formula)
    return _brt(9, head + struct.pack("<d", cell.value) + formula)


def write_xlsb(
    path: Path,
    rows: Rows,
    hidden: Sequence[int] = (),
    *,
    date_1904: bool = False,
    name: str = "Sheet",
    merged: Sequence[Range] = (),
    hidden_sheet: str = "",
) -> Path:
    """Write one sheet; ``hidden`` are 0-based rows. A hidden sheet holds the same as the other."""
    codes = _list_codes(rows)
    styles = _brt(278) + _brt(615, struct.pack("<I", len(codes)))
    styles += b"".join(_brt(44, struct.pack("<H", 164 + i) + _long(code)) for i, code in enumerate(codes)) + _brt(616)
    styles += _brt(617, struct.pack("<I", len(codes) + 1))
    for number in (0, *range(164, 164 + len(codes))):
        styles += _brt(47, struct.pack("<HH", 0, number) + bytes(12))
    styles += _brt(618) + _brt(279)
    shared: list[bytes] = []
    sheet = _brt(129) + _brt(148, struct.pack("<IIII", 0, max(len(rows) - 1, 0), 0, 20)) + _brt(145)
    for r, row in enumerate(rows):
        sheet += _brt(0, struct.pack("<IIHBBBI", r, 0, 300, 0, 0x10 if r in hidden else 0, 0, 0))
        for c, cell in enumerate(row):
            if cell is not None:
                made = _as_cell(cell)
                sheet += _xlsb_cell(c, made, codes.index(made.code) + 1 if made.code else 0, shared)
    sheet += _brt(146) + _brt(177, struct.pack("<I", len(merged)))
    for (top, left), (bottom, right) in merged:
        sheet += _brt(176, struct.pack("<IIII", top, bottom, left, right))
    sheet += _brt(178) + _brt(130)
    book = _brt(131) + _brt(153, struct.pack("<III", date_1904, 0, 0) + _long("")) + _brt(143)
    book += _brt(156, struct.pack("<II", 0, 1) + _long("rId1") + _long(name))
    if hidden_sheet:
        book += _brt(156, struct.pack("<II", 1, 2) + _long("rId1") + _long(hidden_sheet))
    book += _brt(144) + _brt(132)
    texts = _brt(159, struct.pack("<II", len(shared), len(shared))) + b"".join(shared) + _brt(160)
    parts = {"workbook": book, "styles": styles, "worksheets/sheet1": sheet}
    _pack_xlsb(path, parts | ({"sharedStrings": texts} if shared else {}))
    return path


def _pack_xlsb(path: Path, parts: Mapping[str, bytes]) -> None:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    links = "".join(
        f'<Relationship Id="{key}" Type="{relations}/{kind}" Target="{target}"/>'
        for key, kind, target in _LINKS
        if target.removesuffix(".bin") in parts
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        archive.writestr(
            "xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{package}/relationships">{links}</Relationships>'
        )
        for name, part in parts.items():
            archive.writestr(f"xl/{name}.bin", part)


WRITERS: dict[str, Callable[..., Path]] = {"xls": write_xls, "xlsb": write_xlsb}
