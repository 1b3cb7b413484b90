"""Signatures: the vendor's vectors, what a verifier sees, and keys that cannot be used."""

import base64
import json
import re
from email.utils import formatdate
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from straitsx_client import open_client
from straitsx_raw_server import RawServer, Seen, answer, error, in_loop

from straitsx_bulk.io.straitsx import Kind, Signer
from straitsx_bulk.io.straitsx.signing import canonical_string, sort_query
from straitsx_bulk.schemas.errors import UsageError

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vendor" / "signing-vectors.json"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def write_key(path: Path, key: object = KEY, password: bytes | None = None) -> Path:
    encryption = (
        serialization.BestAvailableEncryption(password) if password is not None else serialization.NoEncryption()
    )
    assert isinstance(key, Ed25519PrivateKey | ec.EllipticCurvePrivateKey)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption))
    return path


def verify(seen: Seen) -> None:
    """Check a request's signature as the server would; raises where it does not fit."""
    signed = canonical_string(
        seen.method, seen.path, seen.query, seen.headers["x-timestamp"], seen.headers["x-nonce"], seen.body
    )
    KEY.public_key().verify(base64.b64decode(seen.headers["x-signature"], validate=True), signed)


@pytest.mark.skipif(not VECTORS.exists(), reason="the vendor's vectors are not beside this checkout")
def test_the_vendors_vectors_pass() -> None:
    vectors = json.loads(VECTORS.read_text())["vectors"]
    assert len(vectors) == 5
    for vector in vectors:
        check_vector(vector["inputs"], vector["expected_output"])


def check_vector(asked: dict[str, str], expected: dict[str, str]) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(asked["private_key_seed_hex"]))
    signer = Signer(key, "key-1", clock=lambda: float(asked["timestamp"]), nonce=lambda: asked["nonce"])
    body = asked["body"].encode()
    signed = canonical_string(asked["method"], asked["path"], asked["query"], asked["timestamp"], asked["nonce"], body)
    assert expected["canonical_string"].encode() == signed
    assert signer.headers(asked["method"], asked["path"], asked["query"], body) == {
        "X-PUBLIC-KEY-ID": "key-1",
        "X-TIMESTAMP": asked["timestamp"],
        "X-NONCE": asked["nonce"],
        "X-SIGNATURE": expected["signature_base64"],
    }


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&"), min_size=1)))
def test_a_query_is_sorted_by_bytes_and_otherwise_left_alone(pairs: list[str]) -> None:
    sorted_pairs = sort_query("&".join(pairs)).split("&") if pairs else []
    assert sorted(pairs, key=str.encode) == sorted_pairs


def test_upper_case_sorts_before_lower_case_and_percent_before_letters() -> None:
    assert sort_query("b=1&a%5B=2&B=3&a=4&a=%20") == "B=3&a%5B=2&a=%20&a=4&b=1"


@given(
    method=st.sampled_from(["GET", "POST", "PATCH"]),
    path=st.text(max_size=20),
    query=st.text(max_size=20),
    body=st.binary(max_size=50),
    seconds=st.floats(0, 4e9),
)
def test_every_signature_verifies_over_the_canonical_string(
    method: str, path: str, query: str, body: bytes, seconds: float
) -> None:
    headers = Signer(KEY, "key-1", clock=lambda: seconds).headers(method, path, query, body)
    signed = canonical_string(method, path, query, headers["X-TIMESTAMP"], headers["X-NONCE"], body)
    KEY.public_key().verify(base64.b64decode(headers["X-SIGNATURE"], validate=True), signed)
    assert headers["X-TIMESTAMP"] == str(int(seconds))
    assert UUID.fullmatch(headers["X-NONCE"])


@in_loop
async def test_what_is_signed_is_what_the_server_reads() -> None:
    empty_list = answer(200, [])
    server = RawServer(otherwise=empty_list)
    async with server, open_client(server.base_url, signer=Signer(KEY, "key-1")) as api:
        await api.find("personal", "A/b-?:().,'+ 1")
        await api.page(2, 50, sort="-created_at", created_after="2026-01-01T00:00:00+08:00")
        await api.create({"customerName": "Tan Ah Kow", "customerNativeName": "陳亞九"})
        await api.patch("customer_profile_é/1", {"nationality": "SG"})
        for seen in server.requests:
            verify(seen)
        assert {seen.headers["x-public-key-id"] for seen in server.requests} == {"key-1"}
        assert len({seen.headers["x-nonce"] for seen in server.requests}) == len(server.requests)


