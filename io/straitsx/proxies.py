"""Which proxy the environment sets for a target; the client uses exactly the one that is reported."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from straitsx_bulk.io.straitsx.targets import is_loopback
from straitsx_bulk.schemas.errors import UsageError


def find_proxy(base_url: str) -> str | None:
    """Find the proxy that the environment sets for an address, as the standard library reads it.

    ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` count, in either case.

    Args:
        base_url: The API's address. This machine itself is never reached through a proxy.

    Returns:
        The proxy's URL, with a user name and password if it has them (so it is never shown), or None for none.

    Raises:
        UsageError: The proxy is of a kind that is not supported.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or is_loopback(host) or proxy_bypass(host):
        return None
    url = proxy if "://" in proxy else f"http://{proxy}"
    try:
        scheme, named = urlsplit(url).scheme, urlsplit(url).port != 0 and httpx.URL(url).host
    except (ValueError, httpx.InvalidURL):  # its words would repeat a password
        scheme, named = "", ""
    if not named:
        raise UsageError(
            f"The proxy that the environment names for {host} is no address: write HTTPS_PROXY like "
            "http://proxy.example:3128, or name the host in NO_PROXY."
        ) from None
    if scheme not in {"http", "https"}:
        raise UsageError(
            f"The environment names a {scheme} proxy for {host}; use an http proxy, or name the host in NO_PROXY."
        )
    return url


def mask_proxy(url: str) -> str:
    """Make a proxy's URL fit to be shown.

    Args:
        url: As ``find_proxy`` gives it.

    Returns:
        Scheme, host and port; a user name and password become ``***``.
    """
    parts = urlsplit(url)
    credentials, _, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{'***@' if credentials else ''}{host}"
