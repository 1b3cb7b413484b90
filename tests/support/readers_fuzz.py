"""Damages exports of every kind and has them read: rows or an error for people, and no cell changed in silence.

``python tests/support/readers_fuzz.py FOLDER FIRST COUNT [KIND ...]`` feeds COUNT damaged files of each kind; the file
under way stands in FOLDER, so that one that ends the whole process is not lost.
"""

import datetime
import gzip
import io
import random
import re
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pyxlsbwriter
import xlsxwriter
import xlwt
from readers_biff import WRITERS, Cell
from readers_help import count_known, read_all
from readers_ods import error, number, row, text, valued, write_ods
from readers_oracle import find_changed_cells

from straitsx_bulk.schemas.errors import UsageError

TEXT = 'name;id;born\n"Tan; Mei";S1;1990-01-02\n\nJosé "Pepe";0012;\n"Lim\nAh";3;4;5\nOng;7\nLee;;1990\n'
"""Short, for speed: what every row has to survive stands in it once."""
ESCAPED = TEXT.replace('"Tan; Mei"', r'"Tan \"M\"; \\ Mei"').replace("Ong", r"C:\temp")
SPICE = [
    b'"', b'""', b"\0", b"\r", b"\n", b",", b";", b"'", b"\t", b"|", b"\xff", b"\xef\xbb\xbf", b"\xc3", b"\x81",
    b"9999999999", b"<", b"&x;", b"]]>", b" ", b"  ", b"=", b"-", b"0", b"1048577", b"\\",
]  # fmt: skip
IDLE_PARTS = ("docProps", "xl/theme", "META-INF")
"""Of zipped workbooks: no reader looks at them, so that damage there proves nothing."""
VALUES = (
    "", "0", "1", "-1", "7", "1E5", "1e400", "NaN", "99999999999999999999", "2958466", "-0.5", "TRUE", "true",
    "1904-01-01", "1900-02-29", "PT25H00M00S", "#N/A", "s", "str", "b", "d", "e", "n", "inlineStr", "A1", "ZZZ1",
    "A1048577", "00000", "@", " x ", "yyyy", "0%", "&amp;", "&#65;", "S&#10;1", "hidden", "veryHidden",
    "collapse", "1:3",
)  # fmt: skip
"""What a value is changed to."""
_VALUE = re.compile(rb"(?:>|=\")([^<>\"]+)(?=[<\"])")
Damage = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of export to damage.

    Attributes:
        name: Of the file.
        content: An export as it should be.
        damage: What is done to it.
    """

    name: str
    content: bytes
    damage: Damage


def damage_bytes(content: bytes, chance: random.Random) -> bytes:
    """Flip, put in, take out, repeat or replace a few bytes; now and then cut off the end."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[place:place] = chance.choice(SPICE)
        elif kind == 2:
            del data[place : place + chance.randint(1, 20)]
        elif kind == 3:
            piece = data[place : place + chance.randint(1, 40)]
            data[place:place] = piece * chance.randint(1, 3)
        else:
            data[place : place + 1] = bytes([chance.randrange(256)])
    return bytes(data[: chance.randrange(len(data) + 1)] if chance.random() < 0.1 else data)


def overwrite_bytes(content: bytes, chance: random.Random) -> bytes:
    """Change a few bytes in place, so that what stands behind them stays where it is."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data))
        data[place] = chance.choice((data[place] ^ 1 << chance.randrange(8), chance.randrange(256), 0, 0x7F, 0xFF))
    return bytes(data)


def damage_part(content: bytes, chance: random.Random) -> bytes:
    """Damage one part of a zipped workbook and pack it again, so that its checksum does not give it away."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        chosen = chance.choice([name for name in old.namelist() if not name.startswith(IDLE_PARTS)])
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, damage_bytes(part, chance) if name == chosen else part)
    return out.getvalue()


