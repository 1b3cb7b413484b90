"""Turns the options' model into the command line's options, so that they are written down once."""

import inspect
from collections.abc import Callable, Collection
from typing import Annotated, get_args

import typer

from straitsx_bulk.flows.options import PREFIX, Options, spell


def with_options(only: Collection[str] | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command options of :class:`Options`, all of them optional and without a default here.

    Args:
        only: Which ones; None for all.

    Returns:
        A decorator for a command that takes them as keywords.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(command).parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        parameters = [*own, *make_parameters(only)]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what typer reads
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorate


def make_parameters(only: Collection[str] | None = None) -> list[inspect.Parameter]:
    """Make one keyword parameter for each option, with its help, environment variable and type."""
    parameters = []
    for name, field in Options.model_fields.items():
        if only is not None and name not in only:
            continue
        public = field.alias or name
        flag = f"--{spell(name)}"
        is_switch = bool in get_args(field.annotation)  # off again, where the environment has it on
        names = f"{flag}/--no-{spell(name)}" if is_switch else flag
        declared = typer.Option(names, help=field.description, envvar=PREFIX + public.upper(), show_default=False)
        annotation = Annotated[field.annotation, declared]  # type: ignore[name-defined] # a type made at run time
        kind = inspect.Parameter.KEYWORD_ONLY
        parameters.append(inspect.Parameter(public, kind, default=None, annotation=annotation))
    return parameters
