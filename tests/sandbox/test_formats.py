"""Each parameter's format, over the socket: what is accepted, what is refused, and with which words."""

import httpx
import pytest
from sandbox_bodies import make_address, make_business, make_personal
from sandbox_open import read_error

PATH = "/kyc/customer_profiles"
MAKERS = {"personal": make_personal, "business": make_business}

ACCEPTED: list[tuple[str, str, list[object]]] = [
    ("personal", "customerName", ["A", "x" * 50, "Tan 2nd", " "]),
    ("personal", "registrationIdType", ["passport", "identity_card"]),
    ("business", "registrationIdType", ["business_reg_no"]),
    ("personal", "registrationIdCountry", ["SG", "ID", "GB"]),
    ("personal", "countryOfResidence", ["SG", "SGP", "Singapore", "sg", "Côte d'Ivoire"]),
    ("personal", "nationality", ["SG", "SGP", "SINGAPOREAN", " SG ", "x" * 191]),
    ("personal", "dateOfBirth", ["1983-11-14", "2000-02-29", "0001-01-01"]),
    ("personal", "gender", ["MALE", "FEMALE"]),
    ("personal", "email", ["a@b.co", "UPPER.case+tag@EXAMPLE.COM", "o'neil@sub.example.sg"]),
    ("personal", "phoneNo", ["6591234567", "+65 9123 4567", "+1 (555) 123-4567", "1234"]),
    ("personal", "customerNativeName", ["陈", "x" * 191, "O'Brien & Söhne"]),
    ("business", "placeOfBiz", ["1", "x" * 255, "1 Made Up Road, 01-01 (Lobby): Unit? 5+"]),
    ("business", "placeOfBizCountry", ["MY"]),
    ("business", "countryOfIncorporation", ["HK"]),
    ("business", "dateOfIncorporation", ["2014-06-05"]),
    ("business", "tradingName", ["A", "Ben & Jo's #1!", "x" * 50]),
]

REFUSED: list[tuple[str, str, list[object]]] = [
    ("personal", "customerName", ["", "x" * 51, "O'Brien", "Wei-Ming", "Zoë", "Tan\n", "Pte. Ltd."]),
    ("personal", "registrationType", ["", "Personal", "individual", 1, ["personal"]]),
    ("personal", "registrationId", ["", "123", "x" * 36, "S1234567#", "S1234567é", "S123456\n", 20141166]),
    ("personal", "registrationIdType", ["", "business_reg_no", "NRIC", "Passport"]),
    ("business", "registrationIdType", ["", "passport", "identity_card", "UEN"]),
    ("personal", "registrationIdCountry", ["", "sg", "SGP", "Singapore", "ZZ", "SG "]),
    ("personal", "countryOfResidence", ["", "ZZ", "ZZZ", "x" * 192, "two\nlines", 65]),
    ("personal", "nationality", ["", "ZZ", "x" * 192]),
    (
        "personal",
        "dateOfBirth",
        ["", "1983-02-29", "19831114", "14-11-1983", "1983-11-14T00:00:00Z", "1983-1-1", "0000-01-01"],
    ),
    ("personal", "gender", ["", "male", "F", "OTHER"]),
    (
        "personal",
        "email",
        ["", "a@b", "a b@example.com", "a@example.c", "a@-_.com", "a..b@example.com", "zoë@example.com"],
    ),
    ("personal", "phoneNo", ["", "0591234567", "+", "phone", "1" * 30, "+65 ٩١٢٣٤٥٦٧", 6591234567]),
    ("personal", "customerNativeName", ["", "x" * 192]),
    ("personal", "address", ["10 Made Up Street", [], 1, True]),
    ("business", "placeOfBiz", ["", "x" * 256, "#01-01", "A/B", "Straße"]),
    ("business", "placeOfBizCountry", ["", "Malaysia", "my"]),
    ("business", "countryOfIncorporation", ["", "AA"]),
    ("business", "dateOfIncorporation", ["", "2014-06-31", "05/06/2014"]),
    ("business", "tradingName", ["", "x" * 51, "<b>", "Café", "tab\there"]),
]

ADDRESS_ACCEPTED: list[tuple[str, list[object]]] = [
    ("street", ["1", "x" * 180, "100 Made Up Road, Unit 01-01 (B): It's? 5+"]),
    ("city", ["S", "x" * 20]),
    ("postalCode", ["12", "238840", "SW1A 1AA", "x" * 20, ..., None]),
    ("state", ["S", "x" * 15, ..., None]),
    ("country", ["ID"]),
]

