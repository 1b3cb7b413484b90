"""What the workbook says of cells: of full cells never that they are empty, and of joined columns what goes where."""

from pathlib import Path

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
