""".xls, .xlsb and .ods: the same promises as .xlsx, with files written record by record."""

import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from readers_biff import WRITERS, Cell, Rows, write_xls, write_xlsb, xls_formula, xls_numbers
from readers_help import count_known, read_all
from readers_ods import error, gap, number, row, text, valued, write_ods

from straitsx_bulk.io.readers import InputFile, open_input
from straitsx_bulk.schemas.batch import Note
from straitsx_bulk.schemas.errors import FileError

KINDS = sorted(WRITERS)
DATE = "dd/mm/yyyy"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (Cell("0012"), "0012"),
        (Cell("陈美玲"), "陈美玲"),
        (Cell(20141166.0), "20141166"),
        (Cell(1234567.0, "00000000"), "01234567"),
        (Cell(1234567.0, '"S"0000000"D"'), "S1234567D"),
        (Cell(0.5, "0%"), "50%"),
        (Cell(123000000000000.0, "0.00E+00"), "1.23E+14"),
        (Cell(1234567890123456.0), "1.23457E+15"),
        (Cell(33010.0, DATE), "1990-05-17"),
        (Cell(33010.5, "d/m/yy h:mm"), "1990-05-17 12:00:00"),
        (Cell(0.25, "hh:mm"), "06:00:00"),
        (Cell(value=True), "TRUE"),
    ],
)
def test_a_binary_workbooks_cell_is_the_text_a_person_sees(tmp_path: Path, kind: str, cell: Cell, shown: str) -> None:
    path = WRITERS[kind](tmp_path / f"a.{kind}", [["name", "id"], ["A", cell], ["B", "x"]])
    reading = read_all(path)
    assert reading.rows == [(2, ["A", shown]), (3, ["B", "x"])]
    assert (reading.origins[0].format, reading.origins[0].sheet) == (kind, "Sheet")


