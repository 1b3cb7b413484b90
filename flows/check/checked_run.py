"""All rows of a run, checked: where they wait, and what comparing them told."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from straitsx_bulk.flows.check.kept_rows import KeptReader
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.keys import RunFindings, apply_run_findings

RUN_FINDINGS = "run-findings"


@dataclass(frozen=True, slots=True)
class Tally:
    """What the checks came to.

    Attributes:
        judged: Rows that count for ``--max-reject-share``: all but unmended ones of a rejects file.
        rejected: How many of those were rejected.
        accepted: Rows that would be sent.
    """

    judged: int
    rejected: int
    accepted: int


@dataclass(slots=True)
class CheckedRun:
    """All rows of a run, checked.

    Attributes:
        spool: Where they wait.
        run_findings: Duplicates and identity conflicts over the whole run.
        date_formats: ``source [sheet] header`` to the date format found or declared.
        notices: Sentences for people.
    """

    spool: Spool
    run_findings: RunFindings
    date_formats: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    _tally: "Tally | None" = None

    def batches(self) -> Iterator[tuple[int, CheckedBatch]]:
        """Give every batch in input order with the position of its first row, run-wide findings applied."""
        reader = KeptReader(self.spool, self.run_findings)
        for entry, checked in self.spool:
            if len(self.run_findings.within(entry.first, entry.rows)):
                kept = reader.read(entry.first, entry.rows)
                places = kept.places.__getitem__
                yield entry.first, apply_run_findings(checked, entry.first, self.run_findings, places, kept.values)
            else:
                yield entry.first, checked

    def keep(self) -> None:
        """Note that every row is checked, with what a later process needs for the reports."""
        found = self.run_findings
        arrays = [pa.array(found.positions), pa.array(found.conflicts), pa.array(found.kept)]
        self.spool.write_table(RUN_FINDINGS, pa.table(arrays, names=["positions", "conflicts", "kept"]))
        self.spool.seal({"date_formats": self.date_formats, "notices": self.notices})

    @classmethod
    def recall(cls, spool: Spool) -> "CheckedRun | None":
        """Take up a run whose process is gone; None where it had not checked every row, and so had sent nothing."""
        notes = spool.unseal()
        if notes is None:
            return None
        table = spool.read_table(RUN_FINDINGS)
        columns = (table[name].to_numpy() for name in ("positions", "conflicts", "kept"))
        return cls(spool, RunFindings(*columns), notes["date_formats"], notes["notices"])

    def tally(self) -> "Tally":
        """Count what the checks came to, run-wide findings included; the batches are read once for it."""
        if self._tally is None:
            judged = rejected = accepted = 0
            for _, checked in self.batches():
                judged += int(checked.mended.sum())
                rejected += int((checked.mended & ~checked.accepted).sum())
                accepted += int(checked.accepted.sum())
            self._tally = Tally(judged, rejected, accepted)
        return self._tally
