"""What a profile can be used for, from what is known that it holds."""

from collections.abc import Iterable, Mapping

from straitsx_bulk.io.ledger import EMPTY
from straitsx_bulk.schemas.parameters import Rail, parameters_of


def judge_rail(registration_type: str, held: Mapping[str, bytes], told: str = "") -> tuple[str, str]:
    """Say what a profile can be used for, as far as is known.

    A parameter of which nothing is known is not one that the profile lacks (contract, "What the ledger knows").

    Args:
        registration_type: ``personal`` or ``business``; empty where it is not known.
        held: Parameter to keyed hash, ``EMPTY`` where the profile is known to lack it; absent where it is not known.
        told: The rail that was known before.

    Returns:
        The rail, empty where it cannot be told, and what the profile lacks for USD, joined by ``;``.
    """
    needed = [parameter.name for parameter in parameters_of(registration_type, Rail.USD)] if registration_type else []
    gaps = [name for name in needed if not held.get(name)]
    if not needed:
        return told, ""
    if not gaps:
        return str(Rail.USD), ""
    lacks = told == Rail.SGD or any(held.get(name) == EMPTY for name in gaps)
    return (str(Rail.SGD), ";".join(gaps)) if lacks else (told, "")


def empty_unless(held: Mapping[str, bytes], names: Iterable[str]) -> dict[str, bytes]:
    """Take parameters that nothing is known of for empty: a whole profile was read and did not carry them."""
    return {**dict.fromkeys(names, EMPTY), **held}
