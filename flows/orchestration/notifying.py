"""What happens when a flow run ends: somebody is told in counts, and a crashed run is started again, once.

Prefect runs these hooks; none of them may fail a run, and none may show what an error held: a webhook's address is a
secret.
"""

import inspect
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from straitsx_bulk.flows.orchestration.block_values import NOTIFY_VARIABLE
from straitsx_bulk.flows.orchestration.restarting import start_restarting
from straitsx_bulk.flows.orchestration.watch import TROUBLES, try_to_tell

from prefect import Flow  # isort: skip
from prefect.blocks.core import Block  # isort: skip
from prefect.client.orchestration import get_client  # isort: skip
from prefect.client.schemas.objects import FlowRun, State  # isort: skip
from prefect.logging import get_logger  # isort: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended in this process.

    Attributes:
        state: The one that tells the truth of it.
        counts: Its outcomes, in words; None where there is nothing that anybody would want to be told.
    """

    state: "State[Any]"
    counts: str | None


_ENDED: dict[UUID, Ended] = {}
"""Flow run to its end, for the hooks of this process."""


def note_ending(flow_run_id: UUID, ended: Ended) -> None:
    """Keep a run's end for the hooks."""
    _ENDED[flow_run_id] = ended


async def tell_ending(flow: "Flow[..., Any]", flow_run: FlowRun, state: "State[Any]") -> None:
    """Tell the notification block that the run's parameters or the environment name: how it ended, in counts."""
    name = name_notify_block(flow_run.parameters, os.environ)
    if not name:
        return
    known = _ENDED.get(flow_run.id)
    if known is not None and known.counts is None:
        return
    ended = f"{flow.name}: {known.state.name if known else state.name}"
    counts = f" {known.counts}." if known else ""
    body = f"{ended}.{counts} Flow run {flow_run.id}: its page and reports have the rest."
    logger = get_logger("straitsx_bulk")
    try:
        told = await try_to_tell(lambda: send_note(name, f"straitsx-bulk {ended}", body))
    except Exception as error:  # noqa: BLE001 - a block may raise anything, and its words may hold the address
        logger.warning("The block %s could not notify: %s", name, type(error).__name__)
        return
    if not told:
        logger.warning("The block %s could not notify in time, or Prefect's server did not give it", name)


def name_notify_block(parameters: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Say which notification block to tell, as type/name; empty for none."""
    blocks = parameters.get("blocks")
    named = blocks.get("notify", "") if isinstance(blocks, Mapping) else getattr(blocks, "notify", "")
    return named or environ.get(NOTIFY_VARIABLE, "")


async def send_note(name: str, subject: str, body: str) -> bool:
    """Send a note through a block.

    Args:
        name: The block as type/name.
        subject: A line.
        body: Counts, in words.
    """
    block: Any = await Block.aload(name)
    sending = block.notify(body=body, subject=subject)
    if inspect.isawaitable(sending):
        await sending
    return True


async def start_again(flow: "Flow[..., Any]", flow_run: FlowRun, state: "State[Any]") -> None:  # noqa: ARG001 - a hook's
    """Have a crashed flow run started again, as the same run; one that had ended gets its true state back."""
    known = _ENDED.get(flow_run.id)
    if known is None:
        start_restarting(flow_run.id)
        return
    with suppress(*TROUBLES):  # only Prefect's own bookkeeping broke, such as a lease that it could not renew
        async with get_client() as client:
            await client.set_flow_run_state(flow_run.id, known.state, force=True)
