"""Who is sending: a process of a machine, and whether it still lives.

A process counts as dead only where that can be seen: on the same machine, in the same process namespace, since the
same start. Of any other only its lease tells.
"""

import os
import socket
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """A process.

    Attributes:
        machine: Host name and process namespace: within it, process numbers mean something.
        boot: Which start of that machine, empty where the system does not say.
        pid: Process number.
        started: When the process started, in the system's own count; empty where it does not say.
    """

    machine: str
    boot: str
    pid: int
    started: str


@cache
def _this_machine() -> tuple[str, str]:
    return f"{socket.gethostname()}/{_process_namespace()}", _read_text(Path("/proc/sys/kernel/random/boot_id"))


def this_process() -> Owner:
    """Name the process that asks."""
    machine, boot = _this_machine()
    return Owner(machine, boot, os.getpid(), _start_of(os.getpid()) or "")


def seen_dead(owner: Owner, *, local_ledger: bool) -> bool:
    """Tell whether a process is certainly gone.

    Args:
        owner: The process.
        local_ledger: The ledger is a file of this machine, so that another start of it is an earlier one. Of a shared
            ledger, another start may be another machine of the same name.

    Returns:
        True where it is certain; False where it lives or nobody here can tell.
    """
    machine, boot = _this_machine()
    if owner.boot != boot:
        return local_ledger and bool(owner.boot and boot)
    if owner.machine != machine or sys.platform == "win32":  # there, asking after a process can end it
        return False
    started = _start_of(owner.pid)
    return started is None or bool(owner.started and started and owner.started != started)


def _start_of(pid: int) -> str | None:
    """Read when a process started: None if there is no such process, empty where the system does not say."""
    # After the name in brackets, which may hold anything: state is the first field, start time the twentieth.
    fields = _read_text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    if fields:
        return None if fields[0] in {"Z", "X"} else fields[19]
    try:  # no such process, a system without /proc, or one that hides other users' processes
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""


def _process_namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _read_text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
