"""Taking Singapore addresses apart: only certain shapes, never a letter or digit lost or made up."""

import re
import string

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.addresses import SplitAddresses, split_addresses

WHOLE = ("", "", "")  # city, postal code and country of an address that stays whole
NAMES = "(?:republicofsingapore|singapore|spore|sg|s)*"


def split(text: str, country: str = "") -> tuple[str, tuple[str, str, str], bool]:
    parts = split_addresses(pd.Series([text], dtype="str"), pd.Series([country], dtype="str"))
    city, postal_code, country = (column.iloc[0] for column in (parts.city, parts.postal_code, parts.country))
    return parts.street.iloc[0], (city, postal_code, country), bool(parts.certain.iloc[0])


def letters_and_digits(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


# Certain: the text says Singapore


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("100 Orchard Road, #01-01, Singapore 238840", "100 Orchard Road, #01-01"),
        ("100 Orchard Road #01-01 SINGAPORE 238840", "100 Orchard Road #01-01"),
        ("100 Orchard Road #01-01 S(238840)", "100 Orchard Road #01-01"),
        ("100 Orchard Road, #01-01, S 238840", "100 Orchard Road, #01-01"),
        ("100 Orchard Road S238840", "100 Orchard Road"),
        ("100 Orchard Road, SG 238840", "100 Orchard Road"),
        ("100 Orchard Road S'pore 238840", "100 Orchard Road"),
        ("100 Orchard Road, Spore 238840.", "100 Orchard Road"),
        ("100 Orchard Road, Singapore, 238840", "100 Orchard Road"),
        ("100 Orchard Road, Singapore (238840)", "100 Orchard Road"),
        ("100 Orchard Road (Singapore 238840)", "100 Orchard Road"),
        ("100 Orchard Road, Singapore S(238840)", "100 Orchard Road"),
        ("100 Orchard Road, Singapore - 238840", "100 Orchard Road"),
        ("100 Orchard Road, Singapore238840", "100 Orchard Road"),
        ("100 Orchard Road, Singapore 238840, Singapore", "100 Orchard Road"),
        ("100 Orchard Road, Singapore, Singapore 238840", "100 Orchard Road"),
        ("100 Orchard Road, 238840 Singapore", "100 Orchard Road"),
        ("100 Orchard Road, 238840, SG", "100 Orchard Road"),
        ("100 Orchard Road, Republic of Singapore 238840", "100 Orchard Road"),
        ("100 Orchard Ave. Singapore 238840", "100 Orchard Ave."),
        ("100 Orchard Road (Tower A) Singapore 238840", "100 Orchard Road (Tower A)"),
        ("100 Orchard Road\n#01-01\r\nSingapore 238840\n", "100 Orchard Road, #01-01"),
        ("100 Orchard Road,\n\n  #01-01 ,\nSingapore\u00a0238840", "100 Orchard Road, #01-01"),
        ("Blk 123 Ang Mo Kio Ave 3 Singapore 560123 #08-45", "Blk 123 Ang Mo Kio Ave 3, #08-45"),
        ("Blk 123 Ang Mo Kio Ave 3, Singapore 560123 (#B1-45/46), Singapore", "Blk 123 Ang Mo Kio Ave 3, #B1-45/46"),
        ("1 Singapore Land Tower, Singapore 048623", "1 Singapore Land Tower"),
        ("OCBC Tower Singapore 048623", "OCBC Tower"),
        ("Bank of Foo, 1 Raffles Place, Singapore 048616", "Bank of Foo, 1 Raffles Place"),
    ],
)
@pytest.mark.parametrize("country", ["", "SG"])
def test_an_address_that_ends_in_singapore_and_its_postal_code_is_split(text: str, street: str, country: str) -> None:
    postal_code = re.findall(r"[0-9]{6}", text)[0]
    assert (street, ("Singapore", postal_code, "SG"), True) == split(text, country)


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("100 Orchard Road 238840", "100 Orchard Road"),
        ("100 Orchard Road, #01-01, 238840", "100 Orchard Road, #01-01"),
        ("100 Orchard Road (238840)", "100 Orchard Road"),
        ("100 Orchard Road, 238840 #01-01", "100 Orchard Road, #01-01"),
    ],
)
def test_a_bare_postal_code_counts_where_the_row_is_in_singapore(text: str, street: str) -> None:
    assert (street, ("Singapore", "238840", "SG"), True) == split(text, "SG")
    assert (text, WHOLE, False) == split(text, "")


# Not certain: everything else stays whole


@pytest.mark.parametrize(
    "text",
    [
        "",
        "100 Orchard Road",
        "100 Orchard Road, #01-01, Singapore",  # no postal code
        "Singapore 238840",  # no street
        "10, Singapore 238840",
        "100 Orchard Road, Singapore 23884",  # five digits
        "100 Orchard Road, Singapore 2388401",
        "100 Orchard Road, Singapore 000123",  # no sector 00
        "100 Orchard Road, Singapore 830123",  # no sector 83
        "100 Orchard Road, Singapore 238840, Level 3",  # something behind it
        "Singapore 238840, 100 Orchard Road",
        "P.O. Box 238840",
        "100 Orchard Road #01-238840",
        "100 Orchard Road A238840",
        "100 Orchard Road, Tel 612345",
        "Lot 123456 Jalan Foo, Singapore 238840",  # two of them
        "National University of Singapore 119077",  # the name belongs to the street
        "12 Foo Road Block S 510123",
        "P.O. Box 238840, Singapore",
        "100 Orchard Road c/o Bank of Singapore 238840",
        "100 Orchard Road, Singapore 238840, Malaysia",
        "乌节路100号 新加坡 238840",
    ],
)
@pytest.mark.parametrize("country", ["", "SG"])
def test_an_address_of_another_shape_stays_whole(text: str, country: str) -> None:
    assert (text, WHOLE, False) == split(text, country)


