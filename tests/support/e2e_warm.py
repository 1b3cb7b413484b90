"""Starts the command line quickly: a process that has imported everything forks for each command it is given.

Each command is a process of its own, with folder, environment and output of its own, that runs the same ``main`` as the
installed script; only the second and a half of imports is saved. As a script: orders on standard input, one JSON
object a line; exit statuses on standard output.
"""

import gc
import json
import os
import subprocess
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

MODULES = (
    "straitsx_bulk.flows.cli",
    "straitsx_bulk.flows.running",
    "straitsx_bulk.flows.importing",
    "straitsx_bulk.flows.validating",
    "straitsx_bulk.flows.status",
    "straitsx_bulk.flows.demo",
    "straitsx_bulk.io.sandbox.server",
)


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

    def run(self, arguments: list[str], cwd: Path, environ: dict[str, str], out: Path, err: Path) -> int:
        """Run one command to its end and give its exit status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"arguments": arguments, "cwd": str(cwd), "environ": environ, "out": str(out), "err": str(err)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _main() -> None:
    for name in MODULES:
        import_module(name)
    gc.freeze()  # the children's collector shall not touch, and so copy, what is shared
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


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
