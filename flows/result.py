"""How a run ended, and the exit status that says it."""

from dataclasses import dataclass

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.io.reports.writer import ReportPaths
from straitsx_bulk.schemas.outcomes import GOOD, Outcome
from straitsx_bulk.schemas.run import ApiFigures

EXIT_GOOD = 0
EXIT_STOPPED = 1
EXIT_REJECTS = 3
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run; no row and no value of one.

    Attributes:
        run_id: The run.
        outcomes: Outcome to rows.
        api: What the calls came to.
        stop: Why it ended before its last row, if it did.
        paths: Where the reports are.
    """

    run_id: str
    outcomes: dict[str, int]
    api: ApiFigures
    stop: Stop
    paths: ReportPaths

    @property
    def exit_status(self) -> int:
        """Give the contract's exit status."""
        if self.stop.interrupted:
            return EXIT_INTERRUPTED
        if self.stop.error:
            return EXIT_STOPPED
        fine = {str(outcome) for outcome in GOOD} | {str(Outcome.NOT_ATTEMPTED)}
        return EXIT_GOOD if all(name in fine or not count for name, count in self.outcomes.items()) else EXIT_REJECTS
