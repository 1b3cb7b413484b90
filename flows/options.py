"""The options of `validate`, `import` and `upgrade`: read, checked and resolved in one place.

Command line (or a flow's parameters) beats the environment (``STRAITSX_BULK_<OPTION>``) beats the mapping file, which
may set only the options marked m in the contract.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from straitsx_bulk.flows.window import Window, parse_window
from straitsx_bulk.schemas.errors import UsageError

PREFIX = "STRAITSX_BULK_"
REPORTS = ("results", "rejects", "page")
Command = Literal["validate", "import", "upgrade", "reconcile"]


class Options(BaseModel):
    """What the user asked for; None where nothing was said.

    The descriptions are what ``--help`` and Prefect's page show.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mapping: Path | None = Field(None, description="The mapping file (none: headers are matched by name).")
    type: Literal["personal", "business"] | None = Field(None, description="For exports without such a column.")
    rail: Literal["auto", "sgd", "usd"] | None = Field(
        None,
        description="The best rail each row qualifies for; SGD's three parameters only; or complete for USD (auto).",
    )
    repair: Literal["none", "safe", "full"] | None = Field(
        None,
        description="How much to mend before checking: form only, or characters of names and addresses too (safe).",
    )
    on_existing: Literal["upgrade", "skip", "fail"] | None = Field(
        None, description="A profile that exists and differs: fill in what it lacks, leave it, or conflict (upgrade)."
    )
    overwrite: bool | None = Field(None, description="An upgrade may replace values that differ, never the identity's.")
    out: Path | None = Field(None, description="Each run makes a new folder in it (runs).")
    reports: str | None = Field(None, description="Which to write: results,rejects,page (all).")
    env: Literal["local", "sandbox", "production"] | None = Field(None, description="Which API (sandbox).")
    base_url: str | None = Field(None, description="The API's address, where it is not the environment's usual one.")
    allow_host: str | None = Field(None, description="A host other than the vendor's and loopback that may be called.")
    account: str | None = Field(
        None,
        description="Which account of that host the ledger's rows belong to (default).",
        min_length=1,
        max_length=100,
    )
    rate: float | None = Field(
        None,
        gt=0,
        le=10_000,
        allow_inf_nan=False,
        description="Requests a second, all calls counted (sandbox 5; production 2; local unlimited).",
    )
    concurrency: int | None = Field(None, ge=1, le=200, description="Requests in flight at most (10).")
    ledger: str | None = Field(
        None, description="sqlite:///… or postgresql://…, without a password (sqlite:///.straitsx-bulk/ledger.db)."
    )
    limit: int | None = Field(
        None, ge=1, description="A planned end after N rows whose first call is made in this run."
    )
    window: str | None = Field(
        None,
        description="Hours in which calls are made, with a zone: 22:00-06:00 Asia/Singapore (all day). Outside them "
        "the run ends as planned; the same command goes on.",
    )
    max_reject_share: float | None = Field(
        None,
        ge=0,
        le=100,
        allow_inf_nan=False,
        description="Of 20 rows or more, stop before the first call if over P % are rejected (50).",
    )
    max_refused: int | None = Field(
        None, ge=1, description="Stop after N refusals by the API with no row created or upgraded between (25)."
    )
    retry_refused: bool | None = Field(
        None, description="Send rows again that were refused before and have not changed."
    )
    dry_run: bool | None = Field(
        None, description="No call, nothing written to the ledger: what would be done, in how many calls and how long."
    )
    prefect: bool | None = Field(
        None, description="Run as a Prefect flow, or in this process (a flow where a Prefect API is configured)."
    )
    yes: bool | None = Field(None, description="No question asked; production always asks otherwise.")
    json_summary: bool | None = Field(None, alias="json", description="The summary as JSON on standard output.")
    quiet: bool | None = Field(None, description="No progress.")

    @field_validator("account")
    @classmethod
    def _printable_account(cls, name: str | None) -> str | None:
        if name is not None and (not name.isprintable() or name != name.strip()):
            raise ValueError("an account is a name on one line, without control characters and outer spaces")
        return name

    @field_validator("reports")
    @classmethod
    def _known_reports(cls, text: str | None) -> str | None:
        unknown = [name for name in split_list(text or "") if name not in REPORTS]
        if unknown:
            raise ValueError(f"there is no report {unknown[0]!r:.40}; there are {', '.join(REPORTS)}")
        return text

    @field_validator("base_url", "ledger", "allow_host")
    @classmethod
    def _said_something(cls, text: str | None) -> str | None:
        if text is not None and not text.strip():
            raise ValueError("it is empty; give a value, or leave it out")
        return text

    @field_validator("window")
    @classmethod
    def _readable_window(cls, text: str | None) -> str | None:
        if text is not None:
            parse_window(text)
        return text


@dataclass(frozen=True, slots=True)
class Settings:
    """Options with nothing left open; the attributes are the contract's options.

    Attributes:
        from_mapping: Names of the options that a mapping file set.
    """

    command: Command
    mapping: Path | None
    type: str | None
    rail: str
    repair: str
    on_existing: str
    overwrite: bool
    out: Path
    reports: frozenset[str]
    env: str
    base_url: str | None
    allow_host: str | None
    account: str
    rate: float | None
    concurrency: int
    ledger: str
    limit: int | None
    window: Window | None
    max_reject_share: float
    max_refused: int
    retry_refused: bool
    dry_run: bool
    prefect: bool | None
    yes: bool
    json_summary: bool
    quiet: bool


