"""Keys and signatures."""

import base64
import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_bodies import make_sgd_only
from sandbox_open import read_error

from straitsx_bulk.io.sandbox.answers import RefusedError
from straitsx_bulk.io.sandbox.settings import SandboxError, SandboxSettings
from straitsx_bulk.io.sandbox.signing import SignatureCheck, sort_query

PATH = "/kyc/customer_profiles"
VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vendor" / "signing-vectors.json"
PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def write_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


PUBLIC_PEM = write_pem(PRIVATE_KEY.public_key())


def test_no_key_or_an_empty_one_is_refused(start: Any) -> None:
    server, client = start()
    answers = [httpx.get(server.base_url + PATH), client.get(PATH, headers={"X-XFERS-APP-API-KEY": ""})]
    assert [read_error(answer) for answer in answers] == [(401, "STXE-1000", "nested")] * 2


def test_keys_are_told_apart(start: Any) -> None:
    server, _ = start(
        keys=frozenset({"good", "narrow", "shut"}),
        keys_without_scope=frozenset({"narrow"}),
        locked_keys=frozenset({"shut"}),
    )

    def call(method: str, key: str) -> tuple[int, str, str]:
        with httpx.Client(base_url=server.base_url, headers={"X-XFERS-APP-API-KEY": key}) as client:
            return read_error(client.request(method, PATH if method == "GET" else f"{PATH}/x", content=b"{}"))

    found = {(method, key): call(method, key) for method in ("GET", "PATCH") for key in ("bad", "narrow", "shut")}
    assert found == {
        ("GET", "bad"): (401, "XFE5", "flat"),
        ("GET", "narrow"): (403, "XFE6", "flat"),
        ("GET", "shut"): (403, "STXE-2000", "nested"),
        ("PATCH", "bad"): (401, "XFE5", "nested"),
        ("PATCH", "narrow"): (403, "XFE6", "nested"),
        ("PATCH", "shut"): (403, "STXE-2000", "flat"),
    }
    assert httpx.get(server.base_url + PATH, headers={"X-XFERS-APP-API-KEY": "good"}).status_code == 200


def test_settings_never_show_a_key() -> None:
    assert "secret-key" not in repr(SandboxSettings(keys=frozenset({"secret-key"})))


def sign(request: httpx.Request, *, nonce: str = "", skew: float = 0, key: Ed25519PrivateKey = PRIVATE_KEY) -> None:
    """Sign a request in place, from the vendor's description and without the product's own code."""
    nonce = nonce or str(uuid4())
    timestamp = str(int(time.time() + skew))
    query = b"&".join(sorted(request.url.query.split(b"&")))
    path = request.url.raw_path.split(b"?")[0]
    text = b"\n".join([request.method.encode(), path, query, timestamp.encode(), nonce.encode(), request.read()])
    request.headers.update(
        {
            "X-PUBLIC-KEY-ID": "key-1",
            "X-TIMESTAMP": timestamp,
            "X-NONCE": nonce,
            "X-SIGNATURE": base64.b64encode(key.sign(text)).decode(),
        }
    )


def test_signed_calls_pass(start: Any) -> None:
    _, client = start(public_key=PUBLIC_PEM, public_key_id="key-1")
    calls = [
        client.build_request("POST", PATH, json=make_sgd_only()),
        client.build_request(
            "GET", PATH, params={"sort": "created_at", "page[size]": "5", "filter[created_after]": "2020"}
        ),
        client.build_request("GET", PATH),
    ]
    for request in calls:
        sign(request)
    assert [client.send(request).status_code for request in calls] == [200, 200, 200]


@pytest.mark.parametrize("name", ["X-PUBLIC-KEY-ID", "X-TIMESTAMP", "X-NONCE", "X-SIGNATURE"])
def test_every_header_of_a_signature_is_needed(start: Any, name: str) -> None:
    _, client = start(public_key=PUBLIC_PEM)
    request = client.build_request("GET", PATH)
    sign(request)
    del request.headers[name]
    assert read_error(client.send(request)) == (401, "STXE-1000", "nested")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-PUBLIC-KEY-ID", "key-2"),
        ("X-TIMESTAMP", "1700000000"),
        ("X-TIMESTAMP", "soon"),
        ("X-NONCE", "00000000-0000-4000-8000-00000000000A"),
        ("X-NONCE", "1"),
        ("X-SIGNATURE", "AAAA"),
        ("X-SIGNATURE", "not base64"),
    ],
)
def test_a_wrong_header_of_a_signature_is_refused(start: Any, name: str, value: str) -> None:
    _, client = start(public_key=PUBLIC_PEM, public_key_id="key-1")
    request = client.build_request("GET", PATH)
    sign(request)
    request.headers[name] = value
    assert read_error(client.send(request)) == (401, "XFE5", "flat")


