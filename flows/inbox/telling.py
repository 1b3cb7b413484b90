"""What people are told of a file's run: its paths as they will be once the file has moved on.

The run names its reports where it writes them, under ``.importing``; a moment later the whole folder stands in ``done``
or ``attention``. Whoever reads the worker's log finds them by what it says, so the place is put right as it is told.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TextIO, cast

from straitsx_bulk.schemas.wording import make_printable


class MovingNames:
    """Standard error, in which a folder that is about to move is named by where it goes.

    Args:
        stream: Standard error.
        folder: The folder.
        find_target: Gives where it goes; None while that is open, and then it is named where it stands.
    """

    def __init__(self, stream: TextIO | None, folder: Path, find_target: Callable[[], Path | None]) -> None:
        self._stream = stream
        self._folder = make_printable(f"{folder}{os.sep}")  # as it is told
        self._find_target = find_target

    def __getattr__(self, name: str) -> object:
        """Be as the stream is in all else: encoding, terminal or not."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text."""
        if self._stream is not None:
            self._stream.write(self._put_right(text))
        return len(text)

    def _put_right(self, text: str) -> str:
        if self._folder not in text or (target := self._find_target()) is None:
            return text
        return text.replace(self._folder, make_printable(f"{target}{os.sep}"))


@contextmanager
def name_moving(folder: Path, find_target: Callable[[], Path | None]) -> Iterator[None]:
    """Have standard error name a folder by where it goes, while the block runs; passes go one after the other.

    Args:
        folder: Which is about to move.
        find_target: Gives where it goes, or None while that is open.
    """
    with redirect_stderr(cast("TextIO", MovingNames(sys.stderr, folder, find_target))):
        yield
