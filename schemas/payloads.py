"""A row's values to the body of a call, and back.

Values are flat text by parameter (``address.street``), as ``CheckedBatch.values`` has them: what is empty is not sent.
Bodies are what the API takes: ``address`` nested, nothing empty, the API's own spelling (vendor README, "Endpoints").
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, PARAMETER_NAMES, SGD_NAMES, Rail

if TYPE_CHECKING:
    import pandas as pd

ADDRESS = "address"
WHOLE_ADDRESS_PARTS: tuple[str, ...] = ("address.street", "address.city", "address.country")
"""Parts without which the API takes no address (vendor README, "Formats")."""


def names_to_send(rail: str) -> tuple[str, ...]:
    """List the parameters that may be sent under ``--rail``.

    Args:
        rail: The option, not a row's rail: ``sgd`` sends the three SGD parameters only, ``auto`` and ``usd`` everything
            that the checks let through (contract, "What is sent").

    Returns:
        API names in the table's order.
    """
    return SGD_NAMES if rail == Rail.SGD else PARAMETER_NAMES


def sent_parameters(values: Mapping[str, str], rail: str = "auto") -> dict[str, str]:
    """Pick what a create would send of a row.

    Args:
        values: Flat values by parameter; empty ones and names that are no parameters are left out.
        rail: The option ``--rail``.

    Returns:
        Flat values in the table's order. An address without street, city or country is left out whole.
    """
    sent = {name: values[name] for name in names_to_send(rail) if values.get(name)}
    return sent if has_whole_address(sent) else {n: v for n, v in sent.items() if n not in ADDRESS_PARTS}


def has_whole_address(values: Mapping[str, str]) -> bool:
    """Say whether the values hold the parts that the API demands of an address."""
    return all(values.get(part) for part in WHOLE_ADDRESS_PARTS)


def profile_body(values: Mapping[str, str], rail: str = "auto") -> dict[str, Any]:
    """Make the body of a POST.

    Args:
        values: Flat values of one row.
        rail: The option ``--rail``.

    Returns:
        The JSON body: ``{"customerName": …, "address": {"street": …}, …}``.
    """
    return nest_values(sent_parameters(values, rail))


def nest_values(sent: Mapping[str, str]) -> dict[str, Any]:
    """Nest flat values: ``address.street`` into ``{"address": {"street": …}}``, the order kept."""
    body: dict[str, Any] = {}
    for name, value in sent.items():
        top, _, part = name.partition(".")
        if part:
            body.setdefault(top, {})[part] = value
        else:
            body[top] = value
    return body


def flat_values(body: Mapping[str, Any]) -> dict[str, str]:
    """Take a body apart again: the opposite of ``nest_values``.

    Args:
        body: Of a POST or PATCH made here.

    Returns:
        Flat values, for example to hash what a profile is now known to hold.
    """
    flat: dict[str, str] = {}
    for name, value in body.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{part}": text for part, text in value.items()}
        else:
            flat[name] = value
    return flat


def bodies(values: "pd.DataFrame", rail: str = "auto") -> Iterator[dict[str, Any]]:
    """Make the bodies of many POSTs, faster than row by row.

    Args:
        values: One text column per parameter (missing columns count as empty), n rows.
        rail: The option ``--rail``.

    Returns:
        n bodies, in order.
    """
    names = [name for name in names_to_send(rail) if name in values.columns]
    if not names:
        return iter([{} for _ in range(len(values))])
    columns = [values[name].tolist() for name in names]
    return (_fill_body(names, row) for row in zip(*columns, strict=True))


def _fill_body(names: Iterable[str], row: Iterable[str]) -> dict[str, Any]:
    return profile_body({name: value for name, value in zip(names, row, strict=True) if value})
