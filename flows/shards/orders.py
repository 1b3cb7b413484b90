"""What a shard is told to do, and what makes sure that every machine means the same rows.

An order names files and options and nothing of any row: it is a parameter of a Prefect flow run. The rows themselves
never travel: each machine reads its own copy of the same exports.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from straitsx_bulk.flows.check.preparing import Prepared
from straitsx_bulk.flows.options import Command, Options, Settings
from straitsx_bulk.io.ledger import Digests
from straitsx_bulk.schemas.errors import UsageError

READ_BYTES = 1 << 20


class ShardOrder(BaseModel):
    """One shard of a run: which rows of which exports, under which options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str = Field(description="The whole run.", pattern="^[0-9a-f]{8,64}$")
    command: Command = Field(description="import or upgrade.")
    shard: int = Field(description="Which shard, from 0.", ge=0)
    shards: int = Field(description="How many there are.", ge=2)
    files: list[str] = Field(description="Exports, by the same paths on every worker.")
    options: Options = Field(description="All options, settled by the whole run, so that every shard has the same.")
    exports: str = Field(description="Keyed fingerprint of the exports and mappings; a worker's copies must match it.")
    limit: int | None = Field(None, description="--limit, of all shards together.", ge=1)
    today: date = Field(description="The day that dates are checked against.")
    folder: str = Field(description="The whole run's folder; where a worker sees it, it leaves its words there.")

    @property
    def own_run_id(self) -> str:
        """The shard's own run in the ledger: the same however often it is taken up again."""
        return name_shard_run(self.run_id, self.shard, self.shards)


def name_shard_run(run_id: str, shard: int, shards: int) -> str:
    """Name a shard's own run in the ledger.

    Args:
        run_id: The whole run.
        shard: From 0.
        shards: How many there are.

    Returns:
        32 lower-case hexadecimal digits.
    """
    return hashlib.sha256(f"{run_id}/{shard}/{shards}".encode()).hexdigest()[:32]


def settle_shard_options(options: Options, settings: Settings, shards: int) -> Options:
    """Give the options of every shard: the whole run's, so that no worker's environment adds any of its own.

    Requests in flight are divided among them; ``--limit`` is the order's, and counted by all together.

    Args:
        options: What was asked for.
        settings: What it came to.
        shards: How many there are.
    """
    settled = {
        "concurrency": max(1, settings.concurrency // shards),
        "rate": settings.rate,
        "limit": None,
        "yes": True,  # the whole run has asked
        "prefect": None,
        "json_summary": None,
    }
    return options.model_copy(update=settled)


def fingerprint_exports(prepared: Prepared, digests: Digests) -> str:
    """Fingerprint exports and mappings, so that two machines can tell whether theirs are the same.

    Args:
        prepared: Knows the files.
        digests: Makes it a keyed one, that tells nobody anything of the content.

    Returns:
        22 letters.
    """
    contents = [*(file.path for file in prepared.files), *sorted(prepared.mappings)]
    names = [file.source for file in prepared.files]
    return digests.seal("\n".join([*names, *(hash_file(path) for path in contents)]))


def hash_file(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def refuse_other_exports(order: ShardOrder, prepared: Prepared, digests: Digests) -> None:
    """Refuse to work on other exports than the whole run's.

    Raises:
        UsageError: They differ, in content, names or number, or this machine has another ledger secret.
    """
    if fingerprint_exports(prepared, digests) != order.exports:
        raise UsageError(
            f"Shard {order.shard + 1} of {order.shards}: the exports or mappings here are not those that the whole run "
            f"read ({list_names(file.source for file in prepared.files)}). Copy the same files to every worker, under "
            "the same paths, and let none change while the run goes."
        )


def list_names(names: Iterable[str], most: int = 5) -> str:
    """List some names."""
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most:,} more" if len(every) > most else "")
