"""Ours beside what a user would pick instead, doing the same work, which is checked."""

import csv
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.data import write_export
from benchmarks.delivering import name_ledger
from benchmarks.figures import Figure, Remark
from benchmarks.measuring import MeasuredError, Timing, least, time_program
from benchmarks.peer_places import Peer
from benchmarks.serving import deliver, serve_sandbox

FEW = 10
"""Rows of the export that tells what starting costs."""
LEAST_WORK = 0.02
"""Of the time that starting takes: what the rows must add at least, to be told from noise."""

Work = Callable[[Path], tuple[Timing, Any]]
"""Does the work over an export: how long it took, and what came of it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast somebody is, start-up apart.

    Attributes:
        by_clock: Rows a second.
        by_processor: Rows in a second of processor time, the sandbox's apart.
        made: What came of the rows.
    """

    by_clock: float
    by_processor: float
    made: Any


@dataclass(frozen=True, slots=True)
class Contest:
    """One kind of work that ours and the peers do.

    Attributes:
        folder: A place to work in.
        what: For people.
        ours: Does it our way.
        theirs: Does it a peer's way.
        goals: By a peer's module: how many times as fast ours is to be.
    """

    folder: Path
    what: str
    ours: Work
    theirs: Callable[[Peer], Work]
    goals: dict[str, float] = field(default_factory=dict)

    def hold(self, rows: int, peers: list[Peer]) -> Iterator[Figure | Remark]:
        """Let everybody do it; one that cannot is named loudly and left out.

        Raises:
            MeasuredError: Ours failed.
        """
        ours = self._rate(self.ours, rows)
        for peer in peers:
            try:
                yield self._compare(rows, ours, peer)
            except MeasuredError as error:
                yield leave_out(f"{peer.title}: {error}")

    def _compare(self, rows: int, ours: "Rate", peer: Peer) -> Figure:
        peer.prepare()
        theirs = self._rate(self.theirs(peer), peer.rows)
        wanted = ours.made if peer.rows == rows else self._run(self.ours, peer.rows)[1]
        if theirs.made != wanted:
            raise MeasuredError("it did not do the same work: other rows accepted, or other profiles made")
        return Figure(
            f"{self.what}, {rows:,} rows",
            f"{ours.by_clock:,.0f} rows/s",
            f"{peer.title}, {peer.rows:,} rows: {theirs.by_clock:,.0f} rows/s",
            ours.by_clock / theirs.by_clock,
            at_least=self.goals.get(peer.module),
            digits=1,
            processor=ours.by_processor / theirs.by_processor,
        )

    def _rate(self, work: Work, rows: int) -> "Rate":
        made: list[Any] = []

        def run(rows: int) -> Timing:
            timing, latest = self._run(work, rows)
            made[:] = [latest]
            return timing

        # The first start of some makes databases and caches, and a file that was just written is read more slowly.
        few, many = least(2, lambda: run(FEW)), least(2, lambda: run(rows))
        seconds, processor = many.seconds - few.seconds, many.processor - few.processor
        if min(seconds / few.seconds, processor / few.processor) < LEAST_WORK:
            raise MeasuredError(f"{rows:,} rows take hardly longer than {FEW} here: too few rows, or a busy machine")
        return Rate((rows - FEW) / seconds, (rows - FEW) / processor, made[0])

    def _run(self, work: Work, rows: int) -> tuple[Timing, Any]:
        export = self.folder / f"contest-{rows}.csv"
        if not export.exists():
            write_export(export, rows)
        return work(export)


def leave_out(trouble: str) -> Remark:
    """Say loudly that a peer is missing."""
    sys.stderr.write(f"\n*** SKIPPED: {trouble}\n\n")
    return Remark(f"**Left out: {trouble.splitlines()[0]}**")


def compare_checks(folder: Path, rows: int, slow_rows: int) -> Iterator[Figure | Remark]:
    """The check: the same rows accepted, for the same rail."""
    verdicts = folder / "verdicts.csv"

    def ours(export: Path) -> tuple[Timing, list[tuple[str, str]]]:
        out = folder / f"contest-{export.stem}"
        timing = time_program(folder, "validate", export, "--reports", "results", "--quiet", "--out", out)
        [results] = sorted(out.rglob("results.csv"))[-1:]
        return timing, read_verdicts(results)

    def theirs(peer: Peer) -> Work:
        return lambda export: (peer.run(folder, "check", export, verdicts), read_verdicts(verdicts))

    peers = [
        Peer("a hand-written pandas script", "pandas_script", rows),
        Peer("pandera over the whole frame", "pandera_check", rows),
        Peer("pydantic row by row", "pydantic_check", rows),
        Peer("frictionless", "frictionless_check", slow_rows),
    ]
    yield from Contest(folder, "check", ours, theirs).hold(rows, peers)


def read_verdicts(path: Path) -> list[tuple[str, str]]:
    """Read who was accepted for which rail, from our results or a peer's."""
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    if lines and "outcome" in lines[0]:
        return [(line["registration_id"], line["rail"] if line["outcome"] == "valid" else "") for line in lines]
    return [(line["key"], line["rail"]) for line in lines]


def compare_deliveries(folder: Path, rows: int, slow_rows: int) -> Iterator[Figure | Remark]:
    """The whole way: checked, and the same profiles made."""

    def ours(export: Path) -> tuple[Timing, Any]:
        with serve_sandbox(folder) as sandbox:
            return deliver(folder, sandbox, export, "--ledger", name_ledger()), sandbox.list_profiles()

    def theirs(peer: Peer) -> Work:
        def run(export: Path) -> tuple[Timing, Any]:
            with serve_sandbox(folder) as sandbox:
                return peer.run(folder, "deliver", export, "ids.csv", sandbox.url), sandbox.list_profiles()

        return run

    peers = [
        Peer("pandas and a loop over httpx", "pandas_script", rows),
        Peer("dlt with a custom destination", "dlt_destination", rows),
        Peer("a Singer SDK target", "singer_target", rows),
        Peer("Prefect with a task for each row", "prefect_tasks", slow_rows),
    ]
    yield from Contest(folder, "import", ours, theirs, {"prefect_tasks": 20}).hold(rows, peers)
    yield Remark(
        "Each peer does the same work, which is checked: the same profiles are made in the sandbox, value for value. "
        "None of them keeps a ledger, looks a key up or writes reports. dlt and the Singer target run their sinks as "
        "they do by default."
    )
