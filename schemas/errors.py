"""Errors, grouped by what the program does about them.

StraitsxBulkError
├── UsageError          wrong usage, mapping, settings or file, found before any call: exit 2
│   ├── FileError       a file that cannot be read, naming the file and the reason
│   ├── MappingError    a mapping that does not hold, naming line and key
│   └── LedgerError     a ledger that cannot be used, with the mend
└── StoppedError        the run ended before its end: exit 1, everything done is kept

Every message is a sentence or two for people: what is wrong, where, what to do. None holds a personal value or a key.
"""


class StraitsxBulkError(Exception):
    """Base of every error that a user may see."""


class UsageError(StraitsxBulkError):
    """Wrong usage, mapping, settings or file, found before any call."""


class FileError(UsageError):
    """A file that cannot be read.

    Attributes:
        source: The file as the user named it.
    """

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        super().__init__(f"{source}: {reason}")


class MappingError(UsageError):
    """A mapping file, or a set of headers, that does not say where the parameters are."""


class LedgerError(UsageError):
    """A ledger that cannot be used as it is."""


class StoppedError(StraitsxBulkError):
    """The run ended before its end; what was done is kept and the same command goes on."""
