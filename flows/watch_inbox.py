"""The flow ``watch-inbox``: one pass over a folder that exports are dropped into."""

import os
from pathlib import Path
from typing import Literal

from straitsx_bulk.flows.inbox.passing import Inbox, Pass, process_inbox
from straitsx_bulk.flows.orchestration.block_values import load_blocks
from straitsx_bulk.flows.orchestration.declaring import FlowState, declare_flow
from straitsx_bulk.flows.orchestration.flow_options import UNNAMED, UNSAID, FlowBlocks, FlowOptions
from straitsx_bulk.flows.orchestration.flow_runs import (
    WITH_REJECTS,
    describe_outcomes,
    read_flow_run,
    run_shielded,
    settle_options,
)
from straitsx_bulk.flows.run.executing import execute

from straitsx_bulk.flows.orchestration.artifacts import show_folder, show_outcomes  # isort: skip
from straitsx_bulk.flows.orchestration.late_passes import drop_late_passes

from straitsx_bulk.flows.orchestration.watch import PrefectObserver  # isort: skip
from prefect.states import Cancelled, Completed  # isort: skip


@declare_flow("watch-inbox")
async def watch_inbox(
    inbox: str,
    complete: Literal["settled", "marker"] = "settled",
    settle_seconds: float = 10.0,
    options: FlowOptions = UNSAID,
    blocks: FlowBlocks = UNNAMED,
) -> FlowState:
    """Import every complete file of an inbox once, and move it with its reports to done or attention.

    Args:
        inbox: The folder, on the machine of the worker.
        complete: When a file is complete: once it no longer grows (settled) or has a marker <name>.done beside it, or
            with a marker only.
        settle_seconds: How long a file without a marker is watched before it counts as complete.
        options: As on the command line; what is empty is read from the settings block, the environment, the mapping.
        blocks: Blocks of the Prefect server, by name; what is empty is read from the environment of the worker.
    """
    place = Inbox(Path(inbox), settle_seconds, marked_only=complete == "marker")

    async def work() -> tuple[FlowState, str | None]:
        values = await load_blocks(os.environ, blocks.credentials, blocks.settings)
        settled = settle_options(options, values.options)
        await drop_late_passes(read_flow_run())
        async with PrefectObserver(restarts=True) as observer:
            came_to = await process_inbox(place, settled, values.environ, observer, execute)
        if came_to.outcomes:
            await show_outcomes(came_to.outcomes, came_to.calls)
            await show_folder(place.folder)
        return make_state(came_to), count_for_people(came_to)

    return await run_shielded(work)


def count_for_people(came_to: Pass) -> str | None:
    """Give the counts that somebody is told; None for a pass that had nothing to do, as most have."""
    return None if came_to.is_idle and not came_to.interrupted else describe_outcomes(came_to.outcomes)


def make_state(came_to: Pass) -> FlowState:
    """Say how a pass ended in Prefect's words."""
    told = came_to.describe()
    if came_to.interrupted:
        return Cancelled(message=f"{came_to.paused}; {told}")
    if came_to.paused is not None:
        told = f"{told}; planned end: {came_to.paused}"
    return Completed(name=WITH_REJECTS if came_to.attention else None, message=told)
