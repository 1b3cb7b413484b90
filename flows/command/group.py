"""The group of commands, which says in our words what an option takes; Typer would say it in its libraries'."""

import re
from typing import Any

import typer
from typer.core import TyperGroup

from straitsx_bulk.flows.options import PREFIX

CHOSEN = re.compile(r"('.*') is not one of")
"""How Typer quotes a word that is none of an option's choices."""


class Group(TyperGroup):
    """Typer's group, with the words of a value that an option does not take changed, and no sentence of help cut."""

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override] # as in invoke
        """List the commands with the whole sentence of each."""
        for command in self.commands.values():
            command.short_help = (command.help or "").partition("\n")[0]
        super().format_commands(ctx, formatter)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override] # Typer's own context type moved between its versions
        """Invoke the command that the words name.

        Raises:
            BadParameter: An option does not take its value.
        """
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if type(error) is typer.BadParameter and error.param is not None:  # a missing argument is told well
                reword(error)
            raise


def reword(error: typer.BadParameter) -> None:
    """Say what the option takes, and by which name it was given."""
    from straitsx_bulk.flows.option_words import describe_allowed, find_field

    name = str(error.param.name) if error.param is not None else ""
    said = CHOSEN.search(error.message)
    error.message = f"it takes {describe_allowed(name)}{f', not {said[1]}' if said else ''}."
    source = error.ctx.get_parameter_source(name) if error.ctx is not None else None
    if source is not None and source.name == "ENVIRONMENT" and find_field(name) is not None:
        error.param_hint = PREFIX + name.upper()
