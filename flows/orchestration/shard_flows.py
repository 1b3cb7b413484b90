"""Shards as flow runs of a deployment of their own, on a work queue of their own, so that no run waits for itself.

What Prefect says of a shard is one of two witnesses, the ledger is the other (``foreman``). So a server that does not
answer for a while is waited for, and never ends a delivery.
"""

import os
from dataclasses import dataclass
from uuid import UUID

from straitsx_bulk.flows.machines.foreman import ShardEnd
from straitsx_bulk.flows.machines.shard_runs import deliver_shard
from straitsx_bulk.flows.orchestration.block_values import load_blocks
from straitsx_bulk.flows.orchestration.flow_options import FlowBlocks
from straitsx_bulk.flows.orchestration.watch import TROUBLES, PrefectObserver
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.shards.orders import ShardOrder
from straitsx_bulk.flows.streams import open_console
from straitsx_bulk.schemas.errors import UsageError

from prefect.client.orchestration import get_client  # isort: skip
from prefect.deployments import arun_deployment  # isort: skip
from prefect.exceptions import ObjectNotFound  # isort: skip
from prefect.states import Cancelling  # isort: skip

DEPLOYMENT = "deliver-shard/shard"
"""In ``prefect.yaml``."""


@dataclass(frozen=True, slots=True)
class PrefectWorkshop:
    """Has shards worked on by Prefect's workers (``foreman.Workshop``).

    Attributes:
        blocks: Of the whole run; each worker reads them for itself.
    """

    blocks: FlowBlocks

    async def start(self, order: ShardOrder, life: int) -> str:
        """Have a shard's flow run made; asked again for the same life, give the same one.

        Returns:
            The flow run's id; empty where Prefect's server does not answer now.
        """
        parameters = {
            "order": order.model_dump(mode="json", by_alias=True, exclude_none=True),
            "blocks": self.blocks.model_dump(),
        }
        try:
            run = await arun_deployment(
                DEPLOYMENT,
                parameters=parameters,
                flow_run_name=f"shard {order.shard + 1} of {order.shards}",
                timeout=0,
                tags=["straitsx-bulk", "shard"],
                idempotency_key=f"{order.own_run_id}-{life}",
            )
        except TROUBLES:
            return ""
        return str(run.id)

    async def look(self, token: str) -> ShardEnd | None:
        """Look whether the flow run has ended; None while it goes on, or Prefect's server does not answer."""
        try:
            async with get_client() as client:
                state = (await client.read_flow_run(UUID(token))).state
        except TROUBLES:
            return None
        if state is None or not state.is_final():
            return None
        words = f"its flow run {token} is {state.name}" + (f" ({state.message})" if state.message else "")
        return ShardEnd(words, crashed=state.is_crashed())

    async def stop(self, token: str) -> None:
        """Cancel the flow run: its worker lets it finish the requests under way."""
        try:
            async with get_client() as client:
                await client.set_flow_run_state(UUID(token), Cancelling())
        except TROUBLES:
            return  # it learns from the ledger that another shard has stopped


async def refuse_missing_deployment() -> None:
    """Refuse shards where nothing would work on them.

    Raises:
        UsageError: The deployment of shards is not there.
    """
    try:
        async with get_client() as client:
            await client.read_deployment_by_name(DEPLOYMENT)
    except ObjectNotFound:
        raise UsageError(
            f"Prefect's server has no deployment {DEPLOYMENT}. Deploy it (prefect deploy --all), and start a worker on "
            "each machine: prefect worker start --pool straitsx-bulk --work-queue shards"
        ) from None
    except TROUBLES as error:
        raise UsageError(f"Prefect's server does not answer ({type(error).__name__}); shards need it.") from None


async def run_shard(order: ShardOrder, blocks: FlowBlocks) -> RunResult:
    """Deliver a shard inside its flow.

    Raises:
        UsageError: This worker is not set up as the whole run's machine is.
        StoppedError: The run could not come to its reports.
    """
    values = await load_blocks(os.environ, blocks.credentials, blocks.settings)
    with Presenter(open_console(), quiet=bool(order.options.quiet)) as presenter:
        async with PrefectObserver(restarts=False) as observer:
            return await deliver_shard(order, values.environ, presenter, observer)
