"""An inspection for people: a table on the terminal, and the draft of a mapping file."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from straitsx_bulk.flows.inspecting import ISO_FORMAT, ColumnLook, Inspection, SheetLook, is_sure, kind_of
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.headers import Confidence, match_headers
from straitsx_bulk.schemas.mapping_yaml import write_scalar
from straitsx_bulk.schemas.parameters import BY_NAME, Kind, Rail, RegistrationType

SURENESS = {
    Confidence.EXACT: "sure",
    Confidence.KNOWN: "sure",
    Confidence.GUESS: "a guess: say it in a mapping",
    Confidence.NONE: "not used",
}
TOP_KEYS = ("profile_id", "reference")
"""Proposals that stand at the mapping's top, not under ``columns``."""


def render_inspection(console: Console, inspection: Inspection) -> None:
    """Show an inspection.

    Args:
        console: Where to.
        inspection: What was seen; its samples are masked already.
    """
    for sheet in inspection.sheets:
        console.print(Text(describe_file(inspection, sheet), style="bold"))
        console.print(_build_table(sheet))
        for line in describe_lacking(sheet):
            console.print(Text(line))
    if not inspection.sheets:
        console.print(Text(f"{inspection.source}: nothing to read."))


def describe_file(inspection: Inspection, sheet: SheetLook) -> str:
    """Say in a line what the file is: format, what was found by looking, header row, rows, columns."""
    origin = sheet.origin
    found = [f"{key.replace('_', ' ')} {value}" for key, value in origin.detected.items()]
    facts = [origin.format, *found, f"header in row {origin.header_row}", f"{sheet.rows:,} rows"]
    return f"{inspection.source}: {', '.join([*facts, f'{len(sheet.columns)} columns'])}"


def _build_table(sheet: SheetLook) -> Table:
    table = Table(show_lines=False, header_style="bold")
    for title in ("Column", "Parameter", "How sure", "Samples (masked)", "Empty", "Dates"):
        table.add_column(title, overflow="fold", justify="right" if title == "Empty" else "left")
    for column in sheet.columns:
        proposal = column.proposal
        sure = SURENESS[proposal.confidence] + (f" ({proposal.why})" if proposal.why else "")
        cells = (
            proposal.header,
            proposal.parameter or "-",
            sure,
            " | ".join(column.samples),
            _show_share(column.empty),
        )
        table.add_row(*(Text(cell) for cell in cells), Text(describe_dates(column)))
    return table


def _show_share(share: float) -> str:
    return "0 %" if share == 0 else "<1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")


def describe_dates(column: ColumnLook) -> str:
    """Say which format a date column has, and whether another fits as well; empty for other columns."""
    if kind_of(column.proposal.parameter) is not Kind.DATE:
        return ""
    found = " and ".join(column.date_formats)
    if column.date_readings:
        return f"{' and '.join(column.date_readings)} fit equally well: say which{f' (also {found})' if found else ''}"
    return f"{found}; no other fits" if found else "no value is a date that can be read"


def describe_lacking(sheet: SheetLook) -> Iterator[str]:
    """Say for each type and rail what no column was found for."""
    for kind in RegistrationType:
        for rail in Rail:
            names = [_word_lacking(name) for name in sheet.lacking[kind, rail]]
            yield f"{kind}, {rail.upper()}: {'lacks ' + ', '.join(names) if names else 'every column is there'}."


def _word_lacking(name: str) -> str:
    return "registrationType (or give --type)" if name == "registrationType" else name


def draft_mapping(inspection: Inspection) -> str:
    """Draft a mapping file: what is sure stands as it is, what is a guess is commented out.

    Args:
        inspection: What was seen; of several sheets, the first is drafted.

    Returns:
        YAML with comments, which ``load_mapping`` reads.
    """
    sheet = inspection.sheets[0]
    return "\n".join([*_draft_top(inspection, sheet), *_draft_columns(sheet), *_draft_rest(sheet)]) + "\n"


