"""Signs requests as the vendor asks (vendor README, "Hosts, path, auth"): Ed25519 over a canonical string.

Each attempt is signed anew: a repeat needs a new nonce, timestamp and signature.
"""

import base64
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from straitsx_bulk.schemas.errors import UsageError

PRIVATE_KEY_VARIABLE = "PRIVATE_KEY_PATH"
KEY_ID_VARIABLE = "PUBLIC_KEY_ID"
CLOCK_TOLERANCE = 300.0
"""Seconds that X-TIMESTAMP may be away from the server's clock."""


def fresh_nonce() -> str:
    """Give a new lower-case UUID."""
    return str(uuid.uuid4())


def sort_query(query: str) -> str:
    """Sort a raw query's ``key=value`` pairs by bytes, decoding and encoding nothing.

    Args:
        query: The query as it is sent, without the question mark.

    Returns:
        The QUERY of the canonical string.
    """
    return "&".join(sorted(query.split("&"), key=lambda pair: pair.encode()))


def canonical_string(method: str, path: str, query: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    r"""Build the bytes that are signed.

    Args:
        method: The HTTP method, upper case.
        path: The path as it is sent, ``/v1`` included, without host and query.
        query: The query as it is sent, in any order.
        timestamp: Unix seconds.
        nonce: A fresh lower-case UUID.
        body: The exact bytes sent; empty for GET.

    Returns:
        ``METHOD\nPATH\nQUERY\nTIMESTAMP\nNONCE\nBODY``.
    """
    return "\n".join((method, path, sort_query(query), timestamp, nonce, "")).encode() + body


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs requests with one key.

    Attributes:
        private_key: Never shown by ``repr``.
        key_id: What the vendor's dashboard calls the public key.
        clock: Gives Unix seconds.
        nonce: Gives a fresh lower-case UUID.
    """

    private_key: Ed25519PrivateKey = field(repr=False)
    key_id: str
    clock: Callable[[], float] = time.time
    nonce: Callable[[], str] = fresh_nonce

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Signer | None":
        """Build the signer that the vendor's own variables describe.

        Args:
            environment: Holds ``PRIVATE_KEY_PATH`` (an Ed25519 key, PEM, PKCS8) and ``PUBLIC_KEY_ID``, or neither.

        Returns:
            The signer, or None where neither is set: requests then go unsigned.

        Raises:
            UsageError: One of the two is missing, or the file is not such a key.
        """
        path, key_id = (environment.get(name, "").strip() for name in (PRIVATE_KEY_VARIABLE, KEY_ID_VARIABLE))
        if not path and not key_id:
            return None
        if not path or not key_id:
            there, missing = (
                (PRIVATE_KEY_VARIABLE, KEY_ID_VARIABLE) if path else (KEY_ID_VARIABLE, PRIVATE_KEY_VARIABLE)
            )
            raise UsageError(f"{there} is set, {missing} is not: request signing needs both, or neither.")
        if not key_id.isascii() or not key_id.isprintable():
            raise UsageError(f"{KEY_ID_VARIABLE} holds characters that cannot stand in a header: copy it anew.")
        return cls(load_private_key(Path(path)), key_id)

    def headers(self, method: str, path: str, query: str, body: bytes) -> dict[str, str]:
        """Sign one attempt.

        Args:
            method: The HTTP method, upper case.
            path: The path as it is sent.
            query: The query as it is sent.
            body: The exact bytes sent.

        Returns:
            The four headers to add.
        """
        timestamp, nonce = str(int(self.clock())), self.nonce()
        signature = self.private_key.sign(canonical_string(method, path, query, timestamp, nonce, body))
        return {
            "X-PUBLIC-KEY-ID": self.key_id,
            "X-TIMESTAMP": timestamp,
            "X-NONCE": nonce,
            "X-SIGNATURE": base64.b64encode(signature).decode(),
        }


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key file.

    Args:
        path: An Ed25519 private key, PEM, PKCS8, without a password.

    Returns:
        The key.

    Raises:
        UsageError: The file cannot be read or holds something else; the sentence says which.
    """
    named = f"{PRIVATE_KEY_VARIABLE} ({path})"
    try:
        pem = path.expanduser().read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{named}: there is no such file.") from None
    except OSError as error:
        raise UsageError(f"{named}: the file cannot be read ({error.strerror}).") from None
    return parse_private_key(pem, named)


def parse_private_key(pem: bytes, named: str) -> Ed25519PrivateKey:
    """Read a private key.

    Args:
        pem: An Ed25519 private key, PEM, PKCS8, without a password.
        named: Where it stands, for the sentence.

    Returns:
        The key.

    Raises:
        UsageError: It is something else; the sentence says what.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise UsageError(f"{named}: the key has a password; give one without.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{named}: this is no private key in PEM form (PKCS8, -----BEGIN PRIVATE KEY-----).") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{named}: this is a key of another kind; request signing needs Ed25519.")
    return key
