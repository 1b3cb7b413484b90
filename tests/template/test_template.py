"""The workbook that analysts fill in."""

from datetime import date
from pathlib import Path
from typing import IO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from readers_office import SOFFICE, convert

from straitsx_bulk.flows.command.templating import write_templates
from straitsx_bulk.io.readers import InputFile, open_input
from straitsx_bulk.io.readers.headers import EXAMPLE_REFERENCE, LISTS_SHEET
from straitsx_bulk.io.template import GUIDE, SHEET, write_template
from straitsx_bulk.schemas.check import Checker, CheckSettings
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.countries import ALPHA2
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.headers import count_known
from straitsx_bulk.schemas.mapping import lay_out
from straitsx_bulk.schemas.parameters import PARAMETER_NAMES, PARAMETERS, Kind


@pytest.fixture(name="template")
def make_template(tmp_path: Path) -> Path:
    path = tmp_path / "template.xlsx"
    write_template(path)
    return path


def open_sheet(path: Path, name: str = SHEET) -> Worksheet:
    sheet = load_workbook(path)[name]
    assert isinstance(sheet, Worksheet)
    return sheet


def check(path: Path) -> CheckedBatch:
    with open_input(InputFile(path, path.name, None), known_headers=count_known) as export:
        (origin,) = export.origins
        layout = lay_out(None, origin.headers, source=path.name, registration_type=None, command="import")
        assert layout.unused == ()
        assert layout.reference == "reference"
        settings = CheckSettings(rail="usd", repair="none", command="validate", today=date(2026, 1, 1))
        (batch,) = export.batches()
        return Checker(layout, settings).check(batch)


def test_there_is_one_column_a_parameter_with_a_note(template: Path) -> None:
    """Headed by the API's name; the note says who needs it and what is allowed."""
    sheet = open_sheet(template)
    assert [cell.value for cell in sheet[1]] == [*PARAMETER_NAMES, "reference"]
    for cell, parameter in zip(sheet[1], PARAMETERS, strict=False):
        assert cell.comment is not None
        assert parameter.allowed in cell.comment.text
        assert parameter.label in cell.comment.text
    comments = {str(cell.value): cell.comment.text for cell in sheet[1] if cell.comment}
    assert "Needed for: personal, SGD and USD; business, SGD and USD" in comments["registrationId"]
    assert "Needed for: business, USD" in comments["placeOfBiz"]
    assert "optional, personal only" in comments["gender"]


def test_ids_and_postal_codes_are_text_and_dates_are_dates(template: Path) -> None:
    """Leading zeros stay when they are typed; a typed date cannot be misread."""
    sheet = open_sheet(template)
    for number, parameter in enumerate(PARAMETERS, start=1):
        letter = get_column_letter(number)
        expected = "yyyy-mm-dd" if parameter.kind is Kind.DATE else "@"
        assert sheet.column_dimensions[letter].number_format == expected
        assert sheet.cell(2, number).number_format == expected


def test_enums_and_countries_have_dropdowns(template: Path) -> None:
    """Countries come from a hidden sheet; nothing but the list is enforced, since names are understood too."""
    sheet = open_sheet(template)
    sources: dict[str, str] = {}
    for dropdown in sheet.data_validations.dataValidation:
        assert dropdown.type == "list"
        assert not dropdown.showErrorMessage
        letter = str(dropdown.sqref).split(":")[0].rstrip("0123456789")
        sources[str(sheet[f"{letter}1"].value)] = str(dropdown.formula1)
    assert sources["registrationType"] == '"personal,business"'
    assert sources["registrationIdType"] == '"passport,identity_card,business_reg_no"'
    assert sources["gender"] == '"MALE,FEMALE"'
    expected = {parameter.name for parameter in PARAMETERS if parameter.kind in (Kind.ENUM, Kind.COUNTRY)}
    assert set(sources) == expected
    lists = open_sheet(template, LISTS_SHEET)
    assert lists.sheet_state == "hidden"
    assert [row[0].value for row in lists.iter_rows()] == list(ALPHA2)
    assert sources["nationality"] == f"{LISTS_SHEET}!$A$1:$A${len(ALPHA2)}"


def test_the_guide_names_every_parameter(template: Path) -> None:
    """For those who print it."""
    names = [row[0].value for row in open_sheet(template, GUIDE).iter_rows()]
    assert names[-len(PARAMETER_NAMES) :] == list(PARAMETER_NAMES)


