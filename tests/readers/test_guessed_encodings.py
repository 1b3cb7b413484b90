"""What cannot be told from its bytes: an encoding of eight bits. A wrong guess must never become somebody's name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readers_help import Reading, read_all

from straitsx_bulk.io.readers.latin_fit import measure_oddness
from straitsx_bulk.schemas.batch import Note

LATIN = (
    "José Núñez", "JOSÉ NÚÑEZ", "Renée Müller", "François Lefèvre", "Jürgen Groß", "Søren Ångström", "Zoë Brontë",
    "João Simões", "Þór Jónsson", "Müßig", "Sinéad O’Brien", "“Tan” & Söhne", "Café Rouge – Zürich", "Æbeltoft 5²",
    "Shane McÉwan", "Luca DeÁngelis", "Máire MacÓscair", "„Zum Löwen“ GmbH", "‚Zur Krähe‘ KG", "‹Café› – •Tee",
    "Þýðingar ehf", "Sæþór Friðþjófsson", "©Müller 5 µm – CN¥100 ½kg",
    "Mª José", "MªÁngeles", "Paral·lel", "¿Quién?", "Tan\u00a0Mei", "N° 5 – £20", "Smith–Jones Ltd…",
)  # fmt: skip
CHINESE = ("王小明", "陈大文", "李娜", "张伟", "刘洋", "赵静")
RUSSIAN = ("Иван Петров", "Мария Сидорова", "Сергей Кузнецов")
RUSSIAN_CAPITALS = tuple(name.upper() for name in RUSSIAN) * 3
GREEK_CAPITALS = ("ΓΙΩΡΓΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ", "ΜΑΡΙΑ ΒΑΣΙΛΕΙΟΥ") * 3
THAI = ("สมชาย ใจดี", "สมหญิง รักไทย")


def _read(folder: Path, names: tuple[str, ...], encoding: str) -> Reading:
    lines = [f"{name},{number}" for number, name in enumerate(names)]
    path = folder / "a.csv"
    path.write_bytes("\n".join(["name,id", *lines, ""]).encode(encoding, "ignore"))
    return read_all(path)


@pytest.mark.parametrize("name", LATIN)
def test_a_single_name_in_cp1252_is_read_as_it_stands(tmp_path: Path, name: str) -> None:
    reading = _read(tmp_path, (name,), "cp1252")
    assert (reading.cells, reading.notes) == ([[name, "0"]], [])
    assert reading.origins[0].detected["encoding_confidence"] == "likely"


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        (LATIN, "mac-roman"),
        (("José Núñez", "Renée Müller"), "mac-roman"),
        (LATIN, "cp850"),
        (("Renée Müller", "José Núñez"), "cp437"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN_CAPITALS, "cp1251"),
        (GREEK_CAPITALS, "cp1253"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp866"),
        (CHINESE, "gb18030"),
        (CHINESE[:2], "gb18030"),
        (THAI, "cp874"),
    ],
)
def test_letters_of_an_encoding_that_does_not_fit_are_findings_not_letters(
    tmp_path: Path, names: tuple[str, ...], encoding: str
) -> None:
    reading = _read(tmp_path, (*names, "Tan Mei"), encoding)
    found = reading.origins[0].detected
    assert found["encoding_confidence"] == "low"
    assert all(cell.replace("\ufffd", "").isascii() for cells in reading.cells for cell in cells)
    garbled = [row for row, cells in reading.rows if not cells[0].isascii()]
    detail = f"{found['encoding']} does not fit: say `encoding:` in the mapping file"
    assert reading.notes == [(row, "name", Note.UNDECODABLE, detail) for row in garbled]
    assert len(garbled) >= len(names) - 1
    assert reading.cells[-1][0] == "Tan Mei"


@pytest.mark.parametrize("stray", ["Sami PeŠek", "A×B Oy", "†Aino Mäki", "Yhtiö”s Oy"])
def test_one_odd_sign_takes_no_name_of_a_long_export_away(tmp_path: Path, stray: str) -> None:
    names = ("Määttä Väinö", "Hämäläinen Säde", "Näätä Töölö", "Kääriäinen Pöyry") * 50
    reading = _read(tmp_path, (*names[:40], stray, *names), "cp1252")
    assert [cells[0] for cells in reading.cells] == [*names[:40], stray, *names]
    assert reading.notes == []


def test_letters_far_down_in_a_file_are_looked_at_too(tmp_path: Path) -> None:
    plain = tuple(f"Tan {number:>30}" for number in range(12_000))
    reading = _read(tmp_path, (*plain, "José Núñez", *plain), "mac-roman")
    assert reading.origins[0].detected["encoding_confidence"] == "low"
    assert [row for row, _, note, _ in reading.notes if note is Note.UNDECODABLE] == [len(plain) + 2]


def test_what_an_encoding_that_is_given_says_is_taken(tmp_path: Path) -> None:
    _read(tmp_path, LATIN, "mac-roman")
    reading = read_all(tmp_path / "a.csv", encoding="mac-roman")
    assert [cells[0] for cells in reading.cells] == [
        name.encode("mac-roman", "ignore").decode("mac-roman") for name in LATIN
    ]
    assert reading.notes == []


@given(st.text(st.characters(codec="ascii")))
def test_plain_text_is_never_odd(text: str) -> None:
    assert measure_oddness(text) == 0


@given(st.text(st.characters(codec="cp1252")))
def test_oddness_is_a_share(text: str) -> None:
    assert 0 <= measure_oddness(text) <= 1
