"""What the sentences say of the cell itself: which word was not understood, and why a full cell counts as empty."""

import pytest
from check_help import PERSON, check_rows, make_layout

from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.findings import describe
from straitsx_bulk.schemas.layout import ParameterSource


def tell(checked: CheckedBatch, parameter: str) -> list[str]:
    found = checked.findings[checked.findings["parameter"] == parameter]
    columns = (found[name].tolist() for name in ("parameter", "code", "detail"))
    return [describe(*finding).message for finding in zip(*columns, strict=True)]


@pytest.mark.parametrize("cell", ["???", "N/A", "-", "#", "unknown"])
def test_a_full_cell_that_stands_for_nothing_is_named(cell: str) -> None:
    checked = check_rows([PERSON | {"customerName": cell}])
    assert tell(checked, "customerName") == [f"Full name (customerName) is empty ({cell} counts as empty)."]


@pytest.mark.parametrize("cell", ["", "   ", "\u200b", "\n"])
def test_a_cell_in_which_nothing_is_seen_is_just_empty(cell: str) -> None:
    checked = check_rows([PERSON | {"customerName": cell}])
    assert tell(checked, "customerName") == ["Full name (customerName) is empty."]


def test_each_row_is_told_of_its_own_cell() -> None:
    checked = check_rows([PERSON | {"nationality": cell} for cell in ("", "SG", "?", "n.a.", "?")])
    whole = "Nationality (nationality) is empty"
    assert tell(checked, "nationality") == [
        f"{whole}.",
        f"{whole} (? counts as empty).",
        f"{whole} (n.a. counts as empty).",
        f"{whole} (? counts as empty).",
    ]


def test_what_the_mapping_makes_empty_is_named_and_joined_columns_together() -> None:
    sources = (
        ParameterSource("customerName", ("First", "Last")),
        ParameterSource("registrationId", ("Id",), values={"no papers": ""}),
    )
    checked = check_rows([{"First": "N/A", "Last": "-", "Id": "No papers"}], layout=make_layout((), sources=sources))
    assert tell(checked, "customerName") == ["Full name (customerName) is empty (N/A - counts as empty)."]
    assert tell(checked, "registrationId")[0].endswith("is empty (No papers counts as empty).")


def test_what_a_whole_address_does_not_tell_is_not_called_an_empty_cell() -> None:
    layout = make_layout((), sources=(ParameterSource("address", ("Address",)),))
    told = check_rows([{"Address": cell} for cell in ("Jl. Sudirman 1, Jakarta", "", "N/A")], layout=layout)
    assert tell(told, "address.city") == [
        "City (address.city) is empty (the address in one cell does not tell it for certain).",
        "City (address.city) is empty.",
        "City (address.city) is empty (N/A counts as empty).",
    ]


@pytest.mark.parametrize(
    ("parameter", "cell", "sentence"),
    [
        ("nationality", "Narnia", "Nationality (nationality) names no country that we know (Narnia)."),
        ("gender", "X", "Gender (gender) is none of the words that the API knows (X)."),
        (
            "registrationType",
            "a\nVIP",
            "Personal or business (registrationType) is none of the words that the API knows (a VIP).",
        ),
    ],
)
def test_the_word_that_was_not_understood_is_named(parameter: str, cell: str, sentence: str) -> None:
    assert tell(check_rows([PERSON | {parameter: cell}]), parameter) == [sentence]


def test_a_word_of_the_other_type_is_told_as_one() -> None:
    told = tell(check_rows([PERSON | {"registrationIdType": "UEN"}]), "registrationIdType")
    whole = "Kind of id (registrationIdType) is none of the words that the API knows"
    assert told == [f"{whole} (business_reg_no does not go with the row's registrationType)."]


def test_a_name_that_nobody_mended_is_told_with_its_code() -> None:
    told = tell(check_rows([PERSON | {"nationality": "SINGAPOREAN"}], repair="none"), "nationality")
    assert told == ["Nationality (nationality) names no country that we know (SINGAPOREAN; the code is SG)."]


@pytest.mark.parametrize(("cell", "length"), [("A", "1 character"), ("A12", "3 characters")])
def test_lengths_are_counted_in_words(cell: str, length: str) -> None:
    told = tell(check_rows([PERSON | {"registrationId": cell}]), "registrationId")
    assert told == [f"NRIC, FIN, passport number or UEN (registrationId) is too short ({length})."]


@pytest.mark.parametrize("repair", ["none", "safe", "full"])
def test_a_word_that_was_not_understood_is_told_on_one_line_and_short(repair: str) -> None:
    (told,) = tell(check_rows([PERSON | {"nationality": "a\n\x01b " + "c" * 200}], repair=repair), "nationality")
    assert told == f"Nationality (nationality) names no country that we know (a U+0001b {'c' * 29}…)."


def test_characters_that_are_not_seen_are_named_by_number() -> None:
    told = tell(check_rows([PERSON | {"customerName": "Tan\x01Mei\u202e_\u00a0"}], repair="none"), "customerName")
    assert told == ["Full name (customerName) has characters that the API refuses (U+0001 U+202E _ U+00A0)."]
