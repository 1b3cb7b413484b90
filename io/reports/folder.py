"""A run's folder, and files in it that are whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from straitsx_bulk.schemas.errors import StoppedError, UsageError

PART = ".part"


def make_run_folder(out: Path, run_id: str, started_at: datetime) -> Path:
    """Make the folder of a new run, which only its owner can enter.

    Args:
        out: Where the folders of all runs are; made if it is not there.
        run_id: The run's id.
        started_at: When the run started, with time zone.

    Returns:
        ``<out>/<time>-<run id>``, mode 0700, with a ``.gitignore`` that keeps personal data out of repositories.

    Raises:
        UsageError: If the folder is there already, or cannot be made.
    """
    folder = out / f"{started_at:%Y%m%dT%H%M%S}-{run_id}"
    refuse_place(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)
    except FileExistsError:
        raise UsageError(f"{folder} is there already. A run never writes into an old folder; try again.") from None
    except OSError as error:
        raise UsageError(f"{out}: cannot make the run's folder ({error.strerror}). Name another with --out.") from None
    with write_whole(folder / ".gitignore") as file:
        file.write(b"*\n")
    return folder


def refuse_place(out: Path) -> None:
    """Refuse a place that can hold no folders, or whose name no report could repeat.

    Raises:
        UsageError: Naming it.
    """
    try:
        str(out.absolute()).encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"{show_name(out.absolute())}: the name of the run folders' place is not UTF-8. Name another with --out."
        ) from None
    except FileNotFoundError:
        raise UsageError(
            "The folder that this was started in is gone. Go to another, or name one with --out."
        ) from None
    lost = next((place for place in (out, *out.parents) if is_lost_link(place)), None)
    if lost is not None:
        raise UsageError(f"{lost} is a link to a place that is not there. Mend it, or name a folder with --out.")
    held = next((place for place in (out, *out.parents) if is_other_file(place)), None)
    if held is not None:
        raise UsageError(f"{held} is a file, so it can hold no run folders. Name a folder with --out.")


def is_other_file(path: Path) -> bool:
    """Say whether something that is no folder is there; what cannot be looked at is told when it is to be made."""
    try:
        return path.exists() and not path.is_dir()
    except OSError:
        return False


def is_lost_link(path: Path) -> bool:
    """Say whether a link leads nowhere, or only to itself."""
    try:
        return path.is_symlink() and not path.exists()
    except OSError:
        return False


def show_name(path: Path) -> str:
    """Write a name for people; bytes that are no UTF-8 as what they are."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def find_run_folder(out: Path, run_id: str) -> Path | None:
    """Find the folder that a run made earlier, for a run that goes on.

    Args:
        out: Where the folders of all runs are.
        run_id: The run's id.

    Returns:
        The folder, or None where there is none.
    """
    return next((f for f in sorted(out.glob(f"*-{run_id}")) if f.is_dir()), None)


def open_private(path: Path) -> BinaryIO:
    """Open a new file for writing that only its owner can read (mode 0600), in place of one that is there.

    A process that was taken for dead may still have the old one open, and must not write into the new one.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "wb")


def part_of(path: Path) -> Path:
    """Name the file that a report is written to until it is whole: ``results.csv.part``."""
    return path.with_name(path.name + PART)


@contextmanager
def write_whole(path: Path) -> Iterator[BinaryIO]:
    """Write a file that is whole or not there: into ``<name>.part``, then fsync and rename.

    Args:
        path: Where the file shall be. What is there is replaced, unless an exception leaves the block.

    Yields:
        The open file, mode 0600.
    """
    part = part_of(path)
    try:
        with open_private(part) as file:
            yield file
            sync_file(file)
        settle_part(path)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise


@contextmanager
def explain_disk_errors(folder: Path) -> Iterator[None]:
    """Turn a disk that is full, or a folder that is gone, into a sentence for people.

    Raises:
        StoppedError: If the system refuses to write.
    """
    try:
        yield
    except OSError as error:
        raise StoppedError(
            f"{folder}: a report cannot be written ({error.strerror or error}). What was sent is in the ledger; "
            "make room and run the same command again."
        ) from error


def sync_file(file: BinaryIO) -> None:
    """Wait until the disk has what was written."""
    file.flush()
    os.fsync(file.fileno())


def settle_part(path: Path) -> None:
    """Give a finished ``<name>.part`` its name, durably.

    Args:
        path: The file's name, without ``.part``.
    """
    part_of(path).replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
