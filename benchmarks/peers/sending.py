"""What every peer that delivers needs: a client, and one create with the retries that a careful user writes."""

import time
from collections.abc import Mapping

import httpx

TRIES = 3


def open_client(url: str) -> httpx.Client:
    """Open a client with as many connections as ours uses."""
    limits = httpx.Limits(max_connections=10, max_keepalive_connections=10)
    return httpx.Client(base_url=url, headers={"X-XFERS-APP-API-KEY": "a-peer"}, limits=limits, trust_env=False)


def create_profile(client: httpx.Client, body: Mapping[str, object]) -> str:
    """Create one profile; a 429 or a server's error is tried again.

    Returns:
        Its customer_profile_id.

    Raises:
        httpx.HTTPStatusError: It was refused.
    """
    for attempt in range(TRIES):
        response = client.post("/kyc/customer_profiles", json=body)
        if response.status_code not in {429, 500, 502, 503}:
            break
        time.sleep(2**attempt)
    response.raise_for_status()
    return str(response.json()["data"]["id"])
