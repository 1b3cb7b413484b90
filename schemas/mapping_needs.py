"""What a command needs of a sheet's columns, and the sentences for what is missing or not certain."""

import difflib
from collections.abc import Mapping, Sequence

from straitsx_bulk.schemas.errors import MappingError
from straitsx_bulk.schemas.headers import PROFILE_ID, find_nearest, list_profile_ids
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.mapping_yaml import write_scalar
from straitsx_bulk.schemas.parameters import BY_NAME, KEY_NAMES, SGD_NAMES

EXISTING_ONLY = frozenset({"upgrade", "reconcile"})
"""Commands that never create: they have to find a profile, not to fill one."""
LOOKING_ONLY = "inspect"
"""The command that shows what is missing, and so needs nothing."""
MOST_NAMED = 40
"""How many of a file's headers a message lists; exports can have hundreds."""
LONGEST = 60
"""Characters of a header that a message shows; with the wrong delimiter a header is a whole row."""


def check_needed(layout: Layout, headers: Sequence[str], *, source: str, command: str) -> None:
    """Refuse a layout that lacks a column that the command cannot do without.

    Args:
        layout: What was found.
        headers: The sheet's headers.
        source: The file as the user named it.
        command: ``validate`` and ``import`` need the three SGD parameters, ``upgrade`` and ``reconcile`` the profile's
            id or its key (contract, "Input"), ``inspect`` nothing.

    Raises:
        MappingError: Names each missing parameter, the nearest headers, and what to write.
    """
    held = {found.parameter for found in layout.sources}
    if command == LOOKING_ONLY or (command in EXISTING_ONLY and layout.profile_id is not None):
        return
    needed = KEY_NAMES if command in EXISTING_ONLY else SGD_NAMES
    missing = [name for name in needed if name not in held]
    if missing:
        used = {header for found in layout.sources for header in found.headers}
        free = [header for header in headers if header not in used]
        raise MappingError(_word_missing(source, missing, free, command))


def _word_missing(source: str, missing: Sequence[str], headers: Sequence[str], command: str) -> str:
    """Word what is missing; ``headers`` are those that nothing uses yet."""
    lines = [f"{source}: no column for {_join(missing)}."]
    lines += [_word_nearest(name, find_nearest(name, headers)) for name in missing]
    columns = [name for name in missing if name != "registrationType"]
    profile_ids = list_profile_ids(headers)
    lines += [_word_profile_id(header, command) for header in profile_ids[:1]]
    if columns or profile_ids:
        lines.append("Say it in a mapping file (--mapping mapping.yaml):")
        lines += [f"  {PROFILE_ID}: {write_scalar(header)}" for header in profile_ids[:1]]
    if columns:
        lines.append("  columns:")
        lines += [f"    {name}: {_pick(name, headers)}" for name in columns]
    if columns or profile_ids:
        lines.append("`straitsx-bulk inspect FILE --write mapping.yaml` drafts one.")
    if command in EXISTING_ONLY:
        lines.append(f"{command} needs these two, or the customer_profile_id's column as `profile_id:` in the mapping.")
    return "\n".join(lines)


def _word_profile_id(header: str, command: str) -> str:
    """Word what a column is that looks like StraitsX's own id, which stands for a key and never is one."""
    enough = f"{command} needs no other key" if command in EXISTING_ONLY else "`upgrade` needs no other key than that"
    return f"`{header}` looks like the customer_profile_id of profiles that exist: {enough}."


def _join(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _word_nearest(name: str, near: Sequence[str]) -> str:
    what = f"{name} ({BY_NAME[name].label}): "
    nearest = f"the nearest headers are {_quote(near)}." if near else "no header comes near."
    if name == "registrationType":
        return (
            f"{what}{nearest} Where all rows are of one type, say `type: personal` or `type: business` in the mapping "
            "file, or give --type."
        )
    return what + nearest


def _pick(name: str, headers: Sequence[str]) -> str:
    near = [header for header in find_nearest(name, headers, most=1) if len(header) <= LONGEST]
    return write_scalar(near[0]) if near else "<the column's header>"


def word_rivals(source: str, rivals: Mapping[str, Sequence[str]]) -> str:
    """Word an error where two columns fit one parameter equally well.

    Args:
        source: The file as the user named it.
        rivals: Parameter (or ``profile_id``, ``reference``) to the columns that fit.

    Returns:
        Sentences for people that say what to write in a mapping.
    """
    lines = [f"{source}: {_word_fit(name, columns)}" for name, columns in rivals.items()]
    lines += ["Say in a mapping file (--mapping mapping.yaml) which it is, or join them in order:", "  columns:"]
    for name, columns in rivals.items():
        choice = columns[0] if f"{columns[0]} (2)" not in columns else f"{columns[0]} (1)"
        lines.append(
            f'    {name}: {write_scalar(choice)}   # or {{from: [{", ".join(map(write_scalar, columns))}], join: " "}}'
        )
    return "\n".join(lines)


def _word_fit(name: str, columns: Sequence[str]) -> str:
    if len(columns) == 1:
        return f"`{columns[0]}` looks like a later line of {name}, without the first."
    return f"{_quote(columns)} {'both' if len(columns) == 2 else 'all'} fit {name}."


def word_absent(source: str, name: str, headers: Sequence[str]) -> str:
    """Word an error where a mapping names a header that the file lacks.

    Args:
        source: The file as the user named it.
        name: The header that the mapping names.
        headers: The headers that the file has.

    Returns:
        A sentence for people with the nearest header and the file's headers.
    """
    folded = {header.casefold(): header for header in headers}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    hint = f" Did you mean `{folded[near[0]]}`?" if near else ""
    more = f" and {len(headers) - MOST_NAMED} more" if len(headers) > MOST_NAMED else ""
    return f"{source} has no column `{name}`.{hint} Its columns: {_quote(headers[:MOST_NAMED])}{more}."


def _quote(names: Sequence[str]) -> str:
    return ", ".join(f"`{name if len(name) <= LONGEST else f'{name[:LONGEST]}…'}`" for name in names)
