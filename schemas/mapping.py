"""The mapping file: where an export's columns go (contract, "Mapping file").

``parse_mapping`` reads one, ``lay_out`` brings it together with a sheet's headers, ``mapping_schema`` helps editors.
Beside the contract's keys there are ``delimiter`` and ``encoding``, for text of which looking finds the wrong ones.
"""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from straitsx_bulk.schemas.errors import MappingError
from straitsx_bulk.schemas.mapping_layout import lay_out
from straitsx_bulk.schemas.mapping_model import COLUMN_NAMES, DATE_NAMES, SEED_SPELLINGS, Column, Mapping
from straitsx_bulk.schemas.mapping_schema import mapping_schema
from straitsx_bulk.schemas.mapping_yaml import KeyPath, Plain, YamlText, parse_yaml
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS

__all__ = ["Column", "Mapping", "lay_out", "mapping_schema", "parse_mapping"]

COLUMN_KEYS = ("from", "values", "format", "join", "value")
WORD = re.compile(r"[\w .-]{1,60}")
"""What a key may look like to be shown: an export that is given as a mapping has rows where keys should be."""
SETTINGS_ELSEWHERE = frozenset(
    {
        "env", "environment", "base_url", "host", "url", "allow_host", "account", "rate", "concurrency", "ledger",
        "out", "overwrite", "limit", "max_refused", "retry_refused", "dry_run", "prefect", "no_prefect", "yes", "json",
        "quiet", "mapping", "key", "api_key", "x_xfers_app_api_key", "private_key_path", "public_key_id", "secret",
    }
)  # fmt: skip
"""Options and credentials that a mapping must not hold: it travels with an export (contract, "Options")."""


def parse_mapping(content: bytes, path: Path) -> Mapping:
    """Read and check what a mapping file holds.

    Args:
        content: Its bytes.
        path: The file, for errors.

    Returns:
        The mapping; it knows its lines, for later messages.

    Raises:
        MappingError: It is no YAML, or does not hold: names file, line, key and the nearest
            valid key, one line for each fault.
    """
    text = parse_yaml(content, path)
    straight = _straighten(text)
    try:
        mapping = Mapping.model_validate(straight)
    except ValidationError as error:
        raise MappingError("\n".join(_explain(fault, text) for fault in error.errors(include_url=False))) from None
    mapping.remember_place(path, text.lines)
    return mapping


def _straighten(text: YamlText) -> dict[str, Plain]:
    """Bring other ways of writing to one: dashes in keys, an address as a block, the guide's ``placeofBiz``."""
    content: dict[str, Plain] = {}
    for key, value in text.content.items():
        name = _rename(text, (key,), (key.replace("-", "_"),))[0]
        if name not in Mapping.model_fields:
            raise MappingError(_refuse_key(text, key))
        if name in content:
            raise MappingError(f"{_place(text, (key,))}: stands twice, with a dash and with an underscore; keep one.")
        if value is not None:
            content[name] = value
    columns = content.get("columns")
    if isinstance(columns, dict):
        content["columns"] = _straighten_columns(text, columns)
    return content


def _rename(text: YamlText, old: KeyPath, new: KeyPath) -> KeyPath:
    """Let a key's lines be found under another name, its inner keys' too."""
    if old != new:
        inner = {path: line for path, line in text.lines.items() if path[: len(old)] == old}
        text.lines = {(*new, *path[len(old) :]): line for path, line in inner.items()} | text.lines
    return new


def _straighten_columns(text: YamlText, columns: dict[str, Plain]) -> dict[str, Plain]:
    straight: dict[str, Plain] = {}
    for key, name, value in _flatten_address(columns):
        new = SEED_SPELLINGS.get(name, name)
        _rename(text, ("columns", *key), ("columns", new))
        if new not in COLUMN_NAMES:
            raise MappingError(_refuse_column(text, ("columns", *key), new))
        if new in straight:
            raise MappingError(f"{_place(text, ('columns', *key))}: `{new}` stands twice; keep one.")
        if value is None:
            raise MappingError(f"{_place(text, ('columns', *key))}: names no column; write one, or drop the line.")
        if isinstance(value, dict) and "format" in value and new not in DATE_NAMES:
            place = _place(text, ("columns", new, "format"))
            raise MappingError(f"{place}: `{new}` is no date; a format is for {' and '.join(DATE_NAMES)}.")
        straight[new] = value
    return straight


