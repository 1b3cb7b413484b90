"""The sheets ``Reasons`` and ``How to mend`` of the rejects workbook."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import ceil

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.shapes import GraphicalProperties

from straitsx_bulk.io.reports.advice import name_way_in, same_way
from straitsx_bulk.io.reports.dropdowns import COUNTRY_FIRST_ROW
from straitsx_bulk.io.reports.explain import explain_code
from straitsx_bulk.io.reports.reject_plan import RejectFile
from straitsx_bulk.io.reports.sheet import TextRow, TextSheet
from straitsx_bulk.io.reports.workbook_styles import TONE_MEANINGS, Styles
from straitsx_bulk.schemas.countries import ALPHA2, country_name
from straitsx_bulk.schemas.wording import count_words

_REASON_WIDTHS, _GUIDE_WIDTHS = (12, 42, 10, 70, 60), (100, 4, 4, 10, 45)
"""Of the columns, in digits of the usual font."""

_CHARTED = 12
"""Bars in the chart; the table below it has every reason."""

_TOP = 2.2
"""Title and scale of the chart, in cm."""

_STEPS = (
    "Mend the coloured cells on the sheets Rejected and USD gaps. Comments say what is wrong and what is allowed.",
    "The columns _errors and _suggestions say the same in words, for every row.",
    "A column with a red heading was added because the export has none for that parameter: fill it in.",
    "Delete the rows that shall not go in. Sort and filter as you like.",
    "Leave the grey columns as they are: they say where a row came from. A row with an edited grey cell is rejected.",
    "Save the workbook, and send it in like the export it came from, {way}: straitsx-bulk {command} FILE",
    "Rows that you did not mend are judged anew and stop nothing. Rows that went in are never sent twice.",
)


def write_reasons(sheet: TextSheet, styles: Styles, reasons: Counter[tuple[str, str]]) -> None:
    """Write the counts of reasons, most frequent first, and their chart.

    Args:
        sheet: An empty sheet.
        styles: The workbook's styles.
        reasons: Sheet and ``parameter:code`` to rows.
    """
    sheet.lay_out(_REASON_WIDTHS, "4F6D8F")
    sheet.freeze_panes = "A2"
    sheet.write(TextRow(("Sheet", "Reason", "Rows", "What it means", "Allowed"), [styles.header] * 5))
    kinds = (styles.plain, styles.plain, styles.number, styles.plain, styles.plain)
    for (title, code), count in reasons.most_common():
        texts = (title, code, count, *explain_code(code))
        sheet.write(TextRow(texts, kinds), lines=_count_lines(texts, _REASON_WIDTHS))
    if reasons:
        sheet.place_chart(_chart_of(sheet, min(len(reasons), _CHARTED)), f"B{len(reasons) + 4}")


def _chart_of(sheet: TextSheet, bars: int) -> BarChart:
    chart = BarChart()
    chart.type, chart.style, chart.title = "bar", 10, "Most frequent reasons (rows)"
    chart.add_data(Reference(sheet, min_col=3, min_row=1, max_row=bars + 1), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=2, min_row=2, max_row=bars + 1))
    chart.legend, chart.gapWidth, chart.y_axis.majorGridlines = None, 40, None
    chart.dataLabels = DataLabelList(
        showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False
    )
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.series[0].graphicalProperties = GraphicalProperties(solidFill="C0504D")
    chart.width, chart.height = 26, _TOP + 0.8 * (bars + 1)
    chart.layout = Layout(_place_bars(chart.height))  # else long codes are cut off at the chart's edge
    return chart


def _place_bars(height: float) -> ManualLayout:
    """Leave room for the title above the bars and for the codes beside them, in parts of the chart."""
    top = _TOP / height
    return ManualLayout(layoutTarget="inner", xMode="edge", yMode="edge", x=0.33, y=top, w=0.6, h=0.97 - top)


def write_guide(sheet: TextSheet, styles: Styles, file: RejectFile, cut: int) -> None:
    """Write how to mend, and the country codes that the dropdowns offer.

    Args:
        sheet: An empty sheet.
        styles: The workbook's styles.
        file: The layout that the workbook is of.
        cut: Rows with a text too long for a workbook's cell.
    """
    sheet.lay_out(_GUIDE_WIDTHS, "4F6D8F")
    sheet.write(TextRow(("How to mend these rows", "", "", "Code", "Country"), [styles.bold] * 3 + [styles.header] * 2))
    texts = list(_guide_texts(file, cut))
    tones = {meaning: styles.tones[tone] for tone, meaning in TONE_MEANINGS.items()}
    countries = [(code, country_name(code)) for code in ALPHA2]
    kinds = (styles.plain, styles.plain, styles.plain, styles.text, styles.plain)
    for number in range(max(len(texts), len(countries) + COUNTRY_FIRST_ROW - 2)):
        text = texts[number] if number < len(texts) else ""
        code, name = countries[number] if number < len(countries) else ("", "")
        marked = {0: tones[text]} if text in tones else {}
        row = (text, "", "", code, name)
        sheet.write(TextRow(row, kinds, marked=marked), lines=_count_lines(row, _GUIDE_WIDTHS))


def _count_lines(texts: Sequence[str | int], widths: Sequence[int]) -> int:
    """Count the lines that a row's texts take in columns of these widths, in digits: words run a tenth narrower."""
    return max(ceil(len(str(text)) / (1.1 * width)) for text, width in zip(texts, widths, strict=True))


def _guide_texts(file: RejectFile, cut: int) -> Iterator[str]:
    way, command = same_way(mapped=bool(file.group.mapping)), name_way_in(file.command)
    yield from (f"{number}. {step.format(way=way, command=command)}" for number, step in enumerate(_STEPS, 1))
    yield ""
    yield from TONE_MEANINGS.values()
    if file.group.mapping:
        yield f"These rows were read with the mapping {file.group.mapping}."
    for header, found in file.notes.date_formats.items():
        yield f"Dates in the column {header} were read as {found}, and will be again; YYYY-MM-DD is always understood."
    if cut:
        held = count_words(cut, "row holds", "rows hold")
        yield f"{held} a text longer than a workbook's cell can be; rejects.csv has the whole text."
