"""One pass over an inbox: every complete file imported once, and moved with its reports to ``done`` or ``attention``.

A crash between any two steps repeats nothing and loses nothing: where a file stands says what is left to do, its run
goes on under its own id, and the ledger knows what was sent.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from straitsx_bulk.flows.check.preparing import Request
from straitsx_bulk.flows.defects import describe_defect
from straitsx_bulk.flows.inbox.claims import (
    ATTENTION,
    DONE,
    Claim,
    Look,
    hold_inbox,
    list_complete,
    name_target,
    settle_claim,
)
from straitsx_bulk.flows.inbox.taking import claim_file, list_claims
from straitsx_bulk.flows.inbox.telling import name_moving
from straitsx_bulk.flows.observing import Observer
from straitsx_bulk.flows.options import Options
from straitsx_bulk.flows.result import RunResult
from straitsx_bulk.flows.run.keeping_hours import now_utc
from straitsx_bulk.flows.run.resuming import has_ended
from straitsx_bulk.flows.window import parse_window
from straitsx_bulk.io.readers import InputFile, name_path
from straitsx_bulk.io.readers.mapping_files import load_mapping
from straitsx_bulk.io.reports.folder import write_whole
from straitsx_bulk.schemas.errors import FileError, MappingError, StoppedError, StraitsxBulkError, UsageError
from straitsx_bulk.schemas.outcomes import GOOD
from straitsx_bulk.schemas.wording import make_printable

BREAKERS = ("--max-reject-share", "--max-refused")
"""Named in the reason of a stop that a person must look at; any other stop passes, and the next pass goes on."""

WHY = "why.md"
"""Says why a file could not be imported at all."""

Execute = Callable[[Request, Observer], Awaitable[RunResult]]


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where files are dropped, and when they are taken.

    Attributes:
        folder: The inbox.
        settle_seconds: How long a file without a marker is watched before it counts as complete.
        marked_only: Take files with a ``.done`` marker only.
    """

    folder: Path
    settle_seconds: float = 10.0
    marked_only: bool = False


@dataclass(slots=True)
class Pass:
    """What a pass over an inbox came to; no value of a row.

    Attributes:
        done: Files that are done with.
        attention: Files that need a person.
        waiting: Files that were taken and whose run has paused: a later pass goes on.
        outcomes: Outcome to rows, over all files.
        calls: Requests made.
        paused: Why the pass ended early: ``limit``, ``window``, that it was interrupted, or None.
        interrupted: Whether somebody asked for its end.
        defects: What kept a file from its run that is not wrong in it, for people; the only place that names files.
    """

    done: int = 0
    attention: int = 0
    waiting: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    paused: str | None = None
    interrupted: bool = False
    defects: list[str] = field(default_factory=list)

    @property
    def is_idle(self) -> bool:
        """Whether no file was imported and none was moved."""
        return not (self.done or self.attention or self.outcomes)

    def describe(self) -> str:
        """Say for people what it came to."""
        if not (self.done or self.attention or self.waiting):
            return "no file was taken" if self.paused is not None or self.defects else "no file was complete"
        rows = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(self.outcomes.items()) if count)
        files = f"files: {self.done} done, {self.attention} for attention, {self.waiting} to go on with"
        return f"{files}; rows: {rows or 'none'}"


async def process_inbox(
    inbox: Inbox,
    options: Options,
    environ: Mapping[str, str],
    observer: Observer,
    execute: Execute,
    clock: Callable[[], datetime] = now_utc,
) -> Pass:
    """Import what is complete in an inbox; works without Prefect too.

    Outside the hours of ``--window`` no file is taken or checked: what is done is moved, the others wait.

    Args:
        inbox: Which.
        options: Of the imports; ``out`` is each file's own folder.
        environ: The process environment, credentials in it.
        observer: Watches the steps.
        execute: Runs an import, such as ``running.execute``.
        clock: Gives the time, with zone.

    Raises:
        UsageError: There is no inbox, another pass is at work in it, or something is wrong with every import
            (credentials, ledger, the mapping that the options name); files that were taken stay so, and the next pass
            goes on with them.
        StoppedError: A run stopped for a reason that passes (an outage, a rejected key); so does the pass. Or it came
            to its end, and a file could not be taken, or not be imported for a defect of ours.
    """
    if options.dry_run:
        raise UsageError(
            "An inbox moves files once they are imported; a dry run imports nothing. Use `import --dry-run`."
        )
    if options.mapping is not None:
        load_mapping(options.mapping)  # a fault in it is wrong with every file, and sends none to attention
    came_to = Pass(paused=None if is_open(options, clock()) else "window")
    with hold_inbox(inbox.folder):
        work = PassOver(inbox, options, environ, observer, execute, came_to)
        for claim in list_claims(inbox.folder):
            await work.carry(claim)
        for file, seen in (await work.find_files()).items():
            if came_to.paused is not None:
                break
            taken = work.take(file, seen)
            if taken is not None:
                await work.carry(taken)
    if came_to.defects:
        raise StoppedError(f"{came_to.describe()}. {came_to.defects[0]}")
    return came_to


