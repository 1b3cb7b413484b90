"""The API's parameters for ``--help``, made from the one table."""

from textwrap import wrap

from straitsx_bulk.schemas.parameters import BOTH, PARAMETERS, Parameter, RegistrationType

_WIDTH = 78
_AS_IT_STANDS = "\b\n"
"""Before a paragraph that click is not to wrap."""


def list_parameters() -> str:
    """List every parameter: who needs it for which rail, and what is allowed."""
    lines = [line for parameter in PARAMETERS for line in _describe(parameter)]
    return _AS_IT_STANDS + "\n".join(["Parameters, who needs them, and what is allowed:", *lines])


def _describe(parameter: Parameter) -> list[str]:
    allowed = wrap(parameter.allowed, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    return [f"  {parameter.name} - {parameter.label}; {_say_need(parameter)}", *allowed]


def _say_need(parameter: Parameter) -> str:
    rail = "SGD and USD" if parameter.sgd else "USD" if parameter.usd else "optional"
    if parameter.types == BOTH:
        return rail
    return f"{rail}, of a {'person' if RegistrationType.PERSONAL in parameter.types else 'business'}"
