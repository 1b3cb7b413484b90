"""From the command line to a run, in this process or as a Prefect flow."""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from straitsx_bulk.flows.observing import NoObserver, Observer
from straitsx_bulk.flows.options import Command, Options, read_options
from straitsx_bulk.flows.preparing import Request
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import RunResult


def run_from_command_line(command: Command, files: list[str], given: dict[str, Any]) -> int:
    """Run a command and give its exit status.

    Raises:
        UsageError: Wrong usage, before any call.
        StoppedError: The run could not come to its reports.
    """
    options = read_options(given, os.environ)
    if wants_prefect(options):
        from straitsx_bulk.flows.prefect_runs import run_as_flow

        result = run_as_flow(command, files, options)
    else:
        result = run_here(Request(command, tuple(files), options, os.environ))
    if options.json_summary:
        sys.stdout.write(result.paths.summary.read_text(encoding="utf-8"))
    return result.exit_status


def run_here(request: Request) -> RunResult:
    """Run a request in this process."""
    return asyncio.run(execute(request, NoObserver()))


async def execute(request: Request, observer: Observer) -> RunResult:
    """Run a request; the one way in for the command line and for the flows."""
    console = Console(stderr=True)
    with Presenter(console, quiet=bool(request.options.quiet)) as presenter:
        if request.command == "validate":
            from straitsx_bulk.flows.validating import validate_exports

            return await validate_exports(request, presenter, observer)
        from straitsx_bulk.flows.importing import deliver_exports

        return await deliver_exports(request, presenter, observer)


def wants_prefect(options: Options) -> bool:
    """Say whether to run as a flow: as asked, else where a Prefect API is configured.

    Prefect itself is not imported to find out: its settings stand in the environment or in the active profile.
    """
    if options.prefect is not None:
        return options.prefect
    if os.environ.get("PREFECT_API_URL"):
        return True
    return profile_names_api(os.environ)


def profile_names_api(environ: Mapping[str, str]) -> bool:
    """Look for an API address in Prefect's active profile."""
    import tomllib
    from pathlib import Path

    home = Path(environ.get("PREFECT_HOME") or Path.home() / ".prefect")
    path = Path(environ.get("PREFECT_PROFILES_PATH") or home / "profiles.toml")
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    active = environ.get("PREFECT_PROFILE") or stored.get("active", "")
    return bool(stored.get("profiles", {}).get(active, {}).get("PREFECT_API_URL"))
