"""The check with pandera: one lazy schema over the whole frame. ``check EXPORT OUT``."""

import sys
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from benchmarks.peers.pandas_script import find_past_dates, find_rails, read_frame
from benchmarks.peers.rules import COUNTRIES, COUNTRY_COLUMNS, PATTERNS

OPTIONAL = ("address.state", "address.postalCode", "phoneNo", "email", "gender")


def build_schema() -> pa.DataFrameSchema:
    """Say what a personal profile must look like."""
    columns = {
        name: pa.Column(str, pa.Check.str_matches(f"^(?:{pattern}){'?' if name in OPTIONAL else ''}$"))
        for name, pattern in PATTERNS.items()
    }
    columns |= {name: pa.Column(str, pa.Check.isin(list(COUNTRIES))) for name in COUNTRY_COLUMNS}
    columns["dateOfBirth"] = pa.Column(str, pa.Check(find_past_dates))
    return pa.DataFrameSchema(columns)


def find_good(frame: pd.DataFrame) -> pd.DataFrame:
    """Tell which values pass, from the cases that failed."""
    good = pd.DataFrame(True, index=frame.index, columns=frame.columns)
    try:
        build_schema().validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for name, cases in errors.failure_cases.groupby("column"):
            good.loc[cases["index"].astype(int), name] = False
    return good


def main(export: Path, out: Path) -> None:
    """Check the whole frame."""
    frame = read_frame(export)
    good = find_good(frame)
    pd.DataFrame({"key": frame["registrationId"], "rail": find_rails(frame, good)}).to_csv(out, index=False)


if __name__ == "__main__":
    main(Path(sys.argv[2]), Path(sys.argv[3]))
