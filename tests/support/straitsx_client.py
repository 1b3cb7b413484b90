"""A client for tests: quick repeats, no limit unless a test brings one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from straitsx_raw_server import PROFILE_ID
from straitsx_virtual_time import VirtualClock

from straitsx_bulk.io.straitsx import Answer, ClientSettings, CustomerProfiles, Pacer, Patience, Signer, Timeouts

BODY = {"customerName": "Tan Ah Kow"}
API_KEY = "made-up-key-0001"
CONNECTIONS = 4
QUICK = Patience(attempts=4, total=30.0, first_wait=0.005, longest_wait=0.01, jitter=0.0)
SHORT = Timeouts(connect=1.0, silence=0.3, total=0.6)
"""For tests of silence in virtual time; a busy machine would meet them otherwise."""
PATIENT = Timeouts()


@asynccontextmanager
async def open_client(
    base_url: str,
    *,
    pacer: Pacer | None = None,
    concurrency: int = CONNECTIONS,
    patience: Patience = QUICK,
    timeouts: Timeouts = PATIENT,
    signer: Signer | None = None,
) -> AsyncIterator[CustomerProfiles]:
    """Open a client against a test's server."""
    settings = ClientSettings(base_url, API_KEY, concurrency, signer, timeouts, patience)
    pace = pacer or Pacer(None, clock=VirtualClock(), jitter=lambda: 0.0)  # the loop's clock, whatever loop that is
    async with CustomerProfiles(settings, pace) as api:
        yield api


async def create(api: CustomerProfiles) -> Answer:
    """Create the test's profile."""
    return await api.create(BODY)


async def get(api: CustomerProfiles) -> Answer:
    """Read it."""
    return await api.get(PROFILE_ID)


async def patch(api: CustomerProfiles) -> Answer:
    """Change it."""
    return await api.patch(PROFILE_ID, {"nationality": "SG"})


async def verify(api: CustomerProfiles) -> Answer:
    """Verify it."""
    return await api.verify(PROFILE_ID, "verified")
