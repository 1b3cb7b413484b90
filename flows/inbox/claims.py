"""A folder that files are dropped into: which of them are complete, and where each stands.

All state is where things stand. A file in the inbox is nobody's; taken, it stands in a folder of its own under
``.importing``, with its mapping, and that folder's name holds the id of its run; done with, the whole folder stands in
``done`` or ``attention``. Each step is one rename within a file system, so a crash leaves either side of it.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from straitsx_bulk.io.readers import InputFile
from straitsx_bulk.io.readers.files import find_in_folder
from straitsx_bulk.schemas.errors import UsageError

CLAIMED, DONE, ATTENTION = ".importing", "done", "attention"
MARKER = ".done"
"""A file ``users.csv.done`` beside ``users.csv`` says that it is complete."""


class Look(NamedTuple):
    """What tells that nobody has written to a file since it was looked at.

    Attributes:
        inode: Which file it is.
        size: In bytes.
        changed_ns: Its time of change, in nanoseconds since 1970.
    """

    inode: int
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that was taken from the inbox.

    Attributes:
        folder: Its own, ``<time>-<run id>``.
        file: The export in it.
        run_id: Of its first run.
    """

    folder: Path
    file: Path
    run_id: str


@contextmanager
def hold_inbox(inbox: Path) -> Iterator[None]:
    """Keep other passes out of an inbox meanwhile; the system lets go when this process ends, however it does.

    Raises:
        UsageError: The folder cannot be made, or another pass is at work in it.
    """
    try:
        for folder in (inbox, *(inbox / name for name in (CLAIMED, DONE, ATTENTION))):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{inbox}: this cannot be an inbox ({error.strerror}). Name another, or make it.") from None
    descriptor = os.open(inbox / CLAIMED / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise UsageError(f"{inbox}: another pass is at work in this inbox. It takes the files that wait.") from None
    try:
        yield
    finally:
        os.close(descriptor)


def list_complete(inbox: Path, settle_seconds: float, *, marked_only: bool) -> dict[InputFile, Look]:
    """List the exports that are complete, the oldest first.

    A file with a marker is; another one is if it has not changed between two looks, ``settle_seconds`` apart.
    Uploads under way (``.part``, ``.tmp``, ``~$``, dot files) are no exports by their names.

    Args:
        inbox: The folder.
        settle_seconds: How long a file without a marker is watched.
        marked_only: Take files with a marker only.

    Returns:
        Each with how it was when it was found complete.
    """
    files = find_in_folder(inbox)
    before = look_at(files)
    marked = [file for file in files if os.path.exists(marker_of(file.path))]  # noqa: PTH110 - a name too long is no marker
    if marked_only or len(marked) == len(files):
        return sort_by_age({file: before[file.path] for file in marked if file.path in before})
    time.sleep(settle_seconds)  # the second look
    after = look_at(find_in_folder(inbox))
    settled = [file for file in files if after.get(file.path) == before.get(file.path) or file in marked]
    return sort_by_age({file: after[file.path] for file in settled if file.path in after})


def look_at(files: Sequence[InputFile]) -> dict[Path, Look]:
    """Look at each that is there still."""
    seen = {}
    for file in files:
        try:
            stat = file.path.stat()
        except OSError:
            continue
        seen[file.path] = Look(stat.st_ino, stat.st_size, stat.st_mtime_ns)
    return seen


def sort_by_age(files: Mapping[InputFile, Look]) -> dict[InputFile, Look]:
    """Sort files by their time of change, then by name."""
    return dict(sorted(files.items(), key=lambda found: (found[1].changed_ns, found[0].path.name)))


def marker_of(path: Path) -> Path:
    """Name a file's marker."""
    return path.with_name(path.name + MARKER)


def name_target(inbox: Path, claim: Claim, place: str) -> Path:
    """Name where a file that is done with stands.

    Args:
        inbox: The folder.
        claim: The file.
        place: ``done`` or ``attention``.
    """
    return inbox / place / claim.folder.name


def settle_claim(inbox: Path, claim: Claim, place: str) -> Path:
    """Move a file that is done with, its mapping and its reports, in one step.

    Args:
        inbox: The folder.
        claim: The file.
        place: ``done`` or ``attention``.

    Returns:
        Where it stands now.

    Raises:
        UsageError: The place is on another file system, or may not be written to; the file is left where it is.
    """
    target = name_target(inbox, claim, place)
    try:
        claim.folder.rename(target)
    except OSError as error:
        raise UsageError(
            f"{target.parent}: a file that is done with cannot be moved there ({error.strerror}). It has to be a "
            "folder on the inbox's own file system; the next pass moves it."
        ) from None
    return target
