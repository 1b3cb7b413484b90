"""What holds for every test."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine must fail no property test: what is slow is found by `make bench`, not by a deadline.
settings.register_profile("straitsx-bulk", deadline=None)
settings.load_profile("straitsx-bulk")

# Where the tests themselves run in a shell's background or under nohup, these signals come ignored, and every program
# that a test starts would inherit that.
for name in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(name) is signal.SIG_IGN:
        signal.signal(name, signal.default_int_handler if name is signal.SIGINT else signal.SIG_DFL)

ROOMS_OF_PROCESSES = ("prefect", "machines", "readme", "delivery", "e2e")
"""Rooms whose tests start programs and wait for them, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker sits idle beside the last file."""
    here = Path(__file__).parent
    ranks = {room: rank for rank, room in enumerate(ROOMS_OF_PROCESSES)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(here).parts[0], len(ranks)))
