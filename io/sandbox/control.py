"""The sandbox's control endpoints under ``/_sandbox/``, for tests and rehearsals; the vendor has nothing like them.

``GET stats`` (figures since the start or the last reset), ``GET profiles`` (every profile, as kept: personal data),
``POST reset`` (begins the figures anew; profiles, the numbers of calls in fault specifications and the rate's window
stay). They need no key and count as no call. The server listens on loopback alone, and a ``Host`` other than
loopback's is refused, so that no web page can reach them under another name.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from straitsx_bulk.io.sandbox.counters import SandboxStats
from straitsx_bulk.io.sandbox.store import Page, Profile, ProfileStore

OWN_NAMES = ["127.0.0.1", "localhost"]
BATCH = 10_000


def build_control(read_stats: Callable[[], SandboxStats], reset: Callable[[], None], store: ProfileStore) -> Starlette:
    """The control endpoints as an application.

    Args:
        read_stats: Gives the figures.
        reset: Begins them anew.
        store: The profiles.
    """

    async def show_stats(_: Request) -> Response:
        return JSONResponse(asdict(read_stats()))

    async def show_profiles(_: Request) -> Response:
        return JSONResponse([describe_profile(profile) for profile in list_all_profiles(store)])

    async def reset_figures(_: Request) -> Response:
        reset()
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/_sandbox/stats", show_stats),
            Route("/_sandbox/profiles", show_profiles),
            Route("/_sandbox/reset", reset_figures, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=OWN_NAMES)],
    )


def list_all_profiles(store: ProfileStore) -> Iterator[Profile]:
    """Every profile, in the order of creation."""
    number = 1
    while page := store.list_profiles(Page(order="seq", size=BATCH, number=number)):
        yield from page
        number += 1


def describe_profile(profile: Profile) -> dict[str, object]:
    """A profile as kept: ``id``, ``status``, ``created``, ``updated`` (Unix seconds) and ``attributes`` (as sent)."""
    return asdict(profile)
