"""The draft of a mapping file, made from what was seen of an export."""

from collections.abc import Iterator
from pathlib import Path

from straitsx_bulk.flows.command.inspecting import ColumnLook, Inspection, SheetLook, Use
from straitsx_bulk.schemas.dates import EXCEL_SERIAL, ISO_FORMAT
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.headers import PROFILE_ID, REFERENCE, match_headers
from straitsx_bulk.schemas.mapping import Mapping
from straitsx_bulk.schemas.mapping_yaml import write_scalar
from straitsx_bulk.schemas.parameters import BY_NAME, Kind
from straitsx_bulk.schemas.repair_words import PLACEHOLDERS, resolve_word

TOP_KEYS = (PROFILE_ID, REFERENCE)
"""Proposals that stand at the mapping's top, not under ``columns``."""


def draft_mapping(inspection: Inspection, given: Mapping | None = None) -> str:
    """Draft a mapping file: what is sure stands as it is, what is a guess is commented out.

    Args:
        inspection: What was seen without a mapping; of several sheets, the first is drafted.
        given: What was said of the file so that it could be looked at: delimiter, encoding, type.

    Returns:
        YAML with comments, which ``load_mapping`` reads.
    """
    sheet = inspection.sheets[0]
    return (
        "\n".join([*_draft_top(inspection, sheet, given or Mapping()), *_draft_columns(sheet), *_draft_rest(sheet)])
        + "\n"
    )


def write_draft(path: Path, inspection: Inspection, given: Mapping | None = None) -> None:
    """Write a draft beside an export; an existing file is never touched.

    Raises:
        UsageError: The file is there already, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(draft_mapping(inspection, given))
    except FileExistsError:
        raise UsageError(f"{path} is there already and stays as it is; name another file with --write.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def _draft_top(inspection: Inspection, sheet: SheetLook, given: Mapping) -> Iterator[str]:
    yield f"# A draft, made by `straitsx-bulk inspect` for {_comment(inspection.source)}."
    yield "# Read every line before you use it: what is sure stands as it is; take the `#` away where a guess is right."
    yield "version: 1"
    if sheet.origin.sheet:
        yield f"sheet: {write_scalar(sheet.origin.sheet)}"
    if sheet.origin.header_row != 1:
        yield f"header_row: {sheet.origin.header_row}"
    for name in ("delimiter", "encoding", "type"):
        if said := getattr(given, name):
            yield f"{name}: {write_scalar(said)}"
    if not sheet.is_typed:
        yield "# type: personal   # or business: this export has no column that says it"
    for column in sheet.columns:
        if _parameter_of(column) in TOP_KEYS:
            yield _draft_key(column)


def _draft_key(column: ColumnLook) -> str:
    line = f"{_parameter_of(column)}: {write_scalar(column.taken.header)}"
    return line if _is_sure(column) else f"# {line}   # {_comment(column.taken.why)}"


def _draft_columns(sheet: SheetLook) -> Iterator[str]:
    groups = _group_columns(sheet)
    yield "columns:"
    for name in (*BY_NAME, "address"):
        for columns in groups.get(name, ()):
            sure = _is_sure(columns[0])
            why = columns[0].taken.why
            yield f"  {'' if sure else '# '}{name}: {_draft_source(columns)}   # {_comment(why)}"
            yield from (f"    # {note}" for note in _draft_notes(columns[0]))


def _group_columns(sheet: SheetLook) -> dict[str, list[list[ColumnLook]]]:
    """Group columns by parameter: those that are sure belong together (the lines of a street), guesses stand alone."""
    groups: dict[str, list[list[ColumnLook]]] = {}
    for column in sheet.columns:
        known = groups.setdefault(_parameter_of(column), [])
        if _is_sure(column) and known and _is_sure(known[0][0]):
            known[0].append(column)
        else:
            known.append([column])
    return groups


def _draft_source(columns: list[ColumnLook]) -> str:
    headers = [write_scalar(header) for header in _order_lines([column.taken.header for column in columns])]
    if len(headers) > 1:
        return f'{{from: [{", ".join(headers)}], join: ", "}}'
    formats = [form for form in columns[0].date_formats if form != ISO_FORMAT]
    told = not (columns[0].date_readings or columns[0].is_contested or columns[0].date_fits.loose)
    if formats and told:
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
    if column.is_contested:
        forms = ", ".join(f"{write_scalar(form)} {count:,}" for form, count in column.date_fits.formats.items())
        yield f"no order of day and month reads all its dates ({forms}): write {{from: …, format: …}}"
    if column.date_fits.short and not column.date_formats and not column.date_readings:
        form = write_scalar(next(iter(column.date_fits.short_formats)))
        yield f"its years have two digits; {{from: …, format: {form}}} takes the latest year not in the future"
    if column.date_fits.serials and not column.date_formats:
        yield f"its values may be day numbers of Excel: {{from: …, format: {EXCEL_SERIAL}}}"
    foreign = [word for word in column.words if not _is_understood(_parameter_of(column), word)]
    if foreign:
        words = ", ".join(f"{write_scalar(word)}: …" for word in foreign)
        yield f"words that are not understood; say what they mean: values: {{{_comment(words)}}}"


def _is_understood(parameter: str, word: str) -> bool:
    """Tell whether a word is the API's, a known alias of it (repair ``alias``), or stands for nothing."""
    choices = {choice for _, words in BY_NAME[parameter].choices for choice in words}
    return resolve_word(parameter, word) in choices or word.casefold() in PLACEHOLDERS


def _draft_rest(sheet: SheetLook) -> Iterator[str]:
    proposed = {"registrationType", *(_parameter_of(column) for column in sheet.columns)}
    for name in dict.fromkeys(name for names in sheet.lacking.values() for name in names):
        if name not in proposed:
            same = "; {value: …} gives every row the same" if _can_be_constant(name) else ""
            yield f"  # {name}: …   # no column was found{same}"
    unused = [write_scalar(c.taken.header) for c in sheet.columns if not c.taken.parameters]
    if unused:
        yield f"# Not used: {', '.join(unused)}"
        yield f"# keep: [{', '.join(unused)}]   # carries them into results.csv"


def _can_be_constant(name: str) -> bool:
    """Tell whether all rows of an export may share a value: a country, a kind; no id, no name, no date of a person."""
    return BY_NAME[name].kind in (Kind.ENUM, Kind.COUNTRY) or name in ("address.city", "address.state")


def _comment(text: str) -> str:
    """Keep a text from a file on its comment's line."""
    return "".join(character if character.isprintable() else " " for character in text)


def _parameter_of(column: ColumnLook) -> str:
    return next(iter(column.taken.parameters), "")


def _is_sure(column: ColumnLook) -> bool:
    return column.taken.use is Use.SURE
