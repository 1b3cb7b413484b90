"""A sandbox in this process together with a client that has a key."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from straitsx_bulk.io.sandbox.server import SandboxServer
from straitsx_bulk.io.sandbox.settings import SandboxSettings

KEY = {"X-XFERS-APP-API-KEY": "a-made-up-key"}
UNLIMITED = SandboxSettings(tps=None)


@contextmanager
def open_sandbox(settings: SandboxSettings = UNLIMITED) -> Iterator[tuple[SandboxServer, httpx.Client]]:
    """Start a sandbox and a client."""
    with (
        SandboxServer(settings) as server,
        httpx.Client(base_url=server.base_url, headers=KEY, verify=False) as client,  # plain http needs no certificates
    ):
        yield server, client


def unlimited(**settings: object) -> SandboxSettings:
    """Settings without a rate limit."""
    return dataclasses.replace(UNLIMITED, **settings)  # type: ignore[arg-type]  # tests give what each setting takes


def read_error(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and shape of an error answer."""
    content = answer.json()
    shape = "nested" if "errors" in content else "flat"
    error = content["errors"][0] if shape == "nested" else content
    assert set(error) == {"error", "error_code", "error_handling"}
    return answer.status_code, error["error_code"], shape
