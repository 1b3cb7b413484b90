"""Chooses the sheets of a workbook to read, or asks the user where two could be meant.

Hidden sheets are read where no visible one holds anything, or where the user names one; either way the origin says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from straitsx_bulk.io.readers.opening import Wishes
from straitsx_bulk.io.readers.sheets import Sheet
from straitsx_bulk.schemas.errors import FileError, MappingError

TEMPLATE_GUIDE = "How to fill in"
"""The template's sheet for people; nobody misses it."""
_CLEARLY = 2
"""How many times as many known headers the best sheet must have as the next one."""


@dataclass(frozen=True, slots=True)
class SheetNames:
    """The worksheets of a workbook, in its order.

    Attributes:
        visible: Those that a person sees.
        hidden: Those that the workbook hides.
    """

    visible: tuple[str, ...]
    hidden: tuple[str, ...]


def choose_sheets(names: SheetNames, load: Callable[[str], Sheet], source: str, wishes: Wishes) -> tuple[Sheet, ...]:
    """Choose what to read: all sheets of a rejects file of ours, otherwise one.

    Args:
        names: The workbook's worksheets.
        load: Loads one by its name.
        source: The file as the user named it, for errors.
        wishes: The sheet that the user named, and what headers are known.

    Returns:
        The sheets, their headers found.

    Raises:
        FileError: No sheet holds anything, or there is no header.
        MappingError: The named sheet is not there, or more than one could be meant.
    """
    loaded = [sheet for sheet in map(load, names.visible) if not sheet.is_empty]
    ours = tuple(sheet for sheet in loaded if sheet.is_ours)
    if ours:
        return tuple(sheet.with_header(None) for sheet in ours)
    if wishes.sheet is not None:
        return (_find_named(wishes.sheet, names, loaded, load, source).with_header(wishes.header_row),)
    loaded = loaded or [sheet for sheet in map(load, names.hidden) if not sheet.is_empty]
    if not loaded:
        raise FileError(source, "the workbook is empty.")
    chosen = loaded[0] if len(loaded) == 1 else _find_best(loaded, source)
    return (chosen.with_header(wishes.header_row),)


def _find_named(
    wanted: str, names: SheetNames, loaded: Sequence[Sheet], load: Callable[[str], Sheet], source: str
) -> Sheet:
    everything = (*names.visible, *names.hidden)
    matches = [name for name in everything if name == wanted] or [
        name for name in everything if name.strip().casefold() == wanted.strip().casefold()
    ]
    if len(matches) != 1:
        raise MappingError(f"{source} has no sheet {wanted!r}; it has {_list_names(everything)}.")
    sheet = next((sheet for sheet in loaded if sheet.name == matches[0]), None) or load(matches[0])
    if sheet.is_empty:
        raise FileError(source, f"sheet {matches[0]!r} is empty.")
    return sheet


def _find_best(loaded: Sequence[Sheet], source: str) -> Sheet:
    ranked = sorted(loaded, key=lambda sheet: -sheet.count_known())
    best, second = ranked[0].count_known(), ranked[1].count_known()
    if best < 2 or best < _CLEARLY * second:
        raise MappingError(
            f"{source} has several sheets that could be meant: {_list_names([sheet.name for sheet in loaded])}. "
            "Name one with 'sheet:' in the mapping file (of inspect, with --sheet)."
        )
    return ranked[0]


def _list_names(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names) or "none"
