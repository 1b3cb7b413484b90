"""The flow ``deliver-shard``: one shard of an import or upgrade; whole runs start it, nobody by hand."""

from straitsx_bulk.flows.orchestration.declaring import FlowState, declare_flow
from straitsx_bulk.flows.orchestration.flow_options import UNNAMED, FlowBlocks
from straitsx_bulk.flows.orchestration.flow_runs import (
    describe_outcomes,
    make_state,
    run_shielded,
)
from straitsx_bulk.flows.shards.orders import ShardOrder

from straitsx_bulk.flows.orchestration.artifacts import show_result  # isort: skip
from straitsx_bulk.flows.orchestration.shard_flows import run_shard  # isort: skip


@declare_flow("deliver-shard", is_whole=False)
async def deliver_shard(order: ShardOrder, blocks: FlowBlocks = UNNAMED) -> FlowState:
    """Deliver one shard of a run. The whole run starts it, and starts it again where its process dies.

    Args:
        order: Which rows of which exports, under which options; the exports are this worker's own copies.
        blocks: Blocks of the Prefect server, by name; what is empty is read from the environment of this worker.
    """

    async def work() -> tuple[FlowState, str]:
        result = await run_shard(order, blocks)
        await show_result(result)
        return make_state(result), describe_outcomes(result.outcomes)

    return await run_shielded(work)
