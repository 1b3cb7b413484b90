"""Colours, fonts and number formats of the rejects workbook, as the numbers that cells carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.workbook import Workbook

from straitsx_bulk.io.reports.marks import CONFLICT, ERROR, GAP, WARNING

TEXT_FORMAT = "@"
"""Excel's text format: what an analyst types into the cell stays what he typed, leading zeros included."""

TONE_COLOURS = {ERROR: "FFC7CE", CONFLICT: "D9C8F0", GAP: "FFE699", WARNING: "FFF7D6"}
"""Fill of offending cells by tone, light enough for black text."""

TONE_MEANINGS = {
    ERROR: "Red: wrong or missing; mend it.",
    CONFLICT: "Violet: the profile at StraitsX holds another value; put that value here, or empty the cell.",
    GAP: "Amber: keeps the profile from USD.",
    WARNING: "Pale yellow: only a warning; correct it if it is wrong.",
}
GREY, PALE_GREY, DARK, WHITE = "595959", "EDEDED", "1F3A5F", "FFFFFF"


@dataclass(frozen=True, slots=True)
class Styles:
    """Numbers of the workbook's cell styles.

    Attributes:
        header: Of the original columns.
        added_header: Of the columns that were added.
        grey_header: Of the ``_`` columns.
        text: Of the original cells.
        grey: Of the ``_`` cells.
        seal: Of the ``_check`` cells, which do not flow over the edge of the sheet.
        plain: Of running text: General, wrapped.
        bold: Of headings in running text.
        number: Of counts.
        share: Of percentages.
        tones: Of offending cells by tone.
    """

    header: int
    added_header: int
    grey_header: int
    text: int
    grey: int
    seal: int
    plain: int
    bold: int
    number: int
    share: int
    tones: Mapping[str, int]


def _font(**changes: Any) -> Font:
    return Font(**{"name": "Calibri", "size": 11, **changes})


def make_styles(workbook: Workbook) -> Styles:
    """Enter the styles into a write-only workbook.

    Args:
        workbook: With at least one sheet.

    Returns:
        Their numbers.
    """
    sheet = workbook.worksheets[0]

    def enter(font: Font | None = None, colour: str = "", number_format: str = TEXT_FORMAT, **alignment: Any) -> int:
        cell = WriteOnlyCell(sheet)
        cell.font = font or _font()
        cell.number_format = number_format
        if colour:
            cell.fill = PatternFill("solid", start_color=colour)
        cell.alignment = Alignment(vertical="top", **alignment)
        return int(cell.style_id)

    head = _font(bold=True, color=WHITE)
    return Styles(
        header=enter(head, DARK),
        added_header=enter(_font(bold=True), TONE_COLOURS[ERROR]),
        grey_header=enter(_font(bold=True, color=GREY), "D0D0D0"),
        text=enter(),
        grey=enter(_font(color=GREY), PALE_GREY),
        seal=enter(_font(color=GREY), PALE_GREY, horizontal="fill"),
        plain=enter(number_format="General", wrap_text=True),
        bold=enter(_font(bold=True, size=13, color=DARK), number_format="General"),
        number=enter(number_format="#,##0"),
        share=enter(number_format="0.0%"),
        tones={tone: enter(colour=colour) for tone, colour in TONE_COLOURS.items()},
    )
