"""Makes the next item while the last one is being used: reading and writing mostly leave Python's lock to others."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterable[T], ahead: int = 1) -> Iterator[T]:
    """Give an iterable's items in order, while a thread is already making the next ones.

    Args:
        items: Used from the thread alone.
        ahead: How many items may wait; each is held in memory.

    Yields:
        The items. An exception of the iterable comes up where its item would have.
    """
    waiting: queue.Queue[tuple[T | None, BaseException | None, bool]] = queue.Queue(maxsize=ahead)
    stop = threading.Event()

    def hand_over(item: T | None, error: BaseException | None, last: bool) -> None:
        while not stop.is_set():
            try:
                waiting.put((item, error, last), timeout=0.1)
            except queue.Full:
                continue
            return

    def work() -> None:
        try:
            for item in items:
                hand_over(item, None, False)
                if stop.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - whoever waits for the item must learn of it, whatever it is
            hand_over(None, error, True)
        else:
            hand_over(None, None, True)

    thread = threading.Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item, error, last = waiting.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc] # None only with last
    finally:
        stop.set()
        thread.join()
