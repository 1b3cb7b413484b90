"""Finding parameters by the names of an export's columns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.headers import (
    Confidence,
    Matches,
    count_known,
    find_nearest,
    fold_header,
    list_profile_ids,
    match_headers,
    propose,
)
from straitsx_bulk.schemas.parameters import PARAMETER_NAMES


def found(*headers: str) -> dict[str, tuple[str, ...]]:
    matches = match_headers(headers)
    assert matches.rivals == {}
    return dict(matches.columns)


@pytest.mark.parametrize(
    ("header", "parameter"),
    [
        ("customerName", "customerName"),
        ("Customer Name", "customerName"),
        ("CUSTOMER_NAME", "customerName"),
        ("customer.name", "customerName"),
        ("customer-name", "customerName"),
        ("Customer Name *", "customerName"),
        ("address_street", "address.street"),
        ("Address Street", "address.street"),
        ("addressPostalCode", "address.postalCode"),
        ("placeofBiz", "placeOfBiz"),
        ("placeofBizCountry", "placeOfBizCountry"),
        ("registration_id", "registrationId"),
        ("ｄａｔｅ　ｏｆ　ｂｉｒｔｈ", "dateOfBirth"),
        ("Date of Birth (DD/MM/YYYY)", "dateOfBirth"),
        ("Date of Birth [yyyy-mm-dd]*", "dateOfBirth"),
        ("NRIC", "registrationId"),
        ("NRIC/FIN No.", "registrationId"),
        ("UEN", "registrationId"),
        ("Passport No", "registrationId"),
        ("DOB", "dateOfBirth"),
        ("D.O.B.", "dateOfBirth"),
        ("Full Name", "customerName"),
        ("Company Name", "customerName"),
        ("Nationality", "nationality"),
        ("Citizenship", "nationality"),
        ("Postal Code", "address.postalCode"),
        ("ZIP", "address.postalCode"),
        ("Street", "address.street"),
        ("Addr", "address"),
        ("Address", "address"),
        ("Account Type", "registrationType"),
        ("Mobile No.", "phoneNo"),
        ("E-mail", "email"),
        ("customer_profile_id", "profile_id"),
        ("Reference", "reference"),
    ],
)
def test_a_name_or_common_synonym_is_found(header: str, parameter: str) -> None:
    """Case, spaces, underscores, dots and a date format in brackets do not count."""
    assert found(header) == {parameter: (header,)}


@pytest.mark.parametrize(
    "header",
    [
        "ID",
        "Type",
        "Country",
        "State",
        "First Name",
        "Surname",
        "Status",
        "Created At",
        "Issue Date",
        "DOI",
        "column 7",
        "Q1",
    ],
)
def test_what_can_mean_something_else_is_not_used(header: str) -> None:
    """A guess never maps a column."""
    assert found(header) == {}


@pytest.mark.parametrize("name", PARAMETER_NAMES)
def test_every_parameter_is_found_by_its_own_name(name: str) -> None:
    """The API's name is exact, also in capitals with underscores."""
    for header in (name, name.upper(), name.replace(".", "_").upper()):
        matches = match_headers([header])
        assert matches == Matches({name: (header,)}, {}, frozenset({name}))


def test_two_columns_for_one_parameter_are_rivals() -> None:
    """Neither NRIC nor Passport No is used where both are there."""
    matches = match_headers(["Full Name", "NRIC", "Passport No"])
    assert matches.rivals == {"registrationId": ("NRIC", "Passport No")}
    assert dict(matches.columns) == {"customerName": ("Full Name",)}


@pytest.mark.parametrize("headers", [("Vorname", "Name"), ("First Name", "NAME")])
def test_a_bare_name_beside_a_given_name_is_half_a_name(headers: tuple[str, str]) -> None:
    """Used alone it would make another person; a full name is whole, whatever stands beside it."""
    assert match_headers(headers[::-1]).columns == {}
    assert match_headers(headers[::-1]).rivals == {"customerName": headers}
    assert found("Vorname") == {}
    for whole in ("Full Name", "Customer Name"):  # the second is the API's own name
        assert match_headers([whole, "First Name"]).columns == {"customerName": (whole,)}


def test_a_repeated_column_is_a_rival_of_the_first() -> None:
    """The reader numbers copies; both are still called Name."""
    assert match_headers(["Name", "Name (2)"]).rivals == {"customerName": ("Name", "Name (2)")}


def test_the_apis_own_name_beats_a_synonym() -> None:
    """A file in the API's words may carry a Name of its own."""
    assert found("customerName", "Name") == {"customerName": ("customerName",)}


def test_a_bare_address_is_the_street_beside_a_city() -> None:
    """With a city column, Address holds the street; without, the whole address."""
    assert found("Address", "City") == {"address.street": ("Address",), "address.city": ("City",)}
    assert found("Address", "Postal Code") == {"address": ("Address",), "address.postalCode": ("Postal Code",)}


def test_a_whole_address_gives_way_to_a_street() -> None:
    """Beside a street column, the whole address is not read a second time."""
    assert found("Full Address", "Street", "City") == {"address.street": ("Street",), "address.city": ("City",)}


def test_country_and_state_count_only_beside_an_address() -> None:
    """A lone Country can be anything, beside a street it is the address's."""
    assert found("Street", "Country", "State") == {
        "address.street": ("Street",),
        "address.country": ("Country",),
        "address.state": ("State",),
    }


