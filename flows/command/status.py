"""``status``: what has been run, what came of it, what is in doubt; the crosswalk; old folders deleted."""

import csv
import io
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from straitsx_bulk.flows.command.status_json import dump_status, list_accounts, name_account
from straitsx_bulk.flows.options import DEFAULTS
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.run.recovering import recover_runs
from straitsx_bulk.flows.sealing import make_seal
from straitsx_bulk.flows.streams import hand_out, open_console
from straitsx_bulk.io.ledger import Ledger, Run, State, open_ledger
from straitsx_bulk.io.reports.csv_text import guard_text
from straitsx_bulk.io.reports.folder import write_whole
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.wording import count_words, make_printable

CROSSWALK = ("reference", "customer_profile_id", "rail", "verification_status")
"""Header of the crosswalk, fixed by the contract."""

RUN_FOLDER = re.compile(r"\d{8}T\d{6}-[0-9a-f]{32}")
"""Name of a run's folder: when it started, and its id."""

STATE_WORDS = {State.PLANNED: "begun and not sent"}
"""What the ledger calls otherwise than people would."""

NAME_REFERENCE = "name the column of your own key as `reference:` in the mapping file, and import again."

MOST_DAYS = 100_000
"""No folder is older, and the calendar goes back no further than it can be reckoned."""
WRITING_SECONDS = 900.0
"""For how long a run that goes on may write nothing."""
IGNORE_ALL = b"*\n"
"""What a run writes into its folder's ``.gitignore``."""


def show_status(url: str | None, crosswalk: Path | None, out: Path, purge: int | None, *, as_json: bool = False) -> int:
    """Show runs and outcomes; write the reports of runs that died.

    Args:
        url: The ledger, or None for the default one.
        crosswalk: Where to write ``reference,customer_profile_id,rail,verification_status``, or None.
        out: Where the run folders are.
        purge: Delete run folders older than so many days, or None.
        as_json: Write runs and accounts as JSON to standard output instead of showing them.

    Returns:
        The exit status.

    Raises:
        UsageError: There is no ledger, or it cannot be used.
        StoppedError: Standard output cannot be written.
    """
    ledger_url = url or str(DEFAULTS["ledger"])
    console = open_console()
    if purge is not None and crosswalk is None and is_missing(ledger_url):
        purge_and_tell(console, out, purge, set())  # of those who only validate
        return 0
    refuse_missing(ledger_url)
    ledger = open_ledger(ledger_url, os.environ)
    try:
        recover_runs(ledger, make_seal(os.environ, ledger_url), Presenter(console, quiet=False))
        runs = ledger.runs()
        if as_json:
            hand_out(dump_status(ledger, runs))
        else:
            show_runs(console, runs)
            show_accounts(console, ledger, runs)
        if crosswalk is not None:
            lines = write_crosswalk(ledger, runs, crosswalk)
            say(console, f"{count_words(len(lines), 'profile')} in {crosswalk}")
            nameless = sum(line.startswith(",") for line in lines)
            if nameless:
                say(console, f"  {nameless:,} without a reference: {NAME_REFERENCE}")
    finally:
        ledger.close()
    if purge is not None:
        purge_and_tell(console, out, purge, {Path(r.folder) for r in runs if r.live})
    return 0


def purge_and_tell(console: Console, out: Path, days: int, running: set[Path]) -> None:
    """Delete the run folders that are older than so many days, and name them."""
    for folder in purge_folders(out, timedelta(days=min(days, MOST_DAYS)), running):
        say(console, f"deleted {folder}")


def say(console: Console, sentence: str) -> None:
    """Tell a sentence on a line of its own, names in it as they are."""
    console.print(Text(make_printable(sentence)), soft_wrap=True)


def refuse_missing(url: str) -> None:
    """Say so where there is no ledger yet, instead of making an empty one."""
    if is_missing(url):
        path = url.removeprefix("sqlite:///")
        raise UsageError(f"There is no ledger at {path}. It is made by the first import; name another with --ledger.")


