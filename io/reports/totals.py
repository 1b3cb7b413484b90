"""What a run comes to so far: counts, kept live while batches are added."""

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from straitsx_bulk.io.reports.masking import mask
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.outcomes import FILLABLE, GOOD, Outcome
from straitsx_bulk.schemas.parameters import IDENTITY_NAMES, KEY_NAMES, Rail
from straitsx_bulk.schemas.run import ReportedBatch

_EXAMPLE = 60
"""Characters of an example that are shown."""

IN_STRAITSX = GOOD - {Outcome.VALID}
"""Outcomes of rows whose profile is there."""


def _counts() -> Counter[str]:
    return Counter()


@dataclass(slots=True)
class Totals:
    """Counts over the batches added so far; none of them holds a value of a row.

    Attributes:
        rows: Rows read.
        outcomes: Outcome to rows.
        rails: Rail to rows, as the results' ``rail`` column has it.
        errors: ``parameter:code`` to rows.
        warnings: ``parameter:code`` to rows.
        repairs: What ``repairs`` lists to rows.
        would_pass: Rejected rows that ``--repair full`` would let through.
        accepted: Rows that passed the checks.
        ready: Rail to rows whose profile is there, or would be (``valid``).
        gaps: ``usd_gaps`` of the rows in ``ready`` to rows: which parameters they lack for USD; of profiles that were
            to be left alone nothing is counted.
        refusals: The API's code to refused rows.
        replaceable: Rows in conflict that ``--overwrite`` would let through: nothing of the identity differs.
        sources: Input file to its outcomes.
        examples: ``parameter:code`` to the place and the masked text of its first cell.
    """

    rows: int = 0
    outcomes: Counter[str] = field(default_factory=_counts)
    rails: Counter[str] = field(default_factory=_counts)
    errors: Counter[str] = field(default_factory=_counts)
    warnings: Counter[str] = field(default_factory=_counts)
    repairs: Counter[str] = field(default_factory=_counts)
    would_pass: int = 0
    accepted: int = 0
    ready: Counter[str] = field(default_factory=_counts)
    gaps: Counter[str] = field(default_factory=_counts)
    refusals: Counter[str] = field(default_factory=_counts)
    replaceable: int = 0
    sources: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, reported: ReportedBatch) -> None:
        """Count a batch in."""
        checked, facts = reported.checked, reported.checked.facts
        outcome = reported.outcomes["outcome"]
        by_outcome = count_texts(outcome)
        self.rows += len(checked)
        self.outcomes += by_outcome
        self.sources.setdefault(checked.batch.origin.source, _counts()).update(by_outcome)
        self.rails += count_texts(facts["rail"])
        self.errors += count_listed(facts["errors"])
        self.warnings += count_listed(facts["warnings"])
        self.repairs += count_listed(facts["repairs"])
        self.would_pass += int(((outcome == Outcome.REJECTED) & checked.full_would_pass).sum())
        self.accepted += int(checked.accepted.sum())
        self.refusals += count_texts(reported.outcomes.loc[outcome == Outcome.REFUSED, "api_code"], empty="no code")
        self.replaceable += _count_replaceable(reported.conflicts)
        ready = facts[outcome.isin(list(GOOD))]
        self.ready += count_texts(ready["rail"])
        fillable = facts[outcome.isin(list(FILLABLE))]
        self.gaps += count_texts(fillable.loc[fillable["rail"] == Rail.SGD, "usd_gaps"])
        self._take_examples(checked)

    def _take_examples(self, checked: CheckedBatch) -> None:
        first = checked.findings.drop_duplicates(["parameter", "code"])
        columns = (first[name].tolist() for name in ("position", "parameter", "code", "header"))
        for position, parameter, code, header in zip(*columns, strict=True):
            if f"{parameter}:{code}" not in self.examples:
                self.examples[f"{parameter}:{code}"] = _give_example(checked, position, header)

    @property
    def balance(self) -> int:
        """Rows read less the sum of the outcomes: 0 where every row has one of the contract's outcomes."""
        return self.rows - sum(self.outcomes[outcome] for outcome in Outcome)

    @property
    def sent(self) -> int:
        """Rows that delivery took up: those that passed, less the ones that are only valid or were not reached."""
        idle = (Outcome.REJECTED, Outcome.VALID, Outcome.NOT_ATTEMPTED)
        return sum(self.outcomes[outcome] for outcome in Outcome if outcome not in idle)

    @property
    def there(self) -> int:
        """Rows whose profile is known to be at StraitsX."""
        return sum(self.outcomes[outcome] for outcome in IN_STRAITSX)


def _count_replaceable(conflicts: pd.DataFrame) -> int:
    lasting = conflicts["parameter"].isin([*IDENTITY_NAMES, *KEY_NAMES])
    return int((~lasting.groupby(conflicts["position"]).any()).sum())


def _give_example(checked: CheckedBatch, position: int, header: str) -> str:
    """Name a row's place, and show the form of the cell to mend without its text."""
    batch = checked.batch
    sheet = f" [{batch.origin.sheet}]" if batch.origin.sheet else ""
    place = f"{batch.origin.source}{sheet} row {batch.rows[position]}"
    text = mask(str(batch.cells[header].iloc[position])) if header in batch.origin.headers else ""
    return f"{place}: {text[:_EXAMPLE]}{'…' if len(text) > _EXAMPLE else ''}" if text else place


def count_texts(texts: "pd.Series[str]", empty: str = "") -> Counter[str]:
    """Count the texts of a column.

    Args:
        texts: The column.
        empty: What empty texts are counted as; with ``""`` they are left out.

    Returns:
        Text to rows.
    """
    counted = Counter({str(text): int(count) for text, count in texts.value_counts().items()})
    blank = counted.pop("", 0)
    return counted + Counter({empty: blank}) if empty and blank else counted


def count_listed(lists: "pd.Series[str]") -> Counter[str]:
    """Count the members of a column of lists joined by ``;``, empty lists left out."""
    counts = _counts()
    for text, count in count_texts(lists).items():
        for member in text.split(";"):
            counts[member] += count
    return counts
