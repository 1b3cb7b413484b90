"""The flow ``validate-exports``: the same steps as ``straitsx-bulk validate``, seen on Prefect's page."""

from typing import Any

from straitsx_bulk.flows.orchestration.flow_machines import FlowMachines
from straitsx_bulk.flows.orchestration.flow_options import FlowBlocks, FlowOptions
from straitsx_bulk.flows.orchestration.flow_runs import (
    run_flow,  # first: it silences telemetry before Prefect is imported
)

from straitsx_bulk.flows.orchestration.notifying import start_again, tell_ending  # isort: skip
from prefect import flow  # isort: skip
from prefect.client.schemas.objects import State  # isort: skip


@flow(
    name="validate-exports",
    persist_result=False,
    log_prints=False,
    retries=0,
    on_completion=[tell_ending],
    on_failure=[tell_ending],
    on_cancellation=[tell_ending],
    on_crashed=[tell_ending, start_again],
)
async def validate_exports(
    files: list[str],
    options: FlowOptions = FlowOptions(),  # noqa: B008 - Prefect reads it
    blocks: FlowBlocks = FlowBlocks(),  # noqa: B008 - Prefect reads it
    dask: str = "",
) -> State[Any]:
    """Read, repair and check exports; no call is made.

    Args:
        files: Exports on the machine of the worker: files, folders or globs.
        options: As on the command line; what is empty is read from the settings block, the environment, the mapping.
        blocks: Blocks of the Prefect server, by name; what is empty is read from the environment of the worker.
        dask: Spread the check of many files over a Dask cluster: its scheduler's address, such as
            tcp://10.0.0.5:8786, or local for this machine's cores.
    """
    return await run_flow("validate", files, options, blocks, FlowMachines(dask=dask))
