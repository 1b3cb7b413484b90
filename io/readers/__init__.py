"""Reads exports: delimited text and workbooks become batches of text.

``find_files`` turns what the user named into files, ``open_input`` looks at one of them and gives its batches. The
heavy libraries behind them are loaded when a file is opened, so that importing this package costs next to nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from straitsx_bulk.io.readers.files import InputFile, find_files, hint_folder, name_path
    from straitsx_bulk.io.readers.opening import Input, open_input
    from straitsx_bulk.io.readers.stamps import Stamp, refuse_other

__all__ = ["Input", "InputFile", "Stamp", "find_files", "hint_folder", "name_path", "open_input", "refuse_other"]

_HOMES = {
    "InputFile": "files",
    "find_files": "files",
    "hint_folder": "files",
    "name_path": "files",
    "Input": "opening",
    "open_input": "opening",
    "Stamp": "stamps",
    "refuse_other": "stamps",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
