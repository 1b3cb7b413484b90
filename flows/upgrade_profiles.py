"""The flow ``upgrade-profiles``: the same steps as ``straitsx-bulk upgrade``, seen on Prefect's page."""

from straitsx_bulk.flows.orchestration.declaring import FlowState, declare_flow
from straitsx_bulk.flows.orchestration.flow_machines import ALONE, FlowMachines
from straitsx_bulk.flows.orchestration.flow_options import UNNAMED, UNSAID, FlowBlocks, FlowOptions
from straitsx_bulk.flows.orchestration.flow_runs import run_flow


@declare_flow("upgrade-profiles")
async def upgrade_profiles(
    files: list[str],
    options: FlowOptions = UNSAID,
    blocks: FlowBlocks = UNNAMED,
    machines: FlowMachines = ALONE,
) -> FlowState:
    """PATCH existing profiles up to USD; never create one.

    Args:
        files: Exports on the machine of the worker: files, folders or globs.
        options: As on the command line; what is empty is read from the settings block, the environment, the mapping.
        blocks: Blocks of the Prefect server, by name; what is empty is read from the environment of the worker.
        machines: More than one machine for one run: shards, and Dask for the check.
    """
    return await run_flow("upgrade", files, options, blocks, machines)
