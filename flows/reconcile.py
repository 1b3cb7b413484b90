"""The command ``reconcile`` and the flow's step: opens what it needs, pages, reports."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from rich.console import Console

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.checking import InputChecker, PlannedInput, plan_inputs
from straitsx_bulk.flows.committer import Committer
from straitsx_bulk.flows.delivering import renewing
from straitsx_bulk.flows.joining import join_key
from straitsx_bulk.flows.options import Options
from straitsx_bulk.flows.preparing import Request, describe_run, dump_facts, name_target, prepare_run
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.reconciling import Reconciliation, describe_reconciliation
from straitsx_bulk.flows.recovering import recover_runs
from straitsx_bulk.flows.result import EXIT_GOOD, EXIT_REJECTS
from straitsx_bulk.flows.wiring import make_client, make_seal, open_account, open_api
from straitsx_bulk.io.ledger import Account, RunStart
from straitsx_bulk.io.reports.folder import make_run_folder, part_of
from straitsx_bulk.io.spool import Spool, open_private
from straitsx_bulk.schemas.dates import today_in_singapore

NAME = "reconcile.csv"


async def reconcile_account(files: list[str], options: Options, environ: Mapping[str, str], run_id: str | None) -> int:
    """Compare the account with the ledger, and with exports where some are named.

    Returns:
        The exit status: 3 where something differs.

    Raises:
        UsageError: Wrong usage, found before any call.
        StoppedError: The API refuses or cannot be reached; the comparison so far is in the ledger.
    """
    prepared = prepare_run(Request("reconcile", tuple(files), options, environ, run_id))
    settings = prepared.settings
    presenter = Presenter(Console(stderr=True), quiet=settings.quiet)
    with ExitStack() as stack:
        api = stack.enter_context(open_api(settings, environ))
        facts = describe_run(prepared, api)
        presenter.say(name_target(facts, api))
        seal = make_seal(environ, settings.ledger)
        planned = plan_inputs(prepared.files, prepared.mappings, settings, seal)
        ledger, account = stack.enter_context(open_account(settings, api, environ))
        recover_runs(ledger, seal, presenter)
        folder = make_run_folder(settings.out, facts.run_id, facts.started_at)
        stored = dump_facts(facts, settings.reports, api.state_id)
        account.start_run(RunStart(facts.run_id, "reconcile", str(folder.resolve()), stored))
        wanted = None
        if planned:
            spool = Spool(folder / "spool")
            checker = InputChecker(settings, spool, today_in_singapore(), Stop(), presenter.tell, seal)
            wanted = await asyncio.to_thread(collect_keys, checker, planned, account)
            spool.delete()
        part = part_of(folder / NAME)
        stream = stack.enter_context(open_part(part))
        async with make_client(settings, api, account) as client, Committer(account) as committer:
            await join_key(account, client, committer, api.fingerprint)
            done = Reconciliation(account, client, committer, stream, wanted)
            try:
                async with renewing(account, committer, facts.run_id):
                    await done.run()
            finally:
                stream.close()
                part.replace(folder / NAME)
                ledger.finish_run(facts.run_id, None, {name: count for name, count in done.counts.items() if count})
        for sentence in describe_reconciliation(done, folder / NAME):
            presenter.say(sentence)
    return EXIT_REJECTS if done.counts else EXIT_GOOD


def open_part(part: Path) -> TextIO:
    """Open reconcile.csv while it grows; its owner's alone."""
    return open(part, "w", encoding="utf-8", newline="", opener=open_private)


def collect_keys(checker: InputChecker, planned: list[PlannedInput], account: Account) -> set[bytes]:
    """Check exports and give the keys that their rows speak of, rejected rows too."""
    keys: set[bytes] = set()
    for _, checked in checker.check(planned).batches():
        types = checked.values["registrationType"].tolist()
        ids = checked.values["registrationId"].tolist()
        keyed = [(kind, number) for kind, number in zip(types, ids, strict=True) if kind and number]
        keys.update(account.digests.keys((kind for kind, _ in keyed), (number for _, number in keyed)))
    return keys
