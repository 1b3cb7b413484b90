"""What old systems export, through the command line: several files, dates, mappings, workbooks, the template."""

import datetime
import json
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from e2e_exports import as_csv, people, person, sgd_only
from e2e_program import Ended, Machine, Reports

from straitsx_bulk.io.sandbox.server import SandboxServer
from straitsx_bulk.io.template import SHEET

Rows = list[dict[str, str]]


def write_workbook(path: Path, sheets: dict[str, Rows], hidden: tuple[str, ...] = ()) -> Path:
    """Write rows as text cells, each sheet's header in its first row."""
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, list(rows[0]))
            for number, row in enumerate(rows, start=1):
                sheet.write_row(number, 0, list(row.values()))
            if name in hidden:
                sheet.hide()
    return path


def born(*dates: str) -> Rows:
    """People with these dates of birth."""
    return [person(number, dateOfBirth=date) for number, date in enumerate(dates, start=1)]


def flat(text: str) -> str:
    """A text without the line ends that a terminal's width puts in."""
    return " ".join(text.split())


# Dates


def test_a_format_that_alone_fits_the_column_is_found_noted_and_used(machine: Machine) -> None:
    machine.write("people.csv", as_csv(born("01/02/1990", "03/04/1991", "25/12/1992")))
    reports = machine.run("validate", "people.csv").reports
    assert reports.summary["date_formats"] == {"people.csv dateOfBirth": "%d/%m/%Y"}
    assert reports.column("rail") == ["usd"] * 3
    assert reports.column("repairs") == ["dateOfBirth:date_format"] * 3


def test_dates_with_two_readings_are_ambiguous_and_both_are_named(machine: Machine) -> None:
    machine.write("people.csv", as_csv(born("01/02/1990", "03/04/1991", "1992-12-25")))
    ended = machine.run("validate", "people.csv", "--rail", "usd")
    assert ended.code == 3
    assert ended.reports.summary["date_formats"] == {"people.csv dateOfBirth": "ambiguous"}
    assert ended.reports.column("errors") == ["dateOfBirth:ambiguous_date"] * 2 + [""]
    both = [("1990-02-01", "1990-01-02"), ("1991-04-03", "1991-03-04")]
    for readings, text in zip(both, ended.reports.column("message"), strict=False):
        assert [reading for reading in readings if reading not in text] == []


def test_a_declared_format_is_used_whatever_the_column_looks_like(machine: Machine) -> None:
    machine.write("people.csv", as_csv(born("01/02/1990", "03/04/1991")))
    machine.write("m.yaml", 'columns:\n  dateOfBirth: {from: dateOfBirth, format: "%m/%d/%Y"}\n')
    ended = machine.run("validate", "people.csv", "--mapping", "m.yaml", "--rail", "usd")
    assert ended.reports.outcomes == {"valid": 2}
    assert ended.reports.summary["date_formats"] == {"people.csv dateOfBirth": "%m/%d/%Y"}


@pytest.mark.parametrize("rejects", ["rejects.xlsx", "rejects.csv"])
def test_a_found_format_holds_when_the_rejects_come_back(machine: Machine, rejects: str) -> None:
    """The rows that are left would be ambiguous by themselves."""
    rows = born("01/02/1990", "25/12/1992")
    rows[0]["registrationIdType"] = "no idea"
    machine.write("people.csv", as_csv(rows))
    first = machine.run("validate", "people.csv", "--rail", "usd").reports
    assert first.outcomes == {"valid": 1, "rejected": 1}
    second = machine.run("validate", mend(first, rejects, "registrationIdType", "passport"), "--rail", "usd").reports
    assert second.outcomes == {"valid": 1}
    assert set(second.summary["date_formats"].values()) == {"%d/%m/%Y"}
    [told] = second.rows
    assert (told["source"], told["row"], told["repairs"]) == ("people.csv", "2", "dateOfBirth:date_format")


