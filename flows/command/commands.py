"""The commands: words into exit statuses; what is done stands in the modules beside them.

Heavy imports stay inside the commands, so that ``--help`` answers at once.
"""

import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any

import typer

from straitsx_bulk.flows.command.cli_options import with_options
from straitsx_bulk.flows.command.cli_tools import add_tools
from straitsx_bulk.flows.command.group import Group
from straitsx_bulk.flows.command.leaving import leave_if_asked
from straitsx_bulk.flows.command.parameter_help import list_parameters
from straitsx_bulk.flows.options import Command
from straitsx_bulk.flows.signals import EXIT_INTERRUPTED, INTERRUPTED, LISTENER
from straitsx_bulk.flows.streams import tell
from straitsx_bulk.io.readers.files import find_files
from straitsx_bulk.schemas.errors import StoppedError, UsageError

EXIT_STOPPED = 1
EXIT_USAGE = 2

app = typer.Typer(
    name="straitsx-bulk",
    cls=Group,
    help="Moves an existing user base from CSV and Excel exports into the StraitsX Customer Profile API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback may show a row
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Files = Annotated[list[str], typer.Argument(help="Exports: files, folders or globs.", show_default=False)]


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


@app.command(epilog=list_parameters())
@with_options()
def validate(files: Files, **options: Any) -> None:
    """Read, repair and check exports; no call, no ledger, same reports."""
    _run("validate", files, options)


@app.command("import")
@with_options()
def import_(files: Files, **options: Any) -> None:
    """Create the profiles, and bring existing ones up to USD."""
    _run("import", files, options)


@app.command()
@with_options()
def upgrade(files: Files, **options: Any) -> None:
    """Only PATCH existing profiles up to USD; never create."""
    _run("upgrade", files, options)


def _run(command: Command, files: list[str], options: dict[str, Any]) -> None:
    def work() -> int:
        find_files(files)  # a wrong name is told before the libraries that read files are loaded

        from straitsx_bulk.flows.command.running import run_from_command_line

        return run_from_command_line(command, files, options)

    end_with(work)


def end_with(work: Callable[[], int]) -> None:
    """Do a command's work and end with its exit status; a user's mistake is a sentence, never a traceback."""
    try:
        LISTENER.work()
        code = judge_work(work)
        LISTENER.rest(code)
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
        LISTENER.rest(code)
        tell(INTERRUPTED)
    leave_if_asked(code)
    raise typer.Exit(code)


def judge_work(work: Callable[[], int]) -> int:
    """Do a command's work, tell what went wrong and give the exit status."""
    try:
        return work()
    except UsageError as error:
        tell(f"straitsx-bulk: {error}")
        return EXIT_USAGE
    except StoppedError as error:
        tell(f"straitsx-bulk: stopped: {error}")
    except OSError as error:
        from straitsx_bulk.flows.defects import describe_disk_error

        tell(f"straitsx-bulk: stopped: {describe_disk_error(error)}")
    except Exception as error:  # noqa: BLE001 - a traceback may show a row; its kind and place are enough to report it
        from straitsx_bulk.flows.defects import describe_defect

        tell(f"straitsx-bulk: {describe_defect(error)}")
    return EXIT_STOPPED


add_tools(app, end_with)