def is_missing(url: str) -> bool:
    """Say whether a ledger in a file has not been made yet."""
    return url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists()


def show_runs(console: Console, runs: Sequence[Run]) -> None:
    """List the runs, oldest first, one to a line, as a person reads and a program searches them."""
    for run in runs:
        started = run.started_at.astimezone().strftime("%Y-%m-%d %H:%M %z")
        counts = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(run.counts.items()))
        nothing = "no difference" if run.command == "reconcile" else "no row"
        told = f"{run.command}: {counts or nothing}; {name_ending(run)}"
        say(console, f"{run.run_id[:12]}  {started}  {name_account(run)}  {told}")
    if not runs:
        say(console, "No run yet.")


def name_ending(run: Run) -> str:
    """Say how a run ended; a dead one whose folder is on another machine gets its reports there."""
    if run.live:
        return "running"
    return run.stopped or ("complete" if run.finished_at is not None else "died")


def show_accounts(console: Console, ledger: Ledger, runs: Sequence[Run]) -> None:
    """Count what the ledger knows of each account's keys."""
    for name, account in list_accounts(ledger, runs):
        counts = ", ".join(
            f"{count:,} {STATE_WORDS.get(state, state)}" for state, count in sorted(account.counts().items())
        )
        say(console, f"{name}: {counts or 'nothing yet'}")
        doubts = len(account.doubts())
        if doubts:
            say(console, f"  {doubts:,} in doubt: import the same files again, or run `straitsx-bulk reconcile`.")


def write_crosswalk(ledger: Ledger, runs: Sequence[Run], path: Path) -> list[str]:
    """Write the caller's own keys beside the API's ids, for everything done so far.

    The lines are in the order of their text, and so of the references: the ledger's own order is that in which requests
    happened to come off, and two crosswalks of the same state shall be the same file.

    Returns:
        Its lines, one a profile.

    Raises:
        UsageError: The file cannot be written.
    """
    if path.is_dir():
        raise UsageError(f"--crosswalk {path} is a folder. Name a file in it.")
    lines = sorted(make_crosswalk(ledger, runs))
    try:
        with write_whole(path) as stream:
            stream.write(f"{','.join(CROSSWALK)}\n".encode())
            stream.writelines(map(str.encode, lines))
    except OSError as error:
        raise UsageError(f"--crosswalk {path}: it cannot be written there ({error.strerror}).") from None
    return lines


def make_crosswalk(ledger: Ledger, runs: Sequence[Run]) -> Iterator[str]:
    """Make the crosswalk's lines, one a profile."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for _, account in list_accounts(ledger, runs):
        for row in account.crosswalk():
            writer.writerow(guard_text(cell) for cell in astuple(row))
            yield text.getvalue()
            text.seek(0)
            text.truncate()


def purge_folders(out: Path, age: timedelta, running: set[Path]) -> list[Path]:
    """Delete the run folders that are older than ``age``; only folders that a run made.

    Returns:
        What was deleted.
    """
    limit = datetime.now(UTC) - age
    old = [
        folder
        for folder in sorted(out.glob("*T*-*"))
        if is_run_folder(folder)
        and folder.resolve() not in running
        and not is_written_to(folder)
        and datetime.fromtimestamp(folder.stat().st_mtime, UTC) < limit
    ]
    for folder in old:
        shutil.rmtree(folder)
    return old


def is_written_to(folder: Path) -> bool:
    """Say whether somebody has just written into a folder: a run that the ledger does not know, such as a validate."""
    unfinished = [*folder.glob("*.part"), *folder.glob("spool/*")]
    return any(path.exists() and time.time() - path.stat().st_mtime < WRITING_SECONDS for path in unfinished)


def is_run_folder(folder: Path) -> bool:
    """Say whether a run made a folder: the name and the ``.gitignore`` are a run's, and it is no link elsewhere."""
    if not RUN_FOLDER.fullmatch(folder.name) or folder.is_symlink():
        return False
    ignored = folder / ".gitignore"
    return ignored.is_file() and ignored.read_bytes() == IGNORE_ALL
