"""Before a run: everything that can be wrong with it is found here, before any call."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from straitsx_bulk.flows.check.planning import load_mappings
from straitsx_bulk.flows.options import Command, Options, Settings, resolve_options
from straitsx_bulk.io.readers import InputFile, find_files, name_path
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.mapping import Mapping as MappingFile
from straitsx_bulk.schemas.run import RunFacts

if TYPE_CHECKING:
    from straitsx_bulk.flows.wiring import Api


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants run.

    Attributes:
        command: ``validate``, ``import`` or ``upgrade``.
        files: Files, folders and globs as typed.
        options: What was said; the rest is settled by :func:`prepare_run`.
        environ: The process environment.
        run_id: Of a flow run that Prefect started; None makes one.
        dask: Where the check is spread: a Dask scheduler's address, or ``local``; empty for this process.
        told_from: A folder that is about to move: exports in it are named by their path inside it. None: as typed.
    """

    command: Command
    files: tuple[str, ...]
    options: Options
    environ: Mapping[str, str]
    run_id: str | None = None
    dask: str = ""
    told_from: Path | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request with nothing left open.

    Attributes:
        settings: All options.
        files: The exports, in order.
        mappings: Every mapping file in use.
        run_id: The run.
        dask: As in the request.
    """

    settings: Settings
    files: tuple[InputFile, ...]
    mappings: Mapping[Path, MappingFile]
    run_id: str
    dask: str = ""


def prepare_run(request: Request) -> Prepared:
    """Find the exports, load their mappings and settle the options.

    Raises:
        UsageError: Something does not hold.
    """
    files = find_files(request.files)
    if request.told_from is not None:
        prefix = name_path(request.told_from / "_").removesuffix("_")
        files = tuple(replace(file, source=file.source.removeprefix(prefix)) for file in files)
    mappings = load_mappings(files, request.options.mapping)
    said = [(str(path), mapping.get_options()) for path, mapping in mappings.items()]
    settings = resolve_options(request.command, request.options, said)
    return Prepared(settings, files, mappings, request.run_id or uuid4().hex, request.dask)


def describe_run(prepared: Prepared, api: "Api | None") -> RunFacts:
    """Put down what is known of a run when it starts."""
    settings = prepared.settings
    return RunFacts(
        run_id=prepared.run_id,
        command=settings.command,
        version=version("straitsx-bulk"),
        environment=settings.env if api else "",
        host=api.target.host if api else "",
        account=settings.account,
        key_fingerprint=api.fingerprint if api else "",
        rate=settings.rate if api else None,
        rail=settings.rail,
        repair=settings.repair,
        dry_run=settings.dry_run,
        started_at=datetime.now(UTC),
        inputs=tuple(file.source for file in prepared.files),
    )


def dump_facts(facts: RunFacts, reports: frozenset[str], state_id: str) -> str:
    """Write a run's facts down for a later process that has to finish its reports."""
    more = {"started_at": facts.started_at.isoformat(), "reports": sorted(reports), "state_id": state_id}
    return json.dumps(asdict(facts) | more)


def load_facts(text: str) -> tuple[RunFacts, frozenset[str], str]:
    """Read what :func:`dump_facts` wrote: facts, reports wanted, id of an embedded sandbox's state."""
    stored: dict[str, Any] = json.loads(text)
    reports, state_id = frozenset(stored.pop("reports")), stored.pop("state_id")
    started_at = datetime.fromisoformat(stored.pop("started_at"))
    return RunFacts(**{**stored, "inputs": tuple(stored["inputs"]), "started_at": started_at}), reports, state_id


def name_target(facts: RunFacts, api: "Api") -> str:
    """Write the first line of a run: what it is about to talk to, and how fast."""
    rate = f"{facts.rate:g} requests a second" if facts.rate else "no rate limit"
    proxy = f", through the proxy {api.proxy}" if api.proxy else ""
    dry = " (dry run: no call)" if facts.dry_run else ""
    return (
        f"straitsx-bulk {facts.command}{dry}: {facts.environment} {facts.host}, account {facts.account}, "
        f"key {facts.key_fingerprint}, {rate}{proxy}"
    )


def confirm_production(settings: Settings, files: int) -> None:
    """Ask before anything goes to production.

    Raises:
        UsageError: The answer was no, or nobody is there to ask.
    """
    if settings.env != "production" or settings.yes or settings.dry_run:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("Production asks before it sends. There is no terminal here: give --yes if it is meant.")
    sys.stderr.write(
        f"Send {files} file{'s' if files != 1 else ''} to production? Profiles cannot be deleted. [yes/no] "
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() not in {"y", "yes"}:
        raise UsageError("Nothing was sent.")
