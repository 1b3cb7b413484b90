"""Does what a reader of the README does: types its commands in order, in a folder like the checkout.

What a test may not do is done otherwise: StraitsX's own hosts become the sandbox inside the program, ports become free
ones, and servers end with the section that they were started in.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from e2e_program import Ended, Machine, wait_until
from openpyxl import load_workbook
from prefect_server import find_port
from readme_blocks import README, Command

PORTS = ("8080", "4200")
"""Ports that the README names, of the sandbox and of Prefect's server."""

LASTING = ("straitsx-bulk sandbox", "prefect server start", "prefect worker start")
"""Commands that run until somebody ends them."""

MENDED = {"Rejected": ("C-1008", "Full Name", "Lim Wei Ming"), "USD gaps": ("C-1011", "DOB", "12/03/1990")}
"""What the README has its reader mend: sheet to row, column and text."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that was typed.

    Attributes:
        command: As the README has it.
        ended: What came of it.
    """

    command: Command
    ended: Ended


@dataclass(slots=True)
class Reader:
    """Somebody who types what the README says.

    Attributes:
        machine: Where.
        ports: Ports as the README has them to free ones.
        environ: What ``export`` has set; until the end of a section, as in a terminal of its own.
        done: What was typed and has ended.
    """

    machine: Machine
    ports: dict[str, str] = field(default_factory=lambda: {port: str(find_port()) for port in PORTS})
    environ: dict[str, str] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    lasting: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def read_section(self, commands: list[Command]) -> None:
        """Type a section's commands; what it started ends with it."""
        with self.section():
            for command in commands:
                ended = self.type(command)
                told = f"README line {command.line}: {command.text}\n{ended.stdout}\n{ended.stderr}"
                assert ended.code == command.status, told
                self.done.append(Done(command, ended))

    @contextmanager
    def section(self) -> Iterator[None]:
        """A section: what lasts and what was exported ends with it."""
        try:
            yield
        finally:
            while self.lasting:
                stop(self.lasting.pop())
            self.environ.clear()

    def type(self, command: Command) -> Ended:
        """Type one command."""
        text = command.text
        for named, free in self.ports.items():
            text = text.replace(named, free)
        first, _, rest = text.partition(" ")
        if first in KNOWN:
            return KNOWN[first](self, rest)
        if text.startswith(LASTING):
            return self.start(text)
        if first == "straitsx-bulk":
            return self.run_ours(Command(text, command.section, command.line, command.status).words[1:])
        return self.run_shell(text)

    def run_ours(self, words: list[str]) -> Ended:
        """Run a command of ours, whatever it calls on this machine."""
        if "mended.xlsx" in words and not (self.machine.folder / "mended.xlsx").exists():
            mend(self.machine)
        if {"sandbox", "production"} & set(words):
            words = [*words, "--env", "local"]  # the last one counts
        return self.machine.run(*words, **self.environ)

    def run_shell(self, text: str) -> Ended:
        """Run a command of another program."""
        command = ["bash", "-c", text]
        done = subprocess.run(
            command, cwd=self.machine.folder, env=self.environment(), capture_output=True, text=True, check=False
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def environment(self) -> dict[str, str]:
        """The environment of a shell with the README's own programs first."""
        environ = self.machine.environment(self.environ)
        return environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"}

    def start(self, text: str) -> Ended:
        """Start what lasts, and wait until it is there."""
        environ = self.environment() | {
            "PREFECT_SERVER_API_PORT": self.ports["4200"],
            "PREFECT_WORKER_QUERY_SECONDS": "1",
        }
        log = self.machine.home / f"lasting-{len(self.lasting)}.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {text}"],
                cwd=self.machine.folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.lasting.append(process)
        wait_until(lambda: process.poll() is not None or self.is_there(text, log), f"{text}: {log.read_text()}")
        assert process.poll() is None, log.read_text()
        return Ended(0, "", "")

    def is_there(self, text: str, log: Path) -> bool:
        """Whether what was started can be used."""
        if not text.startswith("prefect server"):
            return any(word in log.read_text() for word in ("Sandbox on", "started!"))
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports['4200']}/api/health", trust_env=False).is_success
        except httpx.HTTPError:
            return False


def check_make(_reader: Reader, target: str) -> Ended:
    """The target is there; the tests do not run themselves."""
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    return Ended(0 if f"\n{target}:" in makefile else 2, "", f"no target {target}")


def check_activate(_reader: Reader, script: str) -> Ended:
    """The environment that the Makefile makes is the one that the README activates."""
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    folder = script.removesuffix("/bin/activate")
    return Ended(0 if f"\nVENV := {folder}\n" in makefile else 1, "", f"no environment {folder}")


def set_variables(reader: Reader, assignments: str) -> Ended:
    """Set variables as ``export`` does."""
    reader.environ |= dict(assignment.split("=", 1) for assignment in assignments.split())
    return Ended(0, "", "")


KNOWN: dict[str, Callable[[Reader, str], Ended]] = {
    "make": check_make,
    "source": check_activate,
    "export": set_variables,
}
"""Words of a shell, and what a test may not run."""


def mend(machine: Machine) -> None:
    """Copy the newest rejects workbook and change the cells that the README says."""
    path = machine.folder / "mended.xlsx"
    written = [folder / "rejects.xlsx" for folder in machine.list_runs() if (folder / "rejects.xlsx").exists()]
    shutil.copyfile(max(written, key=lambda workbook: workbook.stat().st_mtime_ns), path)
    book = load_workbook(path)
    for sheet, (reference, header, text) in MENDED.items():
        headers = [cell.value for cell in book[sheet][1]]
        [row] = [row for row in book[sheet].iter_rows(min_row=2) if row[0].value == reference]
        row[headers.index(header)].value = text
    book.save(path)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End what lasts as Ctrl-C does, and whatever it has started."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
