"""A JSON Schema of the mapping file, so that editors complete and check it while it is written."""

from typing import Any

from straitsx_bulk.schemas.header_words import WHOLE_ADDRESS
from straitsx_bulk.schemas.mapping_model import Column, Mapping
from straitsx_bulk.schemas.parameters import PARAMETERS, Kind

Schema = dict[str, Any]

TEXT: Schema = {"type": ["string", "number", "boolean"]}
"""A scalar: an editor reads ``version: 1`` as a number and ``NO`` as a boolean; this program reads the text written."""
TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True}]}

SHARE: Schema = {
    "anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, {"type": "string", "pattern": r"^\s*[0-9.]+\s*%?\s*$"}]
}
REPORTS: Schema = {
    "anyOf": [
        {"type": "array", "items": {"enum": ["results", "rejects", "page"]}, "minItems": 1},
        {"type": "string", "pattern": r"^\s*(results|rejects|page)(\s*,\s*(results|rejects|page))*\s*$"},
    ]
}


def _describe(model: type[Column] | type[Mapping], name: str, schema: Schema) -> Schema:
    return {**schema, "description": model.model_fields[name].description or ""}


def _column_schema(description: str, *, is_date: bool) -> Schema:
    properties = {
        "from": _describe(Column, "from_", TEXTS),
        "values": _describe(Column, "values", {"type": "object", "additionalProperties": TEXT}),
        "join": _describe(Column, "join", {"type": "string"}),
        "value": _describe(Column, "value", TEXT),
    }
    if is_date:
        properties["format"] = _describe(Column, "format", TEXTS)
    block = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": [{"required": ["from"]}, {"required": ["value"]}],
    }
    return {"description": description, "anyOf": [*TEXTS["anyOf"], block]}


def _columns_schema() -> Schema:
    properties = {
        parameter.name: _column_schema(f"{parameter.label}: {parameter.allowed}", is_date=parameter.kind is Kind.DATE)
        for parameter in PARAMETERS
    }
    properties[WHOLE_ADDRESS] = _column_schema(
        "A whole address in one column, taken apart where certain", is_date=False
    )
    return _describe(
        Mapping, "columns", {"type": ["object", "null"], "properties": properties, "additionalProperties": False}
    )


def mapping_schema() -> dict[str, Any]:
    """Make a JSON Schema (draft 2020-12) of the mapping file.

    Returns:
        The schema, ready for ``json.dumps``.
    """
    properties = {
        "version": {"const": 1},
        "sheet": TEXT,
        "header_row": {"type": "integer", "minimum": 1},
        "delimiter": {"type": "string", "minLength": 1},
        "encoding": {"type": "string", "minLength": 1},
        "type": {"enum": ["personal", "business"]},
        "profile_id": TEXT,
        "reference": TEXT,
        "keep": TEXTS,
        "rail": {"enum": ["auto", "sgd", "usd"]},
        "repair": {"enum": ["none", "safe", "full"]},
        "on_existing": {"enum": ["upgrade", "skip", "fail"]},
        "max_reject_share": SHARE,
        "reports": REPORTS,
    }
    described = {name: _describe(Mapping, name, schema) for name, schema in properties.items()}
    described["columns"] = _columns_schema()
    dashed = {name.replace("_", "-"): described[name] for name in ("on_existing", "max_reject_share")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "straitsx-bulk mapping file",
        "description": "Where an export's columns go. Everything is optional.",
        "type": "object",
        "properties": described | dashed,
        "additionalProperties": False,
    }
