"""``inspect``: opens an export, looks at it, shows it, drafts its mapping."""

from pathlib import Path

from rich.console import Console

from straitsx_bulk.flows.inspecting import inspect_file
from straitsx_bulk.flows.inspecting_text import render_inspection, write_draft
from straitsx_bulk.io.readers import find_files
from straitsx_bulk.schemas.mapping import load_mapping


def inspect_export(argument: str, mapping: Path | None, sheet: str | None, write: Path | None) -> int:
    """Do what ``straitsx-bulk inspect`` does.

    Args:
        argument: The export as typed.
        mapping: A mapping file to look through, or None for the one beside the export, if any.
        sheet: A workbook's sheet, or None.
        write: Where to save the draft, or None.

    Returns:
        The exit status.

    Raises:
        UsageError: The export cannot be read, or the draft would write over a file.
    """
    console = Console()
    for file in find_files([argument]):
        path = mapping or file.mapping
        inspection = inspect_file(file, load_mapping(path) if path else None, sheet=sheet)
        render_inspection(console, inspection)
        if write is not None:
            write_draft(write, inspection)
            console.print(f"draft mapping: {write}", highlight=False)
    return 0
