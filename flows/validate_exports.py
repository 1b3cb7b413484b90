"""The flow ``validate-exports``: the same steps as ``straitsx-bulk validate``, seen on Prefect's page."""

from straitsx_bulk.flows.orchestration.declaring import FlowState, declare_flow
from straitsx_bulk.flows.orchestration.flow_machines import FlowMachines
from straitsx_bulk.flows.orchestration.flow_options import UNNAMED, UNSAID, FlowBlocks, FlowOptions
from straitsx_bulk.flows.orchestration.flow_runs import run_flow


@declare_flow("validate-exports")
async def validate_exports(
    files: list[str],
    options: FlowOptions = UNSAID,
    blocks: FlowBlocks = UNNAMED,
    dask: str = "",
) -> FlowState:
    """Read, repair and check exports; no call is made.

    Args:
        files: Exports on the machine of the worker: files, folders or globs.
        options: As on the command line; what is empty is read from the settings block, the environment, the mapping.
        blocks: Blocks of the Prefect server, by name; what is empty is read from the environment of the worker.
        dask: Spread the check of many files over a Dask cluster: its scheduler's address, such as
            tcp://10.0.0.5:8786, or local for this machine's cores.
    """
    return await run_flow("validate", files, options, blocks, FlowMachines(dask=dask))
