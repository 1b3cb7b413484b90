"""Credentials: from the environment, or a ``.env`` file that may hold nothing else of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from straitsx_bulk.io.straitsx import Signer
from straitsx_bulk.io.straitsx.signing import parse_private_key
from straitsx_bulk.schemas.errors import UsageError

KEY_VARIABLE = "X_XFERS_APP_API_KEY"
SIGNING_VARIABLES = ("PRIVATE_KEY_PATH", "PUBLIC_KEY_ID")
PRIVATE_KEY = "private key of a Prefect block"
"""Where a block's private key stands among the variables, as PEM text; no real variable can bear such a name."""
LOCAL_KEY = "embedded-sandbox"
"""What the embedded sandbox is called with; it takes any key."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves who calls.

    Attributes:
        api_key: The ``X-XFERS-APP-API-KEY`` header's value; never shown.
        signer: Signs requests, where the account asks for it.
    """

    api_key: str = field(repr=False)
    signer: Signer | None = field(default=None, repr=False)


def read_credentials(env: str, environ: Mapping[str, str], dotenv: Path = Path(".env")) -> Credentials:
    """Read the API key and the signing key.

    Args:
        env: ``local``, ``sandbox`` or ``production``; ``local`` needs no key.
        environ: The process environment; it beats the file.
        dotenv: The ``.env`` file; of it only the credentials' variables are read.

    Raises:
        UsageError: There is no key, or the signing variables do not hold.
    """
    names = (KEY_VARIABLE, *SIGNING_VARIABLES)
    stored = dotenv_values(dotenv) if dotenv.is_file() else {}
    values = {name: environ.get(name) or stored.get(name) or "" for name in names}
    key = values[KEY_VARIABLE].strip()
    if not key and env != "local":
        raise UsageError(
            f"There is no API key for --env {env}. Set {KEY_VARIABLE} in the environment or in a .env file here "
            "(the key is on the StraitsX dashboard, Developer Tools), or rehearse with --env local."
        )
    if not key.isascii() or not key.isprintable():
        raise UsageError(
            f"{KEY_VARIABLE} holds characters that no key has. Copy the key again, without quotes around it."
        )
    if pem := environ.get(PRIVATE_KEY):
        private_key = parse_private_key(pem.encode(), "The credentials block's private key")
        return Credentials(key or LOCAL_KEY, Signer(private_key, values["PUBLIC_KEY_ID"]))
    signer = Signer.from_environment({name: value for name, value in values.items() if value})
    return Credentials(key or LOCAL_KEY, signer)
