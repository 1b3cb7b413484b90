"""``inspect``: opens an export, looks at it, shows it, drafts its mapping."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from rich.console import Console
from rich.text import Text

from straitsx_bulk.flows.check.planning import choose_mapping, word_passed_over
from straitsx_bulk.flows.command.drafting import write_draft
from straitsx_bulk.flows.command.inspecting import inspect_file
from straitsx_bulk.flows.command.inspecting_text import render_inspection
from straitsx_bulk.flows.streams import SteadyStream, hand_out, tell
from straitsx_bulk.io.readers import find_files
from straitsx_bulk.io.readers.mapping_files import load_mapping
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.mapping import Mapping
from straitsx_bulk.schemas.wording import make_printable

UNWRAPPED = 4_000
"""Columns of what is no terminal: no sentence and no row of a table is so long that it has to be wrapped."""
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
        UsageError: The export cannot be read, the draft would write over a file, or there are several exports to draft.
        StoppedError: Standard output cannot be written.
    """
    files = find_files([argument])
    if write is not None and len(files) > 1:
        raise UsageError(f"--write drafts the mapping of one export, and {argument} names {len(files)}. Name one.")
    for file in files:
        path = choose_mapping(file, mapping)
        said = load_mapping(path) if path else None
        if passed_over := word_passed_over(file, mapping):
            tell(passed_over)
        inspection = inspect_file(file, said, sheet=sheet)
        with showing() as console:
            render_inspection(console, inspection)
            if said is None and any("rejects" in look.origin.detected for look in inspection.sheets):
                console.print(RETURNED)
        if write is not None:
            given = forget_columns(said) if said else None
            write_draft(write, inspect_file(file, given, sheet=sheet), given)
            with showing() as console:
                console.print(Text(f"draft mapping: {make_printable(str(write))}"), soft_wrap=True)
    return 0


@contextmanager
def showing() -> Iterator[Console]:
    """Write to standard output what is printed meanwhile, whatever its encoding and whoever reads it.

    It is as wide as the terminal, and into a file or a program as wide as its text; ``COLUMNS`` in the environment says
    otherwise, as everywhere.

    Raises:
        StoppedError: Standard output cannot be written.
    """
    page = Page(sys.stdout)
    console = Console(file=cast("IO[str]", page), width=None if page.isatty() or "COLUMNS" in os.environ else UNWRAPPED)
    yield console
    hand_out(page.text, page.encoding)


class Page(SteadyStream):
    """Keeps what is written, for a stream of which it has the width, the colours and the encoding.

    Attributes:
        text: What was written so far.
    """

    text = ""

    def write(self, text: str) -> int:
        """Keep a text."""
        self.text += text
        return len(text)


def forget_columns(mapping: Mapping) -> Mapping:
    """Keep of a mapping what it says of the file, not of its columns: those are what a draft is made for."""
    return mapping.model_copy(update={"columns": {}, "profile_id": None, "reference": None, "keep": ()})
