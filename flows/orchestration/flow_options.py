"""Options as a flow's parameters: the same names and words, shown well on Prefect's page."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from straitsx_bulk.flows.options import Options

OF_THE_COMMAND_LINE = ("prefect", "json")
"""Options that mean nothing inside a flow."""

TITLES = {"base_url": "Base URL", "env": "Environment", "yes": "Yes, production is meant"}
"""Of fields whose name alone would not do."""


def tidy_schema(schema: dict[str, Any]) -> None:
    """Make a JSON Schema read well as a form: one type for each field, no field that means nothing there.

    An option that may be left out is no ``null`` there: the form offers a plain input, empty for "not said".
    """
    fields = schema["properties"]
    for name in OF_THE_COMMAND_LINE:
        fields.pop(name, None)
    for name, field in fields.items():
        field["title"] = TITLES.get(name, name.replace("_", " ").capitalize())
        kinds = [kind for kind in field.pop("anyOf", ()) if kind != {"type": "null"}]
        if len(kinds) == 1:
            field.update(kinds[0])
        field.pop("default", None)
        if field.get("format") == "path":
            field.pop("format")  # the form knows no such format


class FlowOptions(Options):
    """As on the command line; what is empty is read from the settings block, the environment, then the mapping file."""

    model_config = ConfigDict(json_schema_extra=tidy_schema)

    @model_serializer(mode="wrap")
    def _leave_out_unsaid(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write down only what was said, so that Prefect stores and shows no list of nothing."""
        return {name: value for name, value in serialize(self).items() if value is not None}


class FlowBlocks(BaseModel):
    """Names of blocks that the Prefect server keeps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    credentials: str = Field(
        "",
        title="Credentials",
        description="A StraitsXCredentials block (empty: STRAITSX_BULK_CREDENTIALS_BLOCK, or the key itself in "
        "X_XFERS_APP_API_KEY).",
    )
    settings: str = Field(
        "",
        title="Settings",
        description="A StraitsXSettings block: options for many flows (empty: STRAITSX_BULK_SETTINGS_BLOCK, or none).",
    )
    notify: str = Field(
        "",
        title="Notify",
        description="A notification block as type/name, such as slack-webhook/ops: told how each run ended, in counts "
        "(empty: STRAITSX_BULK_NOTIFY_BLOCK, or nobody).",
    )


UNSAID = FlowOptions()
"""A flow's parameter that nobody set."""

UNNAMED = FlowBlocks()
"""No block is named by a run."""
