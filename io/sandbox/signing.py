r"""Checking signed requests, from the server's side (vendor README, "Hosts, path, auth").

Ed25519 over ``METHOD\nPATH\nQUERY\nTIMESTAMP\nNONCE\nBODY``; PATH without host and query, QUERY raw with its
pairs sorted by bytes, BODY the exact bytes.
"""

import base64
import binascii
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from straitsx_bulk.io.sandbox.answers import RefusedError
from straitsx_bulk.io.sandbox.settings import SandboxError

TOLERANCE = 300  # seconds that a timestamp may be off, either way
HEADERS = (b"x-public-key-id", b"x-timestamp", b"x-nonce", b"x-signature")
_SECONDS = re.compile(rb"[0-9]{1,12}")
_NONCE = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class SignatureCheck:
    """Knows one public key and the nonces that were used.

    Args:
        public_key: Ed25519, PEM.
        key_id: What ``X-PUBLIC-KEY-ID`` must say; None accepts any.

    Raises:
        SandboxError: If the key is no Ed25519 public key.
    """

    def __init__(self, public_key: bytes, key_id: str | None) -> None:
        self._key = _load_key(public_key)
        self._key_id = key_id
        self._nonces: dict[bytes, float] = {}

    def check_request(
        self, method: str, path: bytes, query: bytes, headers: Mapping[bytes, bytes], body: bytes, now: float
    ) -> None:
        """Check one request.

        Args:
            method: In upper case.
            path: As it came, still encoded.
            query: As it came, still encoded.
            headers: Names in lower case.
            body: The exact bytes.
            now: The server's clock, Unix seconds.

        Raises:
            RefusedError: 401 STXE-1000 for a header that is missing or a nonce used before, 401 XFE5 otherwise.
        """
        key_id, timestamp, nonce, signature = (_need_header(headers, name) for name in HEADERS)
        if self._key_id is not None and key_id != self._key_id.encode():
            raise RefusedError(401, "XFE5", "Unknown public key ID")
        if not _SECONDS.fullmatch(timestamp) or abs(now - int(timestamp)) > TOLERANCE:
            raise RefusedError(401, "XFE5", f"X-TIMESTAMP must be within {TOLERANCE} seconds of the server's time")
        if not _NONCE.fullmatch(nonce):
            raise RefusedError(401, "XFE5", "X-NONCE must be a UUID in lower case")
        text = b"\n".join((method.encode("ascii"), path, sort_query(query), timestamp, nonce, body))
        self._verify(signature, text)
        self._use_nonce(nonce, now)

    def _verify(self, signature: bytes, text: bytes) -> None:
        try:
            self._key.verify(decode_strictly(signature), text)
        except (InvalidSignature, binascii.Error) as error:
            raise RefusedError(401, "XFE5", "Invalid signature") from error

    def _use_nonce(self, nonce: bytes, now: float) -> None:
        if self._nonces.get(nonce, 0.0) >= now:
            raise RefusedError(401, "STXE-1000", "X-NONCE has been used before")
        self._nonces.pop(nonce, None)  # so that the dict stays in the order of expiry
        self._nonces[nonce] = now + 2 * TOLERANCE  # as long as any timestamp signed with it can be good
        oldest = next(iter(self._nonces))
        if self._nonces[oldest] < now:
            del self._nonces[oldest]


def sort_query(query: bytes) -> bytes:
    """The raw query string with its pairs sorted by bytes, nothing decoded."""
    return b"&".join(sorted(query.split(b"&")))


def decode_strictly(text: bytes) -> bytes:
    """Decode base64 that is exactly what an encoder gives.

    Raises:
        binascii.Error: If it is not: other characters, wrong padding, stray bits.
    """
    decoded = base64.b64decode(text, validate=True)
    if base64.b64encode(decoded) != text:
        raise binascii.Error("not strict base64")
    return decoded


def _need_header(headers: Mapping[bytes, bytes], name: bytes) -> bytes:
    value = headers.get(name)
    if not value:
        raise RefusedError(401, "STXE-1000", f"{name.decode('ascii').upper()} is missing: requests must be signed")
    return value


def _load_key(public_key: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SandboxError("The public key for checking signatures is not a public key in PEM.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SandboxError("The public key for checking signatures is not an Ed25519 key.")
    return key
