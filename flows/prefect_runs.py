"""What every flow shares: a run under Prefect's eyes, which learn names and counts and nothing else.

No row, personal value or secret becomes a parameter, result, log or artifact: steps take none and give none to Prefect,
errors are retold without the values they held, results are not persisted. What a run tells Prefect beside its state is
best effort, since its server may answer 503 under load and that must never stop a delivery.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from straitsx_bulk.flows.defects import describe_defect
from straitsx_bulk.flows.options import Command, Options, read_options
from straitsx_bulk.flows.preparing import Request
from straitsx_bulk.flows.quiet_libraries import silence_telemetry
from straitsx_bulk.flows.result import EXIT_GOOD, EXIT_REJECTS, RunResult
from straitsx_bulk.flows.running import execute
from straitsx_bulk.schemas.errors import StoppedError, StraitsxBulkError, UsageError

silence_telemetry()  # before Prefect is imported, or it has its say

from prefect import task  # noqa: E402 - see above
from prefect.artifacts import acreate_markdown_artifact  # noqa: E402 - see above
from prefect.cache_policies import NO_CACHE  # noqa: E402 - see above
from prefect.client.schemas.objects import State  # noqa: E402 - see above
from prefect.exceptions import PrefectException  # noqa: E402 - see above
from prefect.runtime import flow_run  # noqa: E402 - see above
from prefect.states import Cancelled, Completed, Failed  # noqa: E402 - see above

T = TypeVar("T")


@dataclass(slots=True)
class Ending:
    """How a run ended, for whoever started the flow in this process; it never goes through Prefect."""

    result: RunResult | None = None
    error: Exception | None = None


ENDING: ContextVar[Ending | None] = ContextVar("ENDING", default=None)


class PrefectObserver:
    """Shows each step as a task run of its own, never a row."""

    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do a step's work as a task; its result and its error go round Prefect, not through it."""
        results: list[T] = []
        errors: list[Exception] = []

        @task(name=name, persist_result=False, cache_policy=NO_CACHE, retries=0, log_prints=False)
        async def watched() -> None:
            try:
                results.append(await work())
            except Exception as error:  # noqa: BLE001 - Prefect would log its message, which may quote a row
                errors.append(error)
                raise StepFailedError(f"{name}: {describe_error(error)}") from None

        try:
            await watched()
        except StepFailedError:
            raise errors[0] from None
        return results[0]

    def progress(self, phase: str, done: int, total: int) -> None:
        """Progress is on the terminal and in the reports."""


class StepFailedError(StraitsxBulkError):
    """What Prefect is told of a step that failed."""


def describe_error(error: Exception) -> str:
    """Tell an error without the values it may hold: our own sentences hold none."""
    return str(error) if isinstance(error, StraitsxBulkError) else describe_defect(error)


async def run_flow(command: Command, files: list[str], options: Options) -> State[Any]:
    """Run a command inside a flow; give the state that tells the truth of it."""
    ending = ENDING.get() or Ending()
    given = {name: value for name, value in options.model_dump(by_alias=True).items() if value is not None}
    request = Request(command, tuple(files), read_options(given, os.environ), os.environ, run_id=name_run())
    try:
        ending.result = await execute(request, PrefectObserver())
    except Exception as error:  # noqa: BLE001 - the state tells it, and Prefect must not log its message
        ending.error = error
        return Failed(message=describe_error(error))
    await show_figures(ending.result)
    return make_state(ending.result)


def name_run() -> str | None:
    """Give the flow run's id as the run's own, so that a flow run that starts again is the same run."""
    identifier = flow_run.get_id()
    return str(identifier).replace("-", "") if identifier else None


def make_state(result: RunResult) -> State[Any]:
    """Say how a run ended in Prefect's words."""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(result.outcomes.items())) or "no rows"
    if result.stop.interrupted:
        return Cancelled(message=f"{result.stop.reason}; {counts}")
    if result.exit_status == EXIT_GOOD:
        return Completed(message=counts)
    if result.exit_status == EXIT_REJECTS:
        return Completed(name="Completed with rejects", message=counts)
    return Failed(message=f"{result.stop.reason} ({counts})")


async def show_figures(result: RunResult) -> None:
    """Put the outcome table and the place of the reports on Prefect's page, if its server will have them."""
    rows = "\n".join(f"| {outcome} | {count:,} |" for outcome, count in sorted(result.outcomes.items()))
    text = f"| outcome | rows |\n| --- | ---: |\n{rows}\n\n{result.api.calls:,} calls. Reports: `{result.paths.folder}`"
    try:
        await acreate_markdown_artifact(text, key="outcomes", description="What became of the rows")
    except (PrefectException, httpx.HTTPError):  # best effort: the reports say the same
        return


async def follow_flow(run: Callable[..., Awaitable[Any]], files: list[str], options: Options) -> None:
    """Run a flow to its final state, which the caller's :class:`Ending` explains."""
    await run(files, options, return_state=True)


def run_as_flow(command: Command, files: list[str], options: Options) -> RunResult:
    """Run a command's flow in this process, so that the run is seen where the Prefect API is.

    Raises:
        UsageError: As the command would.
        StoppedError: As the command would.
    """
    from straitsx_bulk.flows.import_profiles import import_profiles
    from straitsx_bulk.flows.upgrade_profiles import upgrade_profiles
    from straitsx_bulk.flows.validate_exports import validate_exports

    flows = {"import": import_profiles, "upgrade": upgrade_profiles, "validate": validate_exports}
    ending = Ending()
    token = ENDING.set(ending)
    try:
        asyncio.run(follow_flow(flows[command], files, options))
    finally:
        ENDING.reset(token)
    if isinstance(ending.error, UsageError | StoppedError):
        raise ending.error
    if ending.error is not None:
        raise StoppedError(describe_defect(ending.error)) from None
    if ending.result is None:
        raise StoppedError("Prefect ended the flow before it began; look at its page. Nothing was sent.")
    return ending.result
