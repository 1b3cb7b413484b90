"""What a profile can be used for, from what is known that it holds."""

from collections.abc import Iterable, Mapping

from straitsx_bulk.flows.delivery.rows import Row
from straitsx_bulk.io.ledger import EMPTY
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, SGD_NAMES, Rail, parameters_of


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


def judge_rail_of_row(row: Row, registration_type: str, held: Mapping[str, bytes], told: str = "") -> tuple[str, str]:
    """Say what a row's profile can be used for, and what of it this row has to mend.

    Args:
        row: The row that speaks of the profile.
        registration_type: As for judge_rail.
        held: As for judge_rail.
        told: As for judge_rail.

    Returns:
        As judge_rail, but of what the profile lacks only what the row is at fault for: the same that the run says that
        creates the profile from this row.
    """
    rail, gaps = judge_rail(registration_type, held, told)
    return rail, _leave_to_row(row, gaps)


def _leave_to_row(row: Row, gaps: str) -> str:
    """Leave out what the profile lacks only because of something else in the row.

    An address is sent whole or not at all (contract, "What is sent"): its good parts wait for the one at fault. A row
    under ``--rail sgd`` has nothing to mend for USD, whatever the profile lacks.
    """
    if row.rail == Rail.SGD and not row.usd_gaps and row.values.keys() <= set(SGD_NAMES):
        return ""
    lacking, faulty = gaps.split(";"), row.usd_gaps.split(";")
    causes = [name for name in lacking if name in ADDRESS_PARTS and name in faulty]
    return ";".join(name for name in lacking if name not in ADDRESS_PARTS or name in causes) if causes else gaps


def empty_unless(held: Mapping[str, bytes], names: Iterable[str]) -> dict[str, bytes]:
    """Take parameters that nothing is known of for empty: a whole profile was read and did not carry them."""
    return {**dict.fromkeys(names, EMPTY), **held}
