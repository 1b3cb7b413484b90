"""Leaving the process without waiting for a library's own last words.

Prefect's client tries for minutes, at the end of a process too, to hand its log and its events to a server that is
gone. By then everything of ours is durable and closed, and nobody should wait.
"""

import os
import sys
from dataclasses import dataclass


@dataclass(slots=True)
class Leaving:
    """How the process ends.

    Attributes:
        at_once: Whether it ends without the libraries' own ends.
    """

    at_once: bool = False


LEAVING = Leaving()


def leave_if_asked(code: int) -> None:
    """End the process with an exit status, if it is to end at once.

    Args:
        code: The status.
    """
    if LEAVING.at_once:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