def damage_values(content: bytes, chance: random.Random) -> bytes:
    """Change what stands between tags and quotes of one part, so that it stays XML and its values are what is wrong."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        parts = {name: old.read(name) for name in old.namelist()}
        chosen = chance.choice([name for name in parts if _VALUE.search(parts[name])])
        for _ in range(chance.randint(1, 3)):
            start, end = chance.choice([found.span(1) for found in _VALUE.finditer(parts[chosen])])
            value = _change_value(parts[chosen][start:end].decode(), chance)
            parts[chosen] = parts[chosen][:start] + value.encode() + parts[chosen][end:]
        for name, part in parts.items():
            new.writestr(name, part)
    return out.getvalue()


def _change_value(value: str, chance: random.Random) -> str:
    kind = chance.randrange(4)
    place = chance.randrange(len(value))
    if kind == 0:
        return chance.choice(VALUES)
    if kind == 1:
        return value[:place] + chance.choice("0123456789ABZaz.-:/ %é") + value[place + 1 :]
    return value[:place] + value[place + 1 :] if kind == 2 else value[:place] + value[place] * 2 + value[place + 1 :]


def drop_idle_parts(content: bytes) -> bytes:
    """Leave out the parts that nobody reads, and pack nothing: most of the time would go there."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if not name.startswith(IDLE_PARTS) or name.endswith("manifest.xml"):  # OpenDocument's list of its parts
                new.writestr(name, old.read(name))
    return out.getvalue()


def damage_unpacked(content: bytes, chance: random.Random) -> bytes:
    """Damage a text and pack it with gzip."""
    return gzip.compress(damage_bytes(content, chance), 1)


def make_xlsx() -> bytes:
    """What openpyxl writes: inline and shared texts, a number format, a merged range, a hidden row."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["name", "id", "born"])
    for n in range(5):
        sheet.append([f"Tan {n}", n, "1990-01-02"])
        sheet.cell(n + 2, 2).number_format = "00000"
    sheet.merge_cells("A9:B9")
    sheet.row_dimensions[3].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def make_rich_xlsx() -> bytes:
    """What xlsxwriter writes: dates, truth, formulas, one without a value, errors, rich text, far off the corner."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("Users")
        book.add_worksheet("Old").hide()
        sheet.write(0, 0, "Customer list")
        sheet.write_row(2, 1, ["name", "id", "born", "type"])
        for n in range(4):
            sheet.write_row(3 + n, 1, [f"Tan {n}", 20141166 + n, datetime.date(1990, 5, 17 + n), n % 2 == 0])
        sheet.write_rich_string(7, 1, "Lim ", book.add_format({"bold": True}), "Ah", " Kow")
        sheet.write_formula(7, 2, '="S"&1', None, "S1")
        sheet.write_formula(8, 1, "=NA()", None, "#N/A")
        sheet.write_formula(8, 4, "=B4")
        sheet.write(8, 2, 0.25, book.add_format({"num_format": "0%"}))
    return out.getvalue()


def _make_binary(kind: str) -> bytes:
    rows = [["name", "id"], *([f"Tan {n}", Cell(float(n), "00000")] for n in range(5)), ["A", Cell("#N/A", error=True)]]
    with tempfile.TemporaryDirectory() as folder:
        return WRITERS[kind](Path(folder) / "a", rows, hidden=[2]).read_bytes()


def _make_ods() -> bytes:
    rows = [
        row(text("name"), text("id")),
        row(text("A"), number(7, "007"), repeated=3),
        row(error("#N/A"), hidden=True),
        row(text("B"), valued("date", "date-value", "1990-05-17", "17.05.90")),
    ]
    with tempfile.TemporaryDirectory() as folder:
        return write_ods(Path(folder) / "a", {"S": rows}).read_bytes()