def test_a_changed_body_or_another_key_is_refused(start: Any) -> None:
    server, client = start(public_key=PUBLIC_PEM)
    signed, changed, foreign = (client.build_request("POST", PATH, json=make_sgd_only()) for _ in range(3))
    sign(signed)
    changed.headers.update({name: value for name, value in signed.headers.items() if name.startswith("x-")})
    sign(foreign, key=Ed25519PrivateKey.generate())
    assert [read_error(client.send(request)) for request in (changed, foreign)] == [(401, "XFE5", "flat")] * 2
    assert server.profiles() == []


def test_a_signature_in_sloppy_base64_is_refused(start: Any) -> None:
    _, client = start(public_key=PUBLIC_PEM)
    request = client.build_request("GET", PATH)
    sign(request)
    signature = request.headers["X-SIGNATURE"]
    sloppy = signature[:-3] + chr(ord(signature[-3]) + 1) + "=="  # the same bytes to a lenient decoder
    assert base64.b64decode(sloppy) == base64.b64decode(signature)
    request.headers["X-SIGNATURE"] = sloppy
    assert read_error(client.send(request)) == (401, "XFE5", "flat")


def test_a_nonce_is_good_once(start: Any) -> None:
    _, client = start(public_key=PUBLIC_PEM)
    nonce = str(uuid4())
    first, second = client.build_request("GET", PATH), client.build_request("GET", PATH, params={"sort": "updated_at"})
    for request in (first, second):
        sign(request, nonce=nonce)
    assert client.send(first).status_code == 200
    assert read_error(client.send(second)) == (401, "STXE-1000", "nested")


@pytest.mark.parametrize(("offset", "status"), [(0, 200), (280, 200), (-280, 200), (330, 401), (-330, 401)])
def test_the_sandboxs_clock_can_be_wrong(start: Any, offset: float, status: int) -> None:
    _, client = start(public_key=PUBLIC_PEM, clock_offset=offset)
    request = client.build_request("GET", PATH)
    sign(request)
    assert client.send(request).status_code == status


def test_the_vendors_signing_vectors_are_accepted() -> None:
    if not VECTORS.exists():
        pytest.skip("the vendor's signing vectors are not beside this checkout")
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(vectors["key_pair"]["public_key_hex"]))
    check = SignatureCheck(write_pem(key), None)
    for vector in vectors["vectors"]:
        given = vector["inputs"]
        headers = {
            b"x-public-key-id": b"any",
            b"x-timestamp": given["timestamp"].encode(),
            b"x-nonce": given["nonce"].encode(),
            b"x-signature": vector["expected_output"]["signature_base64"].encode(),
        }
        now = float(given["timestamp"])
        request = (given["method"], given["path"].encode(), given["query"].encode(), headers)
        check.check_request(*request, given["body"].encode(), now)
        with pytest.raises(RefusedError, match="Invalid signature"):
            check.check_request(*request, given["body"].encode() + b" ", now)


def test_nonces_are_forgotten_when_no_timestamp_can_be_good_any_more() -> None:
    check = SignatureCheck(PUBLIC_PEM, None)
    moments = [float(n * 700) for n in range(1, 6)]
    for moment in moments:
        nonce, timestamp = str(uuid4()).encode(), str(int(moment)).encode()
        signature = base64.b64encode(PRIVATE_KEY.sign(b"GET\n/v1\n\n" + timestamp + b"\n" + nonce + b"\n"))
        names = (b"x-public-key-id", b"x-timestamp", b"x-nonce", b"x-signature")
        headers = dict(zip(names, (b"k", timestamp, nonce, signature), strict=True))
        check.check_request("GET", b"/v1", b"", headers, b"", moment)
    assert len(check._nonces) == 1


@settings(deadline=None)
@given(st.lists(st.from_regex(rb"[a-z%5B\]]{1,5}=[a-z0-9%]{0,5}", fullmatch=True), min_size=1))
def test_a_query_is_sorted_whatever_its_order(pairs: list[bytes]) -> None:
    assert sort_query(b"&".join(reversed(pairs))) == b"&".join(sorted(pairs))


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"not a key",
        generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_a_public_key_that_is_none_is_an_error_for_people(start: Any, pem: bytes) -> None:
    with pytest.raises(SandboxError, match="public key"):
        start(public_key=pem)