def mend(reports: Reports, rejects: str, header: str, value: str) -> Path:
    """Set one column of all rejected rows, as an analyst does."""
    path = reports.folder / rejects
    if path.suffix == ".csv":
        path.write_text(path.read_text(encoding="utf-8").replace(",no idea,", f",{value},"), encoding="utf-8")
        return path
    book = openpyxl.load_workbook(path)
    sheet = book["Rejected"]
    column = next(cell.column for cell in sheet[1] if cell.value == header)
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column, value)
    book.save(path)
    return path


def test_the_format_found_is_told_in_the_rejects_workbook(machine: Machine) -> None:
    machine.write("people.csv", as_csv([*born("01/02/1990", "25/12/1992"), person(3, registrationId="")]))
    folder = machine.run("validate", "people.csv").reports.folder
    guide = openpyxl.load_workbook(folder / "rejects.xlsx")["How to mend"]
    assert any("%d/%m/%Y" in str(cell.value) for cells in guide.iter_rows() for cell in cells)


# Several files


@pytest.mark.parametrize("argument", ["exports", "exports/*"])
def test_a_folder_or_glob_is_one_run_in_name_order_each_file_with_its_own_or_the_shared_mapping(
    machine: Machine, argument: str
) -> None:
    machine.write("exports/b.csv", "Wer,Art,Nummer\nTan Mei,personal,S0000001I\n")
    machine.write("exports/B.csv", "Naam,Soort,Nr\nJan Jansen,personal,N0000001\n")
    machine.write("exports/B.mapping.yaml", mapping("Naam", "Soort", "Nr"))
    machine.write("exports/notes.md", "not an export")
    write_workbook(
        machine.folder / "exports/a.xlsx", {"S": [{"Wer": "Lim", "Art": "business", "Nummer": "201912345R"}]}
    )
    machine.write("shared.yaml", mapping("Wer", "Art", "Nummer"))
    reports = machine.run("validate", argument, "--mapping", "shared.yaml").reports
    told = [(row["source"], row["registration_id"], row["outcome"]) for row in reports.rows]
    assert told == [
        ("exports/B.csv", "N0000001", "valid"),
        ("exports/a.xlsx", "201912345R", "valid"),
        ("exports/b.csv", "S0000001I", "valid"),
    ]
    assert reports.summary["inputs"] == ["exports/B.csv", "exports/a.xlsx", "exports/b.csv"]


def mapping(name: str, kind: str, number: str) -> str:
    """A mapping of the three SGD parameters."""
    return f"columns:\n  customerName: {name}\n  registrationType: {kind}\n  registrationId: {number}\n"


@pytest.mark.parametrize("again", ["exports/a.csv", "./exports/../exports/a.csv", "exports/*.csv", "link.csv"])
def test_the_same_file_twice_is_exit_2_however_it_is_named(machine: Machine, again: str) -> None:
    machine.write("exports/a.csv", as_csv(people(1)))
    (machine.folder / "link.csv").symlink_to("exports/a.csv")
    ended = machine.run("validate", "exports", again)
    assert (ended.code, ended.folders) == (2, [])
    assert "are the same file" in flat(ended.stderr)


# What nothing uses, what was guessed


def test_a_column_that_nothing_uses_is_named_on_the_terminal_and_in_the_report(machine: Machine) -> None:
    machine.write("people.csv", as_csv([row | {"Segment": "vip", "Shoe size": "42"} for row in people(2)]))
    ended = machine.run("validate", "people.csv")
    told = "people.csv: nothing uses the columns Segment, Shoe size."
    assert told in flat(ended.stderr)
    assert told in flat((ended.reports.folder / "report.html").read_text(encoding="utf-8"))
    machine.write("m.yaml", "keep: [Segment, Shoe size]\n")
    kept = machine.run("validate", "people.csv", "--mapping", "m.yaml")
    assert "nothing uses" not in flat(kept.stderr)
    assert kept.reports.column("Shoe size") == ["42", "42"]