@pytest.mark.parametrize("kind", KINDS)
def test_binary_workbooks_tell_errors_hidden_rows_and_their_own_row_numbers(tmp_path: Path, kind: str) -> None:
    rows = [
        ["Customer list"],
        [],
        ["name", "id"],
        ["A", Cell("#N/A", error=True)],
        [],
        [Cell("#DIV/0!", error=True)],
        ["B", "2"],
    ]
    path = WRITERS[kind](tmp_path / f"a.{kind}", rows, hidden=[6])
    reading = read_all(path, known_headers=count_known)
    assert reading.origins[0].header_row == 3
    assert reading.rows == [(4, ["A", ""]), (6, ["", ""]), (7, ["B", "2"])]
    assert reading.notes == [
        (4, "id", Note.ERROR_CELL, "#N/A"),
        (6, "name", Note.ERROR_CELL, "#DIV/0!"),
        (7, None, Note.HIDDEN_ROW, ""),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_binary_workbooks_of_the_1904_system_give_the_same_days(tmp_path: Path, kind: str) -> None:
    rows = [["name", "born"], ["A", Cell(33010.0 - 1462, DATE)]]
    path = WRITERS[kind](tmp_path / f"a.{kind}", rows, date_1904=True)
    assert read_all(path).cells == [["A", "1990-05-17"]]


@pytest.mark.parametrize("kind", KINDS)
def test_many_rows_keep_their_numbers(tmp_path: Path, kind: str) -> None:
    rows = [["name", "id"], *([f"Tan {n}", Cell(float(n), "00000")] if n % 3 else [] for n in range(2000))]
    reading = read_all(WRITERS[kind](tmp_path / f"a.{kind}", rows), batch_rows=64)
    assert reading.rows == [(n + 2, [f"Tan {n}", f"{n:05d}"]) for n in range(2000) if n % 3]


def test_packed_numbers_and_formulas_of_an_xls_are_shown_too(tmp_path: Path) -> None:
    extra = xls_numbers(2, 0, 1, [7, 12]) + xls_formula(3, 0, 1, 5.0) + xls_formula(3, 1, 1, "#VALUE!")
    rows: Rows = [["name", "id"], ["A", Cell(1.0, "000")]]
    reading = read_all(write_xls(tmp_path / "a.xls", rows, extra=extra))
    assert reading.rows == [(2, ["A", "001"]), (3, ["007", "012"]), (4, ["005", ""])]
    assert reading.notes == [(4, "id", Note.ERROR_CELL, "#VALUE!")]


def test_the_cached_values_of_an_xlsbs_formulas_are_read(tmp_path: Path) -> None:
    """Texts, numbers through their format, dates, truth values and errors."""
    rows: Rows = [
        ["name", "id", "born", "ok", "error"],
        [
            Cell("Tan Mei", formula=True),
            Cell(7.0, "0000", formula=True),
            Cell(33010.0, DATE, formula=True),
            Cell(value=True, formula=True),
            Cell("#VALUE!", error=True, formula=True),
        ],
    ]
    reading = read_all(write_xlsb(tmp_path / "a.xlsb", rows))
    assert reading.rows == [(2, ["Tan Mei", "0007", "1990-05-17", "TRUE", ""])]
    assert reading.notes == [(2, "error", Note.ERROR_CELL, "#VALUE!")]


def test_an_xls_that_speaks_of_an_encrypted_package_is_not_protected(tmp_path: Path) -> None:
    """Only a stream of that name is what Office encrypts; here it is what someone wrote into a cell."""
    path = write_xls(tmp_path / "a.xls", [["name", "id"], ["EncryptedPackage", "1"]])
    assert read_all(path).cells == [["EncryptedPackage", "1"]]


def test_a_small_xls_in_the_mini_stream_is_read(tmp_path: Path) -> None:
    rows: Rows = [["name", "id"], ["A", Cell(1.0, "000")]]
    assert read_all(write_xls(tmp_path / "a.xls", rows, small=True)).rows == [(2, ["A", "001"])]


def test_an_xls_protected_by_a_password_is_refused(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls", [["name", "id"], ["A", "1"]])
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\x22\x00\x02\x00", b"\x2f\x00\x02\x00", 1))
    with pytest.raises(FileError, match="protected by a password"):
        read_all(path)


@pytest.mark.parametrize("kind", KINDS)
def test_workbooks_give_chosen_columns_and_second_passes(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path / f"a.{kind}", [["name", "id"], ["A", "1"], [], ["B", "2"]])
    with open_input(InputFile(path, path.name, None)) as opened:
        chosen = [value for batch in opened.columns(["id"]) for value in batch.cells["id"] if value]
        passes = [[batch.rows.tolist() for batch in opened.batches()] for _ in range(2)]
        assert list(opened.columns(["nothing"])) == []
        assert opened.rows_estimate == 3
    assert (chosen, passes) == (["1", "2"], [[[2, 4]], [[2, 4]]])


@pytest.mark.parametrize("kind", [*KINDS, "ods"])
def test_a_cut_off_workbook_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    rows = [["name", "id"], *([f"Tan {n}", "1"] for n in range(300))]
    if kind == "ods":
        write_ods(path, {"S": [row(text(name), text(value)) for name, value in rows]})
    else:
        WRITERS[kind](path, rows)
    path.write_bytes(path.read_bytes()[:-700])
    with pytest.raises(FileError, match="damaged"):
        read_all(path)


def _write_one(path: Path, cell: str) -> Path:
    return write_ods(path, {"Users": [row(text("name"), text("id")), row(text("A"), cell)]})


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (text("0012"), "0012"),
        (text("a\nb"), "a\nb"),
        (number(20141166, "20141166"), "20141166"),
        (number(20141166, "20,141,166"), "20141166"),
        (number(20141166, "$20,141,166.00", "currency"), "20141166"),
        (number(1234567, "01234567"), "01234567"),
        (number(123456789, "123-45-6789"), "123-45-6789"),
        (number(1.5, "1.50"), "1.5"),
        (number(0.5, "0.5"), "0.5"),
        (number(-5, "-5"), "-5"),
        (number(0.5, "50%", "percentage"), "50%"),
        (number(1.23e14, "1.23E+14"), "1.23E+14"),
        (number(1234567890123456, "1234567890123456"), "1.23457E+15"),
        (valued("date", "date-value", "1990-05-17", "17.05.90"), "1990-05-17"),
        (valued("date", "date-value", "1990-05-17T13:04:05", "17.05.90"), "1990-05-17 13:04:05"),
        (valued("time", "time-value", "PT03H04M05S", "03:04:05"), "03:04:05"),
        (valued("time", "time-value", "PT30H00M00S", "30:00:00"), "30:00:00"),
        (valued("boolean", "boolean-value", "true", "WAHR"), "TRUE"),
    ],
)
def test_an_opendocument_cell_is_the_text_a_person_sees(tmp_path: Path, cell: str, shown: str) -> None:
    reading = read_all(_write_one(tmp_path / "a.ods", cell))
    assert reading.cells == [["A", shown]]
    assert reading.origins[0].format == "ods"