def is_open(options: Options, now: datetime) -> bool:
    """Say whether calls may be made, as ``--window`` has it."""
    return options.window is None or parse_window(options.window).is_open(now)


@dataclass(frozen=True, slots=True)
class PassOver:
    """Carries taken files to where they belong; the attributes are :func:`process_inbox`'s arguments.

    Attributes:
        came_to: Takes the counts and the defects.
    """

    inbox: Inbox
    options: Options
    environ: Mapping[str, str]
    observer: Observer
    execute: Execute
    came_to: Pass

    async def find_files(self) -> dict[InputFile, Look]:
        """Find the files that are complete, each with how it was then; none where none is to be taken."""
        if self.came_to.paused is not None:
            return {}
        watch = partial(list_complete, self.inbox.folder, self.inbox.settle_seconds, marked_only=self.inbox.marked_only)
        return await asyncio.to_thread(watch)

    def take(self, file: InputFile, seen: Look) -> Claim | None:
        """Take a complete file; None where that is for a later pass."""
        try:
            return claim_file(self.inbox.folder, file, seen)
        except FileError as error:
            self.came_to.defects.append(make_printable(str(error)))
            return None

    async def carry(self, claim: Claim) -> None:
        """Import a taken file, unless that was done, and move it where it belongs.

        Raises:
            StoppedError: The run stopped for a reason that passes.
        """
        place = judge_claim(claim)
        if place is None and self.came_to.paused is None:
            place = await self._import(claim)
        if place is None:
            self.came_to.waiting += 1
            return
        settle_claim(self.inbox.folder, claim, place)
        self.came_to.done += place == DONE
        self.came_to.attention += place == ATTENTION

    async def _import(self, claim: Claim) -> str | None:
        options = self.options.model_copy(update={"out": claim.folder})
        files, run_id = (str(claim.file),), name_attempt(claim)
        request = Request("import", files, options, self.environ, run_id, told_from=claim.folder)
        try:
            with name_moving(claim.folder, partial(self._find_target, claim)):
                result = await self.execute(request, self.observer)
        except (FileError, MappingError) as error:
            with write_whole(claim.folder / WHY) as stream:
                told = str(error).replace(f"{claim.folder}{os.sep}", "")  # the folder moves on
                stream.write(f"{told}\n".encode("utf-8", "surrogateescape"))
            return ATTENTION
        except (StraitsxBulkError, OSError):
            raise  # what is wrong with every file: the pass ends
        except Exception as error:  # noqa: BLE001 - a defect that one file brings out: it waits, the others go in
            self.came_to.defects.append(f"{make_printable(name_path(claim.file.name))}: {describe_defect(error)}")
            return None
        self.came_to.outcomes.update(result.outcomes)
        self.came_to.calls += result.api.calls
        place = judge_claim(claim)
        if place is None and result.stop.error:
            raise StoppedError(str(result.stop.reason))
        if place is None:
            self.came_to.paused, self.came_to.interrupted = result.stop.reason, result.stop.interrupted
        return place

    def _find_target(self, claim: Claim) -> Path | None:
        place = judge_claim(claim)
        return None if place is None else name_target(self.inbox.folder, claim, place)


def name_attempt(claim: Claim) -> str:
    """Give the id of a file's next run: the same as long as that run has not ended, so that a crashed one goes on."""
    ended = len(list_summaries(claim))
    return uuid5(UUID(claim.run_id), str(ended)).hex if ended else claim.run_id


def list_summaries(claim: Claim) -> list[dict[str, Any]]:
    """Read the summaries of a file's runs that have ended, the oldest first."""
    ended = [folder / "summary.json" for folder in claim.folder.glob("*T*-*") if has_ended(folder)]
    summaries = [json.loads(path.read_text(encoding="utf-8")) for path in ended]
    return sorted(summaries, key=lambda summary: str(summary["started_at"]))  # folders' names only tell seconds apart


def judge_claim(claim: Claim) -> str | None:
    """Say where a file belongs by its last run's summary; None while there is more to do."""
    if (claim.folder / WHY).exists():
        return ATTENTION
    summaries = list_summaries(claim)
    if not summaries:
        return None
    stopped, outcomes = summaries[-1]["stopped"], summaries[-1]["outcomes"]
    if stopped is not None:
        return ATTENTION if any(name in stopped for name in BREAKERS) else None
    good = {str(outcome) for outcome in GOOD}
    return DONE if all(name in good or not count for name, count in outcomes.items()) else ATTENTION
