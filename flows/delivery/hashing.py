"""Keyed hashes of parameters for the ledger: of what a value says, so that a difference of form costs no call."""

from collections.abc import Mapping

from straitsx_bulk.flows.delivery.rows import Row
from straitsx_bulk.io.ledger import EMPTY, Digests
from straitsx_bulk.schemas.differences import comparable
from straitsx_bulk.schemas.parameters import PARAMETER_NAMES


def hash_value(digests: Digests, key: bytes, parameter: str, text: str) -> bytes:
    """Hash one value; equal for two values that :func:`same_value` calls the same."""
    return digests.value(key, parameter, comparable(parameter, text))


def hash_values(digests: Digests, key: bytes, values: Mapping[str, str]) -> dict[str, bytes]:
    """Hash several values, parameter by parameter."""
    return {name: hash_value(digests, key, name, text) for name, text in values.items()}


def hash_profile(digests: Digests, key: bytes, profile: Mapping[str, str | None]) -> dict[str, bytes]:
    """Hash what a profile is known to hold.

    Args:
        digests: Makes the hashes.
        key: The profile's.
        profile: Parameter to text, or None where it is known to be empty; what is absent stays unknown.
    """
    known = {name: profile[name] for name in PARAMETER_NAMES if name in profile}
    return {name: hash_value(digests, key, name, text) if text else EMPTY for name, text in known.items()}


def hash_row(digests: Digests, row: Row) -> bytes:
    """Hash all that decides what a row sends and to whom, to know a refused row again that has not changed."""
    named = {"customer_profile_id": row.profile_id} if row.profile_id else {}
    return digests.row({**row.values, **named})