ADDRESS_REFUSED: list[tuple[str, list[object]]] = [
    ("street", ["", "#01-01 Made Up Road", "x" * 181, "A/B", "Straße", "a_b"]),
    ("city", ["", "x" * 21, "Köln"]),
    ("postalCode", ["", "1", "x" * 21, "12.34", 238840]),
    ("state", ["", "x" * 16, "N/A"]),
    ("country", ["", "Singapore", "sg", "ZZ"]),
]


def spread(table: list[tuple[str, str, list[object]]]) -> list[tuple[str, str, object]]:
    return [(kind, name, value) for kind, name, values in table for value in values]


def spread_address(table: list[tuple[str, list[object]]]) -> list[tuple[str, object]]:
    return [(name, value) for name, values in table for value in values]


@pytest.mark.parametrize(("kind", "name", "value"), spread(ACCEPTED))
def test_accepted_on_create_and_on_patch(client: httpx.Client, kind: str, name: str, value: object) -> None:
    answer = client.post(PATH, json=MAKERS[kind](**{name: value}))
    assert answer.status_code == 200, answer.text
    patched = client.patch(f"{PATH}/{answer.json()['data']['id']}", json={name: value})
    assert patched.json()["data"]["attributes"][name] == answer.json()["data"]["attributes"][name]


@pytest.mark.parametrize(("kind", "name", "value"), spread(REFUSED))
def test_refused_on_create_as_invalid(client: httpx.Client, kind: str, name: str, value: object) -> None:
    answer = client.post(PATH, json=MAKERS[kind](**{name: value}))
    assert read_error(answer) == (400, "XFE12", "flat")
    words = "must be either business or personal" if name == "registrationType" else "is invalid"
    assert answer.json()["error"] == f"{name} {words}"


@pytest.mark.parametrize(("kind", "name", "value"), [row for row in spread(REFUSED) if row[1] != "registrationType"])
def test_refused_on_patch_as_invalid(client: httpx.Client, kind: str, name: str, value: object) -> None:
    created = client.post(PATH, json=MAKERS[kind]()).json()["data"]
    answer = client.patch(f"{PATH}/{created['id']}", json={name: value})
    assert read_error(answer) == (400, "XFE12", "nested")
    assert client.get(f"{PATH}/{created['id']}").json() == {"data": created}


@pytest.mark.parametrize("name", ["customerName", "registrationType", "registrationId"])
@pytest.mark.parametrize("value", [None, ...])
def test_the_three_that_every_profile_needs_are_missed_on_create(
    client: httpx.Client, name: str, value: object
) -> None:
    answer = client.post(PATH, json=make_personal(**{name: value}))
    assert (read_error(answer), answer.json()["error"]) == ((400, "XFE15", "flat"), f"{name} is missing")


def test_null_on_create_is_the_same_as_nothing(client: httpx.Client) -> None:
    answer = client.post(PATH, json=make_personal(email=None, address=None, gender=None))
    assert answer.status_code == 200
    assert answer.json()["data"]["attributes"]["address"] is None


def test_the_first_error_alone_is_answered(client: httpx.Client) -> None:
    answer = client.post(PATH, json=make_personal(customerName="Zoë", gender="x", dateOfBirth="x"))
    assert answer.json()["error"] == "customerName is invalid"


@pytest.mark.parametrize(("name", "value"), spread_address(ADDRESS_ACCEPTED))
def test_parts_of_an_address_that_are_accepted(client: httpx.Client, name: str, value: object) -> None:
    address = make_address(**{name: value})
    answer = client.post(PATH, json=make_personal(address=address))
    assert answer.status_code == 200, answer.text
    shown = {"state": None, "postalCode": None, **address}
    assert answer.json()["data"]["attributes"]["address"] == shown


@pytest.mark.parametrize(("name", "value"), spread_address(ADDRESS_REFUSED))
def test_parts_of_an_address_that_are_refused(client: httpx.Client, name: str, value: object) -> None:
    answer = client.post(PATH, json=make_business(address=make_address(**{name: value})))
    assert (read_error(answer), answer.json()["error"]) == ((400, "XFE12", "flat"), f"address[{name}] is invalid")


@pytest.mark.parametrize("name", ["street", "city", "country"])
@pytest.mark.parametrize("value", [None, ...])
def test_parts_that_an_address_needs_are_missed(client: httpx.Client, name: str, value: object) -> None:
    address = make_address(**{name: value})
    answer = client.post(PATH, json=make_personal(address=address))
    assert (read_error(answer), answer.json()["error"]) == ((400, "XFE15", "flat"), f"address[{name}] is missing")
    created = client.post(PATH, json=make_personal()).json()["data"]
    patched = client.patch(f"{PATH}/{created['id']}", json={"address": address})
    assert read_error(patched) == (400, "XFE15", "nested")
