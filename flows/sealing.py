"""The seal of rejects files: tells whether a row that comes back was mended, and its grey cells left alone."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from straitsx_bulk.io.ledger import Digests, Secret, load_secret

Seal = Callable[[bytes], str]
"""A keyed hash: bytes in, a short text out."""


def make_seal(environ: Mapping[str, str], ledger_url: str) -> Seal:
    """Give the keyed hash that seals rejects files, the same for every account and command.

    The ledger's secret is behind it. ``validate`` needs no ledger, but makes the secret where no ledger stands that
    could miss it; where one does and the secret is gone, the files are sealed for this run only.
    """
    path = Path(ledger_url.removeprefix("sqlite:///"))
    is_file = ledger_url.startswith("sqlite:///")
    secret = load_secret(environ, create=is_file and not path.exists(), postgresql=False)
    digests = Digests(secret or Secret(os.urandom(32), "this run"), "rejects")
    return lambda payload: digests.seal(payload.decode("utf-8", "surrogatepass"))
