"""``SC`` and ``PR`` in a column of nationalities: Seychelles and Puerto Rico, unless somebody says otherwise."""

import numpy as np
import pandas as pd
import pytest

from straitsx_bulk.flows.check.residents import ResidentCount
from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.layout import Layout, ParameterSource


def _tell(batches: list[list[str]], source: ParameterSource | None) -> list[str]:
    counted = ResidentCount()
    for cells in batches:
        frame = pd.DataFrame({"Citizenship": cells}, dtype="str")
        rows = np.arange(2, 2 + len(cells))
        batch = Batch(Origin("users.csv", "", ("Citizenship",), 1, "csv"), rows, frame, (), None)
        counted.observe(batch, Layout((source,) if source else ()))
    return list(counted.describe("users.csv"))


NATIONALITY = ParameterSource("nationality", ("Citizenship",))


def test_words_that_may_mean_residents_are_counted_over_all_batches_and_told() -> None:
    told = _tell([["SC", "SG", "sc"], ["PR", "MY", ""]], NATIONALITY)
    assert told == [
        (
            "users.csv: in the column Citizenship 1 row says PR and 2 rows say SC, which are read as Puerto Rico and "
            "Seychelles. If permanent residents and Singapore citizens are meant, say so in the mapping file, under "
            '`nationality`: `values: {PR: "", SC: SG}`.'
        )
    ]


def test_one_word_is_told_alone() -> None:
    assert _tell([["PR", "PR"]], NATIONALITY) == [
        (
            "users.csv: in the column Citizenship 2 rows say PR, which is read as Puerto Rico. If permanent residents "
            'are meant, say so in the mapping file, under `nationality`: `values: {PR: ""}`.'
        )
    ]


@pytest.mark.parametrize(
    "source",
    [
        None,
        ParameterSource("nationality", constant="SC"),
        ParameterSource("countryOfResidence", ("Citizenship",)),
        ParameterSource("nationality", ("Citizenship",), values={"sc": "SG", "pr": ""}),
    ],
)
def test_other_columns_and_words_that_the_mapping_explains_tell_nothing(
    source: ParameterSource | None,
) -> None:
    assert _tell([["SC", "PR"]], source) == []


def test_names_of_countries_are_nobodys_doubt() -> None:
    assert _tell([["Puerto Rico", "SYC", "SG", "Seychellois"]], NATIONALITY) == []
