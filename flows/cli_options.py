"""Turns the options' model into the command line's options, so that they are written down once."""

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from straitsx_bulk.flows.options import PREFIX, Options, spell


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command every option of :class:`Options`, all of them optional and without a default here.

    Args:
        command: Takes ``files`` and keyword options.
    """
    own = [p for p in inspect.signature(command).parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    parameters = [*own, *make_parameters()]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what typer reads
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def make_parameters() -> list[inspect.Parameter]:
    """Make one keyword parameter for each option, with its help, environment variable and type."""
    parameters = []
    for name, field in Options.model_fields.items():
        public = field.alias or name
        flag = f"--{spell(name)}"
        names = f"{flag}/--no-prefect" if name == "prefect" else flag
        declared = typer.Option(names, help=field.description, envvar=PREFIX + public.upper(), show_default=False)
        annotation = Annotated[field.annotation, declared]  # type: ignore[name-defined] # a type made at run time
        kind = inspect.Parameter.KEYWORD_ONLY
        parameters.append(inspect.Parameter(public, kind, default=None, annotation=annotation))
    return parameters
