"""The README's generated parts: made from the code's own tables, so that they cannot drift apart.

``python tests/support/readme_tables.py`` writes them into README.md again. Each stands between two markers::

    <!-- table: NAME -->
    …
    <!-- end -->
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from textwrap import wrap
from typing import get_args

from straitsx_bulk.flows.cli import app
from straitsx_bulk.flows.options import OF_A_MAPPING, PREFIX, Options, spell
from straitsx_bulk.io.sandbox.faults import KINDS
from straitsx_bulk.schemas.findings import ADVICE, REASONS, Code
from straitsx_bulk.schemas.parameters import PARAMETERS, Parameter, Rail, RegistrationType

README = Path(__file__).resolve().parents[2] / "README.md"
OF_A_ROW = frozenset({Code.DUPLICATE, Code.IDENTITY_CONFLICT, Code.RAGGED_ROW, Code.ORIGIN_EDITED, Code.ID_SCIENTIFIC})
"""Codes that always reject: they are about the row, or its key."""
_MARKED = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def render(text: str) -> str:
    """Put every generated part of a README in its place.

    Args:
        text: A README with markers.

    Returns:
        The same text, each part made anew.

    Raises:
        KeyError: A marker names no part.
    """
    return _MARKED.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", text)


def draw(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Draw a Markdown table."""
    cells = [list(header), *(list(row) for row in rows)]
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in cells]
    lines.insert(1, f"|{' --- |' * len(cells[0])}")
    return "\n".join(lines) + "\n"


def draw_parameters() -> str:
    """Draw which parameter who needs, and what it may hold."""
    header = ("parameter", "what it is", "a person needs it for", "a business needs it for", "what is allowed")
    return draw(header, (list_parameter(parameter) for parameter in PARAMETERS))


def list_parameter(parameter: Parameter) -> Iterator[str]:
    """Give a parameter's cells."""
    yield f"`{parameter.name}`"
    yield parameter.label
    yield from (say_need(parameter, kind) for kind in (RegistrationType.PERSONAL, RegistrationType.BUSINESS))
    yield parameter.allowed


def say_need(parameter: Parameter, kind: RegistrationType) -> str:
    """Say what a type of profile needs a parameter for."""
    if kind not in parameter.types:
        return "–"
    rails = [str(rail).upper() for rail in (Rail.SGD, Rail.USD) if parameter.needed_for(kind, rail)]
    return " and ".join(rails) or "optional"


def draw_options() -> str:
    """Draw the options of ``validate``, ``import`` and ``upgrade``."""
    rows = []
    for name, field in Options.model_fields.items():
        public = field.alias or name
        is_switch = bool in get_args(field.annotation)
        flag = f"`--{spell(name)}`{f', `--no-{spell(name)}`' if is_switch else say_values(field.annotation)}"
        mark = "m" if name in OF_A_MAPPING else ""
        rows.append((flag, f"`{PREFIX}{public.upper()}`", mark, str(field.description)))
    return draw(("option", "variable", "m", "meaning (default)"), rows)


def say_values(annotation: object) -> str:
    """Say which words an option takes, or nothing where its meaning says it."""
    words = [str(word) for kind in getattr(annotation, "__args__", ()) for word in getattr(kind, "__args__", ())]
    return f" {', '.join(f'`{word}`' for word in words)}" if words else ""


def draw_commands() -> str:
    """Draw the commands and what only they have."""
    from typer.main import get_command

    rows = []
    known = {f"--{spell(name)}" for name in Options.model_fields} | {"--no-prefect", "--help"}
    commands = get_command(app).commands  # type: ignore[attr-defined] # a group, which typer types as a command
    for name, command in commands.items():
        own = [parameter for parameter in command.params if known.isdisjoint(parameter.opts)]
        words = [
            f"`{parameter.opts[0]}`: {parameter.help}" for parameter in own if parameter.param_type_name == "option"
        ]
        rows.append((f"`{name}`", str(command.help), " ".join(words)))
    return draw(("command", "does", "options of its own"), rows)


def draw_findings() -> str:
    """Draw every code that a finding can have."""
    rows = ((f"`{code}`", explain(code), say_severity(code)) for code in Code)
    return draw(("code", "means", "counts as"), rows)


def explain(code: Code) -> str:
    """Say what a code means, of no parameter in particular."""
    reason = REASONS[code]
    allowed = f" Allowed: {reason.allowed}." if reason.allowed else ""
    return reason.sentence.format(what="The value", detail="") + allowed


def say_severity(code: Code) -> str:
    """Say whether a code rejects its row."""
    if code in ADVICE:
        return "a warning"
    return "an error" if code in OF_A_ROW else "by its parameter"


def draw_faults() -> str:
    """List the kinds of fault."""
    kinds = ", ".join(f"`{kind}`" for kind in sorted(KINDS))
    return "\n".join(wrap(kinds, 120, break_on_hyphens=False)) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    "parameters": draw_parameters,
    "options": draw_options,
    "commands": draw_commands,
    "findings": draw_findings,
    "faults": draw_faults,
}
"""Marker to what makes its part."""


if __name__ == "__main__":
    README.write_text(render(README.read_text(encoding="utf-8")), encoding="utf-8")
