"""Errors of a ledger in use; at the start a ``schemas.errors.LedgerError`` is raised instead.

StoppedError
└── LedgerFailedError   the ledger failed during the run: nothing more is sent, everything done is kept
    └── RunTakenError   the run stood still for so long that another program took it for dead
"""

from straitsx_bulk.schemas.errors import StoppedError


class LedgerFailedError(StoppedError):
    """The ledger failed during the run: nothing more may be sent, because it could not be remembered."""


class RunTakenError(LedgerFailedError):
    """The run's lease ran out, and another program took it for dead: it has written the reports."""

    def __init__(self) -> None:
        super().__init__(
            "This run stood still for minutes, and another program took it for dead: that one has written its reports, "
            "and may be sending the rows that were left. Nothing more is sent here; everything done is in the ledger, "
            "and the same command goes on."
        )
