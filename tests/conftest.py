"""What holds for every test."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_warm import WarmProgram
from hypothesis import HealthCheck, settings

# A busy machine must fail no property test: what is slow is found by `make bench`, not by a deadline; and examples that
# were drawn slowly because the process was not let run say nothing of how they are drawn.
settings.register_profile("straitsx-bulk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("straitsx-bulk")

# Where the tests themselves run in a shell's background or under nohup, these signals come ignored, and every program
# that a test starts would inherit that.
for name in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(name) is signal.SIG_IGN:
        signal.signal(name, signal.default_int_handler if name is signal.SIGINT else signal.SIG_DFL)

ROOMS_OF_PROCESSES = ("prefect", "machines", "readme", "delivery", "e2e")
"""Rooms whose tests start programs and wait for them, the longest first."""


AGAIN = "again"


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmProgram]:
    """Forks the command line quickly."""
    with WarmProgram() as program:
        yield program


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `make test` needs to try once more what failed."""
    parser.addoption(f"--{AGAIN}", action="store_true", help="only the files in which a test failed last time, whole")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker sits idle beside the last file."""
    if config.getoption(AGAIN):
        keep_files_that_failed(config, items)
    here = Path(__file__).parent
    ranks = {room: rank for rank, room in enumerate(ROOMS_OF_PROCESSES)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(here).parts[0], len(ranks)))


def keep_files_that_failed(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of files in which one failed: some rest on what the file's others have done."""
    assert config.cache is not None
    failed = {name.partition("::")[0] for name in config.cache.get("cache/lastfailed", {})}
    items[:] = [item for item in items if item.nodeid.partition("::")[0] in failed]
