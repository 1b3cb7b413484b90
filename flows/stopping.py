"""Ctrl-C, SIGTERM and a terminal that goes away: the requests in flight are finished, the reports written.

A second signal is harmless. A signal that whoever started the program has it ignore (``nohup``) stays ignored.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.signals import SIGNALS


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

    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
