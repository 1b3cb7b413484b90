"""Taking files from an inbox, each once, so that a crash between any two steps leaves them in one place."""

import filecmp
import os
import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from straitsx_bulk.flows.inbox.claims import CLAIMED, MARKER, Claim, Look, look_at, marker_of
from straitsx_bulk.io.readers import InputFile, name_path
from straitsx_bulk.io.readers.files import find_in_folder, find_mapping, find_misnamed
from straitsx_bulk.schemas.errors import FileError

IGNORED = "*\n"
"""The ``.gitignore`` of a taken file's folder, which holds personal data; ``status --purge`` knows folders by it."""

_RUNS = "*T*-*"
"""Folders of taken files, and in them folders of their runs."""


def claim_file(inbox: Path, file: InputFile, seen: Look) -> Claim | None:
    """Take a file from the inbox, with its mapping; from then on it is this folder's run's.

    Args:
        inbox: The folder.
        file: A complete export in it.
        seen: How it was when it was found complete; the files before it may have taken hours.

    Returns:
        None where somebody has taken it away meanwhile, or writes to it: the next pass looks again.

    Raises:
        FileError: It may not be taken; it is left where it is.
    """
    if look_at([file]).get(file.path) != seen:
        return None
    run_id = uuid4().hex
    folder = inbox / CLAIMED / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{run_id}"
    try:
        move_in(replace(file, mapping=find_mapping(file.path)), folder)
    except FileNotFoundError:
        give_back(inbox, folder)
        return None
    except OSError as error:
        give_back(inbox, folder)
        raise FileError(name_path(file.path.name), f"cannot be taken from the inbox ({error.strerror}).") from None
    taken = folder / file.path.name
    straighten_link(inbox, taken)
    finish_claim(inbox, taken)
    return Claim(folder, taken, run_id)


def move_in(file: InputFile, folder: Path) -> None:
    """Move a file into a folder of its own, with its mapping.

    Raises:
        OSError: That cannot be done; `give_back` undoes what was.
    """
    folder.mkdir(mode=0o700)
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    mapping = find_moving(file)
    if mapping is not None:
        shutil.copyfile(mapping, folder / mapping.name)  # before the file: it must not be read without
    marker = find_marker(file.path)
    if marker is not None:
        marker.rename(folder / marker.name)  # before the file: the next one of this name is not complete yet
    file.path.rename(folder / file.path.name)  # whatever stands there now: a file, or a link


def give_back(inbox: Path, folder: Path) -> None:
    """Undo the steps before a file was taken; a marker goes back to its file, unless that was written to since."""
    if not folder.is_dir() or find_taken(folder):
        return
    for marker in folder.glob(f"*{MARKER}"):
        file = inbox / marker.name.removesuffix(MARKER)
        if file.exists() and file.stat().st_mtime_ns <= marker.stat().st_mtime_ns:
            marker.rename(inbox / marker.name)
    shutil.rmtree(folder, ignore_errors=True)


def straighten_link(inbox: Path, taken: Path) -> None:
    """Let a link that was moved go on meaning the same file: a relative one is meant from the inbox."""
    if not taken.is_symlink() or (leads := taken.readlink()).is_absolute():
        return
    straight = taken.with_name(".link")
    straight.unlink(missing_ok=True)
    straight.symlink_to(inbox.absolute() / leads)
    straight.replace(taken)


def find_marker(path: Path) -> Path | None:
    """Find the marker beside a file."""
    marker = marker_of(path)
    return marker if os.path.isfile(marker) else None  # noqa: PTH113 - a name too long is no marker


def find_moving(file: InputFile) -> Path | None:
    """Find the mapping that moves along with a file, one with nearly the right name too: its run tells of that."""
    return file.mapping or find_misnamed(file.path)


def find_taken(folder: Path) -> list[Path]:
    """Find what was taken into a folder: an export, or a link to one, wherever it leads."""
    links = (path for path in folder.iterdir() if path.is_symlink() and not path.name.startswith("."))
    return [file.path for file in find_in_folder(folder)] or sorted(links)


def list_claims(inbox: Path) -> list[Claim]:
    """List the files that an earlier pass took and has not done with, the oldest first.

    A folder without an export is what a crash left before its file was taken: nothing is lost with it. One with reports
    in it, whose file somebody has taken away, is left alone.
    """
    claims = []
    for folder in sorted((inbox / CLAIMED).glob(_RUNS)):
        taken, has_run = find_taken(folder), any(folder.glob(f"{_RUNS}/"))
        if taken and not has_run:
            straighten_link(inbox, taken[0])
            finish_claim(inbox, taken[0])
        if taken:
            claims.append(Claim(folder, taken[0], folder.name.rpartition("-")[2]))
        elif not has_run:
            give_back(inbox, folder)
    return claims


def finish_claim(inbox: Path, taken: Path) -> None:
    """Do what is left to do once a file was taken: its marker goes, and so does its mapping, if it is the same still.

    What may not be taken away stays: the file has its own copy.
    """
    marker = find_marker(taken)
    if marker is not None:
        marker.unlink()
    mapping = find_mapping(taken) or find_misnamed(taken)
    with suppress(OSError):
        if mapping is not None and filecmp.cmp(inbox / mapping.name, mapping, shallow=False):
            drop_mapping(inbox, inbox / mapping.name)


def drop_mapping(inbox: Path, mapping: Path) -> None:
    """Take a mapping out of the inbox that moved along with its file, unless another file there needs it."""
    if all(find_moving(other) != mapping for other in find_in_folder(inbox)):
        mapping.unlink(missing_ok=True)
