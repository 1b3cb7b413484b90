"""The command line, killed with SIGKILL at a labelled point: between any two steps that leave something behind.

Nothing of the program is replaced: a labelled step is done as always, and just before or just after the n-th time the
process is gone, without a word to anybody. As a script it is the process that forks, as ``e2e_warm`` is.
"""

import functools
import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import e2e_warm
from e2e_warm import WarmProgram

VARIABLE = "DELIVERY_TESTS_KILL_AT"
"""Environment of one command, taken away before the program sees it: ``label/before/3`` or ``label/after/1``."""

STEPS = {
    "run started": ("io.ledger.account", "Account.start_run"),
    "rows checked": ("flows.check.checking", "CheckedRun.keep"),
    "ledger committed": ("io.ledger.account", "Account.commit"),
    "key joined": ("io.ledger.account", "Account.add_key"),
    "profiles adopted": ("io.ledger.account", "Account.adopt"),
    "intent released": ("io.ledger.account", "Account.release"),
    "turn taken": ("io.ledger.account", "Account.reserve_slot"),
    "profile created": ("io.straitsx.client", "CustomerProfiles.create"),
    "key looked up": ("io.straitsx.client", "CustomerProfiles.find"),
    "profile read": ("io.straitsx.client", "CustomerProfiles.get"),
    "profile patched": ("io.straitsx.client", "CustomerProfiles.patch"),
    "page read": ("io.straitsx.client", "CustomerProfiles.page"),
    "result noted": ("flows.delivery.journal", "Journal.write"),
    "chunk reported": ("io.reports.writer", "Reports.add"),
    "results named": ("io.reports.results", "ResultsFile.finish"),
    "summary written": ("io.reports.writer", "write_summary"),
    "page written": ("io.reports.writer", "write_page"),
    "rejects written": ("io.reports.writer", "write_rejects"),
    "reports whole": ("io.reports.writer", "Reports.finish"),
    "run finished": ("io.ledger.ledger", "Ledger.finish_run"),
    "rows forgotten": ("io.ledger.ledger", "Ledger.forget_rows"),
    "spool deleted": ("io.spool", "Spool.delete"),
    "dead run claimed": ("io.ledger.ledger", "Ledger.claim_run"),
}
"""Label to the module and the name of a step."""

MOMENTS = ("before", "after")


class KillableProgram(WarmProgram):
    """Forks commands that may kill themselves."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )


def _arm(point: str) -> None:
    label, moment, number = point.split("/")
    module_name, path = STEPS[label]
    holder: Any = import_module(f"straitsx_bulk.{module_name}")
    *outer, name = path.split(".")
    for part in outer:
        holder = getattr(holder, part)
    setattr(holder, name, _wrap(getattr(holder, name), moment, int(number)))


def _wrap(step: Callable[..., Any], moment: str, number: int) -> Callable[..., Any]:
    left = number

    def die_in_time(now: str) -> None:
        nonlocal left
        if now == moment:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(step)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        die_in_time("before")
        result = await step(*args, **kwargs)
        die_in_time("after")
        return result

    @functools.wraps(step)
    def called(*args: Any, **kwargs: Any) -> Any:
        die_in_time("before")
        result = step(*args, **kwargs)
        die_in_time("after")
        return result

    return awaited if inspect.iscoroutinefunction(step) else called


def _become(order: dict[str, Any]) -> Any:
    point = order["environ"].pop(VARIABLE, "")
    if point:
        _arm(point)
    return BECOME(order)


BECOME = e2e_warm._become

if __name__ == "__main__":
    e2e_warm._become = _become
    e2e_warm._main()
