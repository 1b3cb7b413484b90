"""The flow ``validate-exports``: the same steps as ``straitsx-bulk validate``, seen on Prefect's page."""

from typing import Any

from straitsx_bulk.flows.options import Options
from straitsx_bulk.flows.prefect_runs import run_flow  # first: it silences telemetry before Prefect is imported

from prefect import flow  # isort: skip
from prefect.client.schemas.objects import State  # isort: skip


@flow(name="validate-exports", persist_result=False, log_prints=False, retries=0)
async def validate_exports(files: list[str], options: Options = Options()) -> State[Any]:  # noqa: B008 - Prefect reads it
    """Read, repair and check exports; no call is made.

    Args:
        files: Exports on the machine of the worker: files, folders or globs.
        options: As on the command line; what is empty is read from the environment, then from the mapping file.
    """
    return await run_flow("validate", files, options)
