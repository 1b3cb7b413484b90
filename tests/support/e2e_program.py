"""A user's machine in a temporary folder: the program run as a real process there, and what it leaves behind."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e_warm import Child, Command, WarmProgram

from straitsx_bulk.io.sandbox.server import SandboxServer

SCRIPT = Path(sys.executable).with_name("straitsx-bulk")
SAMPLES = Path(__file__).resolve().parents[2] / "data_samples"
StartSandbox = Callable[..., SandboxServer]
"""Starts a sandbox without a rate limit, but for the settings it is given."""

DEADLINE = 240.0
"""Seconds after which a condition that should have come true is given up."""


@dataclass(frozen=True, slots=True)
class Reports:
    """A run's folder, read with the standard library.

    Attributes:
        folder: The run's.
    """

    folder: Path

    @property
    def rows(self) -> list[dict[str, str]]:
        """The lines of results.csv, guards taken away."""
        return read_guarded(self.folder / "results.csv")

    @property
    def summary(self) -> dict[str, Any]:
        """summary.json."""
        content: dict[str, Any] = json.loads((self.folder / "summary.json").read_text(encoding="utf-8"))
        return content

    @property
    def outcomes(self) -> dict[str, int]:
        """Outcome to rows, without those that did not occur."""
        return {outcome: count for outcome, count in self.summary["outcomes"].items() if count}

    def column(self, name: str) -> list[str]:
        """One column of results.csv."""
        return [row[name] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended.

    Attributes:
        code: Exit status.
        stdout: Standard output.
        stderr: Standard error.
        folders: Run folders that it made.
    """

    code: int
    stdout: str
    stderr: str
    folders: list[Path] = field(default_factory=list)

    @property
    def reports(self) -> Reports:
        """The reports of the one run that it made."""
        [folder] = self.folders
        return Reports(folder)


@dataclass(slots=True)
class Machine:
    """A folder to work in and a home, with nothing of the real user's.

    Attributes:
        folder: Where commands run.
        home: The user's home there.
        warm: Runs commands quickly; without it each command pays for its imports.
        environ: Further environment of every command.
    """

    folder: Path
    home: Path
    warm: WarmProgram | None = None
    environ: dict[str, str] = field(default_factory=dict)

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        """The whole environment of a command: no proxy, key or option of whoever runs the tests."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
        own = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / ".config"), "TMPDIR": str(self.temporary)}
        return kept | own | self.environ | more

    @property
    def temporary(self) -> Path:
        """Where the program's temporary files would be."""
        path = self.home.with_name("temporary")
        path.mkdir(exist_ok=True)
        return path

    def run(self, *arguments: object, **environ: str) -> Ended:
        """Run a command to its end."""
        before = set(self.list_runs())
        words = [str(argument) for argument in arguments]
        out, err = self.home.with_name("stdout"), self.home.with_name("stderr")
        if self.warm is None:
            with self._launch(words, environ, out, err) as process:
                code = process.wait()
        else:
            code = self.warm.run(Command(words, str(self.folder), self.environment(environ), str(out), str(err)))
        stdout, stderr = out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        return Ended(code, stdout, stderr, sorted(set(self.list_runs()) - before))

    def cold(self) -> "Machine":
        """The same machine, each command through the installed script."""
        return Machine(self.folder, self.home, None, self.environ)

    def start(self, *arguments: object, **environ: str) -> "Child | subprocess.Popen[str]":
        """Start a command; its output goes to files beside the home."""
        words = [str(argument) for argument in arguments]
        out, err = self.home.with_name("started.out"), self.home.with_name("started.err")
        if self.warm is None:
            return self._launch(words, environ, out, err)
        return self.warm.start(Command(words, str(self.folder), self.environment(environ), str(out), str(err)))

    def start_and_signal(self, number: signal.Signals, path: str, *arguments: object) -> Child:
        """Start a command that is sent a signal as it opens a file whose path ends so."""
        assert self.warm is not None
        words = [str(argument) for argument in arguments]
        out, err = self.home.with_name("started.out"), self.home.with_name("started.err")
        environ = self.environment({})
        return self.warm.start(Command(words, str(self.folder), environ, str(out), str(err), path, number))

    def _launch(self, words: list[str], environ: dict[str, str], out: Path, err: Path) -> "subprocess.Popen[str]":
        with out.open("w") as output, err.open("w") as errors:
            return subprocess.Popen(
                [SCRIPT, *words],
                cwd=self.folder,
                env=self.environment(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                text=True,
            )

    @property
    def started_stderr(self) -> str:
        """What the command that was started last has said."""
        return self.home.with_name("started.err").read_text(encoding="utf-8")

    def list_runs(self) -> list[Path]:
        """Run folders, in order of name."""
        return sorted((self.folder / "runs").glob("*T*-*"))

    def write(self, name: str, text: str) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def everything(self, *, without: Iterable[str] = ()) -> Iterator[tuple[Path, bytes]]:
        """Every file of the machine, but those whose path holds one of the words."""
        words = tuple(without)
        for root in (self.folder, self.home, self.temporary):
            for path in sorted(root.rglob("*")):
                if path.is_file() and not any(word in str(path.relative_to(root)) for word in words):
                    yield path, path.read_bytes()


def make_machine(place: Path, warm: WarmProgram | None = None) -> Machine:
    """Make a folder and a home below a place."""
    folder, home = place / "work", place / "home"
    folder.mkdir()
    home.mkdir()
    return Machine(folder, home, warm)


def read_guarded(path: Path) -> list[dict[str, str]]:
    """Read a CSV report; one ``'`` in front of a text is a guard."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [{k.removeprefix("'"): v.removeprefix("'") for k, v in line.items()} for line in csv.DictReader(stream)]


def refused_creates(sandbox: SandboxServer) -> dict[str, int]:
    """How often a create was refused, by status: for clean rows, each time a key was sent that was there already."""
    return {status: count for status, count in sandbox.stats().by_call["create"].items() if status in {"400", "422"}}


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Look at a condition until it holds; fails where it does not come true in time."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"not in {DEADLINE:g} s: {what}"
        time.sleep(0.002)  # a poll, not a guess: the condition decides
