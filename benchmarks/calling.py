"""Calls a row: what the API's allowance is spent on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data import CODES, write_export
from benchmarks.delivering import name_ledger
from benchmarks.figures import Figure
from benchmarks.serving import deliver, serve_sandbox


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls a row, of each kind of run.

    Attributes:
        created: Profiles that were not there.
        finished: The same file again.
        known: SGD profiles that the ledger knows, brought up to USD.
        unknown: The same with an empty ledger.
        met: ``import`` with an empty ledger, where every profile is there already.
    """

    created: float
    finished: float
    known: float
    unknown: float
    met: float


def count_calls(folder: Path, rows: int) -> Calls:
    """Create, do it again, and bring profiles up to USD that the ledger knows or does not."""
    export = folder / "called.csv"
    write_export(export, rows, dirty=0, countries=CODES)
    ledger = ("--ledger", name_ledger())
    with serve_sandbox(folder) as sandbox:

        def count(*arguments: object, command: str = "import") -> float:
            sandbox.reset()
            deliver(folder, sandbox, export, *arguments, command=command)
            return sandbox.count_calls() / rows

        created = count(*ledger, "--rail", "sgd")
        finished = count(*ledger, "--rail", "sgd")
        known = count(*ledger)
    with serve_sandbox(folder) as sandbox:
        deliver(folder, sandbox, export, "--ledger", name_ledger(), "--rail", "sgd")
        unknown = count("--ledger", name_ledger(), command="upgrade")
        met = count("--ledger", name_ledger())
    return Calls(created, finished, known, unknown, met)


def measure_calls(folder: Path, rows: int) -> Iterator[Figure]:
    """Set calls a row beside what is needed."""
    calls = count_calls(folder, rows)
    yield compare(f"create {rows:,} profiles", calls.created, 1, "one create each")
    yield compare("the same file again", calls.finished, 0, "nothing to do")
    yield compare("upgrade profiles that the ledger knows", calls.known, 1, "one PATCH each")
    yield compare("upgrade unknown profiles", calls.unknown, 1.02, "one PATCH each, and the list by pages of 100")
    yield Figure(
        "import where every profile is there, nothing known",
        f"{calls.met:.3f} calls a row",
        "nothing but the list by pages of 100: 0.01 calls a row",
        calls.met,
        digits=3,
    )


def compare(work: str, calls: float, goal: float, needed: str) -> Figure:
    """Set calls a row beside the goal."""
    return Figure(work, f"{calls:.3f} calls a row", needed, calls, at_most=goal)
