"""Reads mapping files."""

from pathlib import Path

from straitsx_bulk.schemas.errors import MappingError
from straitsx_bulk.schemas.mapping import Mapping, parse_mapping
from straitsx_bulk.schemas.mapping_yaml import MOST_BYTES


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Args:
        path: The YAML file.

    Returns:
        The mapping; it knows its lines, for later messages.

    Raises:
        MappingError: The file cannot be read, is no YAML, or does not hold: names file, line, key and the nearest
            valid key, one line for each fault.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise MappingError(f"{path}: there is no such mapping file.") from None
    except OSError as error:
        raise MappingError(f"{path}: the mapping file cannot be read: {error.strerror}.") from None
    return parse_mapping(content, path)
