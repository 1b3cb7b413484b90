"""Starts the command line quickly: a process that has imported everything forks for each command it is given.

Each command is a process of its own, with folder, environment and output of its own, that runs the same ``main`` as the
installed script; only the second and a half of imports is saved. As a script: orders on standard input, one JSON
object a line; a number for each on standard output.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from importlib import import_module
from types import TracebackType
from typing import Any, NoReturn, Self

MODULES = (
    "straitsx_bulk.flows.cli",
    "straitsx_bulk.flows.command.commands",
    "straitsx_bulk.flows.command.running",
    "straitsx_bulk.flows.run.importing",
    "straitsx_bulk.flows.run.validating",
    "straitsx_bulk.flows.command.status",
    "straitsx_bulk.flows.command.demo",
    "straitsx_bulk.io.readers.delimited",
    "straitsx_bulk.io.reports.workbook",
    "straitsx_bulk.io.sandbox.server",
    "straitsx_bulk.schemas.profiles",
    "httpcore",
    "h2.connection",
    "uvicorn.lifespan.on",
    "jinja2.ext",
)


STILL_RUNNING = 1000
"""Answered for a process that has not ended; no exit status is so high."""


class WarmProgram:
    """The process that forks."""

    def __init__(self) -> None:
        command = [sys.executable, __file__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def run(self, command: "Command") -> int:
        """Run a command to its end and give its exit status."""
        return self.start(command).wait()

    def start(self, command: "Command") -> "Child":
        """Start a command."""
        return Child(self.order("start", **asdict(command)), self)

    def order(self, kind: str, **more: object) -> int:
        """Have the process that forks do something, and give what it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"kind": kind, **more}) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@dataclass(frozen=True, slots=True)
class Command:
    """What to run.

    Attributes:
        arguments: Words of the command line.
        cwd: Folder to run in.
        environ: The whole environment.
        out: File for standard output.
        err: File for standard error.
        opens: The end of a path: as it opens a file of that name, it sends itself a signal.
        number: Which.
    """

    arguments: list[str]
    cwd: str
    environ: dict[str, str]
    out: str
    err: str
    opens: str = ""
    number: int = 0


@dataclass(slots=True)
class Child:
    """A command that was started.

    Attributes:
        pid: Its process.
        parent: Who forked it.
    """

    pid: int
    parent: WarmProgram
    _code: int | None = None

    def poll(self) -> int | None:
        """Give the exit status, or None while it runs; a signal that ended it is negative."""
        if self._code is None:
            answer = self.parent.order("poll", pid=self.pid)
            self._code = None if answer == STILL_RUNNING else answer
        return self._code

    def wait(self, seconds: float = 300.0) -> int:
        """Wait for the end.

        Raises:
            TimeoutError: It runs still.
        """
        end = time.monotonic() + seconds
        while self.poll() is None:
            if time.monotonic() > end:
                self.send_signal(signal.SIGKILL)
                raise TimeoutError(f"process {self.pid} did not end in {seconds:g} s")
            time.sleep(0.005)  # a poll: the process decides
        assert self._code is not None
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def warm_up(*modules: str) -> None:
    """Import what every command needs, and these modules; pandera loads its parts at the first check."""
    for name in (*MODULES, *modules):
        import_module(name)
    pandas, profiles = import_module("pandas"), import_module("straitsx_bulk.schemas.profiles")
    model = profiles.PersonalUsd
    model.validate(pandas.DataFrame({name: pandas.array([], dtype="string") for name in model.to_schema().columns}))
    gc.freeze()  # the children's collector shall not touch, and so copy, what is shared


def _main() -> None:
    warm_up()
    for line in sys.stdin:
        order = json.loads(line)
        sys.stdout.write(f"{_fork(order) if order['kind'] == 'start' else _ask(order['pid'])}\n")
        sys.stdout.flush()


def _fork(order: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        _become(order)
    return child


def _ask(pid: int) -> int:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else STILL_RUNNING


def signal_at_opening(opens: str, number: int) -> None:
    """Send this process a signal as it opens a file, so that nothing depends on who is quicker."""

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and str(arguments[0]).endswith(opens):
            os.kill(os.getpid(), number)

    sys.addaudithook(watch)


def _become(order: dict[str, Any]) -> NoReturn:
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environ"])
    time.tzset()
    for number, path, flags in (
        (0, "/dev/null", os.O_RDONLY),
        (1, order["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, order["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    if order["opens"]:
        signal_at_opening(order["opens"], order["number"])
    sys.argv = ["straitsx-bulk", *order["arguments"]]
    try:
        import_module("straitsx_bulk.flows.cli").main()
    except SystemExit as ending:
        code = ending.code
    except BaseException:  # noqa: BLE001 - as the interpreter would: a traceback and exit 1
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))  # taking modules apart costs more than the run


if __name__ == "__main__":
    _main()
