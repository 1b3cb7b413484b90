"""Dropdowns of enum and country columns. They offer words and forbid none: what the repairs understand may stay."""

from collections.abc import Iterator, Mapping, Sequence

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from straitsx_bulk.schemas.parameters import BY_NAME, Kind, Parameter

MEND_SHEET = "How to mend"
COUNTRY_COLUMN = "D"
COUNTRY_FIRST_ROW = 2
"""Where the country codes stand in the sheet ``How to mend``; as an inline list they would be too long for Excel."""


def make_dropdowns(
    columns: Sequence[str], mapped: Mapping[str, tuple[str, ...]], last_row: int, countries: int
) -> Iterator[DataValidation]:
    """Make the dropdowns of a sheet.

    Args:
        columns: Its headers, in order.
        mapped: Parameter to the headers it is read from; a header that is a parameter's name counts as that.
        last_row: The sheet's last row.
        countries: How many country codes the list has.

    Yields:
        One validation for each column that holds an enum or a country and nothing else.
    """
    for number, header in enumerate(columns, 1):
        parameter = _parameter_in(header, mapped)
        formula = _formula(parameter, countries) if parameter else ""
        if parameter and formula:
            letter = get_column_letter(number)
            dropdown = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
            dropdown.promptTitle, dropdown.prompt = parameter.label[:32], parameter.allowed[:255]
            dropdown.showInputMessage = True
            dropdown.add(f"{letter}2:{letter}{max(last_row, 2)}")
            yield dropdown


def _parameter_in(header: str, mapped: Mapping[str, tuple[str, ...]]) -> Parameter | None:
    """Find the one parameter that a column holds; none where several share it or it is only a part of one."""
    readers = [name for name, headers in mapped.items() if header in headers]
    if not readers and header not in mapped:
        return BY_NAME.get(header)
    return BY_NAME.get(readers[0]) if len(readers) == 1 and mapped[readers[0]] == (header,) else None


def _formula(parameter: Parameter, countries: int) -> str:
    if parameter.kind is Kind.COUNTRY:
        last = COUNTRY_FIRST_ROW + countries - 1
        return f"{quote_sheetname(MEND_SHEET)}!${COUNTRY_COLUMN}${COUNTRY_FIRST_ROW}:${COUNTRY_COLUMN}${last}"
    words = dict.fromkeys(word for _, choices in parameter.choices for word in choices)
    return f'"{",".join(words)}"' if words else ""