def write_draft(path: Path, inspection: Inspection) -> None:
    """Write a draft beside an export; an existing file is never touched.

    Raises:
        UsageError: The file is there already, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(draft_mapping(inspection))
    except FileExistsError:
        raise UsageError(f"{path} is there already and stays as it is; name another file with --write.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def _draft_top(inspection: Inspection, sheet: SheetLook) -> Iterator[str]:
    yield f"# A draft, made by `straitsx-bulk inspect` for {_comment(inspection.source)}."
    yield "# Read every line before you use it: what is sure stands as it is; take the `#` away where a guess is right."
    yield "version: 1"
    if sheet.origin.sheet:
        yield f"sheet: {write_scalar(sheet.origin.sheet)}"
    if sheet.origin.header_row != 1:
        yield f"header_row: {sheet.origin.header_row}"
    if not sheet.is_typed:
        yield "# type: personal   # or business: this export has no column that says it"
    for column in sheet.columns:
        if column.proposal.parameter in TOP_KEYS and is_sure(column):
            yield f"{column.proposal.parameter}: {write_scalar(column.proposal.header)}"


def _draft_columns(sheet: SheetLook) -> Iterator[str]:
    groups = _group_columns(sheet)
    yield "columns:"
    for name in (*BY_NAME, "address"):
        for columns in groups.get(name, ()):
            sure = is_sure(columns[0])
            why = columns[0].proposal.why
            yield f"  {'' if sure else '# '}{name}: {_draft_source(columns)}   # {_comment(why)}"
            yield from (f"    # {note}" for note in _draft_notes(columns[0]))


def _group_columns(sheet: SheetLook) -> dict[str, list[list[ColumnLook]]]:
    """Group columns by parameter: those that are sure belong together (the lines of a street), guesses stand alone."""
    groups: dict[str, list[list[ColumnLook]]] = {}
    for column in sheet.columns:
        known = groups.setdefault(column.proposal.parameter, [])
        if is_sure(column) and known and is_sure(known[0][0]):
            known[0].append(column)
        else:
            known.append([column])
    return groups


def _draft_source(columns: list[ColumnLook]) -> str:
    headers = [write_scalar(header) for header in _order_lines([column.proposal.header for column in columns])]
    if len(headers) > 1:
        return f'{{from: [{", ".join(headers)}], join: ", "}}'
    formats = [form for form in columns[0].date_formats if form != ISO_FORMAT]
    if formats and not columns[0].date_readings:
        return f"{{from: {headers[0]}, format: [{', '.join(write_scalar(form) for form in formats)}]}}"
    return headers[0]


def _order_lines(headers: list[str]) -> tuple[str, ...]:
    """Order the lines of a street by their numbers, whatever their order in the file."""
    lines = match_headers(headers).columns.get("address.street", ())
    return lines if sorted(lines) == sorted(headers) else tuple(headers)


def _draft_notes(column: ColumnLook) -> Iterator[str]:
    if column.date_readings:
        readings = " or ".join(write_scalar(form) for form in column.date_readings)
        yield f"its dates read equally well as {readings}: write {{from: …, format: …}} with the right one"
    foreign = [word for word in column.words if word.casefold() not in _list_choices(column.proposal.parameter)]
    if foreign:
        words = ", ".join(f"{write_scalar(word)}: …" for word in foreign)
        yield f"its words; where they are not the API's, say what they mean: values: {{{_comment(words)}}}"


def _list_choices(parameter: str) -> frozenset[str]:
    return frozenset(word.casefold() for _, words in BY_NAME[parameter].choices for word in words)


def _draft_rest(sheet: SheetLook) -> Iterator[str]:
    proposed = {"registrationType", *(column.proposal.parameter for column in sheet.columns)}
    for name in dict.fromkeys(name for names in sheet.lacking.values() for name in names):
        if name not in proposed:
            yield f"  # {name}: …   # no column was found; {{value: …}} gives every row the same"
    unused = [write_scalar(c.proposal.header) for c in sheet.columns if not c.proposal.parameter]
    if unused:
        yield f"# Not used: {', '.join(unused)}"
        yield f"# keep: [{', '.join(unused)}]   # carries them into results.csv"


def _comment(text: str) -> str:
    """Keep a text from a file on its comment's line."""
    return "".join(character if character.isprintable() else " " for character in text)
