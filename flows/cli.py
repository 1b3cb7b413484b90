"""The command line: it reads words and gives exit statuses; what is done stands in the modules beside it.

Heavy imports stay inside the commands, so that ``--help`` answers at once.
"""

import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from straitsx_bulk.flows.cli_options import with_run_options
from straitsx_bulk.flows.options import Command
from straitsx_bulk.schemas.errors import StoppedError, UsageError

EXIT_STOPPED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="straitsx-bulk",
    help="Moves an existing user base from CSV and Excel exports into the StraitsX Customer Profile API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback may show a row
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Files = Annotated[list[str], typer.Argument(help="Exports: files, folders or globs.", show_default=False)]
LedgerUrl = Annotated[
    str | None,
    typer.Option("--ledger", envvar="STRAITSX_BULK_LEDGER", show_default=False, help="sqlite:///… or postgresql://…"),
]


def print_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"straitsx-bulk {version('straitsx-bulk')}")
        raise typer.Exit


@app.callback()
def start(
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Set what holds for every command."""
    os.umask(0o077)  # reports, ledger and state are their owner's alone


@app.command()
@with_run_options
def validate(files: Files, **options: Any) -> None:
    """Read, repair and check exports; no call, no ledger, same reports."""
    _run("validate", files, options)


@app.command("import")
@with_run_options
def import_(files: Files, **options: Any) -> None:
    """Create the profiles, and bring existing ones up to USD."""
    _run("import", files, options)


@app.command()
@with_run_options
def upgrade(files: Files, **options: Any) -> None:
    """Only PATCH existing profiles up to USD; never create."""
    _run("upgrade", files, options)


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the demo keeps its sandbox, ledger and reports.")
    ] = Path(".straitsx-bulk/demo"),
) -> None:
    """Import the sample exports into the embedded sandbox, end to end, and show the reports."""

    def work() -> int:
        from straitsx_bulk.flows.demo import run_demo

        return run_demo(folder)

    _exit(work)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="On 127.0.0.1; 0 takes a free one.")] = 8080,
    tps: Annotated[float, typer.Option("--tps", min=0, help="Requests a second, as the API counts; 0: no limit.")] = 5,
    state: Annotated[Path | None, typer.Option("--state", help="File that keeps the profiles (none: memory).")] = None,
    faults: Annotated[str, typer.Option("--faults", help="What shall go wrong, see the README.")] = "",
) -> None:
    """Serve the embedded sandbox on loopback until Ctrl-C."""

    def work() -> int:
        from straitsx_bulk.flows.wiring import serve_sandbox

        serve_sandbox(port, tps, state, faults, lambda url: typer.echo(f"Sandbox on {url} (Ctrl-C ends it)", err=True))
        return 0

    _exit(work)


@app.command()
def status(
    ledger: LedgerUrl = None,
    crosswalk: Annotated[
        Path | None, typer.Option("--crosswalk", help="Write reference, customer_profile_id, rail and status here.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", envvar="STRAITSX_BULK_OUT", help="Where the run folders are.")] = Path(
        "runs"
    ),
    purge: Annotated[int | None, typer.Option("--purge", min=0, help="Delete run folders older than DAYS.")] = None,
) -> None:
    """Show runs, outcomes and rows in doubt; write a dead run's reports."""

    def work() -> int:
        from straitsx_bulk.flows.status import show_status

        return show_status(ledger, crosswalk, out, purge)

    _exit(work)


def _run(command: Command, files: list[str], options: dict[str, Any]) -> None:
    def work() -> int:
        from straitsx_bulk.flows.running import run_from_command_line

        return run_from_command_line(command, files, options)

    _exit(work)


def _exit(work: Callable[[], int]) -> None:
    """Do a command's work and end with its exit status; a user's mistake is a sentence, never a traceback."""
    try:
        code = work()
    except UsageError as error:
        typer.echo(f"straitsx-bulk: {error}", err=True)
        code = EXIT_USAGE
    except StoppedError as error:
        typer.echo(f"straitsx-bulk: stopped: {error}", err=True)
        code = EXIT_STOPPED
    except KeyboardInterrupt:
        typer.echo("straitsx-bulk: interrupted", err=True)
        code = EXIT_INTERRUPTED
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    app(prog_name="straitsx-bulk")


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[func-returns-value] # typer exits by itself
