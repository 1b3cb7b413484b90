"""From the command line into a flow in this process, so that the run is seen where the Prefect API is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from straitsx_bulk.flows.command.leaving import LEAVING
from straitsx_bulk.flows.import_profiles import import_profiles
from straitsx_bulk.flows.options import Command, Options
from straitsx_bulk.flows.orchestration.flow_options import FlowOptions
from straitsx_bulk.flows.orchestration.flow_runs import ENDING, Ending
from straitsx_bulk.flows.orchestration.watch import is_resting
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.streams import tell
from straitsx_bulk.flows.upgrade_profiles import upgrade_profiles
from straitsx_bulk.flows.validate_exports import validate_exports
from straitsx_bulk.schemas.errors import StoppedError, StraitsxBulkError, UsageError

FLOWS: dict[str, Callable[..., Awaitable[Any]]] = {
    "import": import_profiles,
    "upgrade": upgrade_profiles,
    "validate": validate_exports,
}


FINISH_SECONDS = 20.0
"""How long Prefect may take to take in how a run ended."""

GONE_SECONDS = 3.0
"""The same, where its server has just not taken in something else."""


class PrefectUnavailableError(StraitsxBulkError):
    """Prefect could not begin the flow; nothing was sent."""


def run_as_flow(command: Command, files: list[str], options: Options) -> RunResult:
    """Run a command's flow in this process.

    Raises:
        UsageError: As the command would.
        StoppedError: As the command would.
        PrefectUnavailableError: Prefect could not begin the flow.
    """
    ending = Ending()
    token = ENDING.set(ending)
    said = options.model_dump(by_alias=True, exclude_none=True)
    trouble: Exception | None = None
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(follow_flow(FLOWS[command], files, FlowOptions.model_validate(said), ending))
    except Exception as error:  # noqa: BLE001 - Prefect's own; what became of the run is in its ending
        trouble = error
        LEAVING.at_once = ending.begun
    finally:
        ENDING.reset(token)
    if trouble is None:
        loop.close()
    return judge_ending(ending, trouble)


async def follow_flow(
    run: Callable[..., Awaitable[Any]], files: list[str], options: FlowOptions, ending: Ending
) -> None:
    """Run a flow to its final state, which its :class:`Ending` explains.

    Raises:
        TimeoutError: The run has ended, and Prefect does not take it in.
        Exception: Whatever Prefect raises.
    """
    flow = asyncio.ensure_future(run(files, options, return_state=True))
    over = asyncio.ensure_future(ending.over.wait())
    await asyncio.wait({flow, over}, return_when=asyncio.FIRST_COMPLETED)
    over.cancel()
    done, _ = await asyncio.wait({flow}, timeout=GONE_SECONDS if is_resting() else FINISH_SECONDS)
    if not done:
        raise TimeoutError
    flow.result()


def judge_ending(ending: Ending, trouble: Exception | None) -> RunResult:
    """Say how a run ended, whatever Prefect made of it.

    Args:
        ending: What the flow itself noted.
        trouble: What Prefect raised, or None.
    """
    if isinstance(ending.error, UsageError | StoppedError):
        raise ending.error
    if ending.error is not None:
        from straitsx_bulk.flows.defects import describe_defect

        raise StoppedError(describe_defect(ending.error)) from None
    if ending.result is not None:
        if trouble is not None:
            said = f"straitsx-bulk: Prefect could not be told how the run ended ({type(trouble).__name__})."
            tell(f"{said} The reports have it.")
        return ending.result
    if not ending.begun and trouble is not None:
        raise PrefectUnavailableError(f"Prefect could not begin the flow ({type(trouble).__name__}).") from None
    raise StoppedError("Prefect ended the flow before it began; look at its page. Nothing was sent.")
