"""Ctrl-C, SIGTERM and a terminal that goes away, from the first moment of the process to its last.

A run listens for itself (``stopping``); this is for the time before and after: while Python imports, while a command
without rows works, and while a process ends. It imports next to nothing, because it comes before everything else.
"""

import os
import signal
from contextlib import suppress
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Windows has no SIGHUP."""

EXIT_INTERRUPTED = 130
INTERRUPTED = "straitsx-bulk: interrupted; the same command starts it again."


class Listener:
    """What a signal does where no run listens.

    Before a command works, while it imports and while its event loop is made, the process ends at once: nothing was
    begun, and an exception in the middle of an import may be swallowed or taken for another. While a command works a
    signal is a KeyboardInterrupt, and a second one ends the process at once. Once the work is over, the process ends
    with the status it had.
    """

    def __init__(self) -> None:
        self._working = False
        self._status: int | None = None

    def listen(self) -> None:
        """Begin; a signal that whoever started the program has it ignore (``nohup``) stays ignored."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self.hear)

    def work(self) -> None:
        """Take note that a command works."""
        self._working = True

    def rest(self, status: int) -> None:
        """Take note that the work is over.

        Args:
            status: The exit status.
        """
        self._working, self._status = False, status

    def hear(self, _number: int, frame: FrameType | None) -> None:
        """Handle a signal.

        Raises:
            KeyboardInterrupt: A command works.
        """
        if self._status is not None:
            os._exit(self._status)
        if self._working and not is_beginning(frame):
            self._working = False
            raise KeyboardInterrupt
        with suppress(OSError):  # nobody listens
            os.write(2, f"{INTERRUPTED}\n".encode())  # not through a stream: it may be in the middle of a write
        os._exit(EXIT_INTERRUPTED)


LISTENER = Listener()


def is_beginning(frame: FrameType | None) -> bool:
    """Say whether a frame runs on behalf of an import, or of an event loop's making: neither can be left half done."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib"):
            return True
        if code.co_name == "_lazy_init" and code.co_filename.endswith(f"asyncio{os.sep}runners.py"):
            return True
        frame = frame.f_back
    return False
