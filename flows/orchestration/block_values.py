"""Blocks of the Prefect server beside the environment: who calls, and options for many flows.

Nothing here imports Prefect unless a block is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from straitsx_bulk.flows.credentials import KEY_VARIABLE, PRIVATE_KEY, SIGNING_VARIABLES
from straitsx_bulk.schemas.errors import UsageError

CREDENTIALS_VARIABLE = "STRAITSX_BULK_CREDENTIALS_BLOCK"
SETTINGS_VARIABLE = "STRAITSX_BULK_SETTINGS_BLOCK"
NOTIFY_VARIABLE = "STRAITSX_BULK_NOTIFY_BLOCK"


@dataclass(frozen=True, slots=True)
class BlockValues:
    """What the named blocks hold.

    Attributes:
        environ: The environment with the credentials in it; it is handed on in this process only.
        options: Option names to values.
    """

    environ: Mapping[str, str] = field(repr=False)
    options: Mapping[str, Any]


async def load_blocks(environ: Mapping[str, str], credentials: str = "", settings: str = "") -> BlockValues:
    """Load the blocks that a flow's parameters or the environment name; without a name, nothing is asked of Prefect.

    Args:
        environ: The process environment.
        credentials: Name of a StraitsXCredentials block; empty: as the environment says.
        settings: Name of a StraitsXSettings block; empty: as the environment says.

    Raises:
        UsageError: A block is not there, or the Prefect server does not answer.
    """
    credentials = credentials or environ.get(CREDENTIALS_VARIABLE, "")
    settings = settings or environ.get(SETTINGS_VARIABLE, "")
    values = dict(environ)
    options: Mapping[str, Any] = {}
    if credentials:
        values |= await _load_credentials(credentials)
    if settings:
        options = await _load_settings(settings)
    return BlockValues(values, options)


async def _load_credentials(name: str) -> dict[str, str]:
    from straitsx_bulk.flows.blocks import StraitsXCredentials

    block = await _load(StraitsXCredentials, name)
    key, private_key, key_id = (
        getattr(block, field).get_secret_value() for field in ("api_key", "private_key", "public_key_id")
    )
    if bool(private_key) != bool(key_id):
        raise UsageError(f"The block {name} holds a private key or a public key id; signing needs both, or neither.")
    path_variable, id_variable = SIGNING_VARIABLES
    return {KEY_VARIABLE: key, PRIVATE_KEY: private_key, id_variable: key_id, path_variable: ""}


async def _load_settings(name: str) -> Mapping[str, Any]:
    from straitsx_bulk.flows.blocks import StraitsXSettings

    block = await _load(StraitsXSettings, name)
    options: Mapping[str, Any] = block.options.model_dump(by_alias=True)
    return options


async def refuse_missing_notifier(name: str) -> None:
    """Refuse a notification block that would tell nobody anything.

    Args:
        name: As type/name, such as slack-webhook/ops.

    Raises:
        UsageError: It is not there, it cannot notify, or the Prefect server does not answer.
    """
    from prefect.blocks.core import Block

    block = await _load(Block, name)
    if not hasattr(block, "notify"):
        raise UsageError(f"The block {name} cannot notify. Name a notification block as type/name: slack-webhook/ops.")


async def _load(kind: Any, name: str) -> Any:
    import httpx
    from prefect.exceptions import PrefectException

    try:
        return await kind.aload(name)
    except ValueError:  # how Prefect says that there is none, or that it holds something else
        words = f"no {kind.__name__} block" if kind.__name__ != "Block" else "no block of that type"
        raise UsageError(
            f"There is {words} named {name} on the Prefect server. Register the types with "
            "`prefect block register -m straitsx_bulk.flows.blocks` and make the block on Prefect's page."
        ) from None
    except (PrefectException, httpx.HTTPError, OSError, RuntimeError) as error:
        raise UsageError(
            f"The block {name} cannot be read from the Prefect server ({type(error).__name__}). Is it running, and "
            "does PREFECT_API_URL name it?"
        ) from None