def _make_xlwt() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Users")
    for column, name in enumerate(("name", "id", "born", "type")):
        sheet.write(1, column, name)
    for n in range(4):
        sheet.write(2 + n, 0, f"Tan {n}")
        sheet.write(2 + n, 1, 20141166 + n, xlwt.easyxf(num_format_str="000000000"))
        sheet.write(2 + n, 2, datetime.date(1990, 5, 17 + n), xlwt.easyxf(num_format_str="dd/mm/yyyy"))
        sheet.write(2 + n, 3, n % 2 == 0)
    sheet.row(3).set_cell_error(5, 0x2A)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _make_pyxlsb() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsb"
        with pyxlsbwriter.XlsbWriter(str(path)) as book:
            book.add_sheet("Users")
            book.write_sheet([["name", "id", "born"], *([f"Tan {n}", n, datetime.date(1990, 5, 17)] for n in range(4))])
        return path.read_bytes()


KINDS = {
    "utf-8": Kind("a.csv", TEXT.encode(), damage_bytes),
    "utf-8-sig": Kind("a.csv", TEXT.replace(";", ",").encode("utf-8-sig"), damage_bytes),
    "cp1252": Kind("a.csv", TEXT.replace("\n", "\r\n").encode("cp1252"), damage_bytes),
    "escaped": Kind("a.csv", ESCAPED.encode(), damage_bytes),
    "utf-16": Kind("a.csv", TEXT.replace(";", "\t").encode("utf-16"), damage_bytes),
    "utf-16-be": Kind("a.csv", TEXT.encode("utf-16-be"), damage_bytes),
    "gzip": Kind("a.csv.gz", gzip.compress(TEXT.encode()), damage_bytes),
    "gzip-text": Kind("a.csv.gz", TEXT.encode(), damage_unpacked),
    "xlsx": Kind("a.xlsx", make_xlsx(), damage_bytes),
    "xlsx-part": Kind("a.xlsx", drop_idle_parts(make_xlsx()), damage_part),
    "xlsx-rich": Kind("a.xlsx", drop_idle_parts(make_rich_xlsx()), damage_part),
    "xls": Kind("a.xls", _make_binary("xls"), damage_bytes),
    "xls-other": Kind("a.xls", _make_xlwt(), overwrite_bytes),
    "xlsb-other": Kind("a.xlsb", drop_idle_parts(_make_pyxlsb()), damage_part),
    "xlsb-part": Kind("a.xlsb", drop_idle_parts(_make_binary("xlsb")), damage_part),
    "ods-part": Kind("a.ods", drop_idle_parts(_make_ods()), damage_part),
    "xlsx-values": Kind("a.xlsx", drop_idle_parts(make_rich_xlsx()), damage_values),
    "ods-values": Kind("a.ods", drop_idle_parts(_make_ods()), damage_values),
}


def read_damaged(path: Path) -> str:
    """Read a damaged export.

    Returns:
        ``read`` or ``refused``.

    Raises:
        AssertionError: A cell changed in silence.
    """
    try:
        reading = read_all(path, known_headers=count_known)
    except UsageError:
        return "refused"
    changed = find_changed_cells(path, reading)
    assert not changed, changed
    return "read"


def feed(kind: Kind, seed: int, path: Path) -> str:
    """Damage an export, the same way for the same seed, write it and read it."""
    path.write_bytes(kind.damage(kind.content, random.Random(seed)))
    return read_damaged(path)


def main(folder: Path, first: int, count: int, names: list[str]) -> None:
    """Feed many damaged files and say what became of them; what nobody expected is kept beside."""
    for name in names or list(KINDS):
        became: Counter[str] = Counter()
        path = folder / KINDS[name].name
        for seed in range(first, first + count):
            try:
                became[feed(KINDS[name], seed, path)] += 1
            except BaseException as fault:
                if isinstance(fault, KeyboardInterrupt):
                    raise
                became["FAULT"] += 1
                path.rename(folder / f"fault-{name}-{seed}-{path.name}")
                print(f"{name} {seed}: {fault!r:.300}", flush=True)  # noqa: T201 - a tool's output
        print(f"{name}: seeds {first} to {first + count - 1}: {dict(became)}", flush=True)  # noqa: T201 - a tool's output


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
