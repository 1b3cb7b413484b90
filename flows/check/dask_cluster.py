"""A Dask cluster to spread the check over: reached or started here, and refused where it would judge otherwise."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from straitsx_bulk.schemas.errors import UsageError

LOCAL = "local"
"""Instead of a scheduler's address: a cluster of this machine's cores, for as long as the check lasts."""

CONNECT_SECONDS = 15
"""How long a scheduler is waited for."""


@contextmanager
def open_dask(address: str) -> Iterator[Executor]:
    """Reach a Dask cluster through Prefect's Dask task runner, or start one on this machine.

    Args:
        address: Of the scheduler, such as ``tcp://10.0.0.5:8786``; or ``local``.

    Yields:
        Its workers as an executor of ``concurrent.futures``' kind.

    Raises:
        UsageError: Dask is not installed, no scheduler answers, it has no workers, or they have another version.
    """
    try:
        runner_class: Any = import_module("prefect_dask").DaskTaskRunner
    except ModuleNotFoundError:
        raise UsageError(
            "Spreading the check needs Dask: pip install 'straitsx-bulk[dask]', on every worker too."
        ) from None
    # A thread each: the check is Python's work too. No page, on no port that others may want.
    local = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    asked: dict[str, Any] = {"cluster_kwargs": local} if address == LOCAL else {"address": address}
    runner = runner_class(**asked, client_kwargs={"timeout": CONNECT_SECONDS})
    with runner:
        client = reach_cluster(lambda: runner.client, address)
        refuse_other_versions(client, address)
        with client.get_executor(pure=False, retries=1) as executor:
            yield executor


def reach_cluster(connect: Callable[[], Any], address: str) -> Any:
    """Connect to a scheduler.

    Raises:
        UsageError: None answers.
    """
    try:
        return connect()
    except (OSError, ValueError):  # Dask's own words name the address again, and its timeouts are OSErrors
        raise UsageError(
            f"No Dask scheduler answers at {address}. Start one (dask scheduler) and its workers (dask worker ADDRESS)."
        ) from None


def refuse_other_versions(client: Any, address: str) -> None:
    """Refuse a cluster whose workers would judge otherwise.

    Raises:
        UsageError: It has no workers, or some have another version of the program.
    """
    found = client.run(find_version)
    own = find_version()
    others = sorted(worker for worker, told in found.items() if told != own)
    if not found or others:
        what = f"workers with another straitsx-bulk than {own}: {', '.join(others[:3])}" if others else "no workers"
        raise UsageError(f"The Dask cluster at {address} has {what}. Install the same version on each, and start some.")


def find_version() -> str:
    """Give this program's version; empty where it is not installed."""
    try:
        return version("straitsx-bulk")
    except PackageNotFoundError:
        return ""
