"""What has been done, and what is under way: the ledger on SQLite or PostgreSQL.

``open_ledger`` gives a ``Ledger``, that gives an ``Account``, and that is what delivery asks and tells.
"""

from typing import TYPE_CHECKING

from straitsx_bulk.io.ledger.errors import LedgerFailedError, RunTakenError
from straitsx_bulk.io.ledger.records import (
    EMPTY,
    THERE,
    Action,
    CrosswalkRow,
    FoundProfile,
    Intent,
    Known,
    Progress,
    RowOutcome,
    Run,
    RunStart,
    Settlement,
    State,
)

if TYPE_CHECKING:
    from straitsx_bulk.io.ledger.account import Account
    from straitsx_bulk.io.ledger.digests import Digests
    from straitsx_bulk.io.ledger.ledger import Ledger
    from straitsx_bulk.io.ledger.opening import open_ledger
    from straitsx_bulk.io.ledger.secret import Secret, load_secret

__all__ = [
    "EMPTY",
    "THERE",
    "Account",
    "Action",
    "CrosswalkRow",
    "Digests",
    "FoundProfile",
    "Intent",
    "Known",
    "Ledger",
    "LedgerFailedError",
    "Progress",
    "RowOutcome",
    "Run",
    "RunStart",
    "RunTakenError",
    "Secret",
    "Settlement",
    "State",
    "load_secret",
    "open_ledger",
]

_LAZY = {
    "Account": "account",
    "Digests": "digests",
    "Ledger": "ledger",
    "Secret": "secret",
    "load_secret": "secret",
    "open_ledger": "opening",
}


def __getattr__(name: str) -> object:
    """Load SQLAlchemy and cryptography only where they are used."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
