"""The flow ``upgrade-profiles``: the same steps as ``straitsx-bulk upgrade``, seen on Prefect's page."""

from typing import Any

from straitsx_bulk.flows.options import Options
from straitsx_bulk.flows.prefect_runs import run_flow  # first: it silences telemetry before Prefect is imported

from prefect import flow  # isort: skip
from prefect.client.schemas.objects import State  # isort: skip


@flow(name="upgrade-profiles", persist_result=False, log_prints=False, retries=0)
async def upgrade_profiles(files: list[str], options: Options = Options()) -> State[Any]:  # noqa: B008 - Prefect reads it
    """PATCH existing profiles up to USD; never create one.

    Args:
        files: Exports on the machine of the worker: files, folders or globs.
        options: As on the command line; what is empty is read from the environment, then from the mapping file.
    """
    return await run_flow("upgrade", files, options)
