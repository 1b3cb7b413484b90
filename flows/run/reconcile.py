"""The command ``reconcile`` and the flow's step: opens what it needs, pages, reports."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from straitsx_bulk.flows.breakers import Stop
from straitsx_bulk.flows.check.checking import InputChecker
from straitsx_bulk.flows.check.planning import PlannedInput, plan_inputs
from straitsx_bulk.flows.check.preparing import Prepared, Request, describe_run, dump_facts, name_target, prepare_run
from straitsx_bulk.flows.delivery.committer import Committer
from straitsx_bulk.flows.delivery.joining import join_key
from straitsx_bulk.flows.options import Options
from straitsx_bulk.flows.presenting import Presenter
from straitsx_bulk.flows.result import EXIT_GOOD, EXIT_INTERRUPTED, EXIT_REJECTS
from straitsx_bulk.flows.run.delivering import hurrying
from straitsx_bulk.flows.run.differences import Differences
from straitsx_bulk.flows.run.leasing import renewing
from straitsx_bulk.flows.run.listening import telling_of_silence
from straitsx_bulk.flows.run.reconciling import Reconciliation, describe_reconciliation
from straitsx_bulk.flows.run.recovering import discard_run, recover_runs
from straitsx_bulk.flows.sealing import Seal, make_seal
from straitsx_bulk.flows.stopping import listen_for_stop
from straitsx_bulk.flows.streams import open_console
from straitsx_bulk.flows.wiring import Api, make_client, open_account, open_api
from straitsx_bulk.io.ledger import Account, Ledger, RunStart
from straitsx_bulk.io.reports.folder import find_run_folder, make_run_folder
from straitsx_bulk.io.spool import Spool
from straitsx_bulk.schemas.dates import today_in_singapore
from straitsx_bulk.schemas.errors import StoppedError


@dataclass(frozen=True, slots=True)
class ReconcileRun:
    """One run of ``reconcile`` with everything it uses.

    Attributes:
        prepared: Settings and files.
        api: Which API.
        ledger: All of it.
        account: The account's part of it.
        presenter: Tells the person who waits.
        seal: Seals rejects.
        stop: Why it ends early, if it does.
        folder: The run's.
    """

    prepared: Prepared
    api: Api
    ledger: Ledger
    account: Account
    presenter: Presenter
    seal: Seal
    stop: Stop
    folder: Path


async def reconcile_account(files: list[str], options: Options, environ: Mapping[str, str], run_id: str | None) -> int:
    """Compare the account with the ledger, and with exports where some are named.

    Returns:
        The exit status: 3 where something differs.

    Raises:
        UsageError: Wrong usage, found before any call.
        StoppedError: The API refuses or cannot be reached; the comparison so far is in the ledger and in the report.
    """
    request = Request("reconcile", tuple(files), options, environ, run_id)
    with open_run(request) as (run, planned):
        wanted = None
        if planned:
            wanted = await asyncio.to_thread(collect_keys, run, planned)
        differences = Differences(run.folder)
        try:
            done = await compare(run, wanted, differences)
        except StoppedError as error:
            run.stop.fail(str(error))
            if not run.stop.interrupted:  # else the request in flight came to nothing, for the hurry
                tell_partial(run, differences)
                raise
        finally:
            run.ledger.finish_run(run.prepared.run_id, run.stop.reason, dict(differences.counts))
        if run.stop.interrupted:
            run.presenter.say(f"{run.stop.reason}; what was compared is in the ledger")
            tell_partial(run, differences)
            return EXIT_INTERRUPTED
        for sentence in describe_reconciliation(done, differences.counts, differences.path):
            run.presenter.say(sentence)
    return EXIT_REJECTS if differences.counts else EXIT_GOOD


def tell_partial(run: ReconcileRun, differences: Differences) -> None:
    """Say where the differences are that a comparison had found when it was ended; of none, nothing is left."""
    if differences.path.exists():
        run.presenter.say(f"differences until then: {differences.path}")
    else:
        discard_run(run.folder)


@contextmanager
def open_run(request: Request) -> Iterator[tuple[ReconcileRun, list[PlannedInput]]]:
    """Settle what the run is, open what it uses, and begin it in the ledger."""
    prepared = prepare_run(request)
    settings, environ = prepared.settings, request.environ
    presenter = Presenter(open_console(), quiet=settings.quiet)
    with ExitStack() as stack:
        api = stack.enter_context(open_api(settings, environ))
        facts = describe_run(prepared, api)
        presenter.say(name_target(facts, api))
        seal = make_seal(environ, settings.ledger)
        planned = plan_inputs(prepared.files, prepared.mappings, settings, seal)
        ledger, account = stack.enter_context(open_account(settings, api, environ))
        stop = Stop()
        stack.enter_context(listen_for_stop(stop))
        recover_runs(ledger, seal, presenter, own=facts.run_id)
        begun = find_run_folder(settings.out, facts.run_id)  # by a process of this run that was killed
        folder = begun or make_run_folder(settings.out, facts.run_id, facts.started_at)
        shutil.rmtree(folder / "spool", ignore_errors=True)
        stored = dump_facts(facts, settings.reports, api.state_id)
        account.start_run(RunStart(facts.run_id, "reconcile", str(folder.resolve()), stored))
        stack.enter_context(renewing(account, facts.run_id, stop))
        yield ReconcileRun(prepared, api, ledger, account, presenter, seal, stop, folder), planned


async def compare(run: ReconcileRun, wanted: set[bytes] | None, differences: Differences) -> Reconciliation:
    """Page through the account and write reconcile.csv; however it ends, it holds what was compared.

    Raises:
        StoppedError: The API refuses or cannot be reached, or the disk refuses the report.
    """
    account, stop = run.account, run.stop
    client = make_client(run.prepared.settings, run.api, account)
    hearing = telling_of_silence(client, run.presenter.say)
    with differences:
        async with client, Committer(account) as committer, hurrying(client, stop), hearing:
            await join_key(account, client, committer, run.api.fingerprint)
            done = Reconciliation(account, client, committer, differences, wanted, stop)
            await done.run()
        differences.is_whole = stop.reason is None
    if stop.error:
        raise StoppedError(stop.reason)
    return done


def collect_keys(run: ReconcileRun, planned: list[PlannedInput]) -> set[bytes]:
    """Check exports and give the keys that their rows speak of, rejected rows too."""
    spool = Spool(run.folder / "spool")
    settings, today = run.prepared.settings, today_in_singapore()
    checker = InputChecker(settings, spool, today, run.stop, run.presenter.tell, run.seal)
    digests = run.account.digests
    keys: set[bytes] = set()
    for _, checked in checker.check(planned).batches():
        types = checked.values["registrationType"].tolist()
        ids = checked.values["registrationId"].tolist()
        keyed = [(kind, number) for kind, number in zip(types, ids, strict=True) if kind and number]
        keys.update(digests.keys((kind for kind, _ in keyed), (number for _, number in keyed)))
    spool.delete()
    return keys
