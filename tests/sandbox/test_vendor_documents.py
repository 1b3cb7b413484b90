"""The sandbox against the vendor's own OpenAPI document, where it lies beside this checkout."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_open import read_error

from straitsx_bulk.io.sandbox.formats import ADDRESS, BY_TYPE, STRICTLY_NEEDED, Check

DOCUMENT = Path(__file__).resolve().parents[3] / "shared" / "vendor" / "openapi-customer-profiles.json"
PATH = "/kyc/customer_profiles"
pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="the vendor's document is not beside this checkout")

# Ours is narrower than the document on purpose: real countries and dates, and codes that exist.
NARROWER = {"registrationIdCountry", "placeOfBizCountry", "countryOfIncorporation", "country", "dateOfBirth"}
NARROWER |= {"dateOfIncorporation", "nationality"}


def read_path(path: str) -> dict[str, Any]:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    found: dict[str, Any] = document["paths"][path]
    return found


def read_create_schemas() -> dict[str, dict[str, Any]]:
    content = read_path(PATH)["post"]["requestBody"]["content"]["application/json"]
    personal, business = content["schema"]["oneOf"]
    return {"personal": personal, "business": business}


def list_formats() -> Iterator[tuple[str, str, Check, str]]:
    """Type, parameter, our check and the document's expression for each parameter that has one."""
    if not DOCUMENT.exists():
        return
    for kind, schema in read_create_schemas().items():
        checks = {parameter.name: parameter.accepts for parameter in BY_TYPE[kind]}
        properties = {**schema["properties"], **schema["properties"]["address"]["properties"]}
        for name, rule in properties.items():
            pattern = read_expression(rule.get("description", ""))
            if pattern:
                yield kind, name, {**checks, **ADDRESS}[name], pattern


def read_expression(description: str) -> str:
    """The expression in a description, as Python writes it; empty if there is none."""
    found = re.search(r"Regex: (?:`` (.+) ``|`(.+?)`$)", description, re.MULTILINE)
    text = (found[1] or found[2]) if found else ""
    text = re.sub(r"^(?:%r\{|/)|(?:\}i?|/i?)$", "", text)
    return text.replace(r"\A", "^").replace(r"\z", "$")


FORMATS = list(list_formats())
TRICKY = "abzABZ019 \t/-?:().,'+#&@_%é陈<>"


@pytest.mark.parametrize(
    ("kind", "name", "accepts", "pattern"), FORMATS, ids=[f"{kind}-{name}" for kind, name, _, _ in FORMATS]
)
def test_each_format_is_the_documents(kind: str, name: str, accepts: Check, pattern: str) -> None:
    flags = re.ASCII | (re.IGNORECASE if name == "email" else 0)
    documented = re.compile(pattern, flags)
    texts = st.one_of(
        st.text(alphabet=TRICKY, max_size=60),
        st.from_regex(documented),
        st.sampled_from("abzAZ 09-").flatmap(lambda letter: st.integers(0, 260).map(lambda size: letter * size)),
    ).filter(lambda text: not set("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029") & set(text))

    # Line breaks are drawn often and thrown away: the document reads line by line, the sandbox the whole text.
    @settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
    @given(texts)
    def compare(text: str) -> None:
        if accepts(text) or name not in NARROWER:
            assert accepts(text) == bool(documented.search(text))

    compare()


def test_the_document_gives_a_format_for_these() -> None:
    assert {name for _, name, _, _ in FORMATS} == NARROWER | {
        "customerName",
        "registrationId",
        "email",
        "phoneNo",
        "customerNativeName",
        "placeOfBiz",
        "street",
        "city",
        "postalCode",
        "state",
    }


def test_every_parameter_of_the_document_is_known() -> None:
    for kind, schema in read_create_schemas().items():
        known = {parameter.name for parameter in BY_TYPE[kind]} | {"registrationType", "address"}
        assert set(schema["properties"]) - known == set()
        assert set(schema["properties"]["address"]["properties"]) == set(ADDRESS)


def test_strict_needs_what_the_document_requires() -> None:
    for kind, schema in read_create_schemas().items():
        always = {"customerName", "registrationType", "registrationId"}
        assert set(STRICTLY_NEEDED[kind]) == set(schema["required"]) - always


def test_the_documents_samples_are_accepted_once_their_hash_is_gone(client: httpx.Client) -> None:
    examples = read_path(PATH)["post"]["requestBody"]["content"]["application/json"]["examples"]
    for example in examples.values():
        body = example["value"]
        refused = client.post(PATH, json=body)
        assert (read_error(refused), refused.json()["error"]) == ((400, "XFE12", "flat"), "address[street] is invalid")
        body["address"]["street"] = body["address"]["street"].replace("#", "")
        assert client.post(PATH, json=body).status_code == 200


def test_an_invalid_registration_type_is_answered_word_for_word(client: httpx.Client) -> None:
    examples = read_path(PATH)["post"]["responses"]["400"]["content"]["application/json"]["examples"]
    body = {"customerName": "Tan Mei Xuan", "registrationType": "human", "registrationId": "S7654321Z"}
    answer = client.post(PATH, json=body).json()
    assert [json.loads(example["value"]) for example in examples.values()] == [answer] * len(examples)


def test_answers_carry_every_property_of_the_documents_answers(client: httpx.Client) -> None:
    documented = read_path(PATH)["get"]["responses"]["200"]["content"]["application/json"]["schema"]["items"]
    wanted = set(documented["properties"]["data"]["properties"]["attributes"]["properties"])
    body = {"customerName": "Tan Mei Xuan", "registrationType": "personal", "registrationId": "S7654322Z"}
    created = client.post(PATH, json=body).json()["data"]
    [listed] = client.get(PATH, params={"filter[registration_id]": "S7654322Z"}).json()
    assert wanted - set(created["attributes"]) == wanted - set(listed["data"]["attributes"]) == set()
