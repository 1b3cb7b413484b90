"""Schedules a crashed flow run again, as the same run; a program of its own, started by a hook of the worker's.

A worker reports a crash, runs the hooks, and then reports the crash again: whatever a hook itself would set is
overwritten (Prefect 3.8). So the hook starts this program, which waits until the worker has had its say. ``retries`` of
Prefect would not do: they are for failures, and a failure of ours is a verdict; a crash they leave alone.

    python -m straitsx_bulk.flows.orchestration.restarting <flow run id>
"""

import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from straitsx_bulk.flows.orchestration.watch import TROUBLES  # first: it silences telemetry before Prefect is imported

from prefect.client.orchestration import SyncPrefectClient, get_client  # isort: skip
from prefect.client.schemas.objects import FlowRun, StateType  # isort: skip
from prefect.states import AwaitingRetry  # isort: skip
from prefect.types._datetime import now  # isort: skip

REST_SECONDS = 5.0
"""How long the worker's last report is waited for."""

WATCH_SECONDS = 30.0
"""How long it is watched that no late report overwrites the new state."""

MESSAGE = "Its process died; the same run goes on."


def start_restarting(flow_run_id: UUID) -> None:
    """Start this program beside the worker, which goes on without it."""
    command = [sys.executable, "-m", "straitsx_bulk.flows.orchestration.restarting", str(flow_run_id)]
    quiet = subprocess.DEVNULL
    subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603 - our own


def is_to_restart(flow_run: FlowRun, cancelled: bool) -> bool:
    """Say whether a crashed flow run starts again: of a deployment, once, and where nobody asked for its end.

    Args:
        flow_run: As the server has it now; it counts the starts.
        cancelled: Whether somebody had asked for its end.
    """
    crashed = flow_run.state is not None and flow_run.state.is_crashed()
    return crashed and flow_run.deployment_id is not None and flow_run.run_count <= 1 and not cancelled


def restart(client: SyncPrefectClient, flow_run_id: UUID) -> None:
    """Schedule a crashed flow run, if it is to start again.

    Args:
        client: Of the Prefect server.
        flow_run_id: The run.
    """
    states = client.read_flow_run_states(flow_run_id)
    cancelled = any(state.type in {StateType.CANCELLING, StateType.CANCELLED} for state in states)
    if is_to_restart(client.read_flow_run(flow_run_id), cancelled):
        soon = now("UTC") + timedelta(seconds=REST_SECONDS)
        client.set_flow_run_state(flow_run_id, AwaitingRetry(scheduled_time=soon, message=MESSAGE), force=True)


def main() -> None:
    """Restart the flow run that the command line names, and see to it that it stays so."""
    flow_run_id = UUID(sys.argv[1])
    end = time.monotonic() + WATCH_SECONDS
    while time.monotonic() < end:
        time.sleep(REST_SECONDS)
        with suppress(*TROUBLES), get_client(sync_client=True) as client:
            restart(client, flow_run_id)


if __name__ == "__main__":
    main()
