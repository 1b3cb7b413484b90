"""The workbook that analysts fill in: one column a parameter, made from the parameter table; it needs no mapping."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from straitsx_bulk.io.readers.headers import EXAMPLE_REFERENCE, LISTS_SHEET
from straitsx_bulk.io.readers.sheet_choice import TEMPLATE_GUIDE
from straitsx_bulk.schemas import countries
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.parameters import PARAMETERS, Kind, Parameter, RegistrationType

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell

SHEET = "Profiles"
GUIDE = TEMPLATE_GUIDE
REFERENCE = "reference"
LAST_ROW = 10_001
"""Dropdowns and cell formats reach to here: header and 10,000 rows."""

TEXT_FORMAT = "@"
"""Keeps leading zeros and long numbers as they are typed."""
DATE_FORMAT = "yyyy-mm-dd"

_SGD_FILL = PatternFill("solid", fgColor="1F4E78")
_USD_FILL = PatternFill("solid", fgColor="2E75B6")
_OPTIONAL_FILL = PatternFill("solid", fgColor="7F7F7F")
_HEADER_FONT = Font(bold=True, color="FFFFFF")
_EXAMPLE_FONT = Font(italic=True, color="7F7F7F")
_COMMENT_WIDTH, _COMMENT_HEIGHT = 320, 150  # points; the default cuts the text off
_GUIDE_HEADER = ("Parameter", "What it is", "Needed for", "What is allowed", "Note")
_GUIDE_LINES = (
    "One row is one profile. Columns that you do not need may stay empty or be deleted; the header row stays as it is.",
    "The two grey rows are examples: write over them, or delete them. As they stand they are never imported.",
    "Then: straitsx-bulk validate FILE. No mapping is needed.",
)


@contextmanager
def dropping_half(path: Path) -> Iterator[None]:
    """Delete a file of ours that could not be written to its end."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def write_template(path: Path) -> None:
    """Write the template.

    Args:
        path: Where to, ending in ``.xlsx``; an existing file is never touched.

    Raises:
        UsageError: The file is there already, or cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path}: a template is a workbook; give a name that ends in .xlsx.")
    try:
        with path.open("xb") as file, dropping_half(path):
            build_template().save(file)
    except FileExistsError:
        raise UsageError(f"{path} is there already and stays as it is; give another name.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def build_template() -> Workbook:
    """Build the template's workbook: the sheet to fill in, a guide, and a hidden sheet with the country codes."""
    workbook = Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one worksheet
    sheet.title = SHEET
    codes = _write_countries(workbook.create_sheet(LISTS_SHEET))
    for number, parameter in enumerate(PARAMETERS, start=1):
        _write_column(sheet, number, parameter, codes)
    _write_reference(sheet, len(PARAMETERS) + 1)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(PARAMETERS) + 1)}1"
    _write_guide(workbook.create_sheet(GUIDE, 1))
    return workbook


def _write_countries(sheet: Worksheet) -> str:
    """Write codes and names to the hidden sheet; give the range of the codes, for dropdowns."""
    for row, code in enumerate(countries.ALPHA2, start=1):
        sheet.append([code, countries.country_name(code)])
        last = row
    sheet.sheet_state = "hidden"
    return f"{LISTS_SHEET}!$A$1:$A${last}"


def _write_column(sheet: Worksheet, number: int, parameter: Parameter, codes: str) -> None:
    letter = get_column_letter(number)
    _write_header(sheet.cell(1, number), parameter.name, describe(parameter), _fill_of(parameter))
    form = DATE_FORMAT if parameter.kind is Kind.DATE else TEXT_FORMAT
    for row, example in enumerate(parameter.example, start=2):
        is_date = parameter.kind is Kind.DATE and example
        _write_example(sheet.cell(row, number), date.fromisoformat(example) if is_date else example, form)
    sheet.column_dimensions[letter].number_format = form
    sheet.column_dimensions[letter].width = max(14, len(parameter.name) + 4, *(len(e) + 2 for e in parameter.example))
    choices = _list_choices(parameter, codes)
    if choices:
        dropdown = DataValidation(type="list", formula1=choices, allow_blank=True, showErrorMessage=False)
        dropdown.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(dropdown)


def _write_header(cell: "Cell | MergedCell", name: str, note: str, fill: PatternFill) -> None:
    cell.value, cell.font, cell.fill = name, _HEADER_FONT, fill
    cell.comment = Comment(note, "straitsx-bulk", width=_COMMENT_WIDTH, height=_COMMENT_HEIGHT)


def _write_example(cell: "Cell | MergedCell", value: str | date, form: str) -> None:
    cell.value, cell.number_format, cell.font = value or None, form, _EXAMPLE_FONT


def _write_reference(sheet: Worksheet, number: int) -> None:
    note = "Optional. Your own key of the row; it comes back in every report and is not sent."
    _write_header(sheet.cell(1, number), REFERENCE, note, _OPTIONAL_FILL)
    for row in (2, 3):
        _write_example(sheet.cell(row, number), EXAMPLE_REFERENCE, TEXT_FORMAT)
    sheet.column_dimensions[get_column_letter(number)].width = len(EXAMPLE_REFERENCE)
    sheet.column_dimensions[get_column_letter(number)].number_format = TEXT_FORMAT


def _list_choices(parameter: Parameter, codes: str) -> str:
    """Give the dropdown's source; names of countries and common aliases may be typed all the same."""
    if parameter.kind is Kind.COUNTRY:
        return codes
    words = dict.fromkeys(word for _, choices in parameter.choices for word in choices)
    return f'"{",".join(words)}"' if words else ""


def _fill_of(parameter: Parameter) -> PatternFill:
    return _SGD_FILL if parameter.sgd else _USD_FILL if parameter.usd else _OPTIONAL_FILL


def describe(parameter: Parameter) -> str:
    """Say what a column is for: label, who needs it, what is allowed, a note."""
    parts = (
        parameter.label,
        f"Needed for: {describe_need(parameter)}",
        f"Allowed: {parameter.allowed}",
        parameter.note,
    )
    return "\n".join(part for part in parts if part)


def describe_need(parameter: Parameter) -> str:
    """Say which profiles need a parameter, for which rail."""
    return "; ".join(_list_needs(parameter)) or f"nothing (optional{_only(parameter.types)})"


def _list_needs(parameter: Parameter) -> Iterator[str]:
    for kind in RegistrationType:
        if kind in parameter.sgd:
            yield f"{kind}, SGD and USD"
        elif kind in parameter.usd:
            yield f"{kind}, USD"


def _only(types: frozenset[RegistrationType]) -> str:
    return "" if len(types) == len(RegistrationType) else f", {' and '.join(types)} only"


def _write_guide(sheet: Worksheet) -> None:
    for line in _GUIDE_LINES:
        sheet.append([line])
    sheet.append([])
    sheet.append(_GUIDE_HEADER)
    for cell in sheet[sheet.max_row]:
        cell.font, cell.fill = _HEADER_FONT, _SGD_FILL
    for parameter in PARAMETERS:
        sheet.append([parameter.name, parameter.label, describe_need(parameter), parameter.allowed, parameter.note])
        for cell in sheet[sheet.max_row]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in zip("ABCDE", (26, 34, 44, 60, 60), strict=True):
        sheet.column_dimensions[letter].width = width
