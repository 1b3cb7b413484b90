"""The sandbox as a process of its own, so that tests can kill it; as a script it serves the state file it is given."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from straitsx_bulk.io.sandbox.server import Serving, serve
from straitsx_bulk.io.sandbox.settings import SandboxSettings


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """A running process.

    Attributes:
        process: To kill or stop; its standard error is a pipe.
        serving: Where it can be reached.
    """

    process: subprocess.Popen[str]
    serving: Serving


@contextmanager
def run_sandbox(
    state: Path, *, port: int = 0, tps: float = 0, faults: str = "", strict: bool = False
) -> Iterator[SandboxProcess]:
    """Start a sandbox process and wait until it listens; it is killed at the end if it still runs."""
    settings = json.dumps({"state": str(state), "port": port, "tps": tps, "faults": faults, "strict": strict})
    command = [sys.executable, __file__, settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise AssertionError(f"the sandbox did not start: {process.communicate()[1]}")
            yield SandboxProcess(process, Serving(**json.loads(line)))
        finally:
            process.kill()


def _main() -> None:
    given = json.loads(sys.argv[1])
    settings = SandboxSettings(**{**given, "state": Path(given["state"])})
    serve(settings, announce=_tell_parent)


def _tell_parent(serving: Serving) -> None:
    sys.stdout.write(json.dumps(asdict(serving)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main()
