"""``demo``: the sample exports into the embedded sandbox, end to end; no key, no network."""

import csv
import os
import sysconfig
from pathlib import Path

from rich.console import Console

from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.command.running import run_here
from straitsx_bulk.flows.options import read_options
from straitsx_bulk.flows.result import EXIT_REJECTS, RunResult
from straitsx_bulk.flows.streams import open_console
from straitsx_bulk.flows.wiring import embedded_sandbox
from straitsx_bulk.schemas.errors import FileError, UsageError

EXISTING = "existing_sgd_profiles.csv"
SGD = ("customerName", "registrationType", "registrationId")
INSTALLED = Path(sysconfig.get_path("data")) / "share" / "straitsx-bulk" / "data_samples"


def run_demo(folder: Path) -> int:
    """Import the samples, show the reports and say what to look at.

    Args:
        folder: Where the demo keeps the sandbox's state, its ledger and its reports.

    Returns:
        The exit status: 0 where the import went as the samples should.

    Raises:
        UsageError: The samples are not there, or the folder cannot be used.
    """
    samples = find_samples()
    console = open_console()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise UsageError(f"--folder {folder}: no folder can be made there ({why}). Name another.") from None
    with embedded_sandbox(folder / "sandbox.db") as (url, _):
        made = make_existing(url, samples / EXISTING)
        if made:
            console.print(
                f"The sandbox holds {made} profiles that an earlier integration made for SGD.", highlight=False
            )
        result = import_samples(samples, url, folder)
    tell_next(console, result)
    return 0 if result.exit_status in {0, EXIT_REJECTS} else result.exit_status


def find_samples() -> Path:
    """Find the sample exports: in the checkout, or where an installation put them.

    Raises:
        FileError: They are in neither place.
    """
    checkout = Path(__file__).resolve().parents[2] / "data_samples"
    for folder in (checkout, INSTALLED):
        if (folder / EXISTING).is_file():
            return folder
    raise FileError("data_samples", "the sample exports are not there; run the demo from a checkout.")


def make_existing(url: str, export: Path) -> int:
    """Create the profiles that the third sample is about, for SGD only, as an earlier integration would have.

    Returns:
        How many were new.
    """
    import httpx

    with export.open(encoding="utf-8", newline="") as stream, httpx.Client(base_url=url, trust_env=False) as client:
        headers = {"X-XFERS-APP-API-KEY": "an-earlier-integration"}
        answers = [
            client.post("/kyc/customer_profiles", json={name: row[name] for name in SGD}, headers=headers)
            for row in csv.DictReader(stream)
        ]
    return sum(answer.is_success for answer in answers)


def import_samples(samples: Path, url: str, folder: Path) -> RunResult:
    """Run the import as the command line would."""
    given = {
        "env": "local",
        "base_url": url,
        "ledger": f"sqlite:///{folder / 'ledger.db'}",
        "out": folder / "runs",
        "prefect": False,
    }
    return run_here(Request("import", (str(samples),), read_options(given, {}), os.environ))


def tell_next(console: Console, result: RunResult) -> None:
    """Say what the demo has shown."""
    calls = result.api.calls
    told = f"{calls} calls" if calls else "no call: everything was known from the ledger"
    lines = (
        f"The demo made {told}. Run it again: nothing is written twice.",
        "Look at report.html; mend the rejects workbooks in Excel or LibreOffice and import them.",
        "Next: README, «Your first migration».",
    )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
