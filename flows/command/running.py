"""From the command line to a run, in this process or as a Prefect flow."""

import asyncio
import os
from typing import Any

from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.command.reading import read_with_blocks
from straitsx_bulk.flows.observing import NoObserver
from straitsx_bulk.flows.options import Command, Options, read_options
from straitsx_bulk.flows.orchestration.probe import URL, find_setting, find_trouble
from straitsx_bulk.flows.result import EXIT_GOOD, EXIT_REJECTS, EXIT_STOPPED, RunResult
from straitsx_bulk.flows.run.executing import execute
from straitsx_bulk.flows.streams import tell, write_output
from straitsx_bulk.schemas.errors import UsageError

BESIDE_A_PERSON = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",
}
"""Of Prefect's settings: the terminal is ours, its page has the log."""


def run_from_command_line(command: Command, files: list[str], given: dict[str, Any]) -> int:
    """Run a command and give its exit status.

    Raises:
        UsageError: Wrong usage, before any call.
        StoppedError: The run could not come to its reports.
    """
    options = read_options(given, os.environ)
    result = run_under_prefect(command, files, options) if wants_prefect(options) else None
    if result is None:
        result = run_named(command, files, given)
    if options.json_summary:
        return hand_out(result)
    return result.exit_status


def hand_out(result: RunResult) -> int:
    """Write a run's summary to standard output and give the exit status: whoever waits for it must not miss it."""
    trouble = write_output(result.paths.summary.read_text(encoding="utf-8"))
    if trouble is None:
        return result.exit_status
    tell(
        f"straitsx-bulk: the run is over, but standard output cannot be written ({trouble}). "
        f"The summary is in {result.paths.summary}."
    )
    return EXIT_STOPPED if result.exit_status in {EXIT_GOOD, EXIT_REJECTS} else result.exit_status


def run_under_prefect(command: Command, files: list[str], options: Options) -> RunResult | None:
    """Run a command as a flow; None where Prefect cannot, and was not asked for: then one line says so.

    Raises:
        UsageError: Prefect was asked for and cannot.
    """
    trouble = find_trouble(os.environ) if find_setting(URL, os.environ) else None
    if trouble is None:
        for name, value in BESIDE_A_PERSON.items():
            os.environ.setdefault(name, value)  # before Prefect is imported
        from straitsx_bulk.flows.command.as_flow import PrefectUnavailableError, run_as_flow

        try:
            return run_as_flow(command, files, options)
        except PrefectUnavailableError as error:
            trouble = str(error)
    if options.prefect:
        raise UsageError(f"{trouble} Start it (prefect server start), correct {URL}, or give --no-prefect.")
    tell(f"straitsx-bulk: {trouble} The run goes on in this process.")
    return None


def run_named(command: Command, files: list[str], given: dict[str, Any]) -> RunResult:
    """Run a command in this process, with the blocks that the environment names."""
    options, environ = asyncio.run(read_with_blocks(given, os.environ))
    return run_here(Request(command, tuple(files), options, environ))


def run_here(request: Request) -> RunResult:
    """Run a request in this process."""
    return asyncio.run(execute(request, NoObserver()))


def wants_prefect(options: Options) -> bool:
    """Say whether to run as a flow: as asked, else where a Prefect API is configured."""
    return bool(find_setting(URL, os.environ)) if options.prefect is None else options.prefect
