"""Types of blocks for Prefect's page; register them with ``prefect block register -m straitsx_bulk.flows.blocks``.

Prefect keeps secret fields encrypted in its database and shows them to nobody; a flow is given the block's name only.
"""

from typing import ClassVar

from pydantic import Field, SecretStr

from straitsx_bulk.flows.orchestration.flow_options import FlowOptions
from straitsx_bulk.flows.quiet_libraries import silence_telemetry

silence_telemetry()  # before Prefect is imported, or it has its say

from prefect.blocks.core import Block  # noqa: E402 - see above


class StraitsXCredentials(Block):
    """Who calls the StraitsX API: the account's key and, where the account asks for it, the key that signs.

    Attributes:
        api_key: The value of ``X-XFERS-APP-API-KEY``.
        private_key: The Ed25519 key that signs requests, as PEM text; empty where none are signed.
        public_key_id: What the vendor's dashboard calls its public half; empty where none are signed.
    """

    _block_type_name: ClassVar[str] = "StraitsX credentials"
    _block_type_slug: ClassVar[str] = "straitsx-credentials"
    _description: ClassVar[str] = "API key and signing key of a StraitsX account, for straitsx-bulk."

    api_key: SecretStr = Field(
        title="API key", description="From the StraitsX dashboard, Developer Tools. Keys last six months."
    )
    private_key: SecretStr = Field(
        SecretStr(""),
        title="Private key",
        description="Where requests are signed: the Ed25519 key as PEM text, PKCS8, without a password.",
    )
    public_key_id: SecretStr = Field(
        SecretStr(""), title="Public key id", description="Where requests are signed: as on the StraitsX dashboard."
    )


class StraitsXSettings(Block):
    """Options that many flows share; a flow's own parameters beat them, they beat the worker's environment.

    Attributes:
        options: The options.
    """

    _block_type_name: ClassVar[str] = "StraitsX settings"
    _block_type_slug: ClassVar[str] = "straitsx-settings"
    _description: ClassVar[str] = "Options of straitsx-bulk that many flows share."

    options: FlowOptions = Field(FlowOptions(), title="Options", description="As on the command line.")
