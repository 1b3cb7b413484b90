"""``doctor``: what a run needs, one line each: fine, or what to do."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from rich.text import Text

from straitsx_bulk.flows.command.reading import read_with_blocks
from straitsx_bulk.flows.delivery.stops import stop_sentence
from straitsx_bulk.flows.options import Options, Settings, read_options, resolve_options
from straitsx_bulk.flows.orchestration.block_values import (
    CREDENTIALS_VARIABLE,
    NOTIFY_VARIABLE,
    SETTINGS_VARIABLE,
    load_blocks,
    refuse_missing_notifier,
)
from straitsx_bulk.flows.orchestration.probe import URL, find_setting, find_trouble
from straitsx_bulk.flows.streams import open_console
from straitsx_bulk.flows.wiring import Api, make_client, open_account, open_api
from straitsx_bulk.io.ledger import Account, Ledger, open_ledger
from straitsx_bulk.io.straitsx import Answer, Kind, Patience, Signer, Timeouts
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.wording import make_printable

SKEW_TO_NAME = 30.0
"""Seconds of clock skew that are worth a word; the API takes signatures within 300."""

IMPATIENT = Patience(attempts=3, total=10.0, first_wait=0.5, longest_wait=2.0, jitter=0.5)
SOON = Timeouts(connect=5.0, silence=10.0, total=15.0)
"""Somebody waits for the diagnosis: an outage that a run rides out for minutes is told of within half a minute."""

LEAST_FREE = 1 << 30
"""Bytes free on disk under which a run may not come to its reports."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line.

    Attributes:
        name: What was looked at.
        fine: Whether it holds.
        told: What was found, and the mend where it does not hold.
    """

    name: str
    fine: bool
    told: str


async def examine(given: Mapping[str, Any], environ: Mapping[str, str]) -> int:
    """Check everything that can be checked without writing anything at the API.

    Args:
        given: Options of the command line; the settings block and the environment have the rest.
        environ: The process environment.

    Returns:
        The exit status: 1 where a check fails.

    Raises:
        UsageError: An option does not hold.
    """
    options, credentials = await read_what_is_there(given, environ)
    settings = resolve_options("import", options, [])
    console = open_console()
    checks: list[Check] = []

    def note(check: Check) -> None:
        checks.append(check)
        mark = Text("ok  ", style="green") if check.fine else Text("FAIL", style="bold red")
        console.print(Text.assemble(mark, f"  {check.name}: {check.told}"), soft_wrap=True)

    note(check_disk(settings))
    with ExitStack() as stack:
        try:
            api = stack.enter_context(open_api(settings, credentials))
        except UsageError as error:
            note(Check("target and key", False, str(error)))
            note(check_ledger_alone(settings, environ))
            for check in await check_prefect(environ):
                note(check)
            return 1
        note(check_target(api))
        try:
            ledger, account = stack.enter_context(open_account(settings, api, environ))
        except UsageError as error:
            note(Check("ledger", False, str(error)))
        else:
            for check in check_ledger(ledger, account, settings):
                note(check)
            for check in await check_api(settings, api, account):
                note(check)
    for check in await check_prefect(environ):
        note(check)
    return 0 if all(check.fine for check in checks) else 1


async def read_what_is_there(given: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Options, Mapping[str, str]]:
    """Read options and credentials, from the blocks too where they can be read; their own check tells if not.

    Raises:
        UsageError: An option does not hold.
    """
    try:
        return await read_with_blocks(given, environ)
    except UsageError:
        return read_options(given, environ), environ


def check_disk(settings: Settings) -> Check:
    """Look at the space where reports and ledger go."""
    place = next(p for p in (settings.out, *settings.out.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    told = f"{free / (1 << 30):,.1f} GiB free for reports"
    return (
        Check("disk", True, told) if free >= LEAST_FREE else Check("disk", False, f"{told}: make room, or give --out")
    )


def check_target(api: Api) -> Check:
    """Say what would be called."""
    proxy = f", through the proxy {api.proxy}" if api.proxy else ""
    return Check("target", True, f"{api.target.environment} {api.target.host}, key {api.fingerprint}{proxy}")


def check_ledger_alone(settings: Settings, environ: Mapping[str, str]) -> Check:
    """Look at the ledger where nobody knows whose rows would count; one that is not there yet is not made."""
    try:
        with open_ledger(settings.ledger, environ, read_only=True) as ledger:
            ledger.refuse_damage()
    except UsageError as error:
        return Check("ledger", False, str(error))
    return Check("ledger", True, f"{settings.ledger} can be used")


def check_ledger(ledger: Ledger, account: Account, settings: Settings) -> Iterator[Check]:
    """Read the ledger for damage, and say what it holds."""
    try:
        ledger.refuse_damage()
    except UsageError as error:
        yield Check("ledger", False, str(error))
        return
    counts = sum(account.counts().values())
    yield Check("ledger", True, f"{settings.ledger} holds {counts:,} keys of this account; its secret is the right one")
    doubts = len(account.doubts())
    mend = "import the same files again, or run `straitsx-bulk reconcile`"
    yield Check("rows in doubt", not doubts, f"{doubts:,}: {mend}" if doubts else "none")


async def check_api(settings: Settings, api: Api, account: Account) -> list[Check]:
    """Make one call: is the key good, may it read profiles, is the clock right; a second tells key and signature."""
    answer, skew = await ask_api(settings, api, account)
    signing: Check | None = check_signing(api.credentials.signer)
    if answer.status == 401 and not answer.hint and api.credentials.signer is not None:
        unsigned = replace(api, credentials=replace(api.credentials, signer=None))
        bare, _ = await ask_api(settings, unsigned, account)
        if bare.kind is Kind.OK:
            refused = f"the API takes the key, but not the signature ({word_answer(answer)}). {MEND_SIGNING}"
            answer, signing = bare, Check("signing", False, refused)
        else:
            signing = None  # the first answer may be about either; it says which
    checks = [check_key(answer)]
    if signing is not None:
        checks.append(signing)
    if skew is not None:
        fine = abs(skew) < SKEW_TO_NAME
        said = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the API's"
        checks.append(Check("clock", fine, said if fine else f"{said}: set this machine's clock (signatures need it)"))
    return checks


async def ask_api(settings: Settings, api: Api, account: Account) -> tuple[Answer, float | None]:
    """Ask for one profile, whichever; give the answer and the seconds that this machine's clock is ahead."""
    async with make_client(settings, api, account, IMPATIENT, SOON) as client:
        return await client.page(1, 1), client.clock_skew


