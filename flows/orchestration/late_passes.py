"""Passes over an inbox that became due while another run had the queue: one makes up for all of them.

Prefect starts each late run in its turn. After a night's import that would be dozens of passes with nothing to do.
"""

from functools import partial
from uuid import UUID

from straitsx_bulk.flows.orchestration.watch import try_to_tell  # first: it silences telemetry before Prefect does

from prefect.client.orchestration import get_client  # isort: skip
from prefect.client.schemas.filters import FlowRunFilter  # isort: skip
from prefect.client.schemas.objects import FlowRun, StateType  # isort: skip
from prefect.states import Cancelled  # isort: skip
from prefect.types._datetime import now  # isort: skip

MESSAGE = "An earlier pass, which began late, takes the files."

PATIENT_SECONDS = 30.0
"""How long Prefect's server may take for each request; nothing else waits for the pass."""


async def drop_late_passes(flow_run: FlowRun | None) -> None:
    """Cancel the runs that a flow run's deployment scheduled by itself and that are due by now; best effort.

    Args:
        flow_run: The pass that makes up for them; None for one outside of Prefect.
    """
    if flow_run is None or flow_run.deployment_id is None:
        return
    late = await try_to_tell(partial(list_late, flow_run), PATIENT_SECONDS)
    for identifier in late or ():
        await try_to_tell(partial(drop_pass, identifier), PATIENT_SECONDS)


async def list_late(flow_run: FlowRun) -> list[UUID]:
    """List the other runs of a flow run's deployment that were scheduled for a moment that has passed."""
    due = {
        "deployment_id": {"any_": [flow_run.deployment_id]},
        "state": {"type": {"any_": [StateType.SCHEDULED]}},
        "expected_start_time": {"before_": now("UTC")},
    }
    async with get_client() as client:
        found = await client.read_flow_runs(flow_run_filter=FlowRunFilter.model_validate(due))
    return [late.id for late in found if late.auto_scheduled and late.id != flow_run.id]


async def drop_pass(identifier: UUID) -> None:
    """Cancel a flow run that has not begun."""
    async with get_client() as client:
        await client.set_flow_run_state(identifier, Cancelled(message=MESSAGE))
