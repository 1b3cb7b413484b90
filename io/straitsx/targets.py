"""Which API a run talks to: environment, host and base URL."""

import hashlib
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from straitsx_bulk.schemas.errors import UsageError

VENDOR_URLS = {"sandbox": "https://api-sandbox.straitsx.com/v1", "production": "https://api.straitsx.com/v1"}
"""Vendor README, "Hosts, path, auth"."""
ENVIRONMENTS = ("local", *VENDOR_URLS)
DEPRECATED_HOSTS = {"sandbox.xfers.io": "sandbox", "xfers.io": "production", "www.xfers.io": "production"}
FINGERPRINT_DOMAIN = b"straitsx-bulk key fingerprint\0"


@dataclass(frozen=True, slots=True)
class Target:
    """The API that a run talks to.

    Attributes:
        host: Lower case, with the port where it is not the scheme's own.
        base_url: Without a trailing slash, for example ``https://api.straitsx.com/v1``.
        environment: ``local``, ``sandbox`` or ``production``.
    """

    host: str
    base_url: str
    environment: str


def resolve_target(env: str, base_url: str | None = None, allow_host: str | Collection[str] | None = None) -> Target:
    """Settle which API a run talks to.

    Args:
        env: ``local``, ``sandbox`` or ``production``.
        base_url: Another address than the environment's own, or None. ``local`` needs one.
        allow_host: The host, or hosts, that ``--allow-host`` names.

    Returns:
        The target.

    Raises:
        UsageError: The address is malformed, holds credentials, is deprecated, belongs to another environment, is plain
            http to elsewhere than loopback, or is of a host that nobody allowed.
    """
    if env not in ENVIRONMENTS:
        raise UsageError(f"--env {env}: there are {', '.join(ENVIRONMENTS)}.")
    url = (base_url or "").strip() or VENDOR_URLS.get(env, "")
    if not url:
        raise UsageError("--env local needs --base-url, for example http://127.0.0.1:8080/v1 (straitsx-bulk sandbox).")
    parts, host = _split_url(url)
    _refuse_deprecated(host)
    loopback = is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise UsageError(f"--base-url: plain http goes to this machine only; use https for {host}.")
    _refuse_mismatch(env, host, loopback=loopback)
    allowed = {allow_host} if isinstance(allow_host, str) else set(allow_host or ())
    if not loopback and host not in _vendor_hosts().values() and host not in {name.strip().lower() for name in allowed}:
        raise UsageError(f"--base-url: {host} is not the vendor's host. If it is meant, say so: --allow-host {host}")
    netloc = _join_netloc(parts, host)
    path = parts.path.rstrip("/")
    return Target(netloc, urlunsplit((parts.scheme, netloc, path, "", "")), env)


def _split_url(url: str) -> tuple[SplitResult, str]:
    """Take a base URL apart and refuse what does not belong into one; no sentence repeats the URL."""
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        raise UsageError("--base-url: this is no address; write it like https://api.straitsx.com/v1") from None
    if parts.scheme not in {"http", "https"} or not host or any(not c.isprintable() or c.isspace() for c in url):
        raise UsageError("--base-url: this is no address; write it like https://api.straitsx.com/v1")
    if parts.username is not None or parts.password is not None:
        raise UsageError("--base-url: no user name or password in it; the key goes into X_XFERS_APP_API_KEY.")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise UsageError("--base-url: an address ends with its path (/v1), without ? or #.")
    return parts, host


def _join_netloc(parts: SplitResult, host: str) -> str:
    named = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}[parts.scheme]
    return named if parts.port in {None, standard} else f"{named}:{parts.port}"


def _vendor_hosts() -> dict[str, str]:
    return {env: urlsplit(url).netloc for env, url in VENDOR_URLS.items()}


def _refuse_deprecated(host: str) -> None:
    env = DEPRECATED_HOSTS.get(host)
    if env is not None:
        raise UsageError(f"--base-url: {host} is deprecated by the vendor; use --env {env} ({VENDOR_URLS[env]}).")


def _refuse_mismatch(env: str, host: str, *, loopback: bool) -> None:
    """Keep an environment's name from hiding another's host: production asks questions that the others do not."""
    for other, vendor in _vendor_hosts().items():
        if host == vendor and env != other:
            raise UsageError(f"--base-url: {host} is the vendor's {other}, not {env}; use --env {other}.")
    if env == "local" and not loopback:
        raise UsageError(f"--env local is this machine (127.0.0.1, localhost); {host} is another.")


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine: ``localhost`` or a loopback address.

    Args:
        host: A name or an address, without port and brackets.

    Returns:
        True for this machine.
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def key_fingerprint(api_key: str) -> str:
    """Give a few characters that tell keys apart and say nothing of the key.

    Args:
        api_key: The API key.

    Returns:
        8 hexadecimal characters.
    """
    return hashlib.sha256(FINGERPRINT_DOMAIN + api_key.encode()).hexdigest()[:8]
