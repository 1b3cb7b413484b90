"""One site: machines with the same exports, one PostgreSQL ledger, one sandbox, workers for shards."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Protocol

from e2e_exports import as_csv
from e2e_program import Reports
from ledger_backends import Backend
from machines_workers import DEADLINE, Workers, run_whole, start_process, wait_until, working

from straitsx_bulk.flows.shards.orders import name_shard_run
from straitsx_bulk.io.sandbox.counters import SandboxStats
from straitsx_bulk.io.sandbox.server import SandboxServer

RUN = "ab" * 16
Rows = Sequence[Mapping[str, str]]
EXPORTS = ("exports/1.csv", "exports/2.csv")


class StartSite(Protocol):
    """Makes a site with exports of these rows, so many machines, and a sandbox with these settings."""

    def __call__(
        self, rows: Sequence[Mapping[str, str]], machines: int, *, hide: bool = False, **sandbox: Any
    ) -> "Site":
        """Make it."""
        ...


@dataclass(slots=True)
class Site:
    """Machines, ledger, sandbox and workers.

    Attributes:
        place: Where everything is.
        backend: The ledger.
        sandbox: The API.
        hide: Whether workers cannot see the whole run's folder.
        machines: The workers' folders; the whole run has one of its own.
    """

    place: Path
    backend: Backend
    sandbox: SandboxServer
    hide: bool
    machines: list[Path] = field(default_factory=list)
    workers: Workers | None = None

    def make_machines(self, count: int, rows: Rows) -> None:
        """Make folders with the same exports in each, half of the rows in each of two files."""
        half = len(rows) // 2
        texts = (as_csv(rows[:half]), as_csv(rows[half:]))
        self.machines = [self.place / f"worker-{number}" for number in range(count)]
        for machine in (self.home, *self.machines):
            (machine / "exports").mkdir(parents=True)
            for name, text in zip(EXPORTS, texts, strict=True):
                (machine / name).write_text(text, encoding="utf-8")

    @property
    def home(self) -> Path:
        """The whole run's machine."""
        return self.place / "home"

    @property
    def environ(self) -> dict[str, str]:
        """Of every process."""
        return {**self.backend.environment, "PATH": "/usr/bin:/bin"}

    @contextmanager
    def have_workers(self) -> Iterator[None]:
        """Have workers while the block runs."""
        with working(self.machines, self.place / "orders", self.environ) as workers:
            self.workers = workers
            yield

    def start(self, shards: int, run_id: str = RUN, **options: Any) -> ForkServerProcess:
        """Start a whole run in shards."""
        given = {
            "env": "local",
            "base_url": self.sandbox.base_url,
            "ledger": self.backend.url,
            "account": "shared",
            "reports": "results",
            **options,
        }
        orders = str(self.place / "orders")
        return start_process(run_whole, self.home, self.environ, EXPORTS, given, shards, orders, run_id, self.hide)

    def run(self, shards: int, run_id: str = RUN, **options: Any) -> Reports:
        """Run to the end."""
        process = self.start(shards, run_id, **options)
        process.join(DEADLINE)
        assert process.exitcode is not None, "the whole run did not end"
        return self.reports(run_id)

    def reports(self, run_id: str = RUN) -> Reports:
        """The whole run's reports."""
        folders = list((self.home / "runs").glob(f"*-{run_id}"))
        assert len(folders) == 1, self.said()
        assert (folders[0] / "summary.json").exists(), self.said()
        return Reports(folders[0])

    def shard_reports(self, shards: int, run_id: str = RUN) -> list[Reports]:
        """The shards' own reports, the newest of each."""
        names = [name_shard_run(run_id, shard, shards) for shard in range(shards)]
        found = [sorted(f for m in self.machines for f in (m / "runs").glob(f"*-{name}")) for name in names]
        return [Reports(folders[-1]) for folders in found]

    def said(self) -> str:
        """What all processes have said, for a test that fails."""
        return "\n".join(path.read_text() for path in sorted(self.place.glob("*/said.txt")))

    def stats(self) -> SandboxStats:
        """What the sandbox has seen."""
        return self.sandbox.stats()

    def profiles_by_id(self) -> Counter[str]:
        """Registration ids at the sandbox, each with the number of its profiles."""
        return count_profiles(self.sandbox)

    def wait_for_profiles(self, count: int) -> None:
        """Wait until the sandbox has so many."""
        wait_until(lambda: self.stats().profiles >= count, f"{count} profiles")


def count_profiles(sandbox: SandboxServer) -> Counter[str]:
    """Registration ids at a sandbox, each with the number of its profiles."""
    return Counter(str(profile.attributes["registrationId"]) for profile in sandbox.profiles())
