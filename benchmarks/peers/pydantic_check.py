"""The check with pydantic: a model, row by row. ``check EXPORT OUT``."""

import csv
import sys
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from benchmarks.peers.reading import read_rows
from benchmarks.peers.rules import CODES, COUNTRIES, REQUIRED, USD, is_past_date


def need(is_good: bool, text: str) -> str:
    """Let a value through, or fail."""
    if not is_good:
        raise ValueError("not allowed")
    return text


def tidy(text: str) -> str:
    """Make white space single, none outside."""
    return " ".join(text.split())


Text = BeforeValidator(tidy)
Country = Annotated[str, Text, AfterValidator(lambda text: need(CODES.get(text, text) in COUNTRIES, text))]
Day = Annotated[str, Text, AfterValidator(lambda text: need(is_past_date(text), text))]
PERMITTED = r"a-zA-Z0-9\-?:().,' +"


class Profile(BaseModel):
    """A personal profile; the aliases are the export's headers."""

    name: Annotated[str, Text, StringConstraints(pattern=r"^[a-zA-Z0-9 ]{1,50}$")] = Field(alias="customerName")
    kind: Annotated[str, Text, StringConstraints(pattern="^personal$")] = Field(alias="registrationType")
    key: Annotated[
        str,
        Text,
        StringConstraints(to_upper=True, pattern=rf"^[{PERMITTED}/]{{4,35}}$"),
        AfterValidator(lambda text: need("E+" not in text, text)),
    ] = Field(alias="registrationId")
    id_type: Annotated[str, Text, StringConstraints(pattern="^(passport|identity_card)$")] = Field(
        alias="registrationIdType"
    )
    id_country: Country = Field(alias="registrationIdCountry")
    born: Day = Field(alias="dateOfBirth")
    nationality: Country
    residence: Country = Field(alias="countryOfResidence")
    street: Annotated[
        str,
        BeforeValidator(lambda text: tidy(text).replace("#", "")),
        StringConstraints(pattern=rf"^[{PERMITTED}]{{1,180}}$"),
    ] = Field(alias="address.street")
    city: Annotated[str, Text, StringConstraints(pattern=rf"^[{PERMITTED}]{{1,20}}$")] = Field(alias="address.city")
    state: Annotated[str, Text, StringConstraints(pattern=rf"^[{PERMITTED}]{{0,15}}$")] = Field(alias="address.state")
    postal: Annotated[str, Text, StringConstraints(pattern=r"^[A-Za-z0-9\- ]{0,20}$")] = Field(
        alias="address.postalCode"
    )
    country: Country = Field(alias="address.country")
    phone: Annotated[str, Text, StringConstraints(pattern=r"^(\+\d{6,15})?$")] = Field(alias="phoneNo")
    email: Annotated[str, Text, StringConstraints(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")]
    gender: Annotated[str, Text, StringConstraints(pattern="^(MALE|FEMALE)?$")]


def find_rail(row: dict[str, str], seen: set[str]) -> str:
    """Tell a row's rail; empty for a row that is rejected."""
    failed: set[object] = set()
    try:
        key = Profile.model_validate(row).key
    except ValidationError as error:
        failed = {place for finding in error.errors(include_url=False) for place in finding["loc"]}
        key = tidy(row["registrationId"]).upper()
    if key in seen or failed & set(REQUIRED):
        return ""
    seen.add(key)
    return "sgd" if failed & set(USD) else "usd"


def main(export: Path, out: Path) -> None:
    """Check every row."""
    seen: set[str] = set()
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("key", "rail"))
        for row in read_rows(export):
            writer.writerow((tidy(row["registrationId"]).upper(), find_rail(row, seen)))


if __name__ == "__main__":
    main(Path(sys.argv[2]), Path(sys.argv[3]))
