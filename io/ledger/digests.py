"""Keyed hashes and encryption: how the ledger knows everything again and names nobody.

HMAC-SHA-256 under the ledger's secret, over account, key, parameter and value as sent, cut to 16 bytes: at a million
profiles two keys coincide with a chance of 2^-89.
"""

import base64
import hmac
import os
from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from straitsx_bulk.io.ledger.records import EMPTY
from straitsx_bulk.io.ledger.secret import Secret
from straitsx_bulk.schemas.errors import LedgerError

DIGEST_BYTES = 16
NONCE_BYTES = 12


class Digests:
    """Hashes of one account's keys and values under one secret; the same everywhere for the same two."""

    def __init__(self, secret: Secret, account: str) -> None:
        scope = hmac.digest(secret.derive("digests"), account.encode(), "sha256")
        self._keys = hmac.digest(scope, b"key", "sha256")
        # Dozens for each row: copied from one that has its key, which costs less and never lets go of the interpreter.
        self._values = hmac.new(hmac.digest(scope, b"value", "sha256"), digestmod="sha256")
        self._rows = hmac.digest(scope, b"row", "sha256")
        self._seals = hmac.digest(scope, b"seal", "sha256")
        self._references = AESGCM(hmac.digest(scope, b"reference", "sha256"))

    def key(self, registration_type: str, registration_id: str) -> bytes:
        """Hash a key, in upper case with white space collapsed (contract, "Keys").

        Args:
            registration_type: ``personal`` or ``business``.
            registration_id: As read or as sent; both give the same.

        Returns:
            16 bytes.
        """
        text = f"{_collapse(registration_type)}\0{_collapse(registration_id)}"
        return hmac.digest(self._keys, text.encode("utf-8", "surrogatepass"), "sha256")[:DIGEST_BYTES]

    def keys(self, registration_types: Iterable[str], registration_ids: Iterable[str]) -> list[bytes]:
        """Hash many keys.

        Args:
            registration_types: One per row.
            registration_ids: One per row.

        Returns:
            16 bytes per row, in order.
        """
        pairs = zip(registration_types, registration_ids, strict=True)
        return [self.key(registration_type, registration_id) for registration_type, registration_id in pairs]

    def value(self, key: bytes, parameter: str, value: str) -> bytes:
        """Hash one parameter's value as sent, bound to its key and parameter: equal values of two people differ.

        Args:
            key: HMAC of the key.
            parameter: The API's name of it, a part of ``address`` with a dot.
            value: As sent.

        Returns:
            16 bytes, or ``EMPTY`` for an empty value.
        """
        if not value:
            return EMPTY
        digest = self._values.copy()
        digest.update(key + f"{parameter}\0{value}".encode("utf-8", "surrogatepass"))
        return digest.digest()[:DIGEST_BYTES]

    def values(self, key: bytes, values: Mapping[str, str]) -> dict[str, bytes]:
        """Hash several parameters of one key.

        Args:
            key: HMAC of the key.
            values: Parameter to value as sent.

        Returns:
            Parameter to 16 bytes, or ``EMPTY``.
        """
        return {parameter: self.value(key, parameter, value) for parameter, value in values.items()}

    def row(self, values: Mapping[str, str]) -> bytes:
        """Hash what a row would send, to know an unchanged refused row again, whatever the order of its columns.

        Args:
            values: Parameter to value as sent; empty ones do not count.

        Returns:
            16 bytes.
        """
        sent = sorted((parameter, value) for parameter, value in values.items() if value)
        # Lengths go first so that no text in a value can pass for the next parameter.
        text = "".join(f"{len(parameter)}:{len(value)}:{parameter}{value}" for parameter, value in sent)
        return hmac.digest(self._rows, text.encode("utf-8", "surrogatepass"), "sha256")[:DIGEST_BYTES]

    def seal(self, text: str) -> str:
        """Seal a text: the same text gives the same seal, and nobody without the secret can make one.

        Args:
            text: Whatever is to be found unchanged later.

        Returns:
            22 letters of the URL-safe base64 alphabet.
        """
        digest = hmac.digest(self._seals, text.encode("utf-8", "surrogatepass"), "sha256")[:DIGEST_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def encrypt(self, key: bytes, reference: str) -> bytes:
        """Encrypt a reference, bound to its key.

        Args:
            key: HMAC of the key.
            reference: The caller's own key.

        Returns:
            Nonce and AES-GCM ciphertext; nothing for an empty reference.
        """
        if not reference:
            return b""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._references.encrypt(nonce, reference.encode("utf-8", "surrogatepass"), key)

    def decrypt(self, key: bytes, sealed: bytes) -> str:
        """Decrypt a reference.

        Args:
            key: HMAC of the key it was encrypted with.
            sealed: From ``encrypt``.

        Returns:
            The reference.

        Raises:
            LedgerError: The ledger was changed from outside, or belongs to another secret.
        """
        if not sealed:
            return ""
        try:
            text = self._references.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], key)
        except InvalidTag as error:
            raise LedgerError(
                "A reference in the ledger cannot be decrypted: the ledger was changed from outside or damaged."
                " Put back a copy of it."
            ) from error
        return text.decode("utf-8", "surrogatepass")


def _collapse(text: str) -> str:
    return " ".join(text.split()).upper()