def test_a_guessed_encoding_hidden_rows_and_hidden_sheets_are_told(machine: Machine) -> None:
    (machine.folder / "old.csv").write_bytes(as_csv([person(1, customerName="José Tan")]).encode("cp1252"))
    book = write_workbook(machine.folder / "users.xlsx", {"Users": people(3, 2), "Old": people(1, 9)}, ("Old",))
    opened = openpyxl.load_workbook(book)
    opened["Users"].row_dimensions[3].hidden = True
    opened.save(book)
    told = flat(machine.run("validate", "old.csv", "users.xlsx").stderr)
    assert "old.csv: read as cp1252, which is a guess that fits." in told
    assert "old.csv: csv, encoding cp1252 (a guess that fits), delimiter" in machine.run("inspect", "old.csv").stdout
    assert "users.xlsx: hidden sheets were not read: Old." in told
    assert "users.xlsx: 1 hidden row was read like all others." in told


def test_a_wrong_guess_of_an_encoding_becomes_nobodys_name(machine: Machine) -> None:
    """An old Mac's ``José`` reads as ``JosŽ`` in cp1252, which full repair would have sent as ``JosZ``."""
    text = as_csv([person(1, customerName="José Tan"), person(2, customerName="Renée Lim"), person(3)])
    (machine.folder / "old.csv").write_bytes(text.encode("mac-roman"))
    ended = machine.run("validate", "old.csv", "--repair", "full")
    told = "old.csv: read as cp1252, which is a guess that does not fit: letters beyond A to Z were not taken over."
    assert f"{told} Say `encoding:` in the mapping file." in flat(ended.stderr)
    expected = [("rejected", "customerName:undecodable")] * 2 + [("valid", "")]
    assert [(row["outcome"], row["errors"]) for row in ended.reports.rows] == expected
    (ended.reports.folder / "rejects.xlsx").rename(machine.folder / "back.xlsx")
    again = machine.run("validate", "back.xlsx", "--repair", "full").reports
    assert again.column("outcome") == ["rejected", "rejected"]
    machine.write("old.mapping.yaml", "encoding: mac-roman\n")
    assert machine.run("validate", "old.csv", "--repair", "full").reports.column("outcome") == ["valid"] * 3


