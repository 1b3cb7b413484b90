"""Reading a mapping's YAML as the text that was written, knowing on which line each key stands.

YAML 1.1 turns ``NO`` into false, ``00123`` into 83 and ``1990-01-01`` into a date. In a mapping such words are country
codes and constants, so every scalar stays text here; the model makes numbers of the few that are numbers.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from straitsx_bulk.schemas.errors import MappingError

Plain = str | list["Plain"] | dict[str, "Plain"] | None
"""What a YAML file holds once every scalar is text; None is a key with nothing behind it."""

KeyPath = tuple[str, ...]
MOST_BYTES = 200_000
"""A mapping is a page of text; more is the wrong file, such as the export itself."""
MOST_ENTRIES = 20_000
"""Keys and list items, those that an alias repeats too: nine lines of aliases can stand for millions."""


@dataclass(slots=True)
class YamlText:
    """A YAML file as text.

    Attributes:
        path: The file.
        content: The top of the file.
        lines: Path of each key or list item to its line, from 1.
    """

    path: Path
    content: dict[str, Plain] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)


def parse_yaml(content: bytes, path: Path) -> YamlText:
    """Read YAML whose top is a mapping, every scalar as text.

    Args:
        content: The file's bytes, UTF-8 (or UTF-16 with its mark).
        path: The file, for errors.

    Returns:
        Content and line numbers; empty for an empty file.

    Raises:
        MappingError: It is too long, is no YAML, or repeats a key.
    """
    if len(content) > MOST_BYTES:
        raise MappingError(f"{path}: over {MOST_BYTES:,} bytes; this is not a mapping file.")
    text = YamlText(path)
    node = _compose(path, content)
    if isinstance(node, MappingNode):
        text.content = _read_pairs(node, (), text)
    elif node is not None and not _is_nothing(node):
        raise MappingError(f"{path}: a mapping file holds `key: value` lines, such as `columns:`; this one does not.")
    return text


def write_scalar(text: str) -> str:
    """Write a text so that any YAML reader takes it for that text.

    Args:
        text: For example a header.

    Returns:
        The text itself where it is plain words, in double quotes otherwise.
    """
    plain = re.fullmatch(r"[A-Za-z_][\w./()&+' -]*", text, re.ASCII) and text == text.strip()
    if plain and yaml.safe_load(text) == text:
        return text
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in json.dumps(text, ensure_ascii=False))


def _compose(path: Path, content: bytes) -> Node | None:
    try:
        return yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError:
        raise MappingError(f"{path}: the mapping file is not UTF-8 text; save it as UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise MappingError(f"{path}{line}: not valid YAML: {error.problem or error.context}.{_hint(error)}") from None
    except RecursionError:
        raise MappingError(f"{path}: nested too deeply for a mapping file.") from None


def _hint(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "mapping values are not allowed" in problem:
        return " A text that holds `: ` needs quotes, and the keys of one block the same indent."
    if "cannot start any token" in problem:
        return " A text that begins with `%`, `@` or a back-quote needs quotes, and indents are spaces, never tabs."
    if "expected the node content" in problem:
        return " A text that begins with a mark such as `,` needs quotes."
    return ""


def _read_pairs(node: MappingNode, path: KeyPath, text: YamlText) -> dict[str, Plain]:
    pairs: dict[str, Plain] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            raise MappingError(f"{text.path}, line {line}: a key is a word, not a list or a block.")
        key = key_node.value
        if key in pairs:
            first = text.lines[(*path, key)]
            name = ".".join((*path, key))
            raise MappingError(f"{text.path}, line {line}: `{name}` stands twice (first on line {first}); keep one.")
        text.lines[(*path, key)] = line
        pairs[key] = _read_node(value_node, (*path, key), text)
    return pairs


def _read_node(node: Node, path: KeyPath, text: YamlText) -> Plain:
    line = node.start_mark.line + 1
    if len(path) > 8:  # deeper than any mapping; an anchor that holds itself would go on for ever
        raise MappingError(f"{text.path}, line {line}: nested too deeply for a mapping file.")
    if len(text.lines) > MOST_ENTRIES:
        raise MappingError(f"{text.path}, line {line}: over {MOST_ENTRIES:,} entries; this is not a mapping file.")
    if isinstance(node, MappingNode):
        return _read_pairs(node, path, text)
    if isinstance(node, SequenceNode):
        items: list[Plain] = []
        for position, item in enumerate(node.value):
            text.lines[(*path, str(position))] = item.start_mark.line + 1
            items.append(_read_node(item, (*path, str(position)), text))
        return items
    return None if _is_nothing(node) else str(node.value)


def _is_nothing(node: Node) -> bool:
    """Say whether a key has nothing behind it; ``""`` in quotes is an empty text."""
    return isinstance(node, ScalarNode) and node.value == "" and node.style is None
