"""What every flow shares: a run under Prefect's eyes, which learn names and counts and nothing else.

No row, personal value or secret becomes a parameter, result, log or artifact: steps take none and give none to Prefect,
errors are retold without the values they held, results are not persisted. What a run tells Prefect beside its state is
best effort, since its server may answer 503 under load and that must never stop a delivery.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid5

import anyio

from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.options import DEFAULTS, Command, Options, read_options
from straitsx_bulk.flows.orchestration.block_values import load_blocks
from straitsx_bulk.flows.orchestration.flow_machines import ALONE, FlowMachines
from straitsx_bulk.flows.orchestration.flow_options import FlowBlocks, FlowOptions
from straitsx_bulk.flows.orchestration.probe import find_trouble
from straitsx_bulk.flows.orchestration.watch import PrefectObserver, describe_error, steady_log
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import EXIT_GOOD, EXIT_REJECTS, RunResult
from straitsx_bulk.flows.run.executing import execute
from straitsx_bulk.flows.run.resuming import has_ended
from straitsx_bulk.flows.streams import open_console, tell
from straitsx_bulk.io.reports.folder import find_run_folder

from straitsx_bulk.flows.orchestration.notifying import Ended, note_ending  # isort: skip
from straitsx_bulk.flows.orchestration.artifacts import show_result  # isort: skip
from prefect.client.schemas.objects import FlowRun, State  # isort: skip
from prefect.context import FlowRunContext  # isort: skip
from prefect.states import Cancelled, Completed, Failed  # isort: skip

OUTAGE_SECONDS = 900.0
"""How long a worker's run that has ended waits for a server that does not answer."""

ASK_SECONDS = 5.0
"""How often it asks."""

WITH_REJECTS = "Completed with rejects"
"""A state's name: the run came to its end, and some rows need a person."""


@dataclass(slots=True)
class Ending:
    """How a run ended, for whoever started the flow in this process; it never goes through Prefect.

    Attributes:
        begun: Whether the flow's own code was reached.
        result: Of a run that came to its reports.
        error: Of one that did not.
        over: Set once the flow's own work is done.
    """

    begun: bool = False
    result: RunResult | None = None
    error: Exception | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


ENDING: ContextVar[Ending | None] = ContextVar("ENDING", default=None)


async def run_flow(
    command: Command,
    files: list[str],
    options: FlowOptions,
    blocks: FlowBlocks,
    machines: FlowMachines = ALONE,
) -> State[Any]:
    """Run a command inside a flow; give the state that tells the truth of it."""
    ending = ENDING.get() or Ending()
    ending.begun = True
    flow_run = read_flow_run()
    if ENDING.get() is not None and flow_run is not None:
        tell(f"Seen on Prefect's page as flow run {flow_run.name}")

    async def work() -> tuple[State[Any], str]:
        try:
            ending.result = await run_command(command, files, options, blocks, machines)
        except Exception as error:
            ending.error = error
            raise
        finally:
            ending.over.set()
        await show_result(ending.result)
        return make_state(ending.result), describe_outcomes(ending.result.outcomes)

    return await run_shielded(work)


def read_flow_run() -> FlowRun | None:
    """Give the flow run that is under way, as it was at its start; None outside of one.

    ``prefect.runtime`` would ask the server for it, and holds the whole process up while that does not answer.
    """
    context = FlowRunContext.get()
    return None if context is None else context.flow_run


async def run_shielded(work: Callable[[], Awaitable[tuple[State[Any], str | None]]]) -> State[Any]:
    """Do a flow's work to its end, whatever becomes of Prefect's server meanwhile.

    Prefect cancels a run whose concurrency lease it could not renew; ours goes on, since the ledger keeps order.

    Args:
        work: Gives the state that tells the truth, and counts in words for whoever is notified; None for nobody.
    """
    counts: str | None
    steady_log()
    flow_run = read_flow_run()
    with anyio.CancelScope(shield=True):
        try:
            state, counts = await work()
        except Exception as error:  # noqa: BLE001 - the state tells it, and Prefect must not log its message
            state, counts = Failed(message=describe_error(error)), ""
        if flow_run is not None and flow_run.deployment_id is not None:
            await outlast_outage()
    if flow_run is not None:
        note_ending(flow_run.id, Ended(state, counts))
    return state


