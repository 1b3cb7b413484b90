"""Ctrl-C and SIGTERM: the requests in flight are finished, the reports written; a second Ctrl-C is harmless."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from straitsx_bulk.flows.breakers import Stop

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def listen_for_stop(stop: Stop) -> Iterator[None]:
    """Turn the signals into an orderly end for a while.

    Args:
        stop: Is told; every loop of a run asks it before it begins another row.
    """
    if (
        threading.current_thread() is not threading.main_thread()
    ):  # a flow in a worker's thread: Prefect has the signals
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        stop.interrupt()

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
