"""Unpaced delivery, ledger and reports included: against a bare httpx loop, and the ledger's share of it."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.counters import read_counts
from benchmarks.data import CODES, write_export
from benchmarks.figures import Figure, Remark
from benchmarks.measuring import Timing, least, time_module
from benchmarks.serving import deliver, name_delivery, serve_sandbox

SETTINGS = ((1, 1), (1, 4), (1, 10), (2, 10))
"""Clients and connections of each that the bare loop is tried with."""
FEW = 5
_NUMBERS = count()


def measure_delivery(folder: Path, rows: int, times: int) -> Iterator[Figure | Remark]:
    """Deliver clean rows as the program does, and as a bare loop over httpx would."""
    export, few = folder / "deliver.csv", folder / "few.csv"
    write_export(export, rows, dirty=0, countries=CODES)
    write_export(few, FEW, dirty=0, countries=CODES)
    ours = least(times, lambda: deliver_fresh(folder, export))
    start = least(times, lambda: deliver_fresh(folder, few))
    loops = {setting: least(times, lambda: send_bare(folder, export, *setting)) for setting in SETTINGS}  # noqa: B023 - called at once
    mine = (rows - FEW) / (ours.seconds - start.seconds)
    rates = {setting: run.said["rows"] / run.said["seconds"] for setting, run in loops.items()}
    clients, connections = max(rates, key=rates.__getitem__)
    best = rates[clients, connections]
    yield Figure(
        f"deliver {rows:,} rows, start-up apart",
        f"{mine:,.0f} rows/s",
        f"bare httpx loop, {clients} × {connections} connections: {best:,.0f} rows/s",
        mine / best,
        at_least=0.9,
    )
    yield from measure_ledger(folder, export, rows)
    shown = "; ".join(f"{c} × {n} connections {rate:,.0f}" for (c, n), rate in rates.items())
    yield Remark(
        f"The bare loop's rows a second by its setting: {shown}. The sandbox shares the two cores with either. Ours "
        "includes check, ledger (each intent and answer on disk before it counts) and all reports."
    )


def deliver_fresh(folder: Path, export: Path) -> Timing:
    """Import into a fresh sandbox with a fresh ledger."""
    with serve_sandbox(folder) as sandbox:
        return deliver(folder, sandbox, export, "--ledger", name_ledger())


def name_ledger() -> str:
    """Name a ledger that does not exist yet."""
    return f"sqlite:///ledger-{next(_NUMBERS)}.db"


def send_bare(folder: Path, export: Path, clients: int, connections: int) -> Timing:
    """Send the same rows with nothing around them."""
    with serve_sandbox(folder) as sandbox:
        return time_module(folder, "floors.httpx_loop", sandbox.url, export, clients, connections)


def measure_ledger(folder: Path, export: Path, rows: int) -> Iterator[Figure]:
    """Say how much of a delivery is the ledger's: processor time in its transactions, and what it does a row."""
    counted = folder / "ledger.json"
    with serve_sandbox(folder) as sandbox:
        words = name_delivery(sandbox, export, "--ledger", name_ledger())
        time_module(folder, "probe", counted, "ledger", *words)
    said = read_counts(counted)
    share = said["ledger_processor"] / said["processor"]
    yield Figure(
        "the ledger's share of that, by processor time",
        f"{said['ledger_processor']:.2f} s in its transactions",
        f"the whole run: {said['processor']:.2f} s",
        share,
        at_most=0.1,
    )
    yield Figure(
        "… statements and commits a row",
        f"{said['statements'] / rows:.2f} and {said['commits'] / rows:.2f}",
        "one statement for each intent and answer: 2",
        said["statements"] / rows / 2,
    )
