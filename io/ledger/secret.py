"""The ledger's secret: 32 random bytes without which its hashes and references say nothing.

It stands outside the ledger's folder, so that a copy of the ledger alone betrays nobody (design, "The ledger names
nobody").
"""

import base64
import binascii
import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from straitsx_bulk.schemas.errors import LedgerError

SECRET_VARIABLE = "STRAITSX_BULK_LEDGER_SECRET"  # noqa: S105 - the variable's name, not a secret
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secret:
    """The ledger's secret.

    Attributes:
        value: 32 bytes, never shown.
        source: Where it came from, for people: the variable's name or the file.
    """

    value: bytes = field(repr=False)
    source: str

    def derive(self, purpose: str) -> bytes:
        """Make a key for one purpose, so that no two uses share one.

        Args:
            purpose: A fixed word.

        Returns:
            32 bytes.
        """
        return hmac.digest(self.value, b"straitsx-bulk/" + purpose.encode(), "sha256")

    @property
    def check_value(self) -> str:
        """What a ledger keeps to know its secret again; tells nothing of the secret."""
        return self.derive("check value").hex()


def secret_path(environment: Mapping[str, str], config_home: Path | None = None) -> Path:
    """Find where the secret's file belongs.

    Args:
        environment: Read for ``XDG_CONFIG_HOME`` and ``HOME``.
        config_home: Beats both.

    Returns:
        The path of ``ledger.secret``; it need not exist.
    """
    if config_home is None:
        named = environment.get("XDG_CONFIG_HOME", "")
        config_home = Path(named) if Path(named).is_absolute() else _home(environment) / ".config"
    return config_home / "straitsx-bulk" / "ledger.secret"


def load_secret(
    environment: Mapping[str, str], *, config_home: Path | None = None, create: bool, postgresql: bool
) -> Secret | None:
    """Read the secret from the environment or its file.

    Args:
        environment: ``STRAITSX_BULK_LEDGER_SECRET`` as 64 hexadecimal digits or base64 beats the file.
        config_home: Instead of ``$XDG_CONFIG_HOME`` or ``~/.config``.
        create: Make a new one where there is none; only for a ledger that is new.
        postgresql: The ledger is shared, so that only the variable will do.

    Returns:
        The secret, or None where there is none and ``create`` is False.

    Raises:
        LedgerError: The secret cannot be read, is not one, or is open to others.
    """
    text = environment.get(SECRET_VARIABLE, "").strip()
    if text:
        return Secret(_parse(text, SECRET_VARIABLE), SECRET_VARIABLE)
    if postgresql:
        raise LedgerError(
            f"A PostgreSQL ledger needs its secret in the environment variable {SECRET_VARIABLE} (32 bytes as"
            ' hexadecimal, the same for every worker). To make one: python3 -c "import secrets;'
            ' print(secrets.token_hex(32))"'
        )
    path = secret_path(environment, config_home)
    if create and not path.exists():
        _create_file(path)
    return _read_file(path)


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment["HOME"]) if environment.get("HOME") else Path.home()


def _parse(text: str, source: str) -> bytes:
    """Decode 64 hexadecimal digits or base64 of 32 bytes."""
    for decode in (bytes.fromhex, _decode_base64):
        try:
            value = decode(text)
        except ValueError:  # binascii.Error is one
            continue
        if len(value) == SECRET_BYTES:
            return value
    raise LedgerError(
        f"{source} does not hold a ledger secret: it must be 32 bytes, as 64 hexadecimal digits or as base64."
        " Put back the one that the ledger was made with."
    )


def _decode_base64(text: str) -> bytes:
    padded = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _read_file(path: Path) -> Secret | None:
    try:
        with path.open("rb") as file:
            _refuse_open_file(path, os.fstat(file.fileno()))
            text = file.read(1024).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerError(f"The ledger's secret {path} cannot be read: {error.strerror}.") from error
    return Secret(_parse(text, str(path)), str(path))


def _refuse_open_file(path: Path, status: os.stat_result) -> None:
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        raise LedgerError(f"The ledger's secret {path} is open to other users. Close it: chmod 600 {path}")


def _create_file(path: Path) -> None:
    """Write a new secret, whole or not at all, and never over one that another process has just made."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - from a descriptor, so that the mode holds at once
                file.write(secrets.token_hex(SECRET_BYTES).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            _link_if_absent(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise LedgerError(
            f"The ledger's secret {path} cannot be made: {error.strerror}. Make the folder writable, or set"
            f" {SECRET_VARIABLE}."
        ) from error


def _link_if_absent(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return  # another process was first; its secret is the one


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
