"""The pandera models' last word on rows before they leave: what they do not pass was let through by mistake.

The fast check decides on each row. Between it and a call stand the run-wide findings, the spool and, after a crash,
another process. A create cannot be taken back, so rows are held against their model once more as they are taken up.
"""

from collections import Counter
from typing import TYPE_CHECKING

from straitsx_bulk.schemas.findings import Code

if TYPE_CHECKING:
    import pandas as pd

    from straitsx_bulk.schemas.checked import CheckedBatch
    from straitsx_bulk.schemas.profiles import Profile


def find_unfit(checked: "CheckedBatch", *, partial: bool) -> Counter[str]:
    """Hold a batch's accepted rows against the model of their type and rail.

    Args:
        checked: Rows, run-wide findings applied.
        partial: Whether rows need not be whole, as for ``upgrade``: what lacks is no fault then.

    Returns:
        ``model parameter:code`` to how many rows break it; empty where all rows pass, as they should.
    """
    from straitsx_bulk.schemas.profiles import MODELS

    accepted = checked.values[checked.accepted]
    rails = checked.facts["rail"][checked.accepted]
    unfit: Counter[str] = Counter()
    judged = 0
    for (kind, rail), model in MODELS.items():
        rows = accepted[(accepted["registrationType"] == str(kind)) & (rails == str(rail))]
        judged += len(rows)
        unfit += Counter({f"{model.__name__} {fault}": count for fault, count in count_faults(model, rows).items()})
    if partial:
        return Counter({fault: count for fault, count in unfit.items() if not fault.endswith(f":{Code.MISSING}")})
    if judged < len(accepted):
        unfit[f"registrationType:{Code.NOT_ALLOWED}"] += len(accepted) - judged
    return unfit


def count_faults(model: "type[Profile]", rows: "pd.DataFrame") -> Counter[str]:
    """Validate rows with one model; gives ``parameter:code`` to how many rows break it, and no value of theirs."""
    from pandera.errors import SchemaErrors

    if rows.empty:
        return Counter()
    try:
        model.validate(rows, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        return Counter(f"{column}:{check}" for column, check in zip(cases["column"], cases["check"], strict=True))
    return Counter()
