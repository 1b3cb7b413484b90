"""Runs imports and inbox passes in processes of their own that can be killed, quickly: one that has imported all forks.

Each order is a process; it may be told to kill itself at the n-th change of the file system below a folder, so that a
crash between any two steps is a real one. As a script: orders on standard input, one JSON object a line; a process id
or a status for each on standard output.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from e2e_warm import warm_up

CHANGES = frozenset({"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.copyfile", "shutil.rmtree"})
RUNNING = 1000
DEADLINE = 180.0


class Forks:
    """The process that forks."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def order(self, **words: object) -> int:
        """Have it do something, and give what it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, kind: str, place: Path, **words: object) -> "Fork":
        """Start an ``import`` or an ``inbox`` pass in a folder; its output goes to ``<place>/out.txt``."""
        return Fork(self.order(kind=kind, place=str(place), **words), self)

    def run(self, kind: str, place: Path, **words: object) -> int:
        """Run one to its end and give its status; a signal that ended it is negative."""
        return self.start(kind, place, **words).wait()


@dataclass(frozen=True, slots=True)
class Fork:
    """A process that was started."""

    pid: int
    parent: Forks

    def poll(self) -> int | None:
        """The status, or None while it runs; ask until it is there, and no more."""
        status = self.parent.order(kind="poll", pid=self.pid)
        return None if status == RUNNING else status

    def wait(self) -> int:
        """Wait for its end."""
        end = time.monotonic() + DEADLINE
        while (status := self.poll()) is None:
            assert time.monotonic() < end, f"process {self.pid} did not end"
            time.sleep(0.01)  # a poll: the process decides
        return status

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL


def _main() -> None:
    warm_up("straitsx_bulk.flows.inbox.passing")
    for line in sys.stdin:
        words = json.loads(line)
        sys.stdout.write(f"{_ask(words['pid']) if words['kind'] == 'poll' else _fork(words)}\n")
        sys.stdout.flush()


def _ask(pid: int) -> int:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else RUNNING


def _fork(words: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        _become(words)
    return child


def _become(words: dict[str, Any]) -> NoReturn:
    place = Path(words["place"])
    os.chdir(place)
    os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = str(place)
    output = os.open(place / "out.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if "crash_at" in words:
        kill_at_change(words["crash_at"], words["below"])
    try:
        status = asyncio.run(_run_pass(words) if words["kind"] == "inbox" else _run_import(words))
    except Exception as error:  # noqa: BLE001 - the test reads it
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        status = 99
    sys.stderr.flush()
    os._exit(status)


def kill_at_change(number: int, below: str) -> None:
    """Kill this process just before its n-th change of a folder; what happens inside run folders is not counted."""
    left = number
    deepest = len(Path(below).parts) + 3

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event not in CHANGES or not str(arguments[0]).startswith(below):
            return
        if len(Path(str(arguments[0])).parts) > deepest:
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


async def _run_pass(words: dict[str, Any]) -> int:
    from straitsx_bulk.flows.inbox.passing import Inbox, process_inbox
    from straitsx_bulk.flows.observing import NoObserver
    from straitsx_bulk.flows.options import read_options
    from straitsx_bulk.flows.run.executing import execute

    inbox = Inbox(Path(words["inbox"]), words.get("settle", 0.0), marked_only=words.get("marked_only", False))
    await process_inbox(inbox, read_options(words["options"], {}), {}, NoObserver(), execute)
    return 0


async def _run_import(words: dict[str, Any]) -> int:
    from straitsx_bulk.flows.check.preparing import Request
    from straitsx_bulk.flows.observing import NoObserver
    from straitsx_bulk.flows.options import read_options
    from straitsx_bulk.flows.run.executing import execute

    options = read_options(words["options"], {})
    request = Request("import", tuple(words["files"]), options, {}, run_id=words.get("run_id"))
    return (await execute(request, NoObserver())).exit_status


if __name__ == "__main__":
    _main()