@in_loop
async def test_every_repeat_is_signed_anew() -> None:
    seconds = iter(range(1_700_000_000, 1_700_000_100))
    signer = Signer(KEY, "key-1", clock=lambda: float(next(seconds)))
    script = [error(429, "STXE-9000", Retry_After="0"), error(429, "STXE-9000", Retry_After="0")]
    async with RawServer(script) as server, open_client(server.base_url, signer=signer) as api:
        assert (await api.create({"customerName": "Tan Ah Kow"})).kind == Kind.OK
        for name in ("x-nonce", "x-timestamp", "x-signature"):
            assert len({seen.headers[name] for seen in server.requests}) == 3
        for seen in server.requests:
            verify(seen)


@pytest.mark.parametrize(
    ("date", "word"), [("Sun, 01 Jan 2090 00:00:00 GMT", "behind"), ("Tue, 01 Jan 2019 00:00:00 GMT", "ahead")]
)
@in_loop
async def test_a_wrong_clock_is_named_when_a_signature_is_turned_down(date: str, word: str) -> None:
    step = error(401, "STXE-1000", "Unauthorized", Date=date)
    async with RawServer(otherwise=step) as server, open_client(server.base_url, signer=Signer(KEY, "key-1")) as api:
        stopped = await api.get("customer_profile_1")
        assert stopped.kind == Kind.STOP
        assert stopped.message.startswith("Unauthorized This computer's clock is ")
        assert f" s {word}" in stopped.message
        assert api.clock_skew is not None


@pytest.mark.parametrize("has_date", [True, False])
@in_loop
async def test_a_right_clock_is_not_blamed(has_date: bool) -> None:
    date = formatdate(usegmt=True) if has_date else ""
    step = error(401, "STXE-1000", "Unauthorized", Date=date)
    async with RawServer(otherwise=step) as server, open_client(server.base_url, signer=Signer(KEY, "key-1")) as api:
        assert (await api.get("customer_profile_1")).message == "Unauthorized"
        assert (api.clock_skew is None) == (date == "")


def test_a_key_is_read_from_the_vendors_variables(tmp_path: Path) -> None:
    path = write_key(tmp_path / "key.pem")
    signer = Signer.from_environment({"PRIVATE_KEY_PATH": str(path), "PUBLIC_KEY_ID": "key-1"})
    assert signer is not None
    headers = signer.headers("GET", "/v1/x", "", b"")
    signed = canonical_string("GET", "/v1/x", "", headers["X-TIMESTAMP"], headers["X-NONCE"], b"")
    KEY.public_key().verify(base64.b64decode(headers["X-SIGNATURE"]), signed)


def test_without_the_variables_nothing_is_signed() -> None:
    assert Signer.from_environment({}) is None
    assert Signer.from_environment({"PRIVATE_KEY_PATH": " ", "PUBLIC_KEY_ID": ""}) is None


def test_a_key_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path) -> None:
    good = write_key(tmp_path / "good.pem")
    (tmp_path / "text.pem").write_text("not a key")
    (tmp_path / "public.pem").write_bytes(
        KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    write_key(tmp_path / "locked.pem", password=b"made up")
    write_key(tmp_path / "other.pem", ec.generate_private_key(ec.SECP256R1()))
    reasons = {
        (str(good), ""): "PRIVATE_KEY_PATH is set, PUBLIC_KEY_ID is not",
        ("", "key-1"): "PUBLIC_KEY_ID is set, PRIVATE_KEY_PATH is not",
        (str(good), "key\n1"): "cannot stand in a header",
        (str(tmp_path / "absent.pem"), "key-1"): "no such file",
        (str(tmp_path), "key-1"): "cannot be read",
        (str(tmp_path / "text.pem"), "key-1"): "no private key in PEM form",
        (str(tmp_path / "public.pem"), "key-1"): "no private key in PEM form",
        (str(tmp_path / "locked.pem"), "key-1"): "has a password",
        (str(tmp_path / "other.pem"), "key-1"): "another kind",
    }
    for (path, key_id), reason in reasons.items():
        with pytest.raises(UsageError, match=reason) as raised:
            Signer.from_environment({"PRIVATE_KEY_PATH": path, "PUBLIC_KEY_ID": key_id})
        assert raised.value.__cause__ is None


def test_a_signer_does_not_show_its_key() -> None:
    assert "PrivateKey" not in repr(Signer(KEY, "key-1"))
