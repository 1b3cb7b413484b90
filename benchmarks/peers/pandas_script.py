"""The script that a user writes: pandas reads and checks with masks, a loop over httpx sends.

``check EXPORT OUT`` checks alone; ``deliver EXPORT OUT URL`` sends what passed and writes the ids.
"""

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.peers.rules import CODES, COUNTRIES, COUNTRY_COLUMNS, PATTERNS, REQUIRED, USD, make_body


def read_frame(path: Path) -> pd.DataFrame:
    """Read and mend an export."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False).drop(columns=["reference", "segment"])
    for name in frame:
        frame[name] = frame[name].str.strip().str.replace(r"\s+", " ", regex=True)
    frame["registrationId"] = frame["registrationId"].str.upper()
    frame["address.street"] = frame["address.street"].str.replace("#", "", regex=False)
    for name in COUNTRY_COLUMNS:
        frame[name] = frame[name].map(CODES).fillna(frame[name])
    return frame


def find_good(frame: pd.DataFrame) -> pd.DataFrame:
    """Tell which values the API takes, as a frame of flags."""
    good = {name: frame[name].str.fullmatch(pattern) for name, pattern in PATTERNS.items()}
    good |= {name: frame[name].isin(list(COUNTRIES)) for name in COUNTRY_COLUMNS}
    good["dateOfBirth"] = find_past_dates(frame["dateOfBirth"])
    return pd.DataFrame(good)


def find_past_dates(texts: pd.Series) -> pd.Series:
    """Tell which texts are real dates from 1900 to today."""
    born = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    return born.between(pd.Timestamp("1900-01-01"), pd.Timestamp.now())


def find_rails(frame: pd.DataFrame, good: pd.DataFrame) -> pd.Series:
    """Tell each row's rail; empty for a row that is rejected."""
    passed = good[list(REQUIRED)].all(axis=1)
    passed &= ~frame["registrationId"].where(passed).duplicated() | ~passed
    rails = good[list(USD)].all(axis=1).map({True: "usd", False: "sgd"})
    return rails.where(passed, "")


def list_bodies(frame: pd.DataFrame, good: pd.DataFrame, rails: pd.Series) -> list[dict[str, object]]:
    """Make the bodies of the rows that pass."""
    kept = frame.where(good & (frame != ""), None)[rails != ""]
    rows: list[dict[str, Any]] = kept.to_dict("records")  # type: ignore[assignment] # the names are texts
    return [make_body({name: text for name, text in row.items() if isinstance(text, str)}) for row in rows]


def deliver(bodies: list[dict[str, object]], out: Path, url: str) -> None:
    """Send everything, one after the other, and write the ids down."""
    from benchmarks.peers.sending import create_profile, open_client

    with open_client(url) as client, out.open("w", encoding="utf-8") as stream:
        for body in bodies:
            stream.write(f"{body['registrationId']},{create_profile(client, body)}\n")


def main(what: str, export: str, out: str, url: str = "") -> None:
    """Check, or check and deliver."""
    frame = read_frame(Path(export))
    good = find_good(frame)
    rails = find_rails(frame, good)
    if what == "check":
        pd.DataFrame({"key": frame["registrationId"], "rail": rails}).to_csv(out, index=False)
    else:
        deliver(list_bodies(frame, good, rails), Path(out), url)


if __name__ == "__main__":
    main(*sys.argv[1:])
