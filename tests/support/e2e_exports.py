"""Exports of made-up customers, as CSV."""

import csv
import io
from collections.abc import Iterable, Mapping

USD = (
    "customerName",
    "registrationType",
    "registrationId",
    "registrationIdType",
    "registrationIdCountry",
    "dateOfBirth",
    "nationality",
    "countryOfResidence",
    "address.street",
    "address.city",
    "address.postalCode",
    "address.country",
)
SGD = USD[:3]


def person(number: int, **changes: str) -> dict[str, str]:
    """A person complete for USD, another for each number; a change adds or replaces a column."""
    return {
        "customerName": f"Person Number {number}",
        "registrationType": "personal",
        "registrationId": f"P{number:07d}X",
        "registrationIdType": "passport",
        "registrationIdCountry": "MY",
        "dateOfBirth": f"19{50 + number % 50}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "nationality": "MY",
        "countryOfResidence": "SG",
        "address.street": f"{number} Made Up Street",
        "address.city": "Singapore",
        "address.postalCode": f"{number:06d}",
        "address.country": "SG",
    } | {name.replace("__", "."): value for name, value in changes.items()}


def people(count: int, first: int = 1) -> list[dict[str, str]]:
    """So many people, complete for USD."""
    return [person(number) for number in range(first, first + count)]


def sgd_only(rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The same customers with SGD's three parameters only."""
    return [{name: row[name] for name in SGD} for row in rows]


def body_of(row: Mapping[str, str]) -> dict[str, object]:
    """What a create of such a row sends: the address nested, nothing empty."""
    body: dict[str, object] = {}
    address: dict[str, str] = {}
    for name, value in row.items():
        if not value:
            continue
        if name.startswith("address."):
            address[name.removeprefix("address.")] = value
        else:
            body[name] = value
    return body | ({"address": address} if address else {})


def as_csv(rows: Iterable[Mapping[str, str]]) -> str:
    """Write rows as CSV; a column that only some rows have is empty in the others."""
    lines = list(rows)
    headers = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    writer = csv.DictWriter(text, headers, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()
