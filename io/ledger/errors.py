"""Errors of a ledger in use; at the start a ``schemas.errors.LedgerError`` is raised instead.

StoppedError
└── LedgerFailedError   the ledger failed during the run: nothing more is sent, everything done is kept
"""

from straitsx_bulk.schemas.errors import StoppedError


class LedgerFailedError(StoppedError):
    """The ledger failed during the run: nothing more may be sent, because it could not be remembered."""
