"""Seeded, realistic exports of any size: 18 columns, a share of them dirty."""

import csv
import random
from collections.abc import Sequence
from pathlib import Path

SEED = 20261122
"""The same for every run, so that every run has the same file."""

HEADERS = (
    "reference",
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
    "address.state",
    "address.postalCode",
    "address.country",
    "phoneNo",
    "email",
    "gender",
    "segment",
)
GIVEN = ("Mei Ling", "Faizal", "Priya", "James", "Thi Hoa", "Nurhaliza", "Boon Teck", "Siew Fong", "Arjun", "Chloe")
FAMILY = ("Tan", "Osman", "Raman", "Whitfield", "Nguyen", "Ahmad", "Goh", "Wong", "Menon", "Teo")
STREETS = ("Orchard Road", "Jalan Kembangan", "Holland Terrace", "Senja Crescent", "Bedok South Lane", "Marina Vista")
CODES = ("SG", "MY", "ID", "GB")
COUNTRIES = (*CODES, "Singapore", "Malaysian", "Indonesia", "British")


def write_export(path: Path, rows: int, dirty: float = 0.05, countries: Sequence[str] = COUNTRIES) -> None:
    """Write an export.

    Args:
        path: A CSV file, replaced if it is there.
        rows: How many.
        dirty: Share of rows with one fault each.
        countries: How countries are written.
    """
    chance = random.Random(SEED)  # noqa: S311 - data for a benchmark
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADERS)
        for number in range(rows):
            row = make_row(number, chance, countries)
            if chance.random() < dirty:
                spoil_row(row, chance)
            writer.writerow(row)


def make_row(number: int, chance: random.Random, countries: Sequence[str]) -> list[str]:
    """Make one clean row; its registration id is its number."""
    born = f"{chance.randint(1950, 2003)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    street = (
        f"{chance.randint(1, 999)} {chance.choice(STREETS)}, {chance.randint(1, 40):02d}-{chance.randint(1, 99):02d}"
    )
    return [
        f"U{number}",
        f"{chance.choice(FAMILY)} {chance.choice(GIVEN)}",
        "personal",
        f"P{number:08d}K",
        "passport",
        chance.choice(countries),
        born,
        chance.choice(countries),
        "SG",
        street,
        "Singapore",
        "",
        f"{chance.randint(10000, 80000):06d}",
        "SG",
        f"+659{chance.randint(1000000, 9999999)}",
        f"u{number}@example.com",
        chance.choice(("MALE", "FEMALE")),
        chance.choice(("retail", "priority")),
    ]


def spoil_row(row: list[str], chance: random.Random) -> None:
    """Put one fault into a row."""
    column, text = chance.choice(
        (
            (1, "O'Brien, Liam"),
            (1, ""),
            (3, "1.23E+14"),
            (6, "31/04/1990"),
            (7, "Korea"),
            (9, "100 Orchard Road #01-01 *"),
            (13, "Atlantis"),
            (15, "not-an-email"),
        )
    )
    row[column] = text
