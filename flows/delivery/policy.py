"""What the user allowed: the rules by which a row's next call is chosen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be done with rows and existing profiles.

    Attributes:
        creates: Whether profiles may be created (``import``), or only existing ones PATCHed (``upgrade``).
        on_existing: ``upgrade``, ``skip`` or ``fail``: what to do with a profile that exists and differs from the row.
        overwrite: Whether an upgrade may replace values that differ, except the identity's.
        retry_refused: Whether rows that were refused before and have not changed are sent again.
    """

    creates: bool
    on_existing: str = "upgrade"
    overwrite: bool = False
    retry_refused: bool = False
