"""A sandbox in a process of its own, without a rate limit unless asked, and what it has seen."""

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import PROGRAM, MeasuredError, Timing, time_program


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that is running.

    Attributes:
        url: What a client is given.
    """

    url: str

    def ask(self, name: str) -> Any:
        """Ask one of its control endpoints, which are no calls of the API."""
        with urllib.request.urlopen(f"{self.url.removesuffix('/v1')}/_sandbox/{name}") as answer:  # noqa: S310 - http, ours
            return json.load(answer)

    def count_calls(self) -> int:
        """Count the calls since the last reset."""
        return int(self.ask("stats")["calls"])

    def reset(self) -> None:
        """Begin its figures anew; profiles stay."""
        address = f"{self.url.removesuffix('/v1')}/_sandbox/reset"
        with urllib.request.urlopen(urllib.request.Request(address, method="POST")):  # noqa: S310 - http, ours
            pass

    def list_profiles(self) -> dict[str, Any]:
        """Give every profile that was made: registration id to what was sent."""
        made = [profile["attributes"] for profile in self.ask("profiles")]
        return {attributes["registrationId"]: attributes for attributes in made}


@contextmanager
def serve_sandbox(folder: Path, tps: float = 0) -> Iterator[Sandbox]:
    """Run a sandbox; a new state each time.

    Args:
        folder: Where it runs.
        tps: Calls that it allows in a second; 0 for no limit.
    """
    command = [PROGRAM, "sandbox", "--port", "0", "--tps", str(tps)]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        line = process.stderr.readline() if process.stderr else ""
        found = re.search(r"http://\S+", line)
        try:
            if found is None:
                raise MeasuredError(f"the sandbox did not start: {line}")
            yield Sandbox(found[0])
        finally:
            process.terminate()


def deliver(folder: Path, sandbox: Sandbox, export: Path, *arguments: object, command: str = "import") -> Timing:
    """Run ``import`` or ``upgrade`` against a sandbox."""
    return time_program(folder, *name_delivery(sandbox, export, *arguments, command=command))


def name_delivery(sandbox: Sandbox, export: Path, *arguments: object, command: str = "import") -> list[str]:
    """Say what to type for ``import`` or ``upgrade`` against a sandbox."""
    target = ["--env", "local", "--base-url", sandbox.url]
    return [command, str(export), *target, "--quiet", "--no-prefect", "--yes", *map(str, arguments)]
