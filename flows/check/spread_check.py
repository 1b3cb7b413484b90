"""The check of many large files spread over a Dask cluster, with the same verdicts as on one machine.

A checker keeps nothing between files but the rows' keys, and a date format is told from a whole column of one file. So
each file is checked by one worker, by the very code that checks it here, into a spool of its own in the run's folder;
here the spools are put behind each other in the order of the files, and the keys of all rows compared. Nothing of a row
goes through Dask, whose workers may write what they hold to their disks: it carries what to check and how it ended.

Every worker needs the program in the same version, the files under the same paths, and the run's folder (a shared
disk). The ledger's secret stays here: a file that needs it, a rejects file that comes back, is checked here.
"""

import asyncio
import shutil
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.check.checked_run import CheckedRun
from straitsx_bulk.flows.check.checking import InputChecker, Tell
from straitsx_bulk.flows.check.dask_cluster import open_dask
from straitsx_bulk.flows.check.planning import PlannedInput
from straitsx_bulk.flows.defects import describe_defect
from straitsx_bulk.flows.options import Settings
from straitsx_bulk.flows.sealing import Seal
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.errors import StoppedError, StraitsxBulkError, UsageError
from straitsx_bulk.schemas.keys import KeyIndex

KEYS = "keys"
LOOK_SECONDS = 0.5
"""How often to look whether the run is to end while a file is being checked elsewhere."""


@dataclass(frozen=True, slots=True)
class CheckJob:
    """What a check needs beside the files.

    Attributes:
        settings: Command, rail and repair.
        today: In Asia/Singapore.
        stop: Set by anyone who wants the run to end; the files checked so far are reported.
        tell: Told of the progress.
        seal: Sealed the rejects files that come back.
    """

    settings: Settings
    today: date
    stop: Stop
    tell: Tell
    seal: Seal


@dataclass(frozen=True, slots=True)
class FileOrder:
    """What a worker is told to check; no row, no key, no secret.

    Attributes:
        item: The file, looked at.
        settings: Command, rail and repair.
        today: In Asia/Singapore.
        folder: The whole run's spool, an absolute path.
        number: Of the file, from 1.
    """

    item: PlannedInput
    settings: Settings
    today: date
    folder: Path
    number: int


@dataclass(frozen=True, slots=True)
class FileEnd:
    """How the check of a file ended.

    Attributes:
        folder: The spool with its rows, or None where there is none.
        needs_seal: Whether it must be checked where the secret is.
        mistake: A sentence for people where the file cannot be read.
        defect: A sentence for people where the program failed.
    """

    folder: Path | None = None
    needs_seal: bool = False
    mistake: str = ""
    defect: str = ""


class SealNeededError(Exception):
    """A file of our own needs the secret, which workers do not have."""


async def check_exports(planned: Sequence[PlannedInput], spool: Spool, job: CheckJob, dask: str) -> CheckedRun:
    """Check every row of every export, in this process or spread over Dask.

    Args:
        planned: The exports, in order.
        spool: Where checked rows go.
        job: What the check needs.
        dask: A Dask scheduler's address, ``local``, or empty for this process.

    Raises:
        UsageError: An export cannot be read, or the cluster cannot be used.
    """
    if not dask:
        checker = InputChecker(job.settings, spool, job.today, job.stop, job.tell, job.seal)
        return await asyncio.to_thread(checker.check, planned)
    with open_dask(dask) as executor:
        return await asyncio.to_thread(check_spread, planned, spool, job, executor)


def check_spread(planned: Sequence[PlannedInput], spool: Spool, job: CheckJob, executor: Executor) -> CheckedRun:
    """Check every file by an executor's workers, and put what they found together in the order of the files.

    Args:
        planned: The exports, in order.
        spool: Where all checked rows go, in a folder that the workers see too.
        job: What the check needs.
        executor: Any of ``concurrent.futures``' kind: threads, processes, or a Dask cluster's.

    Raises:
        UsageError: An export cannot be read: the first in order; or its worker does not see the run's folder.
        StoppedError: The program failed on a worker.
    """
    folder = spool.folder.resolve()
    orders = [FileOrder(place(item), job.settings, job.today, folder, n) for n, item in enumerate(planned, start=1)]
    gathered = Gathered(spool, job, sum(item.rows_estimate for item in planned))
    futures = [executor.submit(check_file, order) for order in orders]
    try:
        for order, future in zip(orders, futures, strict=True):
            end = wait_for(future, job.stop)
            if end is None:
                break
            gathered.take(check_here(order, job) if end.needs_seal else end)
    finally:
        for future in futures:
            future.cancel()
    return gathered.finish()