DEFAULTS: dict[str, Any] = {
    "rail": "auto",
    "repair": "safe",
    "on_existing": "upgrade",
    "overwrite": False,
    "out": Path("runs"),
    "reports": ",".join(REPORTS),
    "env": "sandbox",
    "account": "default",
    "concurrency": 10,
    "ledger": "sqlite:///.straitsx-bulk/ledger.db",
    "max_reject_share": 50.0,
    "max_refused": 25,
    "retry_refused": False,
    "dry_run": False,
    "yes": False,
    "json_summary": False,
    "quiet": False,
}
RATES = {"local": None, "sandbox": 5.0, "production": 2.0}
"""Requests a second where nothing else is said: production shares the account's 5 with its live payments."""

OTHER_VARIABLES = ("LEDGER_SECRET", "CREDENTIALS_BLOCK", "SETTINGS_BLOCK", "NOTIFY_BLOCK")
"""What else is read from variables that begin so."""

OF_RECONCILE = (
    "mapping",
    "type",
    "repair",
    "out",
    "env",
    "base_url",
    "allow_host",
    "account",
    "rate",
    "concurrency",
    "ledger",
    "quiet",
)
OF_DOCTOR = ("env", "base_url", "allow_host", "account", "rate", "ledger")
"""Options of the commands that send no row."""

OF_A_MAPPING = ("type", "rail", "repair", "on_existing", "max_reject_share", "reports")
"""Options that a mapping file may set; no other, since a mapping travels with an export."""


def read_options(given: Mapping[str, Any], environ: Mapping[str, str]) -> Options:
    """Read options from a command line or a flow's parameters, then from the environment.

    Args:
        given: Option names (underscores) to values; None where not given.
        environ: The process environment.

    Raises:
        UsageError: An unknown option or variable, or a value that it does not take.
    """
    refuse_unknown_variables(environ)
    values = {name: value for name, value in given.items() if value is not None}
    for name, field in Options.model_fields.items():
        public = field.alias or name
        variable = PREFIX + public.upper()
        if public not in values and environ.get(variable):
            values[public] = environ[variable]
    try:
        return Options.model_validate(values)
    except ValidationError as error:
        from straitsx_bulk.flows.option_words import describe_invalid  # it reads the model above

        raise UsageError(describe_invalid(error, environ, given)) from None


def refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    """Refuse a variable that looks like an option and is none: ``STRAITSX_BULK_DRYRUN`` must not send.

    Raises:
        UsageError: Naming the variable that was most likely meant.
    """
    options = {PREFIX + (field.alias or name).upper() for name, field in Options.model_fields.items()}
    known = options | {PREFIX + name for name in OTHER_VARIABLES}
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        if variable in known:
            continue
        words = {name.removeprefix(PREFIX): name for name in options}
        near = difflib.get_close_matches(variable.removeprefix(PREFIX).upper(), words, 1)
        hint = f" Did you mean {words[near[0]]}?" if near else ""
        raise UsageError(f"There is no option {variable} (it stands in the environment).{hint} Correct it or unset it.")


def resolve_options(command: Command, options: Options, mappings: Iterable[tuple[str, Mapping[str, Any]]]) -> Settings:
    """Fill in what was not said, from the mapping files and then from the defaults.

    Args:
        command: What is run.
        options: What the user asked for.
        mappings: Name of each mapping file in use, and the options that it sets.

    Raises:
        UsageError: Two mapping files of one run disagree, or the options do not go together.
    """
    said = {name: getattr(options, name) for name in Options.model_fields}
    from_files = gather_mapping_options(mappings, said)
    merged: dict[str, Any] = {
        name: from_files.get(name, DEFAULTS.get(name)) if said[name] is None else said[name] for name in said
    }
    merged["type"] = said["type"]  # each file's own type is the layout's business
    if merged["rate"] is None:
        merged["rate"] = RATES[merged["env"]]
    merged["window"] = parse_window(merged["window"]) if merged["window"] else None
    wanted = merged["reports"]
    merged["reports"] = frozenset(split_list(wanted) if isinstance(wanted, str) else wanted)  # a mapping's is a list
    if command == "upgrade" and merged["rail"] == "sgd":
        raise UsageError("`upgrade` brings profiles up to USD: --rail is auto or usd here, not sgd.")
    return Settings(command=command, **merged)


def gather_mapping_options(
    mappings: Iterable[tuple[str, Mapping[str, Any]]], said: Mapping[str, Any]
) -> dict[str, Any]:
    """Collect the options that mapping files set, where nobody else said them.

    Raises:
        UsageError: Two files of one run say different things.
    """
    found: dict[str, tuple[str, Any]] = {}
    for source, options in mappings:
        for name in OF_A_MAPPING:
            value = options.get(name)
            if name == "type" or value is None or said.get(name) is not None:
                continue
            other, first = found.setdefault(name, (source, value))
            if first != value:
                raise UsageError(
                    f"{other} says {spell(name)} {first} and {source} says {value}; one run has one. "
                    f"Import the files one after the other, or give --{spell(name)}."
                )
    return {name: value for name, (_, value) in found.items()}


def split_list(text: str) -> list[str]:
    """Split a list option at its commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def spell(name: str) -> str:
    """Write an option's name as the command line has it."""
    return name.replace("json_summary", "json").replace("_", "-")
