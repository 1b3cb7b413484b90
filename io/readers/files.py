"""Finds the files behind what the user named: files, folders and globs."""

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from straitsx_bulk.schemas.errors import FileError, UsageError

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".psv", ".txt")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_KNOWN_SUFFIXES = TEXT_SUFFIXES + tuple(f"{suffix}.gz" for suffix in TEXT_SUFFIXES) + WORKBOOK_SUFFIXES
_PACKED_WORKBOOKS = tuple(f"{suffix}.gz" for suffix in WORKBOOK_SUFFIXES)
"""Not readable, and for that reason not stepped over in a folder: the reader says what to do."""
_REMOVABLE_SUFFIXES = {".gz", *TEXT_SUFFIXES, *WORKBOOK_SUFFIXES}
_MAPPING_SUFFIX = ".mapping.yaml"
_GLOB_CHARACTERS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One export that the user named.

    Attributes:
        path: Where it is.
        source: The file as the user named it, or its path inside the folder or glob that he named.
        mapping: The mapping file beside it, or None.
    """

    path: Path
    source: str
    mapping: Path | None


def find_files(arguments: Sequence[str]) -> tuple[InputFile, ...]:
    """Find the exports behind the arguments of a command, each once.

    A folder gives its exports in name order, without dot files, ``~$`` lock files, mapping files and anything with a
    suffix that is no export's. A glob does the same, unless its own suffix says which files are meant.

    Args:
        arguments: Files, folders and globs as the user typed them.

    Returns:
        The files in the order of the arguments.

    Raises:
        FileError: Nothing is there, or a folder holds no export.
        UsageError: The same file is named twice, under whatever name.
    """
    files = [file for argument in arguments for file in _find_argument(argument)]
    _refuse_twice(files)
    return tuple(files)


def _find_argument(argument: str) -> Iterator[InputFile]:
    if not argument.strip():
        raise UsageError("A file was named that has no name: is a variable in the command empty?")
    path = Path(argument)
    try:
        if path.is_dir():
            paths = _list_folder(path, argument)
        elif path.exists():
            _refuse_special(path, argument)
            paths = [path]
        else:
            paths = _expand_glob(argument)
    except OSError as error:
        raise FileError(argument, _say_why(error)) from error
    for found in paths:
        yield InputFile(found, str(found), _find_mapping(found))


def _refuse_special(path: Path, argument: str) -> None:
    """A pipe or a device has no end to look at, and cannot be read twice."""
    if not path.is_file():
        raise FileError(argument, "this is a pipe or a device; write it to a file first and name that.")


def _say_why(error: OSError) -> str:
    return f"cannot be looked at: {(error.strerror or 'unknown reason').lower()}."


def _list_folder(folder: Path, argument: str) -> list[Path]:
    paths = sorted((p for p in folder.iterdir() if _is_export(p)), key=lambda p: p.name)
    if not paths:
        raise FileError(argument, f"the folder holds no export ({', '.join(_KNOWN_SUFFIXES)}).")
    return paths


def _expand_glob(argument: str) -> list[Path]:
    if not _GLOB_CHARACTERS.intersection(argument):
        raise FileError(argument, "there is no such file or folder.")
    named_suffix = bool(Path(argument).suffix.strip(".*?"))
    found = (Path(name) for name in glob.glob(argument, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    paths = sorted(p for p in found if (_is_visible(p) and p.is_file() if named_suffix else _is_export(p)))
    if not paths:
        raise FileError(argument, "no export matches.")
    return paths


def _is_visible(path: Path) -> bool:
    return not path.name.startswith((".", "~$")) and not path.name.endswith(_MAPPING_SUFFIX)


def _is_export(path: Path) -> bool:
    return _is_visible(path) and path.name.lower().endswith(_KNOWN_SUFFIXES + _PACKED_WORKBOOKS) and path.is_file()


def _find_mapping(path: Path) -> Path | None:
    """Find the mapping beside an export: of ``users.csv.gz`` under its full name first, then with fewer suffixes."""
    names = [path.name]
    while Path(names[-1]).suffix.lower() in _REMOVABLE_SUFFIXES:
        names.append(Path(names[-1]).stem)
    mappings = (path.with_name(name + _MAPPING_SUFFIX) for name in names)
    return next((mapping for mapping in mappings if mapping.is_file()), None)


def _refuse_twice(files: Sequence[InputFile]) -> None:
    seen: dict[tuple[int, int], str] = {}
    for file in files:
        stat = file.path.stat()
        identity = (stat.st_dev, stat.st_ino)
        if identity in seen:
            raise UsageError(f"{seen[identity]} and {file.source} are the same file; name it once.")
        seen[identity] = file.source
