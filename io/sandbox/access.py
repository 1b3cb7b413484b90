"""Who may call: the key, its scope, its account, and the signature where one is demanded."""

from collections.abc import Mapping

from starlette.types import Scope

from straitsx_bulk.io.sandbox.answers import RefusedError
from straitsx_bulk.io.sandbox.settings import SandboxSettings
from straitsx_bulk.io.sandbox.signing import SignatureCheck

KEY_HEADER = b"x-xfers-app-api-key"


class AccessCheck:
    """Knows the keys.

    Args:
        settings: Which keys there are, and the public key of signatures.

    Raises:
        SandboxError: If the public key is no Ed25519 public key.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self._keys = _encode(settings.keys) if settings.keys is not None else None
        self._without_scope = _encode(settings.keys_without_scope)
        self._locked = _encode(settings.locked_keys)
        self._signatures = (
            SignatureCheck(settings.public_key, settings.public_key_id) if settings.public_key is not None else None
        )

    def check_request(self, scope: Scope, body: bytes, now: float) -> None:
        """Check a request's key and signature.

        Args:
            scope: The request's ASGI scope.
            body: Its exact bytes.
            now: The server's clock, Unix seconds.

        Raises:
            RefusedError: 401 or 403.
        """
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self._check_key(headers.get(KEY_HEADER, b""))
        if self._signatures is not None:
            self._signatures.check_request(
                scope["method"], scope["raw_path"], scope["query_string"], headers, body, now
            )

    def _check_key(self, key: bytes) -> None:
        if not key:
            raise RefusedError(401, "STXE-1000", "X-XFERS-APP-API-KEY is missing")
        if key in self._locked:
            raise RefusedError(403, "STXE-2000", "Account locked")
        if key in self._without_scope:
            raise RefusedError(403, "XFE6", "The API Key lacks a scope")
        if self._keys is not None and key not in self._keys:
            raise RefusedError(401, "XFE5", "Invalid API Key")


def _encode(keys: frozenset[str]) -> frozenset[bytes]:
    return frozenset(key.encode() for key in keys)
