"""The parameter table against the vendor's OpenAPI slice; each intended difference stands here with its reason."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.schemas.parameters import BY_NAME, PARAMETERS, Parameter, Rail, RegistrationType

SLICE = Path(__file__).parents[3] / "shared" / "vendor" / "openapi-customer-profiles.json"
pytestmark = pytest.mark.skipif(not SLICE.exists(), reason="the vendor's OpenAPI slice is not beside this checkout")

NOT_IN_SLICE = {
    ("business", "tradingName"): "added by the vendor's changelog v1.5.0, after the slice",
    ("personal", "countryOfResidence"): "the guide needs it for USD; the slice has it on PATCH only",
}
NOT_REQUIRED_THERE = {
    ("personal", "countryOfResidence"): "the guide needs it for USD; the slice has it on PATCH only",
}
STRICTER = {
    "customerNativeName": "white space around does not count: it is trimmed, and 191 is the limit of what is left",
    "countryOfResidence": "the vendor advises alpha-2, though it takes names",
    "nationality": "the vendor advises alpha-2, though it takes names",
    "phoneNo": "of white space only the space, which is what trimming leaves",
    "email": "RFC 3696 allows 320 characters; the vendor says nothing",
}


def _load_bodies() -> dict[str, dict[str, Any]]:
    paths = json.loads(SLICE.read_text(encoding="utf-8"))["paths"]
    schema = paths["/kyc/customer_profiles"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    patch = paths["/kyc/customer_profiles/{customer_profile_id}"]["patch"]["requestBody"]["content"]
    personal, business = schema["oneOf"]
    return {"personal": personal, "business": business, "patch": patch["application/json"]["schema"]}


def _flatten(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give a body's properties by flat name."""
    flat: dict[str, dict[str, Any]] = {}
    for name, rule in body["properties"].items():
        nested = rule.get("properties")
        flat |= {f"{name}.{part}": inner for part, inner in nested.items()} if nested else {name: rule}
    return flat


def _list_required(body: dict[str, Any]) -> set[str]:
    address = body["properties"]["address"]["required"]
    return set(body["required"]) - {"address"} | {f"address.{part}" for part in address}


def _compile(rule: dict[str, Any]) -> re.Pattern[str] | None:
    """Compile a Ruby expression in Python's syntax; its classes are ASCII, its anchors are the whole text's."""
    found = re.search(r"Regex: *`+ *(?:/(?P<plain>.*)/|%r\{(?P<braced>.*)\}(?P<i>i?)) *`+", rule.get("description", ""))
    if not found:
        return None
    pattern = (found["plain"] or found["braced"]).replace(r"\A", "^").replace(r"\z", "$")
    return re.compile(pattern, re.ASCII | (re.IGNORECASE if found["i"] else 0))


@pytest.mark.parametrize("kind", ["personal", "business"])
def test_table_has_every_parameter_of_a_create(kind: str) -> None:
    ours = {p.name for p in PARAMETERS if kind in p.types}
    extra = {name for known, name in NOT_IN_SLICE if known == kind}
    assert ours - extra == set(_flatten(_load_bodies()[kind]))


def test_table_has_every_parameter_of_a_patch() -> None:
    theirs = set(_flatten(_load_bodies()["patch"]))
    assert set(BY_NAME) - {"registrationType", "tradingName"} == theirs


@pytest.mark.parametrize("kind", ["personal", "business"])
def test_usd_needs_what_a_create_requires(kind: str) -> None:
    ours = {p.name for p in PARAMETERS if p.needed_for(kind, Rail.USD)}
    extra = {name for known, name in NOT_REQUIRED_THERE if known == kind}
    assert ours - extra == _list_required(_load_bodies()[kind])


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("personal", "registrationType", ("personal",)),
        ("business", "registrationType", ("business",)),
        ("personal", "registrationIdType", ("passport", "identity_card")),
        ("business", "registrationIdType", ("business_reg_no",)),
        ("personal", "gender", ("MALE", "FEMALE")),
    ],
)
def test_words_are_the_vendors(kind: str, name: str, words: tuple[str, ...]) -> None:
    described = set(re.findall(r"`(\w+)`", _flatten(_load_bodies()[kind])[name]["description"]))
    assert set(BY_NAME[name].choices_for(kind)) == set(words) == described


@pytest.mark.parametrize("kind", [str(kind) for kind in RegistrationType])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_our_pattern_takes_the_vendors_takes(kind: str, data: st.DataObject) -> None:
    rules = {name: rule for name, rule in _flatten(_load_bodies()[kind]).items() if _compile(rule)}
    name = data.draw(st.sampled_from(sorted(rules)))
    value = data.draw(st.from_regex(rf"\A(?:{BY_NAME[name].pattern})\Z", alphabet=st.characters(codec="utf-8")))
    pattern = _compile(rules[name])
    assert pattern
    assert pattern.search(value.removesuffix("\n") if name == "customerNativeName" else value)


@pytest.mark.parametrize("kind", [str(kind) for kind in RegistrationType])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_the_vendors_pattern_takes_ours_takes_but_for_listed_reasons(kind: str, data: st.DataObject) -> None:
    rules = {n: r for n, r in _flatten(_load_bodies()[kind]).items() if _compile(r) and n not in STRICTER}
    name = data.draw(st.sampled_from(sorted(rules)))
    pattern = _compile(rules[name])
    assert pattern
    value = data.draw(st.from_regex(pattern, alphabet=st.characters(codec="ascii", exclude_characters="\n\r")))
    assert re.fullmatch(BY_NAME[name].pattern, value.removesuffix("\n"))  # what Ruby's $ lets through, trimming takes


@pytest.mark.parametrize(
    "parameter", [p for p in PARAMETERS if p.characters and p.name not in STRICTER], ids=lambda p: p.name
)
def test_lengths_are_the_vendors(parameter: Parameter) -> None:
    rules = [_flatten(body)[parameter.name] for body in _load_bodies().values() if parameter.name in _flatten(body)]
    patterns = [pattern for rule in rules[:1] if (pattern := _compile(rule))]
    assert patterns or parameter.name == "tradingName"
    for pattern in patterns:
        lengths = [n for n in range(1, parameter.maximum + 10) if pattern.search("A" * n)]
        assert (lengths[0], lengths[-1]) == (parameter.minimum, parameter.maximum)
