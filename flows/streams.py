"""Standard output and error, whose reader may go away at any time: no run ends for it, nor with another exit status."""

import io
import os
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, TextIO, cast

from straitsx_bulk.schemas.errors import StoppedError
from straitsx_bulk.schemas.wording import make_printable

if TYPE_CHECKING:
    from rich.console import Console


class SteadyStream(io.TextIOBase):
    """Drops what nobody can read any more: a pipe without a reader, a terminal that is gone, a full disk.

    Args:
        stream: Where the text goes; None where the process was started without it.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override] # the base class has a plain attribute
        """Name the stream's encoding, which tells Rich whether it can draw lines."""
        return self._stream.encoding if self._stream is not None else "utf-8"

    def isatty(self) -> bool:
        """Say whether a person is watching."""
        return self._stream is not None and self._stream.isatty()

    def writable(self) -> bool:
        """Text is always taken."""
        return True

    def write(self, text: str) -> int:
        """Write, or drop."""
        if self._stream is not None:
            with suppress(OSError):
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or leave it."""
        if self._stream is not None:
            with suppress(OSError):
                self._stream.flush()


def open_console() -> "Console":
    """Make the console that tells people on standard error how a run goes."""
    from rich.console import Console

    return Console(file=cast("IO[str]", SteadyStream(sys.stderr)))


def tell(sentence: str) -> None:
    """Write a sentence for people, or several lines of them, to standard error."""
    stream = SteadyStream(sys.stderr)
    stream.writelines(f"{make_printable(line)}\n" for line in sentence.split("\n"))
    stream.flush()


def write_output(text: str, encoding: str = "utf-8") -> str | None:
    r"""Write text to standard output, for programs as UTF-8 whatever the locale.

    Args:
        text: What to write; characters that the encoding does not have are written like ``\xe9``.
        encoding: The locale's, where the text is for people.

    Returns:
        Why it could not be written, or None; a reader that went away wanted no more, which is no trouble.
    """
    if sys.stdout is None:
        return "it is closed"
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        return None
    except OSError as error:
        return (error.strerror or "the system refuses it").lower()
    return None


def hand_out(text: str, encoding: str = "utf-8") -> None:
    """Write to standard output what somebody asked for and gets nowhere else.

    Args:
        text: As for write_output.
        encoding: As for write_output.

    Raises:
        StoppedError: It cannot be written.
    """
    if trouble := write_output(text, encoding):
        raise StoppedError(f"standard output cannot be written ({trouble}).")


def let_go() -> None:
    """Flush both streams at the end; where that fails Python would end with a status of its own, 120."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())
            os.close(nothing)
