"""Finds the files behind what the user named: files, folders and globs."""

import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from straitsx_bulk.schemas.errors import FileError, MappingError, UsageError

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".psv", ".txt")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_KNOWN_SUFFIXES = TEXT_SUFFIXES + tuple(f"{suffix}.gz" for suffix in TEXT_SUFFIXES) + WORKBOOK_SUFFIXES
_PACKED_WORKBOOKS = tuple(f"{suffix}.gz" for suffix in WORKBOOK_SUFFIXES)
"""Not readable, and for that reason not stepped over in a folder: the reader says what to do."""
_REMOVABLE_SUFFIXES = {".gz", *TEXT_SUFFIXES, *WORKBOOK_SUFFIXES}
_MAPPING_SUFFIX = ".mapping.yaml"
_MISNAMED_SUFFIX = ".mapping.yml"
_GLOB_CHARACTERS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One export that the user named.

    Attributes:
        path: Where it is.
        source: The file as the user named it, or its path inside the folder or glob that he named; always text that
            can be shown and stored, whatever bytes the name has.
        mapping: The mapping file beside it, or None.
        hint: How to go on without it, where a folder brought it in and nobody named it; else empty.
    """

    path: Path
    source: str
    mapping: Path | None
    hint: str = ""


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


def find_in_folder(folder: Path) -> tuple[InputFile, ...]:
    """Find the exports of a folder one by one: one file that stands there under two names is two exports.

    What cannot be looked at, such as a link that leads where nobody may go, is stepped over.

    Args:
        folder: The folder.

    Returns:
        The files in the order of their names.

    Raises:
        FileError: It is no folder, or may not be read.
    """
    try:
        entries = sorted(folder.iterdir(), key=lambda p: p.name)
    except OSError as error:
        raise FileError(name_path(folder), _say_why(error)) from error
    paths = (p for p in entries if _is_export_by_name(p) and _is_there(p))
    return tuple(InputFile(path, name_path(path), find_mapping(path)) for path in paths)


def _find_argument(argument: str) -> Iterator[InputFile]:
    if not argument.strip():
        raise UsageError("A file was named that has no name: is a variable in the command empty?")
    path, shown = Path(argument), name_path(argument)
    try:
        is_folder = path.is_dir()
        if is_folder:
            paths = _list_folder(path, shown)
        elif path.exists():
            _refuse_special(path, shown)
            paths = [path]
        else:
            paths = _expand_glob(argument, shown)
    except OSError as error:
        raise FileError(shown, _say_why(error)) from error
    for found in paths:
        hint = _hint_others(found, paths) if is_folder else ""
        yield InputFile(found, name_path(found), find_mapping(found), hint)


def _hint_others(path: Path, paths: Sequence[Path]) -> str:
    """Say how to name the other files of a folder without this one."""
    others = dict.fromkeys(other.suffix for other in paths if other.suffix != path.suffix)
    globs = " ".join(f"'{name_path(path.parent / f'*{suffix}')}'" for suffix in others)
    named = f"with a glob in quotes: {globs}" if globs else "one by one"
    return f"If {name_path(path.name)!r} is no export, move it out of the folder, or name the others {named}."


@contextmanager
def hint_folder(file: InputFile) -> Iterator[None]:
    """Let an error about a file that a folder brought in say how to go on without it.

    Raises:
        UsageError: The same, a sentence longer.
    """
    try:
        yield
    except (FileError, MappingError) as error:
        if file.hint:
            error.args = (f"{error}\n{file.hint}",)
        raise


def name_path(path: str | Path) -> str:
    r"""Give a path as text: bytes of a name that are no UTF-8 are written like ``\xe4``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


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


def _expand_glob(argument: str, shown: str) -> list[Path]:
    if not _GLOB_CHARACTERS.intersection(argument):
        raise FileError(shown, "there is no such file or folder.")
    named_suffix = bool(Path(argument).suffix.strip(".*?"))
    found = (Path(name) for name in glob.glob(argument, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    paths = sorted(p for p in found if (_is_visible(p) and p.is_file() if named_suffix else _is_export(p)))
    if not paths:
        raise FileError(shown, "no export matches.")
    return paths


def _is_visible(path: Path) -> bool:
    return not path.name.startswith((".", "~$")) and not path.name.endswith(_MAPPING_SUFFIX)


def _is_export(path: Path) -> bool:
    return _is_export_by_name(path) and path.is_file()


def _is_export_by_name(path: Path) -> bool:
    return _is_visible(path) and path.name.lower().endswith(_KNOWN_SUFFIXES + _PACKED_WORKBOOKS)


def find_mapping(path: Path, suffix: str = _MAPPING_SUFFIX) -> Path | None:
    """Find the mapping beside an export: of ``users.csv.gz`` under its full name first, then with fewer suffixes."""
    names = [path.name]
    while Path(names[-1]).suffix.lower() in _REMOVABLE_SUFFIXES:
        names.append(Path(names[-1]).stem)
    mappings = (path.with_name(name + suffix) for name in names)
    return next((mapping for mapping in mappings if _is_there(mapping)), None)


def find_misnamed(path: Path) -> Path | None:
    """Find what stands beside an export and has nearly the name of its mapping: ``users.mapping.yml``."""
    return find_mapping(path, _MISNAMED_SUFFIX)


def refuse_misnamed(file: InputFile) -> None:
    """Refuse an export beside which a mapping has nearly the right name: read without it, it would be another export.

    Raises:
        MappingError: Naming both.
    """
    found = find_misnamed(file.path)
    if found is not None:
        right = found.name.removesuffix(_MISNAMED_SUFFIX) + _MAPPING_SUFFIX
        raise MappingError(
            f"{file.source}: {name_path(found.name)} stands beside it, and a mapping is found by the name "
            f"{name_path(right)}. Rename it, or name it with --mapping."
        )


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # an export's name may be so long that the suffix does not fit behind it
        return False


def _refuse_twice(files: Sequence[InputFile]) -> None:
    seen: dict[tuple[int, int], str] = {}
    for file in files:
        stat = file.path.stat()
        identity = (stat.st_dev, stat.st_ino)
        if identity in seen:
            raise UsageError(f"{seen[identity]} and {file.source} are the same file; name it once.")
        seen[identity] = file.source
