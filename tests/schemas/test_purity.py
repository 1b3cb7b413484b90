"""The room `schemas` is pure: it reads and writes nothing, and asks the system for nothing but the day."""

import ast
from pathlib import Path

import pytest

import straitsx_bulk.schemas

ROOM = Path(str(straitsx_bulk.schemas.__file__)).parent
OUTSIDE = frozenset(
    {"open", "print", "input", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "iterdir"}
)
"""Calls that read or write something."""
MODULES = frozenset({"os", "sys", "socket", "subprocess", "time", "random", "secrets", "shutil", "tempfile", "logging"})
"""Modules through which the outside world comes in."""


def list_calls(tree: ast.AST) -> set[str]:
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {function.id for function in functions if isinstance(function, ast.Name)}
    return names | {function.attr for function in functions if isinstance(function, ast.Attribute)}


def list_imports(tree: ast.AST) -> set[str]:
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("module", sorted(ROOM.glob("*.py")), ids=lambda path: path.name)
def test_a_module_of_schemas_has_no_input_and_no_output(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert (list_calls(tree) & OUTSIDE, list_imports(tree) & MODULES) == (set(), set())
