"""Exports are looked at, and their headers and mappings brought together, before any row is checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from straitsx_bulk.flows.check.opening import describe_disguise, open_export
from straitsx_bulk.flows.check.returning import read_returned_notes, word_unknown_seals
from straitsx_bulk.flows.options import Settings
from straitsx_bulk.flows.sealing import Seal
from straitsx_bulk.io.readers import Input, InputFile, Stamp, hint_folder, name_path, refuse_other
from straitsx_bulk.io.readers.files import refuse_misnamed
from straitsx_bulk.io.readers.mapping_files import load_mapping
from straitsx_bulk.io.reports.seals import CheckNotes
from straitsx_bulk.schemas.batch import Origin
from straitsx_bulk.schemas.errors import MappingError
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.mapping import Mapping as MappingFile
from straitsx_bulk.schemas.mapping import lay_out
from straitsx_bulk.schemas.repair_dates import EXCEL_SERIAL
from straitsx_bulk.schemas.wording import list_names, make_printable

SOURCE_COLUMN = "_source"
"""In our own rejects files: the export that a row came from (contract, Reports)."""


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An export that was looked at: its layout is known before any row is checked.

    Attributes:
        file: Which one.
        mapping: Its mapping file, or None.
        mapping_name: Where that stands, or empty.
        layouts: Of each of its sheets.
        date_formats: Header to the format that a rejects file of ours carries from its export's first reading.
        rows_estimate: About how many rows it has.
        stamp: Which file was looked at.
        export: The export itself, where nothing of it is held open meanwhile; else it is opened again.
    """

    file: InputFile
    mapping: MappingFile | None
    mapping_name: str
    layouts: Mapping[str, Layout]
    date_formats: Mapping[str, str]
    rows_estimate: int
    stamp: Stamp
    export: Input | None = None

    def open(self) -> Input:
        """Give the export, ready to be read.

        Raises:
            FileError: It cannot be read, or is not the one that was looked at any more.
        """
        if self.export is not None:
            return self.export
        refuse_other(self.file.path, self.file.source, self.stamp)
        return open_export(self.file, self.mapping)


def choose_mapping(file: InputFile, named: Path | None) -> Path | None:
    """Choose an export's mapping file: the one beside it, else the named one (contract, Options), else none.

    Args:
        file: The export.
        named: What ``--mapping`` says.

    Raises:
        UsageError: There is none, but for one beside the export with nearly the right name.
    """
    if file.mapping is None and named is None:
        refuse_misnamed(file)
    return file.mapping or named


def word_passed_over(file: InputFile, named: Path | None) -> str:
    """Say that the mapping file which ``--mapping`` names is not the one that is used; empty where it is."""
    if file.mapping is None or named is None or file.mapping.resolve() == named.resolve():
        return ""
    return f"{file.source}: {file.mapping.name} beside the export is used, not {name_path(named)}."


def load_mappings(files: Sequence[InputFile], shared: Path | None) -> dict[Path, MappingFile]:
    """Load every mapping file that a run uses, once.

    Raises:
        UsageError: A mapping file does not hold.
    """
    paths = {choose_mapping(file, shared) for file in files}
    return {path: load_mapping(path) for path in sorted(path for path in paths if path is not None)}


def plan_inputs(
    files: Sequence[InputFile], mappings: Mapping[Path, MappingFile], settings: Settings, seal: Seal
) -> list[PlannedInput]:
    """Look at every export and bring its headers and its mapping together, before any row is checked.

    Raises:
        UsageError: An export cannot be read, or does not hold what the command needs.
    """
    planned = []
    for file in files:
        path = choose_mapping(file, settings.mapping)
        mapping = mappings[path] if path is not None else None
        with hint_folder(file), open_export(file, mapping) as export:
            returned = read_returned_notes(export, seal)
            notes = returned or CheckNotes()
            layouts = _lay_out_export(export, mapping, settings, notes.added)
            told = [
                word_passed_over(file, settings.mapping),
                word_unknown_seals(export) if returned is None else "",
            ]
            planned.append(
                PlannedInput(
                    file=file,
                    mapping=mapping,
                    mapping_name=name_path(path or ""),
                    layouts=_add_notices(layouts, [notice for notice in told if notice]),
                    date_formats=notes.date_formats,
                    rows_estimate=export.rows_estimate,
                    stamp=export.stamp,
                    export=None if export.stays_open else export,
                )
            )
    return planned


def _lay_out_export(
    export: Input, mapping: MappingFile | None, settings: Settings, added: Sequence[str]
) -> dict[str, Layout]:
    try:
        return {origin.sheet: lay_out_sheet(origin, mapping, settings, added) for origin in export.origins}
    except MappingError as error:
        if mapping is None and any("rejects" in origin.detected for origin in export.origins):
            raise MappingError(_word_returned(export, str(error))) from None
        disguise = describe_disguise(export.origins[0])
        raise MappingError("\n".join(filter(None, (str(error), disguise)))) from None


def _word_returned(export: Input, reason: str) -> str:
    """Word what one of our own rejects files lacks: its export had a mapping, so no draft and no guess is called for.

    Args:
        export: The rejects file.
        reason: Why its headers do not do by themselves; the first line says what is missing.
    """
    columns = (batch.seals[SOURCE_COLUMN] for batch in export.batches() if batch.seals is not None)
    sources = dict.fromkeys(str(name).strip() for column in columns for name in column.unique())
    names = list_names(tuple(make_printable(name) for name in sources if name))
    return (
        f"{reason.splitlines()[0]}\nThis is a rejects file of {names or 'an earlier run'}: "
        "give the mapping of that export with --mapping."
    )


def _add_notices(layouts: Mapping[str, Layout], notices: Sequence[str]) -> dict[str, Layout]:
    """Let the first sheet tell what is so of the whole export."""
    first = next(iter(layouts), None)
    return {
        sheet: replace(layout, notices=(*notices, *layout.notices)) if sheet == first else layout
        for sheet, layout in layouts.items()
    }


def lay_out_sheet(origin: Origin, mapping: MappingFile | None, settings: Settings, added: Sequence[str]) -> Layout:
    """Bring one sheet's headers and its mapping together.

    Args:
        origin: The sheet.
        mapping: Its mapping file, or None.
        settings: Command and ``--type``.
        added: Columns that a rejects file of ours added; where filled, they beat the mapping.

    Raises:
        MappingError: Headers and mapping do not fit, or the sheet counts days otherwise than the mapping says.
    """
    where = f"{origin.source}, sheet {origin.sheet}" if origin.sheet else origin.source
    layout = lay_out(
        mapping,
        origin.headers,
        source=where,
        registration_type=settings.type,
        command=settings.command,
        added=[header for header in added if header in origin.headers],
    )
    if origin.detected.get("date_system") == "1904":
        refuse_serials(layout, where)
    return layout


def refuse_serials(layout: Layout, where: str) -> None:
    """Refuse ``excel-serial`` where a workbook's day numbers are not those that it means.

    Raises:
        MappingError: A column is declared so.
    """
    for source in layout.sources:
        if EXCEL_SERIAL in source.formats:
            raise MappingError(
                f"{where}: the workbook counts days from 1904, and excel-serial from 1900: the dates of "
                f"{', '.join(source.headers)} would be four years early. Format the column as dates in the spreadsheet "
                f"program, save, and take `format: {EXCEL_SERIAL}` off {source.parameter} in the mapping file."
            )
