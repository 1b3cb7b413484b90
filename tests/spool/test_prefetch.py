"""Items come in order, errors where their item would have, and nobody waits for a thread that has no reader."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from straitsx_bulk.io.prefetch import prefetch


@given(st.lists(st.integers()), st.integers(1, 5))
def test_items_come_in_order(items: list[int], ahead: int) -> None:
    assert items == list(prefetch(items, ahead))


def test_an_error_comes_up_behind_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("the third")

    seen: list[int] = []
    with pytest.raises(ValueError, match="the third"):
        seen.extend(prefetch(broken()))
    assert seen == [1, 2]


def test_a_reader_who_leaves_early_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    endless = prefetch(iter(int, 1))
    assert next(endless) == 0
    endless.close()  # type: ignore[attr-defined] # a generator
    assert set(threading.enumerate()) <= before


def test_no_more_items_are_made_than_may_wait() -> None:
    made: list[int] = []

    def counting() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    items = prefetch(counting(), ahead=2)
    next(items)
    items.close()  # type: ignore[attr-defined] # a generator
    assert len(made) <= 5
