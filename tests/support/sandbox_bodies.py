"""Made-up customers, as bodies of creates that the API accepts, each with a registration id of its own."""

from itertools import count

_NUMBERS = count(1)


def make_personal(**changes: object) -> dict[str, object]:
    """A person complete for USD; a change to ``...`` leaves the parameter out."""
    body: dict[str, object] = {
        "customerName": "Tan Mei Xuan",
        "registrationType": "personal",
        "registrationIdType": "identity_card",
        "registrationIdCountry": "SG",
        "registrationId": f"S{next(_NUMBERS):07d}Z",
        "countryOfResidence": "SG",
        "dateOfBirth": "1983-11-14",
        "nationality": "MY",
        "gender": "FEMALE",
        "email": "mei.xuan@example.com",
        "phoneNo": "+65 8765 4321",
        "customerNativeName": "陈美萱",
        "address": make_address(),
    }
    return _change(body, changes)


def make_business(**changes: object) -> dict[str, object]:
    """A business complete for USD; a change to ``...`` leaves the parameter out."""
    body: dict[str, object] = {
        "customerName": "Lantern Trading Pte Ltd",
        "registrationType": "business",
        "registrationIdType": "business_reg_no",
        "registrationIdCountry": "SG",
        "registrationId": f"{next(_NUMBERS):09d}K",
        "placeOfBiz": "1 Made Up Street, 01-01",
        "placeOfBizCountry": "SG",
        "countryOfIncorporation": "SG",
        "dateOfIncorporation": "2014-06-05",
        "tradingName": "Lantern & Co.",
        "email": "office@example.com",
        "phoneNo": "6561234567",
        "address": make_address(),
    }
    return _change(body, changes)


def make_sgd_only(**changes: object) -> dict[str, object]:
    """A person with the three parameters that SGD needs."""
    body: dict[str, object] = {
        "customerName": "Lim Ah Kow",
        "registrationType": "personal",
        "registrationId": f"E{next(_NUMBERS):07d}P",
    }
    return _change(body, changes)


def make_address(**changes: object) -> dict[str, object]:
    """A whole address."""
    address: dict[str, object] = {
        "street": "10 Made Up Street",
        "city": "Singapore",
        "postalCode": "000010",
        "state": "Singapore",
        "country": "SG",
    }
    return _change(address, changes)


def _change(body: dict[str, object], changes: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in {**body, **changes}.items() if value is not ...}
