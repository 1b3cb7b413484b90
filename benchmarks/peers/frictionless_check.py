"""The check with frictionless: a table schema with constraints, row by row. ``check EXPORT OUT``."""
# mypy: disable-error-code="import-not-found"
# frictionless is installed in this script's own environment only

import csv
import sys
from pathlib import Path

from frictionless import Checklist, Resource, Schema, fields

from benchmarks.peers.reading import read_rows
from benchmarks.peers.rules import CODES, COUNTRY_COLUMNS, PATTERNS, REQUIRED, USD, mend_text

UNTIDY = {
    "customerName": r"[a-zA-Z0-9 ]{1,60}",
    "registrationId": r"(?!\d\.\d+E\+\d+$)[a-zA-Z0-9/\-?:().,'+ ]{4,35}",
    "address.street": r"[a-zA-Z0-9\-?:().,' +#]{1,180}",
}
"""The patterns before repair: frictionless checks the file as it is."""
EVERY_ERROR = 100_000_000


def build_schema(headers: list[str]) -> "Schema":
    """Say what a personal profile must look like."""
    return Schema(fields=[build_field(name) for name in headers])


def build_field(name: str) -> object:
    """Say what one column must look like."""
    required = name in REQUIRED or name in USD
    if name == "dateOfBirth":
        return fields.DateField(name=name, constraints={"required": True, "minimum": "1900-01-01"})
    if name in COUNTRY_COLUMNS:
        return fields.StringField(name=name, constraints={"required": required, "enum": list(CODES)})
    pattern = UNTIDY.get(name, PATTERNS.get(name))
    bounds = {"pattern": pattern} if pattern else {}
    return fields.StringField(name=name, constraints={"required": required, **bounds})


def find_failed(export: Path) -> dict[int, set[str]]:
    """Validate the file; row number to the columns that failed."""
    with export.open(encoding="utf-8", newline="") as stream:
        headers = next(csv.reader(stream))
    resource = Resource(path=export.name, basepath=str(export.parent), schema=build_schema(headers))
    report = resource.validate(Checklist(), limit_errors=EVERY_ERROR)
    failed: dict[int, set[str]] = {}
    for number, name in report.flatten(["rowNumber", "fieldName"]):
        failed.setdefault(number, set()).add(name)
    return failed


def main(export: Path, out: Path) -> None:
    """Check every row, then look for customers that come twice, which frictionless has no row-wise rule for."""
    failed = find_failed(export)
    seen: set[str] = set()
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("key", "rail"))
        for number, row in enumerate(read_rows(export), start=2):
            key = mend_text("registrationId", row["registrationId"])
            columns = failed.get(number, set())
            if key in seen or columns & set(REQUIRED):
                writer.writerow((key, ""))
                continue
            seen.add(key)
            writer.writerow((key, "sgd" if columns & set(USD) else "usd"))


if __name__ == "__main__":
    main(Path(sys.argv[2]).resolve(), Path(sys.argv[3]))
