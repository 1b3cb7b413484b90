"""What a profile must look like: pure rules, no input or output.

The four pandera models can be used on their own: ``from straitsx_bulk.schemas import PersonalUsd``. They are loaded
when first asked for, because importing pandera takes most of a second and most commands need none of them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from straitsx_bulk.schemas.profiles import BusinessSgd, BusinessUsd, PersonalSgd, PersonalUsd

__all__ = ["BusinessSgd", "BusinessUsd", "PersonalSgd", "PersonalUsd"]


def __getattr__(name: str) -> object:
    """Load a model when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from straitsx_bulk.schemas import profiles  # here: lazy, see the module's docstring

    return getattr(profiles, name)
