"""Bombs in zipped workbooks: refused with the reason, and before they have gone off."""

import io
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import pyxlsbwriter
import xlsxwriter
from readers_bombs import Bomb, plant
from readers_help import read_all
from readers_ods import row, text, write_ods

from straitsx_bulk.schemas.errors import FileError

TABLE = [["name", "id"], ["Tan", "0012"]]
LETTERS = "x" * 1000
_ITEM = b"\0" + struct.pack("<I", len(LETTERS)) + LETTERS.encode("utf-16-le")
XLSB_TEXT = b"\x13" + bytes([len(_ITEM) & 0x7F | 0x80, len(_ITEM) >> 7]) + _ITEM
"""A record of shared text ([MS-XLSB] 2.4.304)."""
XLSX_ROW = f"<row><c t='inlineStr'><is><t>{LETTERS}</t></is></c></row>".encode()
SMALL = 400_000
"""What the directory says of a part that holds 300 MB: too little for a bomb."""
LIARS = {
    "texts.xlsx": Bomb("xl/sharedStrings.xml", b"</sst>", f"<si><t>{LETTERS}</t></si>".encode(), SMALL),
    "checked.xlsx": Bomb("xl/sharedStrings.xml", b"</sst>", f"<si><t>{LETTERS}</t></si>".encode(), SMALL, checked=True),
    "rows.xlsx": Bomb("xl/worksheets/sheet1.xml", b"</sheetData>", XLSX_ROW, SMALL),
    "styles.xlsx": Bomb("xl/styles.xml", b"</styleSheet>", b"<extLst>" + b" " * 100 + b"</extLst>", SMALL),
    "texts.xlsb": Bomb("xl/sharedStrings.bin", b"\xa0\x01", XLSB_TEXT, SMALL),
    "rows.xlsb": Bomb("xl/worksheets/sheet1.bin", b"\x92\x01", XLSB_TEXT, SMALL),
    "rows.ods": Bomb("content.xml", b"</table:table>", row(text(LETTERS)).encode(), SMALL),
    "manifest.ods": Bomb("META-INF/manifest.xml", b"", b" ", SMALL),
}
HONEST = {
    "texts.xlsx": Bomb("xl/sharedStrings.xml", b"</sst>", f"<si><t>{LETTERS}</t></si>".encode()),
    "rows.xlsb": Bomb("xl/worksheets/sheet1.bin", b"\x92\x01", XLSB_TEXT),
    "manifest.ods": Bomb("META-INF/manifest.xml", b"", b" "),
    "mimetype.ods": Bomb("mimetype", b"", b" "),
}
READ_AND_WEIGH = """
import resource, sys
from pathlib import Path
from readers_help import read_all
from straitsx_bulk.schemas.errors import FileError

def weigh():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

for name in sys.argv[1:]:
    before = weigh()
    try:
        became = f"read {len(read_all(Path(name)).rows)} rows"
    except FileError as error:
        became = str(error)
    print(f"{weigh() - before}\\t{became}")
"""
"""Its own process: a peak of memory is never taken back."""


def write_harmless(path: Path) -> Path:
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for r, cells in enumerate(TABLE):
                sheet.write_row(r, 0, cells)
    elif path.suffix == ".xlsb":
        with pyxlsbwriter.XlsbWriter(str(path)) as binary:
            binary.add_sheet("Users")
            binary.write_sheet(TABLE)
    else:
        write_ods(path, {"Users": [row(*map(text, cells)) for cells in TABLE]})
    return path


def read_and_weigh(paths: list[Path]) -> list[tuple[int, str]]:
    """Read files in a process of their own: the megabytes that each took more than those before, and what became."""
    command = [sys.executable, "-c", READ_AND_WEIGH, *map(str, paths)]
    support = str(Path(__file__).parents[1] / "support")
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240, env={"PYTHONPATH": support})
    lines = [line.split("\t", 1) for line in done.stdout.splitlines()]
    return [(int(weight), became) for weight, became in lines]


weighs = pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory in other units, or not at all")


@pytest.fixture(scope="module")
def weighed(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[int, str]]:
    """What became of all bombs, honest ones and liars, and how heavy each was."""
    folder = tmp_path_factory.mktemp("bombs")
    paths: dict[tuple[str, str], Path] = {}
    for kind, bombs in (("honest", HONEST), ("lying", LIARS)):
        (folder / kind).mkdir()
        for name, bomb in bombs.items():
            paths[kind, name] = write_harmless(folder / kind / name)
            plant(paths[kind, name], bomb)
    first = [write_harmless(folder / f"first.{suffix}") for suffix in ("xlsx", "xlsb", "ods")]
    results = read_and_weigh([*first, *paths.values()])
    assert [became for _, became in results[: len(first)]] == ["read 1 rows"] * len(first)
    return dict(zip(paths, results[len(first) :], strict=True))


@weighs
@pytest.mark.parametrize("name", HONEST)
def test_a_part_that_says_how_large_it_is_is_never_unpacked(
    weighed: dict[tuple[str, str], tuple[int, str]], name: str
) -> None:
    """Nor those parts that only tell which format it is."""
    weight, became = weighed["honest", name]
    assert "a zip bomb, no workbook. It was not opened." in became
    assert weight < 20


@weighs
@pytest.mark.parametrize("name", LIARS)
def test_a_part_that_holds_more_than_it_says_gives_no_more_than_it_says(
    weighed: dict[tuple[str, str], tuple[int, str]], name: str
) -> None:
    """Neither to us nor to calamine, whether or not the checksum would let it pass.

    What stands behind the last text that an .xlsb counts, and behind the start of a manifest, is not even looked at.
    """
    weight, became = weighed["lying", name]
    assert "damaged" in became or (name in {"manifest.ods", "texts.xlsb"} and became == "read 1 rows")
    assert weight < 20


def test_an_archive_inside_a_workbook_is_never_opened(tmp_path: Path) -> None:
    """A bomb packed twice is small from outside; what an export has embedded concerns nobody."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.txt", "")
    path = tmp_path / "inner.zip"
    path.write_bytes(inner.getvalue())
    plant(path, Bomb("a.txt", b"", b" "))
    for name in ("a.xlsx", "a.xlsb", "a.ods"):
        with zipfile.ZipFile(write_harmless(tmp_path / name), "a", zipfile.ZIP_DEFLATED) as workbook:
            workbook.write(path, "xl/embeddings/inner.zip")
        assert read_all(tmp_path / name).rows == [(2, TABLE[1])]


def test_a_workbook_in_an_archive_is_to_be_unpacked_by_the_user(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(write_harmless(tmp_path / "a.xlsx"), "a.xlsx")
    with pytest.raises(FileError, match="zip archive without a workbook in it; unpack it"):
        read_all(tmp_path / "a.zip")


def test_a_small_part_that_is_read_whole_has_a_limit(tmp_path: Path) -> None:
    """Far below a bomb's size its elements would fill the memory."""
    path = write_harmless(tmp_path / "a.xlsx")
    filling = b" " * 1024 * 1024
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED, False, 1) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (filling * 65 if name == "xl/styles.xml" else b""))
    with pytest.raises(FileError, match=r"holds a part xl/styles\.xml of more than 67,108,864 bytes"):
        read_all(tmp_path / "b.xlsx")
