"""The StraitsX Customer Profile API: the client, request signing, pacing, the classes of answer, and the target.

Names are loaded when they are first asked for: settling a target needs no HTTP library.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from straitsx_bulk.io.straitsx.answers import Answer, Kind, RemoteProfile
    from straitsx_bulk.io.straitsx.client import ClientSettings, CustomerProfiles
    from straitsx_bulk.io.straitsx.judging import classify
    from straitsx_bulk.io.straitsx.lookup import fold_id, key_of
    from straitsx_bulk.io.straitsx.pacing import WINDOW, Pacer
    from straitsx_bulk.io.straitsx.proxies import find_proxy, mask_proxy
    from straitsx_bulk.io.straitsx.retrying import Patience
    from straitsx_bulk.io.straitsx.signing import Signer
    from straitsx_bulk.io.straitsx.targets import Target, is_loopback, key_fingerprint, resolve_target
    from straitsx_bulk.io.straitsx.transport import Timeouts

__all__ = [
    "WINDOW",
    "Answer",
    "ClientSettings",
    "CustomerProfiles",
    "Kind",
    "Pacer",
    "Patience",
    "RemoteProfile",
    "Signer",
    "Target",
    "Timeouts",
    "classify",
    "find_proxy",
    "fold_id",
    "is_loopback",
    "key_fingerprint",
    "key_of",
    "mask_proxy",
    "resolve_target",
]

_HOMES = {
    "answers": ("Answer", "Kind", "RemoteProfile"),
    "judging": ("classify",),
    "client": ("ClientSettings", "CustomerProfiles"),
    "lookup": ("fold_id", "key_of"),
    "pacing": ("WINDOW", "Pacer"),
    "proxies": ("find_proxy", "mask_proxy"),
    "retrying": ("Patience",),
    "signing": ("Signer",),
    "targets": ("Target", "is_loopback", "key_fingerprint", "resolve_target"),
    "transport": ("Timeouts",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
