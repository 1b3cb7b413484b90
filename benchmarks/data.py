"""Seeded, realistic exports of any size: 18 columns, a share of the rows dirty; as CSV and as a workbook."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.peers.rules import COUNTRIES as KNOWN

SEED = 20261122
"""The same for every run, so that every run has the same file."""
CHUNK = 100_000

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
GIVEN = (
    "Mei Ling",
    "Faizal",
    "Priya",
    "James",
    "Thi Hoa",
    "Nurhaliza",
    "Boon Teck",
    "Siew Fong",
    "Arjun",
    "Chloe",
    "Wei Jie",
    "Siti Aminah",
    "Kavitha",
    "Daniel",
)
FAMILY = (
    "Tan",
    "Osman",
    "Raman",
    "Whitfield",
    "Nguyen",
    "Ahmad",
    "Goh",
    "Wong",
    "Menon",
    "Teo",
    "Lim",
    "Ibrahim",
    "Pillai",
    "Harris",
)
STREETS = (
    "Orchard Road",
    "Jalan Kembangan",
    "Holland Terrace",
    "Senja Crescent",
    "Bedok South Lane",
    "Marina Vista",
    "Tampines Street 81",
    "Ang Mo Kio Avenue 3",
    "Pasir Ris Drive 6",
    "Upper Thomson Road",
    "Lorong 4 Toa Payoh",
    "Bukit Batok West Avenue 8",
)
CODES = tuple(KNOWN)
COUNTRIES = (*CODES, *(word for names in KNOWN.values() for word in names))
REJECTED = (("customerName", "O'Brien, Liam"), ("customerName", ""), ("registrationId", "1.23E+14"))
"""Faults that reject a row."""
FAULTS = (
    *REJECTED,
    ("dateOfBirth", "31/04/1990"),
    ("nationality", "Korea"),
    ("address.street", "100 Orchard Road #01-01 *"),
    ("address.country", "Atlantis"),
    ("email", "not-an-email"),
)
"""Faults of one value: the column and what stands there instead."""

Columns = dict[str, Any]
"""Header to an Arrow array of text."""


def write_export(
    path: Path,
    rows: int,
    dirty: float = 0.05,
    countries: Sequence[str] = COUNTRIES,
    faults: Sequence[tuple[str, str]] = FAULTS,
) -> None:
    """Write an export as CSV, with quotes only where a cell needs them.

    Args:
        path: A file, replaced if it is there.
        rows: How many.
        dirty: Share of rows with one fault each.
        countries: How countries are written.
        faults: Which faults of one value there are; with all of them some rows also come twice or are untidy.
    """
    with path.open("wb") as stream:
        stream.write((",".join(HEADERS) + "\n").encode())
        for columns in make_chunks(rows, dirty, countries, faults):
            lines = pc.binary_join_element_wise(*map(quote_cells, columns.values()), ",")
            stream.write(("\n".join(lines.to_pylist()) + "\n").encode())


def write_workbook(path: Path, rows: int, dirty: float = 0.05) -> None:
    """Write an export as a workbook, its texts in the table of shared strings, as Excel does."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet("Users")
        sheet.write_row(0, 0, HEADERS)
        number = 0
        for columns in make_chunks(rows, dirty, COUNTRIES, FAULTS):
            for row in zip(*(column.to_pylist() for column in columns.values()), strict=True):
                number += 1
                sheet.write_row(number, 0, row)


def make_chunks(
    rows: int, dirty: float, countries: Sequence[str], faults: Sequence[tuple[str, str]]
) -> Iterator[Columns]:
    """Make rows, a part at a time; the same rows for the same arguments."""
    chance = np.random.default_rng(SEED)
    for first in range(0, rows, CHUNK):
        size = min(CHUNK, rows - first)
        columns = make_rows(first, size, chance, countries)
        spoiled = np.flatnonzero(chance.random(size) < dirty)
        kinds = chance.integers(0, len(faults) + (3 if faults is FAULTS else 0), len(spoiled))
        for kind, (header, text) in enumerate(faults):
            columns[header] = put(columns[header], spoiled[kinds == kind], [text])
        yield spoil_form(columns, spoiled, kinds - len(faults))


def make_rows(first: int, size: int, chance: np.random.Generator, countries: Sequence[str]) -> Columns:
    """Make clean rows; a registration id is the row's number."""
    numbers = [f"{number:08d}" for number in range(first, first + size)]

    def pick(words: Sequence[str]) -> Any:
        return pa.array(words).take(pa.array(chance.integers(0, len(words), size)))

    def count(low: int, high: int, width: int = 0) -> Any:
        return pc.utf8_lpad(pa.array(chance.integers(low, high, size)).cast(pa.string()), width, "0")

    def join(*parts: Any, by: str = "") -> Any:
        return pc.binary_join_element_wise(*parts, by)

    always = {"registrationType": "personal", "registrationIdType": "passport", "countryOfResidence": "SG"}
    always |= {"address.city": "Singapore", "address.state": "", "address.country": "SG"}
    made = {
        "reference": join("U", pa.array(numbers)),
        "customerName": join(pick(FAMILY), pick(GIVEN), by=" "),
        "registrationId": join("P", pa.array(numbers), "K"),
        "registrationIdCountry": pick(countries),
        "dateOfBirth": join(count(1950, 2004), count(1, 13, 2), count(1, 29, 2), by="-"),
        "nationality": pick(countries),
        "address.street": join(count(1, 1000), " ", pick(STREETS), ", ", count(1, 41, 2), "-", count(1, 100, 2)),
        "address.postalCode": count(10000, 80001, 6),
        "phoneNo": join("+659", count(1000000, 10000000)),
        "email": join("u", pa.array(numbers), "@example.com"),
        "gender": pick(("MALE", "FEMALE")),
        "segment": pick(("retail", "priority")),
    }
    made |= {header: pa.array([text] * size) for header, text in always.items()}
    return {header: made[header] for header in HEADERS}


def spoil_form(columns: Columns, spoiled: "np.ndarray[tuple[int], np.dtype[np.int64]]", kinds: Any) -> Columns:
    """Make some rows untidy (white space, an id in lower case), and let some customers come twice."""
    untidy, lower, twice = (spoiled[kinds == kind] for kind in range(3))
    names, ids = columns["customerName"], columns["registrationId"]
    spaced = [f" {name.replace(' ', '  ')} " for name in names.take(pa.array(untidy)).to_pylist()]
    columns["customerName"] = put(names, untidy, spaced)
    columns["registrationId"] = put(ids, lower, pc.utf8_lower(ids.take(pa.array(lower))).to_pylist())
    twice = twice[twice > 0]
    for header in ("customerName", "registrationId", "dateOfBirth"):
        before = columns[header].take(pa.array(twice - 1)).to_pylist()
        columns[header] = put(columns[header], twice, before)
    return columns


def put(column: Any, places: Any, texts: Sequence[str]) -> Any:
    """Put other texts into some places of a column; one text goes into all of them."""
    mask = np.zeros(len(column), bool)
    mask[places] = True
    texts = list(texts) * len(places) if len(texts) == 1 else list(texts)
    return pc.replace_with_mask(column, pa.array(mask), pa.array(texts, column.type))


def quote_cells(column: Any) -> Any:
    """Put quotes around cells with a comma; no cell has quotes of its own."""
    quoted = pc.binary_join_element_wise('"', column, '"', "")
    return pc.if_else(pc.match_substring(column, ","), quoted, column)
