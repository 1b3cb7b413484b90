import pytest
from hypothesis import given
from hypothesis import strategies as st

from straitsx_bulk.io.reports.masking import mask


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O'Brien 12", "X'Xxxxx 99"),
        ("陈美玲", "xxx"),
        ("José", "Xxxx"),
        ("", ""),
        ("٣-४", "9-9"),
        ("S8012345F", "X9999999X"),
    ],
)
def test_the_form_stays_and_the_text_goes(text: str, expected: str) -> None:
    assert mask(text) == expected


@given(st.text())
def test_no_letter_or_digit_is_left(text: str) -> None:
    assert {c for c in mask(text) if c.isalnum()} <= set("Xx9")
