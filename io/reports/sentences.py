"""What is wrong with a row, for people: the findings' sentences, each made once."""

from functools import lru_cache

import pandas as pd

from straitsx_bulk.schemas.findings import Description, describe


@lru_cache(maxsize=20_000)
def describe_once(parameter: str, code: str, detail: str) -> Description:
    """Describe a finding; the same words for the same finding, without making them again."""
    return describe(parameter, code, detail)


def describe_findings(findings: pd.DataFrame) -> list[Description]:
    """Describe every line of a table of findings, in its order."""
    columns = (findings[name].tolist() for name in ("parameter", "code", "detail"))
    return [describe_once(*finding) for finding in zip(*columns, strict=True)]


def join_sentences(findings: pd.DataFrame) -> dict[int, str]:
    """Join the sentences of each row's findings.

    Args:
        findings: Lines as in ``schemas.checked.FINDING_COLUMNS``.

    Returns:
        Position in the batch to the row's message; rows without findings are not in it.
    """
    messages: dict[int, list[str]] = {}
    for position, description in zip(findings["position"].tolist(), describe_findings(findings), strict=True):
        messages.setdefault(position, []).append(description.message)
    return {position: " ".join(sentences) for position, sentences in messages.items()}