def check_key(answer: Answer) -> Check:
    """Say what an answer tells of the key; the API's own words are shown, for nothing personal was asked."""
    if answer.kind is Kind.OK:
        return Check("key and scopes", True, "the API accepts the key and shows profiles")
    if answer.kind is Kind.STOP:
        said = f" The API says: {make_printable(answer.message)}" if answer.code else ""
        return Check("key and scopes", False, stop_sentence(answer) + said)
    told = f"the API could not say ({word_answer(answer)}); try again, check network and proxy"
    return Check("key and scopes", False, told)


def word_answer(answer: Answer) -> str:
    """Name an answer: its status, its code and the API's words; or that there was none, and why."""
    if not answer.status:
        return make_printable(answer.message.removeprefix("The API gave ").rstrip(".")) or "no answer"
    words = f": {make_printable(answer.message)}" if answer.code else ""
    return f"HTTP {answer.status} {answer.code}".strip() + words


def check_signing(signer: Signer | None) -> Check:
    """Say whether requests are signed; where the API takes them, that is fine either way."""
    if signer is None:
        return Check("signing", True, "requests are not signed (PRIVATE_KEY_PATH and PUBLIC_KEY_ID are not set)")
    return Check("signing", True, f"requests are signed as {make_printable(signer.key_id)}")


MEND_SIGNING = (
    "PRIVATE_KEY_PATH must be the private half of the public key that the dashboard lists as PUBLIC_KEY_ID; an account "
    "that does not ask for signatures needs neither."
)


async def check_prefect(environ: Mapping[str, str]) -> list[Check]:
    """Ask the Prefect API, where one is configured, whether it is there, and for the blocks that are named."""
    if not find_setting(URL, environ):
        return [Check("Prefect", True, "none configured; runs stay in this process")]
    trouble = await asyncio.to_thread(find_trouble, environ)
    if trouble is not None:
        return [Check("Prefect", False, f"{trouble} Start it, or run with --no-prefect")]
    checks = [Check("Prefect", True, "its server answers")]
    return [*checks, *await check_blocks(environ)]


async def check_blocks(environ: Mapping[str, str]) -> list[Check]:
    """Read the blocks that the environment names."""
    variables = (CREDENTIALS_VARIABLE, SETTINGS_VARIABLE, NOTIFY_VARIABLE)
    named = [environ[name] for name in variables if environ.get(name)]
    if not named:
        return []
    try:
        await load_blocks(environ)
        if notifier := environ.get(NOTIFY_VARIABLE):
            await refuse_missing_notifier(notifier)
    except UsageError as error:
        return [Check("blocks", False, str(error))]
    return [Check("blocks", True, f"{', '.join(named)} can be read")]
