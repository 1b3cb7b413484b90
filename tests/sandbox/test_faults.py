"""Each fault on the wire, and what is in the state after it."""

import email.utils
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sandbox_bodies import make_business, make_personal, make_sgd_only
from sandbox_open import read_error, settle

PATH = "/kyc/customer_profiles"
BROKEN = (httpx.RemoteProtocolError, httpx.ReadError)


def create(client: httpx.Client) -> httpx.Response:
    return client.post(PATH, json=make_sgd_only())


@pytest.mark.parametrize(
    ("kind", "status", "profiles"),
    [
        ("500-before", 500, 0),
        ("500-after", 500, 1),
        ("424-before", 424, 0),
        ("424-after", 424, 1),
        ("502-before", 502, 0),
        ("502-after", 502, 1),
        ("503-before", 503, 0),
        ("503-after", 503, 1),
        ("504-before", 504, 0),
        ("504-after", 504, 1),
        ("429", 429, 0),
        ("401", 401, 0),
        ("403", 403, 0),
        ("locked", 403, 0),
        ("html-before", 200, 0),
        ("html", 200, 1),
        ("garbage-before", 200, 0),
        ("garbage", 200, 1),
        ("cut", 200, 1),
        ("no-id", 200, 1),
    ],
)
def test_a_fault_that_answers_comes_before_or_after_the_commit(
    start: Any, kind: str, status: int, profiles: int
) -> None:
    server, client = start(faults=f"{kind}@1")
    answer = create(client)
    assert (answer.status_code, len(server.profiles())) == (status, profiles)
    assert answer.headers["X-Sandbox-State"] == server.state_id
    assert sum(server.stats().faults.values()) == 1
    assert create(client).status_code == 200


@pytest.mark.parametrize(
    ("kind", "profiles"),
    [("drop-before", 0), ("drop-after", 1), ("outage", 0), ("truncate", 1)],
)
def test_a_broken_connection_comes_before_or_after_the_commit(start: Any, kind: str, profiles: int) -> None:
    server, client = start(faults=f"{kind}@1")
    with pytest.raises(BROKEN):
        create(client)
    assert len(server.profiles()) == profiles
    assert create(client).status_code == 200


@pytest.mark.parametrize(("kind", "profiles"), [("timeout-before", 0), ("timeout-after", 1)])
def test_an_answer_is_withheld_before_or_after_the_commit(start: Any, kind: str, profiles: int) -> None:
    server, client = start(faults=f"{kind}@1")
    with pytest.raises(httpx.ReadTimeout):
        client.post(PATH, json=make_sgd_only(), timeout=httpx.Timeout(60, read=0.2))
    settle(server)
    assert (len(server.profiles()), server.stats().by_call) == (profiles, {"create": {"withheld": 1}})
    assert create(client).status_code == 200


def test_a_withheld_answer_ends_when_the_hold_is_over(start: Any) -> None:
    _, client = start(faults="timeout-before@1,hold=0")
    with pytest.raises(BROKEN):
        create(client)


@pytest.mark.parametrize(
    ("kind", "code"), [("500-before", "STXE-9100"), ("424-after", "STXE-8000"), ("429", "STXE-9000"), ("401", "XFE5")]
)
def test_refusals_have_the_shape_of_their_call(start: Any, kind: str, code: str) -> None:
    _, client = start(faults=f"{kind}=1")
    shapes = [read_error(answer)[1:] for answer in (create(client), client.patch(f"{PATH}/x", json={}))]
    assert shapes == ([(code, "flat"), (code, "nested")] if code == "XFE5" else [(code, "nested"), (code, "flat")])


def test_pages_of_gateways_and_garbage_are_no_json(start: Any) -> None:
    _, client = start(faults="502-before@1,html@2,garbage@3,cut@4")
    answers = [create(client) for _ in range(4)]
    types = [answer.headers["Content-Type"].partition(";")[0] for answer in answers]
    assert types == ["text/html", "text/html", "application/json", "application/json"]
    for answer in answers:
        with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
            json.loads(answer.content)


def test_no_id_takes_the_id_away_and_nothing_else(start: Any) -> None:
    _, client = start(faults="no-id:create@1,no-id:list@1")
    created, listed = create(client).json(), client.get(PATH).json()
    assert set(created["data"]) == set(listed[0]["data"]) == {"type", "attributes"}
    assert "registrationId" in created["data"]["attributes"]


def test_faults_hit_the_other_calls_too(start: Any) -> None:
    server, client = start(faults="500-after:patch@1,drop-before:get@1")
    url = f"{PATH}/{create(client).json()['data']['id']}"
    assert client.patch(url, json={"gender": "MALE"}).status_code == 500
    assert server.profiles()[0].attributes["gender"] == "MALE"
    with pytest.raises(BROKEN):
        client.get(url)
    assert client.get(url).status_code == 200


def test_a_true_refusal_is_spoilt_as_well(start: Any) -> None:
    _, client = start(faults="cut@1,no-id@2,500-after@3")
    answers = [client.post(PATH, json=make_personal(customerName="")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 500]
    assert answers[1].json()["error_code"] == "XFE12"


def test_retry_after_of_a_fault_as_a_date_is_ahead(start: Any) -> None:
    _, client = start(faults="429=1,retry-after=date:60")
    until = email.utils.parsedate_to_datetime(create(client).headers["Retry-After"]).timestamp()
    assert 0 < until - time.time() <= 60


def test_partial_answers_leave_out_what_the_vendors_samples_leave_out(start: Any) -> None:
    _, client = start(faults="partial=create+list+get+patch")
    _, full_client = start()
    for make in (make_personal, make_business):
        body = make()
        missing = []
        answers = [(one, one.post(PATH, json=body).json()["data"]) for one in (client, full_client)]
        for one, created in answers:
            url = f"{PATH}/{created['id']}"
            [listed] = one.get(PATH, params={"filter[registration_id]": str(body["registrationId"])}).json()
            single = [created, one.get(url).json()["data"], one.patch(url, json={}).json()["data"]]
            missing.append([set(data["attributes"]) for data in (*single, listed["data"])])
        lacks = [full - partial for partial, full in zip(*missing, strict=True)]
        assert lacks[0] == lacks[1] == lacks[2] >= {"createdAt", "updatedAt", "customerNativeName"}
        assert lacks[3] >= {"address", "registrationIdType", "registrationIdCountry"}


def test_a_latency_changes_no_answer(start: Any) -> None:
    server, client = start(faults="latency=0.001")
    assert [create(client).status_code for _ in range(3)] == [200, 200, 200]
    assert len(server.profiles()) == 3


def test_a_stop_does_not_wait_for_withheld_answers(start: Any) -> None:
    server, _ = start(faults="timeout-before=1,hold=3600")
    with ThreadPoolExecutor(1) as pool, httpx.Client(timeout=60) as waiting:
        answer = pool.submit(waiting.get, server.base_url + PATH)
        while httpx.get(f"http://127.0.0.1:{server.port}/_sandbox/stats").json()["calls"] == 0:
            assert not answer.done()
        server.stop()
        with pytest.raises(BROKEN):
            answer.result()
