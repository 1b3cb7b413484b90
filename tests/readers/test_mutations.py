"""Damaged files: whatever is done to the bytes, the readers give rows or an error for people, never a traceback.

``STRAITSX_BULK_FUZZ`` raises the number of damaged files for each kind.
"""

import gzip
import io
import os
import random
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from readers_biff import WRITERS, Cell
from readers_help import count_known, read_all
from readers_ods import error, number, row, text, write_ods

from straitsx_bulk.schemas.errors import UsageError

_COUNT = int(os.environ.get("STRAITSX_BULK_FUZZ", "60"))
_TEXT = 'name;id;born\n"Tan; Mei";S1;1990-01-02\n\nJosé "Pepe";0012;\n"Lim\nAh";3;4;5\nOng;7\n' * 3
_SPICE = [
    b'"',
    b'""',
    b"\0",
    b"\r",
    b"\n",
    b",",
    b";",
    b"'",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"9999999999",
    b"<",
    b"&x;",
    b"]]>",
]


def _make_xlsx() -> bytes:
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


def _make_binary(kind: str) -> bytes:
    rows = [["name", "id"], *([f"Tan {n}", Cell(float(n), "00000")] for n in range(5)), ["A", Cell("#N/A", error=True)]]
    with tempfile.TemporaryDirectory() as folder:
        return WRITERS[kind](Path(folder) / "a", rows, hidden=[2]).read_bytes()


def _make_ods() -> bytes:
    rows = [
        row(text("name"), text("id")),
        row(text("A"), number(7, "007"), repeated=3),
        row(error("#N/A"), hidden=True),
    ]
    with tempfile.TemporaryDirectory() as folder:
        return write_ods(Path(folder) / "a", {"S": rows}).read_bytes()


def _damage(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[place:place] = chance.choice(_SPICE)
        elif kind == 2:
            del data[place : place + chance.randint(1, 20)]
        elif kind == 3:
            piece = data[place : place + chance.randint(1, 40)]
            data[place:place] = piece * chance.randint(1, 3)
        else:
            data[place : place + 1] = bytes([chance.randrange(256)])
    return bytes(data[: chance.randrange(len(data) + 1)] if chance.random() < 0.1 else data)


def _damage_part(content: bytes, chance: random.Random) -> bytes:
    """Damage one part of a zipped workbook and pack it again, so that its checksum does not give it away."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        chosen = chance.choice([name for name in old.namelist() if not name.startswith("docProps")])
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, _damage(part, chance) if name == chosen else part)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "damage"),
    [
        ("a.csv", _TEXT.encode(), _damage),
        ("a.csv", _TEXT.encode("cp1252"), _damage),
        ("a.csv", _TEXT.encode("utf-16"), _damage),
        ("a.csv", _TEXT.encode("utf-16-be"), _damage),
        ("a.csv.gz", gzip.compress(_TEXT.encode()), _damage),
        ("a.csv.gz", _TEXT.encode(), lambda content, chance: gzip.compress(_damage(content, chance))),
        ("a.xlsx", _make_xlsx(), _damage),
        ("a.xlsx", _make_xlsx(), _damage_part),
        ("a.xls", _make_binary("xls"), _damage),
        ("a.xlsb", _make_binary("xlsb"), _damage_part),
        ("a.ods", _make_ods(), _damage_part),
    ],
    ids=[
        "utf-8",
        "cp1252",
        "utf-16",
        "utf-16-be",
        "gzip",
        "gzip-text",
        "xlsx",
        "xlsx-part",
        "xls",
        "xlsb-part",
        "ods-part",
    ],
)
def test_a_damaged_file_is_read_or_refused_never_a_traceback(
    tmp_path: Path, name: str, content: bytes, damage: Callable[[bytes, random.Random], bytes]
) -> None:
    path = tmp_path / name
    for seed in range(_COUNT):
        path.write_bytes(damage(content, random.Random(seed)))
        try:
            read_all(path, known_headers=count_known)
        except UsageError:
            continue
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