@pytest.mark.parametrize(
    ("headers", "street"),
    [
        (("Address 1", "Address 2"), ("Address 1", "Address 2")),
        (("Addr Line 2", "Addr Line 1"), ("Addr Line 1", "Addr Line 2")),
        (("Address", "Address 2"), ("Address", "Address 2")),
        (("Street Address 1",), ("Street Address 1",)),
        (("Addr Line 2", "Street Address 1"), ("Street Address 1", "Addr Line 2")),
        (("Address 1", "address_street"), ("address_street",)),
    ],
)
def test_numbered_lines_are_one_street_in_order(headers: tuple[str, ...], street: tuple[str, ...]) -> None:
    """Lines are joined by number, whatever their order in the file."""
    assert found(*headers) == {"address.street": street}


@pytest.mark.parametrize(
    "headers", [("Address 1", "Address 3"), ("Address 1", "address-1"), ("Address 1", "Street"), ("Address 2",)]
)
def test_lines_with_a_gap_or_a_double_are_not_used(headers: tuple[str, ...]) -> None:
    """What would lose or repeat a line is for a mapping to say."""
    matches = match_headers(headers)
    assert dict(matches.columns) == {}
    assert {name: set(columns) for name, columns in matches.rivals.items()} == {"address.street": set(headers)}


def test_count_known_tells_a_header_row_from_title_and_data() -> None:
    """The reader looks for the row with names in it."""
    assert count_known(["Full Name", "NRIC", "DOB", "Remarks"]) == 3
    assert count_known(["Customer list", "", "", ""]) == 0
    assert count_known(["Tan Mei Ling", "S8012345F", "1980-03-21", "vip"]) == 0


def test_proposals_say_how_sure_and_why() -> None:
    """One proposal a column, in order."""
    proposals = propose(["customer_name", "UEN", "Cust Birthdate", "Remarks", "Name"])
    assert [(p.header, p.parameter, p.confidence) for p in proposals] == [
        ("customer_name", "customerName", Confidence.EXACT),
        ("UEN", "registrationId", Confidence.KNOWN),
        ("Cust Birthdate", "dateOfBirth", Confidence.GUESS),
        ("Remarks", "", Confidence.NONE),
        ("Name", "", Confidence.NONE),
    ]
    assert proposals[4].why == "`customer_name` is customerName already"


def test_rivals_are_proposed_as_guesses_that_name_each_other() -> None:
    """A person sees which columns compete."""
    nric, passport = propose(["NRIC", "Passport No"])
    assert (nric.confidence, passport.confidence) == (Confidence.GUESS, Confidence.GUESS)
    assert "`Passport No` fits as well" in nric.why
    assert "`NRIC` fits as well" in passport.why


def test_nearest_headers_come_likeliest_first() -> None:
    """An error names what a person would look at."""
    assert find_nearest("customerName", ["Balance", "Cust Nm", "Custmer Name"])[0] == "Custmer Name"
    assert find_nearest("registrationId", ["Balance", "Holder NRIC"]) == ("Holder NRIC",)
    assert find_nearest("registrationId", ["xyzzy"]) == ()


headers_strategy = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=12),
        st.sampled_from(
            ["Name", "Name (2)", "Address", "Address 1", "Address 2", "City", "NRIC", "UEN", "Country", "ID"]
        ),
        st.sampled_from(PARAMETER_NAMES),
    ),
    max_size=12,
    unique=True,
)


@settings(max_examples=150, deadline=None)
@given(headers_strategy)
def test_no_column_is_ever_used_twice(headers: list[str]) -> None:
    """Whatever the headers, each is used once at most, and every one gets its proposal."""
    matches = match_headers(headers)
    used = [column for columns in (*matches.columns.values(), *matches.rivals.values()) for column in columns]
    assert len(used) == len(set(used))
    assert set(used) <= set(headers)
    assert [proposal.header for proposal in propose(headers)] == headers


@given(st.text(max_size=40))
def test_folding_is_stable(text: str) -> None:
    """Folding what is folded changes nothing."""
    assert fold_header(fold_header(text)) == fold_header(text)


@pytest.mark.parametrize("header", ["Profile ID", "profile_id", "Customer Profile Id", "CP ID", "StraitsX ID"])
def test_straitsxs_own_id_is_no_registration_id(header: str) -> None:
    """It is proposed for what it is, and never named among the nearest of another parameter."""
    (proposal,) = propose([header])
    assert proposal.parameter == "profile_id"
    assert list_profile_ids([header, "NRIC"]) == (header,)
    assert find_nearest("registrationId", [header]) == ()


@pytest.mark.parametrize(
    ("header", "parameter"),
    [
        ("User Id", "reference"),
        ("Customer No.", "reference"),
        ("Client ID", "reference"),
        ("Kundennummer", "reference"),
        ("Ausweisland", "registrationIdCountry"),
        ("Ausweisnummer", "registrationId"),
        ("Doc No", "registrationId"),
        ("Ort", "address.city"),
        ("Land", "address.country"),
    ],
)
def test_what_is_likely_is_a_guess(header: str, parameter: str) -> None:
    """Nothing uses it before a person says so."""
    (proposal,) = propose([header])
    assert (proposal.parameter, proposal.confidence) == (parameter, Confidence.GUESS)


def test_a_german_address_is_found() -> None:
    """Ort and Land mean its city and country beside its other parts."""
    headers = ("Straße", "PLZ", "Ort", "Land")
    names = ("street", "postalCode", "city", "country")
    assert found(*headers) == {f"address.{name}": (header,) for name, header in zip(names, headers, strict=True)}
