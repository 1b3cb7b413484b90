"""The peers' own environments: made once, reused while their pins stay the same."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import CHECKOUT, MeasuredError, Timing, time_process

PLACES = CHECKOUT / "build" / "bench-venv"
PINS = CHECKOUT / "benchmarks" / "peers"
INSTALL_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Peer:
    """What a user would pick instead.

    Attributes:
        title: For people.
        module: Its script in ``benchmarks/peers``; the pins beside it have the same name.
        rows: Of the export it is given; slow ones are given fewer.
    """

    title: str
    module: str
    rows: int

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return PLACES / self.module / "bin" / "python"

    def prepare(self) -> None:
        """Make its environment, if it is not there.

        Raises:
            MeasuredError: It cannot be installed.
        """
        pins = PINS / f"{self.module}.txt"
        stamp = PLACES / self.module / "pins"
        wanted = f"{sys.version}\n{pins.read_text(encoding='utf-8')}"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        try:
            run_quietly(sys.executable, "-m", "venv", "--clear", str(PLACES / self.module))
            run_quietly(str(self.python), "-m", "pip", "install", "-qq", "--no-deps", "-r", str(pins))
        except (OSError, subprocess.SubprocessError) as error:
            raise MeasuredError(f"it cannot be installed here ({type(error).__name__})") from error
        stamp.write_text(wanted, encoding="utf-8")

    def run(self, folder: Path, *arguments: object) -> Timing:
        """Run its script, with a home of its own and nothing sent to anybody.

        Raises:
            MeasuredError: It failed.
        """
        command = [str(self.python), "-m", f"benchmarks.peers.{self.module}", *map(str, arguments)]
        return time_process(command, folder, dict(make_environment(folder)))


def run_quietly(*command: str) -> None:
    """Run a command of an installation; what it says is shown only by whoever runs it by hand."""
    subprocess.run(command, check=True, timeout=INSTALL_SECONDS, stdout=subprocess.DEVNULL)  # noqa: S603 - our own


def make_environment(folder: Path) -> Iterator[tuple[str, str]]:
    """Keep a peer to its folder, and its telemetry off."""
    yield "PYTHONPATH", str(CHECKOUT)
    yield "HOME", str(folder)
    yield "PREFECT_HOME", str(folder / "prefect")
    yield "PREFECT_SERVER_ANALYTICS_ENABLED", "false"
    yield "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120"
    yield "PREFECT_LOGGING_LEVEL", "WARNING"
    yield "DLT_DATA_DIR", str(folder / "dlt-data")
    yield "RUNTIME__DLTHUB_TELEMETRY", "false"
    yield "DO_NOT_TRACK", "1"
