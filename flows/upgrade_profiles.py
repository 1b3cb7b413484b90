"""The flow ``upgrade-profiles``: the same steps as ``straitsx-bulk upgrade``, seen on Prefect's page."""

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
    name="upgrade-profiles",
    persist_result=False,
    log_prints=False,
    retries=0,
    on_completion=[tell_ending],
    on_failure=[tell_ending],
    on_cancellation=[tell_ending],
    on_crashed=[tell_ending, start_again],
)
async def upgrade_profiles(
    files: list[str],
    options: FlowOptions = FlowOptions(),  # noqa: B008 - Prefect reads it
    blocks: FlowBlocks = FlowBlocks(),  # noqa: B008 - Prefect reads it
    machines: FlowMachines = FlowMachines(),  # noqa: B008 - Prefect reads it
) -> State[Any]:
    """PATCH existing profiles up to USD; never create one.

    Args:
        files: Exports on the machine of the worker: files, folders or globs.
        options: As on the command line; what is empty is read from the settings block, the environment, the mapping.
        blocks: Blocks of the Prefect server, by name; what is empty is read from the environment of the worker.
        machines: More than one machine for one run: shards, and Dask for the check.
    """
    return await run_flow("upgrade", files, options, blocks, machines)
