"""Options and credentials of a command that runs in this process, from the blocks that the environment names too."""

from collections.abc import Mapping
from typing import Any

from straitsx_bulk.flows.options import Options, read_options
from straitsx_bulk.flows.orchestration.block_values import load_blocks


async def read_with_blocks(given: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Options, Mapping[str, str]]:
    """Read options: what was said on the command line or stands in the environment, then what the settings block has.

    Args:
        given: Option names to values, the environment's among them; None where not given.
        environ: The process environment.

    Returns:
        The options, and the environment with the credentials in it.

    Raises:
        UsageError: An option does not hold, a block is not there, or the Prefect server does not answer.
    """
    values = await load_blocks(environ)
    said = {name: value for name, value in given.items() if value is not None}
    return read_options({**values.options, **said}, environ), values.environ