async def outlast_outage(seconds: float = OUTAGE_SECONDS) -> None:
    """Wait until Prefect's server answers, so that it can be told how the run ended; in vain after a while.

    Args:
        seconds: How long.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end and await asyncio.to_thread(find_trouble, os.environ) is not None:  # noqa: ASYNC110 - a server sets no event
        await asyncio.sleep(ASK_SECONDS)


async def run_command(
    command: Command, files: list[str], options: FlowOptions, blocks: FlowBlocks, machines: FlowMachines
) -> RunResult:
    """Settle options and blocks, then run.

    Raises:
        UsageError: Wrong usage, before any call.
        StoppedError: The run could not come to its reports.
    """
    values = await load_blocks(os.environ, blocks.credentials, blocks.settings)
    settled = settle_options(options, values.options)
    run_id = name_run(settled.out or Path(str(DEFAULTS["out"])))
    request = Request(command, tuple(files), settled, values.environ, run_id=run_id, dask=machines.dask)
    async with PrefectObserver(restarts=is_restarted()) as observer:
        if machines.shards == 1:
            return await execute(request, observer)
        return await execute_in_shards(request, machines.shards, blocks, observer)


async def execute_in_shards(request: Request, shards: int, blocks: FlowBlocks, observer: PrefectObserver) -> RunResult:
    """Run a request in shards, each a flow run of its own.

    Raises:
        UsageError: Wrong usage, before any call.
        StoppedError: The run could not come to its reports.
    """
    from straitsx_bulk.flows.machines.sharding import ShardedDelivery, deliver_in_shards
    from straitsx_bulk.flows.orchestration.shard_flows import PrefectWorkshop, refuse_missing_deployment

    await refuse_missing_deployment()
    with Presenter(open_console(), quiet=bool(request.options.quiet)) as presenter:
        delivery = ShardedDelivery(request, shards, PrefectWorkshop(blocks))
        return await deliver_in_shards(delivery, presenter, observer)


def settle_options(options: FlowOptions, of_block: Mapping[str, Any]) -> Options:
    """Bring a flow's parameters, its settings block and the environment together, in this order of weight."""
    return read_options({**of_block, **options.model_dump(by_alias=True)}, os.environ)


def name_run(out: Path, ended: Callable[[Path], bool] = has_ended) -> str | None:
    """Give the flow run's id as the run's own, so that a flow run that starts again is the same run.

    Args:
        out: Where the run folders are. A run that has ended there and that somebody starts again on Prefect's page is
            another run, and gets an id of its own, always the same.
        ended: Says of a run's folder whether the run has ended.
    """
    flow_run = read_flow_run()
    if flow_run is None:
        return None
    named = [flow_run.id]
    while (folder := find_run_folder(out, named[-1].hex)) is not None and ended(folder):
        named.append(uuid5(named[0], str(len(named))))
    return named[-1].hex


def is_restarted() -> bool:
    """Say whether Prefect starts this run again if its process dies: of a deployment, and the first time."""
    flow_run = read_flow_run()
    return flow_run is not None and flow_run.deployment_id is not None and flow_run.run_count <= 1


def describe_outcomes(outcomes: Mapping[str, int]) -> str:
    """Write outcome counts as words."""
    return ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()) if count) or "no rows"


def make_state(result: RunResult) -> State[Any]:
    """Say how a run ended in Prefect's words."""
    counts = describe_outcomes(result.outcomes)
    if result.stop.interrupted:
        return Cancelled(message=f"{result.stop.reason}; {counts}")
    if result.exit_status not in {EXIT_GOOD, EXIT_REJECTS}:
        return Failed(message=f"{result.stop.reason} ({counts})")
    if result.stop.reason is not None:
        counts = f"{counts}; planned end: {result.stop.reason}"
    name = WITH_REJECTS if result.exit_status == EXIT_REJECTS else None
    return Completed(name=name, message=counts)