def test_formulas_that_were_never_calculated_are_told(machine: Machine) -> None:
    """With 0 in their place, as XlsxWriter leaves it, both people would go in by the name of ``0``."""
    with xlsxwriter.Workbook(machine.folder / "people.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(people(2)):
            sheet.write_row(0, 0, list(row))
            sheet.write_row(number + 1, 0, list(row.values()))
            sheet.write_formula(number + 1, list(row).index("customerName"), '="Tan"&" "&"Mei"')
    ended = machine.run("validate", "people.xlsx")
    assert "people.xlsx: 2 formulas were never calculated and read as empty. Open the file" in flat(ended.stderr)
    assert {row["errors"] for row in ended.reports.rows} == {"customerName:missing"}
    assert all("customerName:error_cell" in row["warnings"] for row in ended.reports.rows)


def test_a_row_of_data_that_is_named_as_the_header_is_refused_without_its_values(machine: Machine) -> None:
    machine.write("people.csv", as_csv([person(1), person(2)]))
    machine.write("people.mapping.yaml", "header_row: 2\n")
    for command in ("validate", "inspect"):
        ended = machine.run(command, "people.csv")
        assert (ended.code, "Person" in ended.stdout + ended.stderr) == (2, False)
        assert "people.csv: row 2, which should be the header, holds data. Correct `header_row`." in flat(ended.stderr)


def test_a_header_as_long_as_a_row_is_not_shown_whole(machine: Machine) -> None:
    """As of a file that is read with another delimiter than its own."""
    machine.write("people.csv", as_csv(people(2)))
    machine.write("people.mapping.yaml", "delimiter: ;\ncolumns: {customerName: Name}\n")
    ended = machine.run("validate", "people.csv")
    assert (ended.code, "address.country" in ended.stderr) == (2, False)
    assert "Its columns: `customerName,registrationType," in flat(ended.stderr)


def test_a_sheet_that_was_not_read_is_told_unless_the_mapping_chose(machine: Machine) -> None:
    """People on one sheet and a few columns of businesses on the next would go unseen."""
    shops = [{"customerName": "Acme", "Shop": "1"}]
    write_workbook(machine.folder / "users.xlsx", {"People": people(2), "Shops": shops})
    told = "users.xlsx: sheet People was read, and not: Shops. Name another with `sheet:`"
    assert told in flat(machine.run("validate", "users.xlsx").stderr)
    assert "sheet People, unread sheets Shops, header" in machine.run("inspect", "users.xlsx").stdout
    machine.write("users.mapping.yaml", "sheet: People\n")
    assert "Shops" not in machine.run("validate", "users.xlsx").stderr
    assert "sheet People, other sheets Shops, header" in machine.run("inspect", "users.xlsx").stdout
    machine.run("template", "template.xlsx")
    assert "was read, and not" not in machine.run("validate", "template.xlsx").stderr


def test_a_delimiter_and_an_encoding_that_looking_does_not_find_may_be_said(machine: Machine) -> None:
    text = "customerName~registrationType~registrationId\nŁukasz; Nowak, A~personal~P1234567\n"
    (machine.folder / "old.csv").write_bytes(text.encode("cp1250"))
    machine.write("old.mapping.yaml", "delimiter: ~\nencoding: cp1250\n")
    ended = machine.run("validate", "old.csv", "--repair", "full")
    [row] = ended.reports.rows
    assert row["registration_id"] == "P1234567"
    assert "customerName:transliterated" in row["repairs"]
    assert machine.run("inspect", "old.csv").stdout.count("cp1250") == 1


def test_ragged_rows_undecodable_bytes_and_error_cells_end_in_the_results_under_their_own_numbers(
    machine: Machine,
) -> None:
    lines = as_csv(people(3)).splitlines()
    lines[2] = lines[2] + ",one too many"
    lines.insert(2, "")
    text = "\n".join(lines).encode().replace(b"Person Number 3", b"Jos\xc3\xa9 Jos\xc3\xa9 Jos\xc3\xa9 \xff")
    (machine.folder / "people.csv").write_bytes(text)
    reports = machine.run("validate", "people.csv").reports
    assert [(row["row"], row["outcome"], row["errors"]) for row in reports.rows] == [
        ("2", "valid", ""),
        ("4", "rejected", "row:ragged_row"),
        ("5", "rejected", "customerName:undecodable"),
    ]
    with xlsxwriter.Workbook(machine.folder / "errors.xlsx") as book:
        sheet = book.add_worksheet()
        row = person(1)
        sheet.write_row(0, 0, list(row))
        sheet.write_row(1, 0, list(row.values()))
        sheet.write_formula(1, list(row).index("dateOfBirth"), "=NA()", None, "#N/A")
    [told] = machine.run("validate", "errors.xlsx").reports.rows
    assert (told["row"], told["rail"], "dateOfBirth:error_cell" in told["warnings"]) == ("2", "sgd", True)


# Workbooks with several sheets


def test_two_sheets_that_could_be_meant_are_a_question_with_their_names(machine: Machine) -> None:
    write_workbook(machine.folder / "users.xlsx", {"2023": people(1), "2024": people(2)})
    for command in ("validate", "inspect"):
        ended = machine.run(command, "users.xlsx")
        assert (ended.code, ended.folders) == (2, [])
        assert "'2023', '2024'" in flat(ended.stderr)
    looked = flat(machine.run("inspect", "users.xlsx", "--sheet", "2024").stdout)
    assert "sheet 2024, other sheets 2023, header in row 1, 2 rows" in looked
    machine.write("users.mapping.yaml", 'sheet: "2023"\n')
    assert machine.run("validate", "users.xlsx").reports.outcomes == {"valid": 1}


# inspect


def test_inspect_writes_a_draft_that_validates_and_shows_no_value(machine: Machine) -> None:
    rows = [
        {"Full Name": "Tan Mei Ling", "Kind": "Individual", "NRIC": "S8012345F", "DOB": "25/12/1980"},
        {"Full Name": "Lim Ah Kow", "Kind": "Individual", "NRIC": "S8012346D", "DOB": "02/04/1981"},
    ]
    machine.write("users.csv", as_csv(rows))
    ended = machine.run("inspect", "users.csv", "--write", "users.mapping.yaml")
    assert ended.code == 0
    assert "`DOB`: dates %d/%m/%Y; no other format fits." in ended.stdout
    assert "personal, SGD: lacks registrationType (or give --type)." in ended.stdout
    draft = (machine.folder / "users.mapping.yaml").read_text(encoding="utf-8")
    for value in ("Tan", "Mei", "8012345", "1980", "02/04"):
        assert value not in ended.stdout + draft
    assert machine.run("validate", "users.csv", "--type", "personal").reports.outcomes == {"valid": 2}
    again = machine.run("inspect", "users.csv", "--write", "users.mapping.yaml")
    assert (again.code, "is there already" in flat(again.stderr)) == (2, True)


def test_inspect_into_a_file_or_a_program_wraps_nothing(machine: Machine) -> None:
    """A name, its parameter and its samples stand on one line, for whoever searches them; COLUMNS says otherwise."""
    long = "Registered address of the customer as of the last review by compliance"
    machine.write("users.csv", as_csv([{"Full Name": "Tan Mei Ling Angela", long: "1 Road", "NRIC": "S8012345F"}]))
    lines = machine.run("inspect", "users.csv").stdout.splitlines()
    assert next(line.split() for line in lines if line.lstrip().startswith(long))[-2:] == ["9", "Xxxx"]
    assert len([line for line in lines if line.startswith("personal, USD: lacks")]) == 1
    assert "nationality." in next(line for line in lines if line.startswith("personal, USD"))
    narrow = machine.cold().run("inspect", "users.csv", COLUMNS="80").stdout
    assert max(map(len, narrow.splitlines())) <= 80


def test_names_in_a_file_cannot_steer_the_terminal(machine: Machine) -> None:
    name = "use\x1b[31mrs.csv"
    machine.write(name, as_csv([{"Full Name": "Tan", "a\x1b[2Jb\u202ec": "x"}]))
    told = [machine.run(command, name) for command in ("inspect", "validate")]
    told += [machine.run("validate", "\x1b[31m.csv"), machine.run("validate", name, "--mapping", "\x1b[31m.yaml")]
    assert [ended.code for ended in told] == [0, 2, 2, 2]
    shown = "".join(ended.stdout + ended.stderr for ended in told)
    assert ("\x1b" in shown, "\u202e" in shown) == (False, False)
    assert "a\\x1b[2Jb\\u202ec" in told[0].stdout


def test_inspect_on_a_stream_that_knows_fewer_characters_shows_all_the_same(machine: Machine) -> None:
    machine.write("users.csv", as_csv([{"Full Name": "Tan", "Größe": "x"}]))
    ended = machine.cold().run("inspect", "users.csv", PYTHONIOENCODING="ascii")
    assert (ended.code, ended.stderr) == (0, "")
    assert "Gr\\xf6\\xdfe" in ended.stdout


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("users.pdf", as_csv([person(1)]).encode(), "users.pdf: read as delimited text"),
        ("users.xls", as_csv([person(1)]).encode(), "users.xls: read as delimited text"),
        ("users.csv", None, "users.csv: read as a workbook (xlsx)"),
        ("users.dat", as_csv([person(1)]).encode(), ""),
        ("users", as_csv([person(1)]).encode(), ""),
        ("users.csv", as_csv([person(1)]).encode(), ""),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_read_as_what_it_is_and_told(
    machine: Machine, name: str, content: bytes | None, told: str
) -> None:
    if content is None:
        write_workbook(machine.folder / "book.xlsx", {"Users": people(1)})
        content = (machine.folder / "book.xlsx").read_bytes()
    (machine.folder / name).write_bytes(content)
    ended = machine.run("validate", name)
    assert ended.reports.outcomes == {"valid": 1}
    assert (told or "whatever its name says") in flat(ended.stderr) if told else "its name says" not in ended.stderr


def test_prose_under_another_programs_suffix_is_told_as_what_it_was_read_as(machine: Machine) -> None:
    (machine.folder / "letter.pdf").write_text("Dear all\nthe export comes later\n")
    ended = machine.run("validate", "letter.pdf")
    assert ended.code == 2
    assert "letter.pdf: read as delimited text, since that is what it holds" in flat(ended.stderr)


# The template


def test_an_untouched_template_imports_nobody(machine: Machine) -> None:
    assert machine.run("template", "users.xlsx").code == 0
    ended = machine.run("validate", "users.xlsx")
    assert (ended.code, ended.reports.rows, ended.reports.summary["rows_read"]) == (0, [], 0)
    assert "users.xlsx: 2 example rows of the template were left out." in flat(ended.stderr)
    schema = machine.run("template", "again.xlsx", "--mapping-schema", "mapping.schema.json")
    assert schema.code == 0
    assert "columns" in json.loads((machine.folder / "mapping.schema.json").read_text(encoding="utf-8"))["properties"]


def test_a_filled_in_template_imports_without_a_mapping(machine: Machine, sandbox: SandboxServer) -> None:
    """Both types, dates as date cells and as text, ids with leading zeros; the examples stay and are never imported."""
    machine.run("template", "users.xlsx")
    path = machine.folder / "users.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    columns = {cell.value: cell.column for cell in sheet[1]}
    company = {
        "customerName": "Lion Pte Ltd",
        "registrationType": "business",
        "registrationId": "201912345R",
        "registrationIdType": "business_reg_no",
        "registrationIdCountry": "Singapore",
        "address.street": "1 Raffles Place",
        "address.city": "Singapore",
        "address.country": "SG",
        "placeOfBiz": "1 Raffles Place",
        "placeOfBizCountry": "SG",
        "countryOfIncorporation": "SG",
        "dateOfIncorporation": "2019-03-01",
        "reference": "m-1",
    }
    filled: list[dict[str, str | datetime.date]] = [
        {**person(1), "registrationId": "0012345", "dateOfBirth": datetime.date(1975, 12, 1), "reference": "u-1"},
        {**person(2), "reference": "u-2"},
        {**company},
    ]
    for number, row in enumerate(filled, start=4):
        for name, value in row.items():
            sheet.cell(number, columns[name] or 0, value)
    book.save(path)
    ended = machine.run("import", "users.xlsx", "--env", "local", "--base-url", sandbox.base_url)
    assert told(ended) == [("4", "u-1", "0012345"), ("5", "u-2", "P0000002X"), ("6", "m-1", "201912345R")]
    assert ended.reports.outcomes == {"created": 3}
    assert ended.reports.column("rail") == ["usd"] * 3


def told(ended: Ended) -> list[tuple[str, str, str]]:
    """Row number, reference and id of each result."""
    return [(row["row"], row["reference"], row["registration_id"]) for row in ended.reports.rows]


def test_a_column_deleted_from_the_template_is_no_fault(machine: Machine) -> None:
    """Only the three SGD parameters are left."""
    write_workbook(machine.folder / "users.xlsx", {SHEET: sgd_only(people(2))})
    assert machine.run("validate", "users.xlsx").reports.column("rail") == ["sgd", "sgd"]
