"""``template``: the workbook that needs no mapping, and the mapping file's schema for editors."""

import json
from pathlib import Path

from straitsx_bulk.flows.streams import tell
from straitsx_bulk.io.reports.folder import write_whole
from straitsx_bulk.io.template import write_template
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.mapping import mapping_schema


def write_templates(path: Path, schema_path: Path | None) -> int:
    """Write what was asked for.

    Args:
        path: The workbook.
        schema_path: The JSON Schema, or None.

    Returns:
        The exit status.

    Raises:
        UsageError: A file is there already or cannot be written.
    """
    for wanted in (path, schema_path):
        if wanted is not None and wanted.exists():
            raise UsageError(f"{wanted} is there already and is not written over. Name another file.")
    if schema_path is not None:
        write_schema(schema_path)
    write_template(path)
    tell(f"{path}: one row a person or business; `validate` and `import` take it as it is.")
    return 0


def write_schema(path: Path) -> None:
    """Write the mapping file's JSON Schema.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        with write_whole(path) as stream:
            stream.write(json.dumps(mapping_schema(), indent=2).encode() + b"\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