def _flatten_address(columns: dict[str, Plain]) -> Iterable[tuple[KeyPath, str, Plain]]:
    """Give each column's path, name and content, with ``address: {street: …}`` taken for ``address.street: …``."""
    for key, value in columns.items():
        parts = {part: f"address.{part}" for part in value} if key == "address" and isinstance(value, dict) else {}
        if isinstance(value, dict) and parts and set(parts.values()) <= set(ADDRESS_PARTS):
            yield from (((key, part), name, value[part]) for part, name in parts.items())
        else:
            yield (key,), key, value


def _place(text: YamlText, path: KeyPath) -> str:
    known = next((path[:length] for length in range(len(path), 0, -1) if path[:length] in text.lines), None)
    line = f"line {text.lines[known]}" if known else ""
    name = f"`{'.'.join(path)}`" if all(map(WORD.fullmatch, path)) else ""
    return ", ".join(filter(None, (str(text.path), line, name)))


def _suggest(word: str, valid: Iterable[str]) -> str:
    """Word the nearest valid key, and all of them."""
    names = list(valid)
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(word.casefold(), folded, n=2, cutoff=0.5)
    alike = [folded[name] for name in near if name == near[0] or len(names) == len(COLUMN_KEYS)]
    hint = f" Did you mean {' or '.join(f'`{name}`' for name in alike)}?" if alike else ""
    return f"{hint} Valid: {', '.join(names)}."


def _refuse_key(text: YamlText, key: str) -> str:
    name = key.replace("-", "_").casefold()
    if name in SETTINGS_ELSEWHERE:
        return (
            f"{_place(text, (key,))}: not for a mapping file. A mapping travels with an export and must not choose "
            "the target; give it on the command line or in the environment."
        )
    if key in COLUMN_NAMES or key in SEED_SPELLINGS:
        return f"{_place(text, (key,))}: a parameter stands under `columns:`, indented."
    return (
        f"{_place(text, (key,))}: not a key of a mapping file.{_suggest(name, Mapping.model_fields)} "
        "(Everything else is for the command line: a mapping must not choose the target.)"
    )


def _refuse_column(text: YamlText, path: KeyPath, name: str) -> str:
    if name in ("profile_id", "reference", "keep", "customer_profile_id"):
        top = "profile_id" if name == "customer_profile_id" else name
        return (
            f"{_place(text, path)}: not a parameter of the API; write `{top}:` at the left margin, beside `columns:`."
        )
    return f"{_place(text, path)}: not a parameter of the API.{_suggest(name, COLUMN_NAMES)}"


def _explain(fault: ErrorDetails, text: YamlText) -> str:
    """Word one fault that the model found."""
    path = tuple(str(part) for part in fault["loc"] if part != "[key]")
    return f"{_place(text, path)}: {_word_fault(fault, path)}"


def _word_fault(fault: ErrorDetails, path: KeyPath) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        return f"not a key here.{_suggest(path[-1], COLUMN_KEYS)}"
    if kind == "literal_error":
        valid = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ",").split(",")]
        return f"`{fault['input']}` is not one of these.{_suggest(str(fault['input']), valid)}"
    return _FAULTS.get(kind, fault["msg"].removeprefix("Value error, ").rstrip(".")) + "."


_FAULTS: dict[str, str] = {
    "int_parsing": "needs a whole number",
    "int_from_float": "needs a whole number",
    "float_parsing": "needs a number, a percentage from 0 to 100",
    "greater_than_equal": "needs a number from 1",
    "less_than_equal": "this program knows version 1",
    "string_type": "needs a text, in quotes where YAML would take it apart",
    "string_too_short": "is empty; write a text, or drop the line",
    "too_short": "is empty; write a text, or drop the line",
    "tuple_type": "needs a text or a list of texts",
    "dict_type": "needs a block of `key: value` lines",
    "model_type": "needs a column's name, a list of them, or a block with `from` or `value`",
    "model_attributes_type": "needs a column's name, a list of them, or a block with `from` or `value`",
}
