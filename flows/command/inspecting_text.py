"""An inspection for people: a table on the terminal, and what it has no room for."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from straitsx_bulk.flows.check.opening import ENCODING_DOUBTS
from straitsx_bulk.flows.command.inspecting import ColumnLook, ColumnUse, Inspection, SheetLook, Use
from straitsx_bulk.schemas.batch import Origin
from straitsx_bulk.schemas.dates import EXCEL_SERIAL, DateFits
from straitsx_bulk.schemas.parameters import BY_NAME, Kind
from straitsx_bulk.schemas.wording import make_printable

WIDE = 120
"""Columns of a terminal from which samples stand side by side."""
NOWHERE = "-"
WORDED = ("encoding", "encoding_confidence")
"""Of what was found by looking, the facts that have a phrase of their own."""


def render_inspection(console: Console, inspection: Inspection) -> None:
    """Show an inspection.

    Args:
        console: Where to.
        inspection: What was seen; its samples are masked already.
    """
    for sheet in inspection.sheets:
        console.print(Text(make_printable(describe_file(inspection, sheet)), style="bold"))
        console.print(_build_table(sheet, console.width))
        for line in (*sheet.oddities, *describe_columns(sheet), *describe_lacking(sheet)):
            console.print(Text(make_printable(line)))
    if not inspection.sheets:
        console.print(Text(make_printable(f"{inspection.source}: nothing to read.")))


def describe_file(inspection: Inspection, sheet: SheetLook) -> str:
    """Say in a line what the file is: format, what was found by looking, header row, rows, columns."""
    origin = sheet.origin
    found = [f"{key.replace('_', ' ')} {value}" for key, value in origin.detected.items() if key not in WORDED]
    facts = [origin.format, *_describe_encoding(origin), *found, f"header in row {origin.header_row}"]
    counts = (_count(sheet.rows, "row"), _count(len(sheet.columns), "column"))
    return f"{inspection.source}: {', '.join([*facts, *counts])}"


def _describe_encoding(origin: Origin) -> Iterator[str]:
    """Name the encoding of a text, and how it was found where looking is not certain."""
    if "encoding" not in origin.detected:
        return
    confidence = origin.detected["encoding_confidence"]
    doubt = "as the mapping says" if confidence == "given" else ENCODING_DOUBTS.get(confidence, "")
    shown = f" ({doubt.removeprefix('which is ')})" if doubt else ""
    yield f"encoding {origin.detected['encoding']}{shown}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _build_table(sheet: SheetLook, width: int) -> Table:
    wide = width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, collapse_padding=True)
    longest = max(map(len, BY_NAME))
    table.add_column("Column", overflow="fold", min_width=12, max_width=max(longest, width // 4))
    table.add_column("Parameter", overflow="fold", min_width=longest)
    table.add_column("How sure", no_wrap=True)
    table.add_column("Empty", no_wrap=True, justify="right")
    table.add_column("Samples, masked", overflow="crop", no_wrap=True)
    for column in sheet.columns:
        taken = column.taken
        cells = (
            make_printable(taken.header),
            "\n".join(taken.parameters) or NOWHERE,
            taken.use,
            _show_share(column.empty),
        )
        samples = (" | " if wide else "\n").join(map(make_printable, column.samples))
        table.add_row(*map(Text, cells), Text(samples))
    return table


def _show_share(share: float) -> str:
    return "0 %" if share == 0 else "<1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")


def describe_columns(sheet: SheetLook) -> Iterator[str]:
    """Say what the table has no room for: why a column is a guess, which format its dates have, what is constant."""
    for column in sheet.columns:
        taken = column.taken
        if taken.use is not Use.SURE and taken.why:
            yield f"`{taken.header}`: {_word_use(taken)}."
        if taken.kind is Kind.DATE:
            yield f"`{taken.header}`: {describe_dates(column)}."
    if sheet.constants:
        said = ", ".join(f"{name} {value}" for name, value in sheet.constants.items())
        yield f"The mapping gives every row: {said}."
    unused = [column.taken.header for column in sheet.columns if column.taken.use is Use.NONE]
    if unused:
        yield f"Nothing uses: {', '.join(f'`{header}`' for header in unused)}. `keep:` carries them into results.csv."


def _word_use(taken: ColumnUse) -> str:
    return f"a guess ({taken.why}); say in a mapping what it is" if taken.use is Use.GUESS else taken.why


def describe_dates(column: ColumnLook) -> str:
    """Say which format a date column has, whether another fits as well, and how many values fit none."""
    found, fits = " and ".join(column.date_formats), column.date_fits
    if column.taken.formats:
        return f"dates are read as {' or '.join(column.taken.formats)}, as the mapping says"
    if not fits.total:
        return "it holds no value, so nothing shows which format its dates have"
    if column.is_contested:
        said = f"no order of day and month reads all its dates ({_count_fits(fits.formats, fits.total)}): say `format:`"
    elif column.date_readings:
        both = " and ".join(column.date_readings)
        said = f"its dates fit {both} equally well, say which with `format:`{f' (also {found})' if found else ''}"
    else:
        said = f"dates {found}; no other format fits" if found else ""
    return "; ".join(filter(None, (said, *_describe_others(fits))))


def _count_fits(formats: Mapping[str, int], total: int) -> str:
    counts = [f"{form} {count:,}" for form, count in formats.items()]
    first, count = next(iter(formats.items()))
    return ", ".join([f"{first} fits {count:,} of {_count(total, 'value')}", *counts[1:]])


def _describe_others(fits: DateFits) -> Iterator[str]:
    """Say what the values are that no format with a year of four digits reads."""
    if fits.short:
        forms = _count_fits(fits.short_formats, fits.total)
        latest = "takes the latest year not in the future"
        yield f"years of two digits tell no century ({forms}): `format:` with %y {latest}"
    if fits.serials:
        what = f"{fits.serials:,} of {_count(fits.total, 'value')}"
        yield f"{what} may be day numbers of Excel, which `format: {EXCEL_SERIAL}` reads"
    if fits.unread:
        yield f"{fits.unread:,} of {_count(fits.total, 'value')} cannot be read as a date"


def describe_lacking(sheet: SheetLook) -> Iterator[str]:
    """Say for each type and rail what nothing gives."""
    for (kind, rail), lacking in sheet.lacking.items():
        names = [_word_lacking(name) for name in lacking]
        yield f"{kind}, {rail.upper()}: {'lacks ' + ', '.join(names) if names else 'every column is there'}."


def _word_lacking(name: str) -> str:
    return "registrationType (or give --type)" if name == "registrationType" else name
