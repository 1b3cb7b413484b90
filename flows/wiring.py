"""The one place that builds clients, ledgers and sandboxes from settings."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from straitsx_bulk.flows.credentials import Credentials, read_credentials
from straitsx_bulk.flows.options import Settings
from straitsx_bulk.io.ledger import Account, Ledger, open_ledger
from straitsx_bulk.io.straitsx import (
    WINDOW,
    ClientSettings,
    CustomerProfiles,
    Pacer,
    Patience,
    Target,
    Timeouts,
    find_proxy,
    key_fingerprint,
    mask_proxy,
    resolve_target,
)
from straitsx_bulk.schemas.errors import StoppedError, UsageError

LOCAL_STATE = Path(".straitsx-bulk/sandbox.db")
"""Where ``--env local`` without ``--base-url`` keeps the embedded sandbox's profiles."""


@dataclass(frozen=True, slots=True)
class Api:
    """Which API, and who calls.

    Attributes:
        target: Environment, host and address.
        credentials: Key and signer.
        fingerprint: Tells keys apart, says nothing of the key.
        state_id: Of an embedded sandbox: its state, which is its account; empty elsewhere.
        proxy: The proxy in use, without its password, or empty.
    """

    target: Target
    credentials: Credentials
    fingerprint: str
    state_id: str = ""
    proxy: str = ""


@contextmanager
def open_api(settings: Settings, environ: Mapping[str, str]) -> Iterator[Api]:
    """Settle which API is meant; for ``--env local`` without an address, serve the embedded sandbox meanwhile.

    Raises:
        UsageError: The address or the credentials do not hold.
    """
    credentials = read_credentials(settings.env, environ)
    if settings.env == "local" and not settings.base_url:
        with embedded_sandbox(LOCAL_STATE) as (url, state_id):
            yield describe_api(resolve_target("local", url), credentials, state_id)
        return
    target = resolve_target(settings.env, settings.base_url, settings.allow_host)
    state_id = ask_state_id(target) if settings.env == "local" else ""
    yield describe_api(target, credentials, state_id)


def describe_api(target: Target, credentials: Credentials, state_id: str) -> Api:
    """Put together what the first line of a run names."""
    proxy = find_proxy(target.base_url)
    fingerprint = key_fingerprint(credentials.api_key)
    return Api(target, credentials, fingerprint, state_id, mask_proxy(proxy) if proxy else "")


@contextmanager
def embedded_sandbox(state: Path) -> Iterator[tuple[str, str]]:
    """Serve the embedded sandbox on loopback, without a rate limit, over a kept state.

    Yields:
        Its base URL and the id of its state.

    Raises:
        UsageError: The state cannot be used.
    """
    from straitsx_bulk.io.sandbox.server import SandboxServer
    from straitsx_bulk.io.sandbox.settings import SandboxError, SandboxSettings

    try:
        state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise UsageError(f"{state.parent}: the embedded sandbox's folder cannot be made there ({why}).") from None
    try:
        with SandboxServer(SandboxSettings(tps=None, state=state)) as server:
            yield server.base_url, server.state_id
    except SandboxError as error:
        raise UsageError(str(error)) from None


def serve_sandbox(port: int, tps: float, state: Path | None, faults: str, announce: Callable[[str], None]) -> None:
    """Serve the embedded sandbox until somebody ends it.

    Raises:
        UsageError: Port, state file or fault specification do not work.
    """
    from straitsx_bulk.io.sandbox.server import serve
    from straitsx_bulk.io.sandbox.settings import SandboxError, SandboxSettings

    try:
        settings = SandboxSettings(port=port, tps=tps or None, state=state, faults=faults)
        serve(settings, announce=lambda serving: announce(serving.base_url))
    except SandboxError as error:
        raise UsageError(str(error)) from None


def ask_state_id(target: Target) -> str:
    """Ask a sandbox on this machine for the id of its state; it is no call of the API and not counted.

    Returns:
        Empty where whatever answers there is no sandbox of ours; then the host is the account.

    Raises:
        UsageError: Nobody answers.
    """
    import httpx

    try:
        with httpx.Client(trust_env=False, timeout=10) as client:
            response = client.get(f"{target.base_url.removesuffix('/v1')}/_sandbox/stats")
            body = response.json() if response.status_code == 200 else {}
    except httpx.HTTPError:
        raise UsageError(
            f"Nobody answers on {target.host}. Start a sandbox there (straitsx-bulk sandbox), or leave --base-url out "
            "for the embedded one."
        ) from None
    except ValueError:
        return ""
    return str(body.get("state_id", "")) if isinstance(body, dict) else ""


@contextmanager
def open_account(settings: Settings, api: Api, environ: Mapping[str, str]) -> Iterator[tuple[Ledger, Account]]:
    """Open the ledger and the account's part of it.

    Raises:
        UsageError: The ledger cannot be used as it is.
    """
    ledger = open_ledger(settings.ledger, environ, read_only=settings.dry_run)
    try:
        yield ledger, ledger.account(api.target.host, settings.account, state_id=api.state_id)
    finally:
        ledger.close()


def make_client(
    settings: Settings,
    api: Api,
    account: Account,
    patience: Patience | None = None,
    timeouts: Timeouts | None = None,
) -> CustomerProfiles:
    """Build the client: paced under one limit with every other process of the account.

    Args:
        settings: Rate and concurrency.
        api: Where, and the credentials.
        account: The account's part of the ledger.
        patience: How long to ride out an outage, or None for as long as a run does.
        timeouts: Bounds of one request, or None for a run's.
    """
    credentials = api.credentials
    client = ClientSettings(
        api.target.base_url,
        credentials.api_key,
        settings.concurrency,
        credentials.signer,
        timeouts or Timeouts(),
        patience or Patience(),
    )
    return CustomerProfiles(client, make_pacer(settings.rate, account))


def make_pacer(rate: float | None, account: Account) -> Pacer:
    """Build the pacer: turns are taken from the ledger, and a 429 makes every process of the account wait.

    Args:
        rate: Requests a second for all of them together, or None for no limit.
        account: The account's part of the ledger.
    """
    if rate is None:
        return Pacer(None)

    async def reserve_turn() -> float:
        return await asyncio.to_thread(account.reserve_slot, rate / WINDOW)

    async def postpone_turns(seconds: float) -> None:
        await asyncio.to_thread(account.postpone_slots, seconds)

    async def delay_turns(seconds: float) -> None:
        with suppress(StoppedError):  # a ledger that fails is told of by the next one who needs it
            await asyncio.to_thread(account.delay_slots, seconds)

    return Pacer(rate, reserve=reserve_turn, postpone=postpone_turns, delay=delay_turns)