@pytest.mark.parametrize("country", ["MY", "CN", "US"])
def test_an_address_of_another_country_stays_whole(country: str) -> None:
    """Even where the text says Singapore: then one of the two is wrong, and which is for people to say."""
    text = "100 Orchard Road, Singapore 238840"
    assert (text, WHOLE, False) == split(text, country)


@pytest.mark.parametrize(
    "text", ["12 MG Road, Bengaluru 560001", "Jl. Sudirman No. 1, Jakarta 10220", "1 Nanjing Road, Shanghai 200000"]
)
def test_six_digits_alone_are_no_singapore(text: str) -> None:
    assert (text, WHOLE, False) == split(text)


def test_line_breaks_become_commas_in_an_address_that_stays_whole() -> None:
    assert split(" 1 Foo Street\nFloor 2,\r\n Kuala Lumpur\n", "MY") == (
        "1 Foo Street, Floor 2, Kuala Lumpur",
        WHOLE,
        False,
    )


# Properties

ADDRESSES = st.one_of(
    st.text(max_size=40),
    st.builds(
        "{} {}{}{}{}{}{}".format,
        st.sampled_from(["100 Orchard Road", "Blk 5 Foo Ave 3", "Café Straße 7", "1 Singapore Road", "7"]),
        st.sampled_from([", ", " ", "\n", "(", " of ", ", #01-02, ", " 123456 "]),
        st.sampled_from(["Singapore ", "SINGAPORE (", "S", "S(", "sg ", "Singapore, Singapore ", "S’pore-", ""]),
        st.from_regex(r"[0-9]{5,7}", fullmatch=True),
        st.sampled_from(["", ")", ", ", " #01-02", ", Malaysia"]),
        st.sampled_from(["", "Singapore", ", SG", "."]),
        st.text(string.whitespace, max_size=2),
    ),
)
COUNTRIES = st.sampled_from(["", "SG", "MY"])


@settings(max_examples=60, deadline=None)
@given(ADDRESSES, COUNTRIES)
@example("100 Orchard Road, Singapore 238840 #01-01, Singapore", "")
def test_no_letter_or_digit_is_lost_or_made_up(text: str, country: str) -> None:
    """Street and postal code hold all of the text, in order, but the words that city and country stand for."""
    street, (city, postal_code, _), certain = split(text, country)
    if not certain:
        assert (letters_and_digits(text), "", "") == (letters_and_digits(street), city, postal_code)
        return
    written, head, unit = letters_and_digits(text), street, ""
    if not written.startswith(letters_and_digits(street)):  # the unit stood behind the postal code
        head, _, unit = street.rpartition(", #")
    form = f"{letters_and_digits(head)}{NAMES}{postal_code}{letters_and_digits(unit)}{NAMES}"
    assert re.fullmatch(form, written)


@settings(max_examples=60, deadline=None)
@given(ADDRESSES, COUNTRIES)
def test_what_is_left_is_not_taken_apart_again(text: str, country: str) -> None:
    street = split(text, country)[0]
    assert (street, WHOLE, False) == split(street, country) or not split(text, country)[2]


@settings(max_examples=60, deadline=None)
@given(ADDRESSES, COUNTRIES)
def test_a_second_look_says_the_same(text: str, country: str) -> None:
    street, parts, certain = split(text, country)
    if not certain:
        assert (street, parts, certain) == split(street, country)


@settings(max_examples=60, deadline=None)
@given(ADDRESSES, COUNTRIES)
def test_parts_have_the_form_that_the_api_wants(text: str, country: str) -> None:
    street, (city, postal_code, code), certain = split(text, country)
    if certain:
        assert (city, code) == ("Singapore", "SG")
        assert re.fullmatch(r"[0-8][0-9]{5}", postal_code)
        assert street.strip(" ,") == street


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(ADDRESSES, COUNTRIES), max_size=6))
def test_rows_do_not_influence_each_other(rows: list[tuple[str, str]]) -> None:
    parts = split_columns([text for text, _ in rows], [country for _, country in rows])
    together = list(
        zip(parts.street, zip(parts.city, parts.postal_code, parts.country, strict=True), parts.certain, strict=True)
    )
    assert [split(text, country) for text, country in rows] == together


def split_columns(texts: list[str], countries: list[str]) -> SplitAddresses:
    return split_addresses(pd.Series(texts, dtype="str"), pd.Series(countries, dtype="str"))


def test_columns_keep_index_and_types() -> None:
    texts = pd.Series(["1 Foo Road, Singapore 238840", "1 Foo Road"], index=[5, 5], dtype="str", name="address")
    parts = split_addresses(texts, pd.Series(["", ""], index=[5, 5], dtype="str"))
    for column in (parts.street, parts.city, parts.postal_code, parts.country):
        assert (column.index.tolist(), str(column.dtype)) == ([5, 5], "str")
    assert (parts.certain.index.tolist(), str(parts.certain.dtype)) == ([5, 5], "bool")


def test_empty_columns_are_no_trouble() -> None:
    parts = split_columns([], [])
    assert [len(c) for c in (parts.street, parts.city, parts.postal_code, parts.country, parts.certain)] == [0] * 5


def test_a_very_long_text_takes_no_time_to_speak_of() -> None:
    """The patterns run in linear time: a hostile cell cannot hold up a run."""
    text = "1 Foo Road " + "Singapore, " * 20_000 + "238840" + "," * 100_000 + "x"
    assert (text, WHOLE, False) == split(text, "SG")