def place(item: PlannedInput) -> PlannedInput:
    """Give a file's absolute path, for workers elsewhere, who open it; its name in the reports stays."""
    return replace(item, file=replace(item.file, path=item.file.path.resolve()), export=None)


def wait_for(future: "Future[FileEnd]", stop: Stop) -> FileEnd | None:
    """Wait for the end of a file's check; None where the run is to end first.

    Raises:
        StoppedError: The worker is gone, and those that had the file after it.
    """
    while stop.reason is None:
        try:
            return future.result(timeout=LOOK_SECONDS)
        except (FutureTimeoutError, TimeoutError):
            continue
        except Exception as error:  # noqa: BLE001 - Dask's own: a killed worker, a lost scheduler
            raise StoppedError(
                f"The Dask cluster could not check a file ({type(error).__name__}): a worker died of it, most often "
                "for want of memory, or the scheduler is gone. Nothing was sent; look at the cluster and run it again."
            ) from None
    return None


def check_file(order: FileOrder) -> FileEnd:
    """Check one file on a worker; whatever happens comes back in words without a value of a row."""

    def refuse_seal(_payload: bytes) -> NoReturn:
        raise SealNeededError

    return _check_into_spool(order, refuse_seal, Stop(), lambda _what, _done, _total: None)


def check_here(order: FileOrder, job: CheckJob) -> FileEnd:
    """Check one file where the secret is."""
    return _check_into_spool(order, job.seal, job.stop, lambda _what, _done, _total: None)


def _check_into_spool(order: FileOrder, seal: Seal, stop: Stop, tell: Tell) -> FileEnd:
    # A folder of its own for each try: a worker that is taken for dead may be writing still.
    folder = order.folder / f"file-{order.number:06d}-{uuid4().hex[:8]}"
    try:
        spool = Spool(folder)
        checker = InputChecker(order.settings, spool, order.today, stop, tell, seal)
        checker.read([order.item])
        spool.write_table(KEYS, checker.keys.dump())
        spool.seal({"date_formats": checker.date_formats, "notices": checker.notices})
    except SealNeededError:
        end = FileEnd(needs_seal=True)
    except StraitsxBulkError as error:
        end = FileEnd(mistake=str(error))
    except Exception as error:  # noqa: BLE001 - Dask would log its message, which may quote a row
        end = FileEnd(defect=describe_defect(error))
    else:
        return FileEnd(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return end


class Gathered:
    """The files' spools put behind each other, and their keys compared.

    Args:
        spool: Where all checked rows go.
        job: Whose progress is told.
        total: Rows altogether, as far as is known.
    """

    def __init__(self, spool: Spool, job: CheckJob, total: int) -> None:
        self._spool, self._job, self._total = spool, job, total
        self._keys = KeyIndex()
        self._date_formats: dict[str, str] = {}
        self._notices: list[str] = []

    def take(self, end: FileEnd) -> None:
        """Take the next file's rows.

        Raises:
            UsageError: It could not be read, or the run's folder is not the workers'.
            StoppedError: The program failed.
        """
        if end.mistake:
            raise UsageError(end.mistake)
        if end.defect or end.folder is None:
            raise StoppedError(end.defect)
        if not end.folder.is_dir():
            raise UsageError(
                f"A Dask worker wrote to {end.folder}, which is not there on this machine. Name a folder that all "
                "workers share with --out."
            )
        part = Spool(end.folder)
        notes = part.unseal() or {}
        self._keys.add_dumped(part.read_table(KEYS))
        self._spool.take_over(part)
        self._date_formats |= notes["date_formats"]
        self._notices += notes["notices"]
        self._job.tell("checked", self._spool.rows, max(self._total, self._spool.rows))

    def finish(self) -> CheckedRun:
        """Compare the keys of all rows."""
        for left in self._spool.folder.glob("file-*"):  # of tries that nobody waited for
            shutil.rmtree(left, ignore_errors=True)
        return CheckedRun(self._spool, self._keys.resolve(), self._date_formats, self._notices)
