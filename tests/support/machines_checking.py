"""Checking the same exports in different ways, and comparing what comes out."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.check.checking import InputChecker
from straitsx_bulk.flows.check.planning import PlannedInput, plan_inputs
from straitsx_bulk.flows.check.preparing import Request, prepare_run
from straitsx_bulk.flows.check.spread_check import CheckJob, check_spread
from straitsx_bulk.flows.options import read_options
from straitsx_bulk.flows.sealing import Seal, make_seal
from straitsx_bulk.io.spool import Spool

TODAY = date(2026, 3, 1)


@dataclass(frozen=True, slots=True)
class Exports:
    """Exports that were looked at, ready to be checked in more than one way."""

    planned: list[PlannedInput]
    job: CheckJob


def look_at(folder: Path, files: Sequence[Path], **options: Any) -> Exports:
    """Look at exports as ``validate`` does."""
    environ: Mapping[str, str] = {"HOME": str(folder), "STRAITSX_BULK_LEDGER_SECRET": "5e" * 32}
    request = Request("validate", tuple(map(str, files)), read_options(options, {}), environ)
    prepared = prepare_run(request)
    seal: Seal = make_seal(environ, prepared.settings.ledger)
    planned = plan_inputs(prepared.files, prepared.mappings, prepared.settings, seal)
    return Exports(planned, CheckJob(prepared.settings, TODAY, Stop(), lambda _what, _done, _total: None, seal))


def check_in_order(exports: Exports, folder: Path) -> CheckedRun:
    """Check one file after the other, as on one machine."""
    job = exports.job
    checker = InputChecker(job.settings, Spool(folder), job.today, job.stop, job.tell, job.seal)
    return checker.check(exports.planned)


def check_by(executor: Executor, exports: Exports, folder: Path) -> CheckedRun:
    """Check by an executor's workers."""
    return check_spread(exports.planned, Spool(folder), exports.job, executor)


def tell(checked: CheckedRun) -> list[Any]:
    """Everything that the reports are made from."""
    found = checked.run_findings
    told: list[Any] = [found.positions.tolist(), found.conflicts.tolist(), found.kept.tolist()]
    told += [checked.date_formats, checked.notices, checked.tally()]
    for first, batch in checked.batches():
        frames = (batch.values, batch.facts, batch.findings, batch.batch.cells, batch.keep)
        told += [first, batch.batch.origin, batch.batch.rows.tolist(), *(frame.to_dict("list") for frame in frames)]
        told += [batch.accepted.tolist(), batch.full_would_pass.tolist(), batch.mended.tolist()]
    return told


def find_process() -> int:
    """The process that answers."""
    return os.getpid()
