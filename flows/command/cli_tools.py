"""The commands around a run: look at an export, rehearse, see what was done, find what is wrong."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from straitsx_bulk.flows.command.cli_options import with_options
from straitsx_bulk.flows.command.parameter_help import list_parameters
from straitsx_bulk.flows.options import OF_DOCTOR, OF_RECONCILE

EndWith = Callable[[Callable[[], int]], None]
"""Does a command's work and ends the process with its exit status."""

LedgerUrl = Annotated[
    str | None,
    typer.Option("--ledger", envvar="STRAITSX_BULK_LEDGER", show_default=False, help="sqlite:///… or postgresql://…"),
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", envvar="STRAITSX_BULK_MAPPING", show_default=False, help="The mapping file."),
]


def add_tools(app: typer.Typer, end_with: EndWith) -> None:
    """Add the commands that are not runs of rows."""
    add_demo(app, end_with)
    add_looks(app, end_with)
    add_status(app, end_with)
    add_checks(app, end_with)


def add_demo(app: typer.Typer, end_with: EndWith) -> None:
    """Add ``demo`` and ``sandbox``."""

    @app.command()
    def demo(
        folder: Annotated[
            Path, typer.Option("--folder", help="Where the demo keeps its sandbox, ledger and reports.")
        ] = Path(".straitsx-bulk/demo"),
    ) -> None:
        """Import the sample exports into the embedded sandbox, end to end, and show the reports."""

        def work() -> int:
            from straitsx_bulk.flows.command.demo import run_demo

            return run_demo(folder)

        end_with(work)

    @app.command()
    def sandbox(
        port: Annotated[int, typer.Option("--port", min=0, max=65535, help="On 127.0.0.1; 0 takes a free one.")] = 8080,
        tps: Annotated[float, typer.Option("--tps", min=0, help="Requests a second, as the API counts; 0: none.")] = 5,
        state: Annotated[Path | None, typer.Option("--state", help="Keeps the profiles (none: memory).")] = None,
        faults: Annotated[str, typer.Option("--faults", help="What shall go wrong, see the README.")] = "",
    ) -> None:
        """Serve the embedded sandbox on loopback until Ctrl-C."""

        def work() -> int:
            from straitsx_bulk.flows.wiring import serve_sandbox

            serve_sandbox(
                port, tps, state, faults, lambda url: typer.echo(f"Sandbox on {url} (Ctrl-C ends it)", err=True)
            )
            return 0

        end_with(work)


def add_looks(app: typer.Typer, end_with: EndWith) -> None:
    """Add ``inspect`` and ``template``."""

    @app.command(epilog=list_parameters())
    def inspect(
        file: Annotated[str, typer.Argument(help="An export.", show_default=False)],
        mapping: MappingFile = None,
        sheet: Annotated[str | None, typer.Option("--sheet", help="A workbook's sheet, by name.")] = None,
        write: Annotated[Path | None, typer.Option("--write", help="Save the proposed mapping as a draft.")] = None,
    ) -> None:
        """Show what an export is and how each of its columns would be mapped."""

        def work() -> int:
            from straitsx_bulk.flows.command.looking import inspect_export

            return inspect_export(file, mapping, sheet, write)

        end_with(work)

    @app.command(epilog=list_parameters())
    def template(
        file: Annotated[Path, typer.Argument(help="The workbook to write.")] = Path("straitsx-bulk-template.xlsx"),
        mapping_schema: Annotated[
            Path | None, typer.Option("--mapping-schema", help="Write the mapping file's JSON Schema for editors here.")
        ] = None,
    ) -> None:
        """Write an .xlsx for analysts to fill in; filled in, it imports without a mapping."""

        def work() -> int:
            from straitsx_bulk.flows.command.templating import write_templates

            return write_templates(file, mapping_schema)

        end_with(work)


def add_status(app: typer.Typer, end_with: EndWith) -> None:
    """Add ``status``."""

    @app.command()
    def status(
        ledger: LedgerUrl = None,
        crosswalk: Annotated[
            Path | None, typer.Option("--crosswalk", help="Write reference, customer_profile_id, rail and status here.")
        ] = None,
        out: Annotated[
            Path, typer.Option("--out", envvar="STRAITSX_BULK_OUT", help="Where the run folders are.")
        ] = Path("runs"),
        purge: Annotated[int | None, typer.Option("--purge", min=0, help="Delete run folders older than DAYS.")] = None,
        as_json: Annotated[
            bool,
            typer.Option("--json", envvar="STRAITSX_BULK_JSON", help="Runs and accounts as JSON on standard output."),
        ] = False,
    ) -> None:
        """Show runs, outcomes and rows in doubt; write a dead run's reports."""

        def work() -> int:
            from straitsx_bulk.flows.command.status import show_status

            return show_status(ledger, crosswalk, out, purge, as_json=as_json)

        end_with(work)


def add_checks(app: typer.Typer, end_with: EndWith) -> None:
    """Add ``reconcile`` and ``doctor``."""

    @app.command()
    @with_options(OF_RECONCILE)
    def reconcile(
        files: Annotated[list[str] | None, typer.Argument(help="Exports to compare with.", show_default=False)] = None,
        **options: Any,
    ) -> None:
        """Compare the account's profiles with the ledger, settle rows in doubt, refresh verification."""

        def work() -> int:
            import asyncio

            from straitsx_bulk.flows.command.reading import read_with_blocks
            from straitsx_bulk.flows.run.reconcile import reconcile_account

            said, environ = asyncio.run(read_with_blocks(options, os.environ))
            return asyncio.run(reconcile_account(files or [], said, environ, None))

        end_with(work)

    @app.command()
    @with_options(OF_DOCTOR)
    def doctor(**options: Any) -> None:
        """Check key, scopes, clock, signing, ledger, secret, disk and Prefect; one line each, with the mend."""

        def work() -> int:
            import asyncio

            from straitsx_bulk.flows.command.doctor import examine

            return asyncio.run(examine(options, os.environ))

        end_with(work)
