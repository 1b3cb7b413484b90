"""The flow ``reconcile-profiles``: the same steps as ``straitsx-bulk reconcile``, seen on Prefect's page."""

import csv
import os
from collections import Counter
from pathlib import Path

from straitsx_bulk.flows.options import DEFAULTS
from straitsx_bulk.flows.orchestration.block_values import load_blocks
from straitsx_bulk.flows.orchestration.declaring import FlowState, declare_flow
from straitsx_bulk.flows.orchestration.flow_options import UNNAMED, UNSAID, FlowBlocks, FlowOptions
from straitsx_bulk.flows.orchestration.flow_runs import (
    describe_outcomes,
    name_run,
    run_shielded,
    settle_options,
)
from straitsx_bulk.flows.result import EXIT_GOOD, EXIT_INTERRUPTED
from straitsx_bulk.flows.run.differences import NAME
from straitsx_bulk.flows.run.reconcile import reconcile_account
from straitsx_bulk.io.reports.folder import find_run_folder

from straitsx_bulk.flows.orchestration.artifacts import show_folder, show_outcomes  # isort: skip
from prefect.states import Cancelled, Completed  # isort: skip

WITH_DIFFERENCES = "Completed with differences"
"""A state's name: account and ledger differ somewhere; the ledger has taken in what the account shows."""


@declare_flow("reconcile-profiles")
async def reconcile_profiles(
    files: list[str] = [],  # noqa: B006 - Prefect reads it, nobody changes it
    options: FlowOptions = UNSAID,
    blocks: FlowBlocks = UNNAMED,
) -> FlowState:
    """Compare the account's profiles with the ledger, settle rows in doubt, bring verification up to date.

    Args:
        files: Exports to compare with, if any, on the machine of the worker: files, folders or globs.
        options: As on the command line; what is empty is read from the settings block, the environment, the mapping.
        blocks: Blocks of the Prefect server, by name; what is empty is read from the environment of the worker.
    """

    async def work() -> tuple[FlowState, str]:
        values = await load_blocks(os.environ, blocks.credentials, blocks.settings)
        settled = settle_options(options, values.options)
        out = settled.out or Path(str(DEFAULTS["out"]))
        run_id = name_run(out, lambda folder: (folder / NAME).exists())
        status = await reconcile_account(files, settled, values.environ, run_id)
        folder = find_run_folder(out, str(run_id))
        counts = count_differences(folder / NAME) if folder is not None else {}
        told = describe_outcomes(counts) if counts else "nothing differs"
        await show_outcomes(counts, None)
        if folder is not None:
            await show_folder(folder)
        return make_state(status, told), told

    return await run_shielded(work)


def make_state(status: int, told: str) -> FlowState:
    """Say how a reconcile ended in Prefect's words.

    Args:
        status: As exit status.
        told: The differences that it found, in counts.
    """
    if status == EXIT_INTERRUPTED:
        return Cancelled(message=f"interrupted; until then: {told}")
    return Completed(name=None if status == EXIT_GOOD else WITH_DIFFERENCES, message=told)


def count_differences(path: Path) -> Counter[str]:
    """Count the lines of reconcile.csv by kind of difference."""
    with path.open(encoding="utf-8", newline="") as stream:
        return Counter(line["difference"] for line in csv.DictReader(stream))
