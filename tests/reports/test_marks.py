"""What the workbook says of cells: of full cells never that they are empty, and of joined columns what goes where."""

from dataclasses import replace
from pathlib import Path

import openpyxl
from reports_readers import read_sheet, report
from reports_samples import Finding, Row, make_reported

HEADERS = ("Full Name", "Account Type", "ID No", "Addr 1", "Addr 2", "Town", "Land")
MAPPED = {
    "customerName": ("Full Name",),
    "registrationType": ("Account Type",),
    "registrationId": ("ID No",),
    "address.street": ("Addr 1", "Addr 2"),
    "address.city": ("Town",),
    "address.country": ("Land",),
}
CELLS = ("Tan Mei Ling", "personal", "S8012345F", "1 Made Up Street", "02-03", "Singapore", "Singapur")
COUNTRY = Finding("address.country", "unknown_country", "warning", "Land", "Singapur")
EVERYTHING = "address.street;address.city;address.country;dateOfBirth"


def gap_row(tmp_path: Path, cells: tuple[str, ...], *findings: Finding) -> dict[str, str]:
    row = Row(cells, "unchanged", "sgd", EVERYTHING, findings)
    paths = report(tmp_path, make_reported([row], headers=HEADERS, mapped=MAPPED))
    return read_sheet(paths.workbooks[0], "USD gaps")[0]


def codes_of(row: dict[str, str]) -> list[str]:
    return row["_errors"].partition(" | ")[0].split(";")


def test_a_full_cell_is_not_called_empty_though_the_profile_lacks_it(tmp_path: Path) -> None:
    row = gap_row(tmp_path, CELLS, COUNTRY)
    assert codes_of(row) == ["address.country:unknown_country", "dateOfBirth:missing"]
    assert "Street" not in row["_errors"]


def test_an_empty_cell_is_called_empty(tmp_path: Path) -> None:
    row = gap_row(tmp_path, (*CELLS[:3], "", " ", *CELLS[5:]), COUNTRY)
    assert set(codes_of(row)) == {"address.country:unknown_country", "address.street:missing", "dateOfBirth:missing"}


PROFILES = "9 Old Street, 08-08"
JOINED = Row(CELLS, "conflict", "usd", conflicts=(("address.street", PROFILES),), profile_id="cp_2")


def comments_of(tmp_path: Path, row: Row, mapped: dict[str, tuple[str, ...]] | None = None) -> dict[str, str]:
    """Write the workbook, and give the comments of its only row by column."""
    paths = report(tmp_path, make_reported([row], headers=HEADERS, mapped=mapped or MAPPED))
    sheet = openpyxl.load_workbook(paths.workbooks[0])["Rejected"]
    cells = {str(header.value): cell for header, cell in zip(sheet[1], sheet[2], strict=True)}
    return {name: cell.comment.text for name, cell in cells.items() if cell.comment is not None} | {
        "_suggestions": str(cells["_suggestions"].value)
    }


def test_the_profiles_value_of_joined_columns_goes_into_the_first_and_the_others_are_emptied(tmp_path: Path) -> None:
    told = comments_of(tmp_path, JOINED)
    assert told.keys() == {"Addr 1", "Addr 2", "_suggestions"}
    assert PROFILES in told["Addr 1"]
    assert told["Addr 1"].endswith(
        "Put the profile's value here and empty the cell in Addr 2, or empty them all, and import again."
    )
    assert told["Addr 2"].endswith("Empty this cell: the profile's value goes into Addr 1.")
    assert told["_suggestions"] == f"address.street={PROFILES}"


def test_an_empty_cell_of_joined_columns_is_not_to_be_emptied(tmp_path: Path) -> None:
    row = replace(JOINED, cells=(*CELLS[:4], "", *CELLS[5:]))
    assert comments_of(tmp_path, row).keys() == {"Addr 1", "_suggestions"}


