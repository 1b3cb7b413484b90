"""Whether a Prefect API is configured, and whether it answers; found out without importing Prefect.

Its settings stand in the environment or in the active profile.
"""

import ssl
import threading
import tomllib
from collections.abc import Mapping
from pathlib import Path

URL = "PREFECT_API_URL"
ANSWER_SECONDS = 3.0
"""How long a Prefect server may take to answer (issue F)."""


def find_setting(name: str, environ: Mapping[str, str]) -> str:
    """Give one of Prefect's settings as the environment or else the active profile has it; empty for none."""
    return environ.get(name) or read_profile(environ).get(name, "")


def read_profile(environ: Mapping[str, str]) -> dict[str, str]:
    """Read Prefect's active profile; without a readable one it holds nothing."""
    home = Path(environ.get("PREFECT_HOME") or Path.home() / ".prefect")
    path = Path(environ.get("PREFECT_PROFILES_PATH") or home / "profiles.toml")
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    active = environ.get("PREFECT_PROFILE") or stored.get("active", "")
    profile = stored.get("profiles", {}).get(active, {})
    return {str(name): str(value) for name, value in profile.items()}


def find_trouble(environ: Mapping[str, str], seconds: float = ANSWER_SECONDS) -> str | None:
    """Ask the configured Prefect server whether it is there.

    Args:
        environ: The process environment.
        seconds: How long it may take, names looked up and all.

    Returns:
        None where it is there, else a sentence without the address, which may hold a password.
    """
    said: list[str | None] = []
    asking = threading.Thread(target=lambda: said.append(ask_health(environ, seconds)), daemon=True)
    asking.start()
    asking.join(seconds)
    return said[0] if said else f"The Prefect server does not answer within {seconds:g} s."


def ask_health(environ: Mapping[str, str], seconds: float) -> str | None:
    """Make the request that :func:`find_trouble` waits for."""
    import httpx

    trusting = find_setting("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", environ).casefold() in {"1", "true", "yes", "on"}
    certificates = find_setting("PREFECT_API_SSL_CERT_FILE", environ)
    verify = not trusting and make_context(certificates)
    try:
        with httpx.Client(timeout=seconds, verify=verify) as client:
            status = client.get(f"{find_setting(URL, environ).rstrip('/')}/health").status_code
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return f"The Prefect server does not answer ({type(error).__name__})."
    return f"The Prefect server answers with HTTP {status}." if status >= 500 else None


def make_context(certificates: str) -> bool | ssl.SSLContext:
    """Trust what the system trusts, or the certificates that Prefect is told to."""
    if not certificates or not Path(certificates).is_file():
        return True
    return ssl.create_default_context(cafile=certificates)
