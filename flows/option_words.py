"""What is wrong with an option and what it takes, in words for people; never a library's own words."""

import difflib
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from straitsx_bulk.flows.options import PREFIX, REPORTS, Options, spell

TAKES = {
    "account": "a name of 1 to 100 characters on one line",
    "reports": f"a list of {', '.join(REPORTS)}",
    "port": "a whole number from 0 to 65,535",
    "tps": "a number of 0 or more",
    "purge": "a whole number of days, 0 or more",
}
"""Of options whose type says too little, and of those of commands without rows."""

UNSHOWN = frozenset({"ledger", "base_url"})
"""Their values may hold a password."""


def describe_invalid(error: ValidationError, environ: Mapping[str, str], given: Mapping[str, Any]) -> str:
    """Turn the model's findings into a sentence each, naming the option or the variable.

    Args:
        error: The findings.
        environ: The process environment.
        given: What the command line gave, or a flow's parameters.
    """
    sentences = []
    for problem in error.errors(include_url=False):
        name = str(problem["loc"][0])
        if problem["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name, list(Options.model_fields), 1)
            hint = f" Did you mean {spell(near[0])}?" if near else ""
            sentences.append(f"There is no option {spell(name)}.{hint}")
            continue
        ours = problem["type"] == "value_error"  # from the model's own validators
        reason = f"{problem['ctx']['error']}" if ours else f"it takes {describe_allowed(name)}"
        shown = "" if name in UNSHOWN else f"{'; it is' if ours else ', not'} {show_value(problem['input'])}"
        sentences.append(f"{name_source(name, environ, given)}: {reason}{shown}.")
    return " ".join(sentences)


def show_value(value: object) -> str:
    """Write a value that an option does not take; whole numbers as a person types them."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:g}"
    return repr(value)[:60] if isinstance(value, str) else str(value)[:60]


def name_source(name: str, environ: Mapping[str, str], given: Mapping[str, Any]) -> str:
    """Name where a value came from: the variable, or the option."""
    variable = PREFIX + name.upper()
    said = given.get(name)
    if variable in environ and (said is None or read_alike(said, environ[variable])):
        return variable
    return f"--{spell(name)}"


def read_alike(value: object, text: str) -> bool:
    """Say whether a value is what a text was read as."""
    try:
        return str(value) == text or (isinstance(value, int | float) and float(text) == value)
    except ValueError:
        return False


def describe_allowed(name: str) -> str:
    """Say what an option takes.

    Args:
        name: The option's name, with underscores.

    Returns:
        The rest of a sentence that begins with ``it takes``.
    """
    field = find_field(name)
    if name in TAKES or field is None:
        return TAKES.get(name, "another kind of value")
    [kind] = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    if get_origin(kind) is Literal:
        *most, last = get_args(kind)
        return f"{', '.join(most)} or {last}"
    if kind is bool:
        return "true or false"
    if kind in {int, float}:
        return f"a {'whole ' if kind is int else ''}number{_describe_bounds(field)}"
    return "text"


def find_field(name: str) -> FieldInfo | None:
    """Find an option's field by its own or its public name."""
    fields = {field.alias or own: field for own, field in Options.model_fields.items()} | Options.model_fields
    return fields.get(name)


def _describe_bounds(field: FieldInfo) -> str:
    bounds: dict[str, Any] = {}
    for constraint in field.metadata:
        bounds |= {name: getattr(constraint, name) for name in ("gt", "ge", "le") if hasattr(constraint, name)}
    words = {"gt": " greater than {:,}", "ge": ", {:,} or more", "le": ", at most {:,}"}
    return "".join(words[name].format(bounds[name]) for name in words if name in bounds)
