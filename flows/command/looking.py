"""``inspect``: opens an export, looks at it, shows it, drafts its mapping."""

from pathlib import Path

from rich.console import Console

from straitsx_bulk.flows.check.planning import choose_mapping, word_passed_over
from straitsx_bulk.flows.command.drafting import write_draft
from straitsx_bulk.flows.command.inspecting import inspect_file
from straitsx_bulk.flows.command.inspecting_text import render_inspection
from straitsx_bulk.io.readers import find_files
from straitsx_bulk.schemas.mapping import Mapping, load_mapping
from straitsx_bulk.schemas.wording import make_printable

RETURNED = "This is a rejects file of an earlier run: import it with the mapping of its export, if that has one."


def inspect_export(argument: str, mapping: Path | None, sheet: str | None, write: Path | None) -> int:
    """Do what ``straitsx-bulk inspect`` does.

    Args:
        argument: The export as typed.
        mapping: A mapping file to look through where none stands beside the export, or None.
            A draft is made as if its columns were not there.
        sheet: A workbook's sheet, or None.
        write: Where to save the draft, or None.

    Returns:
        The exit status.

    Raises:
        UsageError: The export cannot be read, or the draft would write over a file.
    """
    console, notices = Console(), Console(stderr=True)
    for file in find_files([argument]):
        path = choose_mapping(file, mapping)
        said = load_mapping(path) if path else None
        if passed_over := word_passed_over(file, mapping):
            notices.print(make_printable(passed_over), markup=False, highlight=False, soft_wrap=True)
        inspection = inspect_file(file, said, sheet=sheet)
        render_inspection(console, inspection)
        if said is None and any("rejects" in look.origin.detected for look in inspection.sheets):
            console.print(RETURNED)
        if write is not None:
            given = forget_columns(said) if said else None
            write_draft(write, inspect_file(file, given, sheet=sheet), given)
            console.print(f"draft mapping: {write}", highlight=False)
    return 0


def forget_columns(mapping: Mapping) -> Mapping:
    """Keep of a mapping what it says of the file, not of its columns: those are what a draft is made for."""
    return mapping.model_copy(update={"columns": {}, "profile_id": None, "reference": None, "keep": ()})