def test_opendocument_rows_errors_hidden_rows_and_repeats_are_told(tmp_path: Path) -> None:
    rows = [
        row(text("Customer list")),
        row(gap(4), repeated=2),
        row(gap(), text("name"), text("id")),
        row(gap(), text("A"), error("#N/A")),
        row(gap(), text("B"), number(7, "007"), repeated=3, hidden=True),
        row(gap(5), repeated=4, hidden=True),
        row(gap(), error("Err:502"), text("x")),
        row(gap(1024), repeated=1_048_000),
    ]
    path = write_ods(tmp_path / "a.ods", {"Users": rows, "Old": [row(text("name"))]}, hidden=["Old"])
    reading = read_all(path, known_headers=count_known)
    assert reading.origins[0].header_row == 4
    assert reading.origins[0].detected["hidden_sheets"] == "Old"
    assert reading.rows == [(5, ["A", ""]), (6, ["B", "007"]), (7, ["B", "007"]), (8, ["B", "007"]), (13, ["", "x"])]
    assert reading.notes == [
        (5, "id", Note.ERROR_CELL, "#N/A"),
        *((number, None, Note.HIDDEN_ROW, "") for number in (6, 7, 8)),
        (13, "name", Note.ERROR_CELL, "Err:502"),
    ]


def test_a_cell_repeated_over_a_whole_sheet_is_refused_before_memory_is_gone(tmp_path: Path) -> None:
    cell = text("x").replace("<table:table-cell ", '<table:table-cell table:number-columns-repeated="16384" ')
    path = write_ods(tmp_path / "a.ods", {"S": [row(text("name"), text("id")), row(cell, repeated=1_048_575)]})
    with pytest.raises(FileError, match="stretches over 1,048,576 rows and 16,384 columns"):
        read_all(path)


@pytest.mark.parametrize("kind", KINDS)
def test_what_these_tests_write_is_a_workbook_to_calamine_alone(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path / f"a.{kind}", [["name"], ["A"]])
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python() == [["name"], ["A"]]


@pytest.mark.parametrize("name", ["a.ods", "a.xlsb"])
def test_a_zip_bomb_of_another_format_is_refused_unopened(tmp_path: Path, name: str) -> None:
    """Whatever the part is called: an archive inside is never opened, but would be unpacked."""
    path = tmp_path / name
    if name == "a.ods":
        write_ods(path, {"S": [row(text("name"), text("id")), row(text("A"), text("1"))]})
    else:
        WRITERS["xlsb"](path, [["name", "id"], ["A", "1"]])
    assert read_all(path).rows == [(2, ["A", "1"])]
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("Pictures/inner.zip", "w") as part:
        for _ in range(300):
            part.write(bytes(1024 * 1024))
    with pytest.raises(FileError, match="zip bomb"):
        read_all(path)
