"""The one way into a run, for the command line and for the flows."""

from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.observing import Observer
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.streams import open_console


async def execute(request: Request, observer: Observer) -> RunResult:
    """Run a request.

    Raises:
        UsageError: Wrong usage, before any call.
        StoppedError: The run could not come to its reports.
    """
    with Presenter(open_console(), quiet=bool(request.options.quiet)) as presenter:
        if request.command == "validate":
            from straitsx_bulk.flows.run.validating import validate_exports

            return await validate_exports(request, presenter, observer)
        from straitsx_bulk.flows.run.importing import deliver_exports

        return await deliver_exports(request, presenter, observer)
