"""Each class of answer, from both shapes of error and from bodies that are broken."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.io.straitsx import Answer, Kind, RemoteProfile, classify

PROFILE = {
    "data": {"id": "customer_profile_1", "type": "customer_profile", "attributes": {"customerName": "Tan Ah Kow"}}
}
AGAIN = {"POST": Kind.IN_DOUBT, "GET": Kind.FAILED, "PATCH": Kind.FAILED, "PUT": Kind.FAILED}
UNPROCESSED = {"POST": Kind.NOT_SENT, "GET": Kind.FAILED, "PATCH": Kind.FAILED, "PUT": Kind.FAILED}
METHODS = list(AGAIN)


def flat(code: str) -> bytes:
    return json.dumps({"error": "an error", "error_code": code, "error_handling": "some advice"}).encode()


def listed(code: str) -> bytes:
    return json.dumps({"errors": [json.loads(flat(code))]}).encode()


def judge(method: str, status: int, body: bytes = b"", *, complete: bool = True, listing: bool = False) -> Answer:
    return classify(method, status, {}, body, complete=complete, listing=listing)


@pytest.mark.parametrize("shape", [flat, listed])
@pytest.mark.parametrize(
    ("code", "statuses", "post", "other"),
    [
        ("STXE-1000", (401, 400), Kind.STOP, Kind.STOP),
        ("XFE5", (401, 400), Kind.STOP, Kind.STOP),
        ("STXE-2000", (403, 400), Kind.STOP, Kind.STOP),
        ("XFE6", (403, 422), Kind.STOP, Kind.STOP),
        ("STXE-6000", (403, 405), Kind.STOP, Kind.STOP),
        ("STXE-3000", (400, 422), Kind.REFUSED, Kind.REFUSED),
        ("XFE12", (400, 404), Kind.REFUSED, Kind.REFUSED),
        ("XFE15", (400, 403), Kind.REFUSED, Kind.REFUSED),
        ("STXE-4000", (400, 422, 409), Kind.REFUSED, Kind.REFUSED),
        ("STXE-5000", (404, 400), Kind.REFUSED, Kind.NOT_FOUND),
        ("XFE13", (404, 400), Kind.REFUSED, Kind.NOT_FOUND),
        ("STXE-7000", (409, 422, 400), Kind.EXISTS, Kind.REFUSED),
        ("XFE16", (409, 422, 400), Kind.EXISTS, Kind.REFUSED),
        ("STXE-8000", (424, 500, 400), Kind.IN_DOUBT, Kind.FAILED),
        ("STXE-8200", (424, 500, 400), Kind.IN_DOUBT, Kind.FAILED),
        ("STXE-9100", (500, 400), Kind.IN_DOUBT, Kind.FAILED),
        ("STXE-9000", (429, 400), Kind.NOT_SENT, Kind.FAILED),
    ],
)
def test_the_code_decides_before_the_status(
    shape: Callable[[str], bytes], code: str, statuses: tuple[int, ...], post: Kind, other: Kind
) -> None:
    seen = {method: {judge(method, status, shape(code)).kind for status in statuses} for method in METHODS}
    assert {"POST": {post}, "GET": {other}, "PATCH": {other}, "PUT": {other}} == seen


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"null", b"[]", b"{}", flat("NEW-1")])
def test_the_status_decides_where_there_is_no_code(method: str, body: bytes) -> None:
    for status in (500, 502, 503, 504, 599, 424, 408, 425):
        assert AGAIN[method] == judge(method, status, body).kind
    for status in (402, 410, 413, 418, 451):
        assert judge(method, status, body).kind == Kind.REFUSED
    for status in (400, 422):  # without an error it may be the create of a profile that exists: only a look-up tells
        claimed = method == "POST" and body != flat("NEW-1")
        assert (Kind.EXISTS if claimed else Kind.REFUSED) == judge(method, status, body).kind
    for status in (401, 403, 405, 407, 301, 307, 308):
        assert judge(method, status, body).kind == Kind.STOP
    for status in (302, 303):  # what commonly follows a POST that was processed
        assert judge(method, status, body).kind == (Kind.IN_DOUBT if method == "POST" else Kind.STOP)
    assert UNPROCESSED[method] == judge(method, 429, body).kind
    assert (Kind.EXISTS if method == "POST" else Kind.REFUSED) == judge(method, 409, body).kind
    assert (Kind.STOP if method == "POST" else Kind.NOT_FOUND) == judge(method, 404, body).kind


def test_a_list_that_is_not_there_is_a_wrong_address_and_no_empty_list() -> None:
    answer = judge("GET", 404, b"<html>nothing here</html>", listing=True)
    assert answer.kind == Kind.STOP
    assert "--base-url" in answer.message
    assert judge("GET", 404, flat("STXE-5000"), listing=True).kind == Kind.NOT_FOUND


@pytest.mark.parametrize("code", ["XFE5", "XFE12", "XFE13", "STXE-4000", "STXE-9000"])
def test_no_code_makes_a_5xx_to_a_post_a_no(code: str) -> None:
    assert judge("POST", 500, flat(code)).kind == Kind.IN_DOUBT


@pytest.mark.parametrize("code", ["XFE15", "STXE-8000", "STXE-1000", "XFE16", ""])
def test_a_429_is_never_in_doubt_whatever_its_body_says(code: str) -> None:
    assert judge("POST", 429, flat(code)).kind == Kind.NOT_SENT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html></html>",
        b'{"data": {"id": "customer_pro',
        b'{"data": {"attributes": {}}}',
        b'{"data": {"id": ""}}',
        b'{"data": {"id": null}}',
        b'{"data": null}',
        b'{"data": []}',
        b"[]",
        b"[" * 100_000,
        b'{"data": {"id": "\xff"}}',
        flat("XFE15"),
        flat("STXE-9000"),
    ],
)
def test_a_success_without_a_readable_id_leaves_a_post_in_doubt(body: bytes) -> None:
    assert judge("POST", 200, body).kind == Kind.IN_DOUBT
    assert judge("POST", 201, body, complete=False).kind == Kind.IN_DOUBT


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT"])
def test_a_success_without_a_readable_id_is_asked_for_again(method: str) -> None:
    assert judge(method, 200, b'{"data": {"attributes": {}}}').kind == Kind.FAILED


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_that_was_cut_short_leaves_a_post_in_doubt(status: int) -> None:
    cut = flat("XFE16")[:40]
    expected = Kind.STOP if status == 404 else Kind.IN_DOUBT
    assert expected == judge("POST", status, cut, complete=False).kind


def test_a_whole_body_counts_even_if_the_connection_broke_after_it() -> None:
    assert judge("POST", 400, flat("XFE15"), complete=False).kind == Kind.REFUSED
    assert judge("POST", 400, b'{"error": "no"}', complete=False).kind == Kind.REFUSED
    assert judge("POST", 200, json.dumps(PROFILE).encode(), complete=False).kind == Kind.OK


def test_error_and_advice_reach_the_message_word_for_word() -> None:
    body = json.dumps({"error": "natureOfBusiness is missing", "error_code": "XFE15", "error_handling": "Enter  it."})
    answer = judge("POST", 400, body.encode())
    assert (answer.code, answer.message) == ("XFE15", "natureOfBusiness is missing — Enter  it.")


def test_several_errors_are_all_told_once() -> None:
    item = {"error": "a is missing", "error_code": "XFE15", "error_handling": "Mend it."}
    body = json.dumps({"errors": [item, {**item, "error": "b is bad", "error_code": "XFE12"}, item]})
    answer = judge("POST", 400, body.encode())
    assert (answer.code, answer.message) == ("XFE15", "a is missing — Mend it.; b is bad — Mend it.")


@pytest.mark.parametrize(
    "value",
    [
        {"error": {"field": ["is bad"]}, "error_code": 12, "error_handling": None},
        {"errors": [{"error": {"field": ["is bad"]}, "error_code": 12}, "text", None]},
    ],
)
def test_errors_of_an_unexpected_type_are_shown_as_they_came(value: object) -> None:
    answer = judge("POST", 400, json.dumps(value).encode())
    assert (answer.kind, answer.code, answer.message) == (Kind.REFUSED, "12", '{"field": ["is bad"]}')


def test_a_redirect_names_what_to_check_and_not_where_it_leads() -> None:
    answer = classify("GET", 302, {"location": "https://login.example/?back=S1234567D"}, b"")
    assert answer.kind == Kind.STOP
    assert "--base-url" in answer.message
    assert "S1234567D" not in answer.message


def test_a_proxy_that_wants_a_password_is_named() -> None:
    assert "proxy" in judge("POST", 407).message


def test_a_profile_is_read_with_null_and_absent_kept_apart_and_the_address_nested() -> None:
    attributes = {
        "customerName": "Tan Ah Kow",
        "gender": None,
        "phoneNo": 6591234567,
        "address": {"street": "1 Made Up Road", "country": "SG"},
        "verificationStatus": "verified",
        "createdAt": "2023-07-07T18:11:29Z",
        "newOne": [1, 2],
    }
    body = json.dumps({"data": {"id": "customer_profile_1", "attributes": attributes}}).encode()
    expected = RemoteProfile("customer_profile_1", attributes, "verified", datetime(2023, 7, 7, 18, 11, 29, tzinfo=UTC))
    answer = judge("GET", 200, body)
    assert expected == answer.profile
    assert "email" not in answer.profile.attributes


@pytest.mark.parametrize(
    "body",
    [
        [PROFILE, {"data": {"id": "b", "attributes": {}}}],
        {"data": [{"id": "customer_profile_1", "attributes": {"customerName": "Tan Ah Kow"}}, {"id": "b"}]},
        {"data": [PROFILE, {"data": {"id": "b"}}], "meta": {"total": 2}},
    ],
)
def test_lists_are_read_in_either_shape(body: object) -> None:
    answer = judge("GET", 200, json.dumps(body).encode(), listing=True)
    assert (answer.kind, [profile.id for profile in answer.profiles]) == (Kind.OK, ["customer_profile_1", "b"])


@pytest.mark.parametrize("body", [b"[]", b'{"data": []}'])
def test_an_empty_list_is_a_list(body: bytes) -> None:
    assert ((answer := judge("GET", 200, body, listing=True)).kind, answer.profiles) == (Kind.OK, ())


@pytest.mark.parametrize(
    "body", [b"{}", b"null", b'{"data": {}}', b'[{"data": {"id": "a"}}, {"data": {}}]', b"[1]", b"["]
)
def test_a_list_that_hides_a_profile_is_no_list(body: bytes) -> None:
    assert judge("GET", 200, body, listing=True).kind == Kind.FAILED


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2023-07-07T18:11:29", datetime(2023, 7, 7, 18, 11, 29, tzinfo=UTC)), ("soon", None), (5, None), ("", None)],
)
def test_an_instant_without_a_zone_is_utc_and_a_broken_one_is_none(text: object, expected: datetime | None) -> None:
    body = json.dumps({"data": {"id": "a", "attributes": {"createdAt": text}}}).encode()
    profile = judge("GET", 200, body).profile
    assert profile is not None
    assert expected == profile.created_at


def test_neither_messages_nor_attributes_are_shown_by_repr() -> None:
    secret = "S1234567D Tan Ah Kow"
    refused = judge("POST", 400, json.dumps({"error": secret, "error_code": "XFE12"}).encode())
    found = judge("GET", 200, json.dumps({"data": {"id": "a", "attributes": {"customerName": secret}}}).encode())
    assert secret in refused.message
    assert secret not in repr(refused) + repr(found)


headers = st.dictionaries(st.sampled_from(["retry-after", "date", "location"]), st.text(max_size=30))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "id", "attributes", "errors", "error", "error_code", "error_handling", "createdAt"]
            )
            | st.text(max_size=5),
            inner | st.sampled_from(["XFE5", "XFE12", "XFE16", "STXE-9000", "STXE-9100", "STXE-3000"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)
codes = ["XFE5", "XFE6", "XFE12", "XFE13", "XFE15", "XFE16", *(f"STXE-{n}000" for n in range(1, 10)), "STXE-9100"]
bodies = (
    st.binary(max_size=200)
    | st.sampled_from(codes).map(flat)
    | st.sampled_from(codes).map(listed)
    | json_values.map(lambda value: json.dumps(value).encode())
)


@given(
    method=st.sampled_from(METHODS),
    status=st.integers(100, 999),
    headers=headers,
    body=bodies,
    complete=st.booleans(),
    listing=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_every_answer_has_a_class(
    method: str, status: int, headers: dict[str, str], body: bytes, complete: bool, listing: bool
) -> None:
    answer = classify(method, status, headers, body, complete=complete, listing=listing)
    assert status == answer.status
    if method == "POST":
        assert answer.kind != Kind.FAILED
    else:
        assert answer.kind not in {Kind.IN_DOUBT, Kind.NOT_SENT, Kind.EXISTS}
    if answer.kind is Kind.OK:
        assert 200 <= status < 300
        assert listing or answer.profile is not None
    else:
        assert answer.message


@given(status=st.integers(500, 599), headers=headers, body=bodies, complete=st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_post_answered_with_5xx_is_in_doubt_or_looked_up_and_never_taken_for_a_no(
    status: int, headers: dict[str, str], body: bytes, complete: bool
) -> None:
    assert classify("POST", status, headers, body, complete=complete).kind in {Kind.IN_DOUBT, Kind.EXISTS}


@pytest.mark.parametrize(
    "told", [{"error": "an error", "error_code": "STXE-3000"}, {"errors": [{"error": "an error"}]}]
)
def test_a_body_that_tells_an_error_is_no_success_whatever_id_is_in_it(told: dict[str, object]) -> None:
    assert judge("POST", 200, json.dumps({"id": "req-77", **told}).encode()).kind == Kind.IN_DOUBT
    assert judge("POST", 200, json.dumps({**PROFILE, **told}).encode()).kind == Kind.IN_DOUBT
    assert judge("GET", 200, json.dumps({"data": [], **told}).encode(), listing=True).kind != Kind.OK
    nothing = json.dumps({**PROFILE, "error": None, "errors": []}).encode()
    assert judge("POST", 200, nothing).kind == Kind.OK


def test_half_a_surrogate_pair_becomes_a_character_that_files_and_ledgers_take() -> None:
    attributes = b'{"customerName": "\\ud83d\\ude00"}'
    body = b'{"data": {"id": "profile_\\ud83d", "type": "customer_profile", "attributes": ' + attributes + b"}}"
    profile = judge("POST", 200, body).profile
    assert profile is not None
    assert profile.id == "profile_?"
    assert profile.attributes["customerName"] == "😀"
