"""The flow ``deliver-shard``: one shard of an import or upgrade; whole runs start it, nobody by hand."""

from typing import Any

from straitsx_bulk.flows.orchestration.flow_options import FlowBlocks
from straitsx_bulk.flows.orchestration.flow_runs import (  # first: it silences telemetry
    describe_outcomes,
    make_state,
    run_shielded,
)
from straitsx_bulk.flows.shards.orders import ShardOrder

from straitsx_bulk.flows.orchestration.artifacts import show_result  # isort: skip
from straitsx_bulk.flows.orchestration.shard_flows import run_shard  # isort: skip
from prefect import flow  # isort: skip
from prefect.client.schemas.objects import State  # isort: skip


@flow(name="deliver-shard", persist_result=False, log_prints=False, retries=0)
async def deliver_shard(order: ShardOrder, blocks: FlowBlocks = FlowBlocks()) -> State[Any]:  # noqa: B008 - Prefect reads it
    """Deliver one shard of a run. The whole run starts it, and starts it again where its process dies.

    Args:
        order: Which rows of which exports, under which options; the exports are this worker's own copies.
        blocks: Blocks of the Prefect server, by name; what is empty is read from the environment of this worker.
    """

    async def work() -> tuple[State[Any], str]:
        result = await run_shard(order, blocks)
        await show_result(result)
        return make_state(result), describe_outcomes(result.outcomes)

    return await run_shielded(work)