def test_the_example_rows_pass_as_they_are(template: Path) -> None:
    """One of each type, complete for USD, without any repair; they say that they are examples."""
    checked = check(template)
    assert checked.accepted.tolist() == [True, True]
    assert checked.values["registrationType"].tolist() == ["personal", "business"]
    assert checked.facts["rail"].tolist() == ["usd", "usd"]
    assert checked.facts["repairs"].tolist() == ["", ""]
    assert checked.facts["reference"].tolist() == [EXAMPLE_REFERENCE] * 2


def test_filled_in_it_imports_without_a_mapping(template: Path) -> None:
    """An analyst writes over the examples; leading zeros and real dates come through."""
    workbook = load_workbook(template)
    sheet = workbook[SHEET]
    sheet.delete_rows(3)
    values: dict[str, str | date] = {
        "customerName": "Lim Ah Kow",
        "registrationId": "0012345",
        "registrationIdType": "passport",
        "address.postalCode": "018956",
        "dateOfBirth": date(1975, 12, 1),
        "reference": "u-1",
    }
    for cell in sheet[1]:
        if cell.value in values:
            sheet.cell(2, cell.column, values[str(cell.value)])
    workbook.save(template)
    checked = check(template)
    assert checked.accepted.tolist() == [True]
    row = checked.values.iloc[0]
    names = ["customerName", "registrationId", "address.postalCode", "dateOfBirth"]
    assert [row[name] for name in names] == ["Lim Ah Kow", "0012345", "018956", "1975-12-01"]


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed here")
@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_saved_by_another_program_it_is_the_same(template: Path, tmp_path: Path, kind: str) -> None:
    """Opened in LibreOffice and saved as its own format: texts stay texts, days stay days, the list stays hidden."""
    (tmp_path / "saved").mkdir()
    (saved,) = convert(kind, tmp_path / "saved", [template])
    assert check(saved).values.to_dict() == check(template).values.to_dict()
    assert check(saved).accepted.tolist() == [True, True]
    with open_input(InputFile(saved, saved.name, None), known_headers=count_known) as export:
        assert export.rows_estimate == 2
        assert export.origins[0].sheet == SHEET
        assert "hidden_sheets" not in export.origins[0].detected


def test_its_own_hidden_sheet_is_not_told_and_another_is(template: Path) -> None:
    """The country codes are ours; what an analyst hides may be rows that he believes were read."""
    with open_input(InputFile(template, template.name, None), known_headers=count_known) as export:
        assert "hidden_sheets" not in export.origins[0].detected
    workbook = load_workbook(template)
    workbook.create_sheet("Old").sheet_state = "hidden"
    workbook.save(template)
    with open_input(InputFile(template, template.name, None), known_headers=count_known) as export:
        assert export.origins[0].detected["hidden_sheets"] == "Old"


def test_the_guide_says_that_examples_are_never_imported(template: Path) -> None:
    """As :func:`drop_examples` has it: as they stand, and only so."""
    lines = [str(row[0].value) for row in open_sheet(template, GUIDE).iter_rows(max_row=3)]
    assert "As they stand they are never imported." in lines[1]


def test_an_existing_file_is_never_touched(tmp_path: Path) -> None:
    """Nor is anything written under another suffix, or where nothing can be."""
    path = tmp_path / "mine.xlsx"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        write_template(path)
    assert path.read_text() == "mine"
    with pytest.raises(UsageError, match=r"ends in \.xlsx"):
        write_template(tmp_path / "template.csv")
    with pytest.raises(UsageError, match="cannot be written"):
        write_template(tmp_path / "missing" / "template.xlsx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.xlsx"]


def test_a_template_that_the_disk_does_not_take_leaves_no_half_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_book: Workbook, file: IO[bytes]) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Workbook, "save", refuse)
    with pytest.raises(UsageError, match="cannot be written: No space left"):
        write_template(tmp_path / "template.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_schema_that_cannot_be_written_is_named_and_no_template_is_left(tmp_path: Path) -> None:
    schema = tmp_path / "missing" / "schema.json"
    with pytest.raises(UsageError, match=r"schema\.json cannot be written"):
        write_templates(tmp_path / "template.xlsx", schema)
    assert list(tmp_path.iterdir()) == []