def test_a_suggestion_for_joined_columns_goes_into_the_first_and_the_others_are_emptied(tmp_path: Path) -> None:
    finding = Finding("address.street", "bad_characters", "error", "Addr 1", "ü", "1 Muster Strasse, 02-03")
    told = comments_of(tmp_path, Row(CELLS, "rejected", findings=(finding,)))
    assert told["Addr 1"].endswith(
        "Suggestion: 1 Muster Strasse, 02-03\nPut it here whole, and empty the cell in Addr 2."
    )
    assert told["Addr 2"].endswith("Empty this cell: the suggestion goes into Addr 1.")
    assert told["_suggestions"] == "address.street=1 Muster Strasse, 02-03"


def test_a_finding_without_a_suggestion_empties_nothing(tmp_path: Path) -> None:
    finding = Finding("address.street", "bad_characters", "error", "Addr 1", "ü")
    assert comments_of(tmp_path, Row(CELLS, "rejected", findings=(finding,))).keys() == {"Addr 1", "_suggestions"}


def test_a_part_of_a_whole_address_in_conflict_gets_a_column_of_its_own(tmp_path: Path) -> None:
    parts = ("address.street", "address.city", "address.country")
    told = comments_of(
        tmp_path,
        replace(JOINED, conflicts=(("address.city", "Singapore"),)),
        {**MAPPED, **dict.fromkeys(parts, ("Addr 1",))},
    )
    assert told.keys() == {"address.city", "_suggestions"}


WHOLE = {**MAPPED, **dict.fromkeys(("address.street", "address.city", "address.country"), ("Addr 1",))}


def test_what_a_whole_address_does_not_tell_gets_a_column_of_its_own(tmp_path: Path) -> None:
    finding = Finding("address.city", "missing", "error", "Addr 1")
    told = comments_of(tmp_path, Row(CELLS, "rejected", findings=(finding,)), WHOLE)
    assert told.keys() == {"address.city", "_suggestions"}


def test_an_empty_whole_address_is_to_be_filled_itself(tmp_path: Path) -> None:
    finding = Finding("address.city", "missing", "error", "Addr 1")
    row = Row((*CELLS[:3], " ", *CELLS[4:]), "rejected", findings=(finding,))
    assert comments_of(tmp_path, row, WHOLE).keys() == {"Addr 1", "_suggestions"}


def test_a_suggestion_for_a_part_never_takes_the_place_of_the_whole_address(tmp_path: Path) -> None:
    finding = Finding("address.street", "bad_characters", "error", "Addr 1", "/", "1 Muster Strasse")
    told = comments_of(tmp_path, Row(CELLS, "rejected", findings=(finding,)), WHOLE)
    assert told.keys() == {"address.street", "_suggestions"}
    assert told["address.street"].endswith("Suggestion: 1 Muster Strasse")


def test_a_part_of_a_whole_address_without_a_suggestion_is_mended_in_it(tmp_path: Path) -> None:
    finding = Finding("address.street", "bad_characters", "error", "Addr 1", "路")
    told = comments_of(tmp_path, Row(CELLS, "rejected", findings=(finding,)), WHOLE)
    assert told.keys() == {"Addr 1", "_suggestions"}


def test_parts_of_an_address_that_no_column_holds_get_columns_of_their_own(tmp_path: Path) -> None:
    findings = [Finding(name, "missing", "error", "") for name in ("address.street", "address.city")]
    mapped = {name: headers for name, headers in MAPPED.items() if not name.startswith("address.")}
    told = comments_of(tmp_path, Row(CELLS, "rejected", findings=tuple(findings)), mapped)
    assert told.keys() == {"address.street", "address.city", "_suggestions"}


def test_characters_that_no_workbook_can_hold_are_named_in_comments(tmp_path: Path) -> None:
    finding = Finding("customerName", "bad_characters", "error", "Full Name", "\x01 \ufffe", "Tan")
    row = Row(CELLS, "conflict", findings=(finding,), conflicts=(("address.city", "Singa\x0bpore"),), profile_id="cp_2")
    told = comments_of(tmp_path, row)
    assert "(U+0001 U+FFFE)" in told["Full Name"]
    assert "SingaU+000Bpore" in told["Town"]
