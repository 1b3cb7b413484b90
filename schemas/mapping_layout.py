"""A mapping meets a sheet's headers: which columns every parameter comes from."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from straitsx_bulk.schemas.errors import MappingError
from straitsx_bulk.schemas.header_words import WHOLE_ADDRESS
from straitsx_bulk.schemas.headers import PROFILE_ID, REFERENCE, drop_copy_number, match_headers
from straitsx_bulk.schemas.layout import Layout, ParameterSource
from straitsx_bulk.schemas.mapping_model import COLUMN_NAMES, SEED_SPELLINGS, Column, Mapping, fold_word
from straitsx_bulk.schemas.mapping_needs import check_needed, word_absent, word_rivals
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, PARAMETER_NAMES

TYPE = "registrationType"
CUSTOMER_PROFILE_ID = "customer_profile_id"

_FIRST_PART = PARAMETER_NAMES.index(ADDRESS_PARTS[0])
SOURCE_ORDER = (*PARAMETER_NAMES[:_FIRST_PART], WHOLE_ADDRESS, *PARAMETER_NAMES[_FIRST_PART:])


@dataclass(slots=True)
class _Draft:
    """A layout in the making, for one sheet."""

    source: str
    headers: Sequence[str]
    sources: dict[str, ParameterSource] = field(default_factory=dict)
    profile_id: str | None = None
    reference: str | None = None
    keep: tuple[str, ...] = ()
    notices: list[str] = field(default_factory=list)

    def finish(self) -> Layout:
        used = {header for source in self.sources.values() for header in (*source.headers, source.override)}
        used |= {self.profile_id, self.reference, *self.keep}
        return Layout(
            sources=tuple(self.sources[name] for name in SOURCE_ORDER if name in self.sources),
            profile_id=self.profile_id,
            reference=self.reference,
            keep=self.keep,
            unused=tuple(header for header in self.headers if header not in used),
            notices=tuple(self.notices),
        )


def lay_out(
    mapping: Mapping | None,
    headers: Sequence[str],
    *,
    source: str,
    registration_type: str | None,
    command: str,
    added: Collection[str] = (),
) -> Layout:
    """Bring a mapping and a sheet's headers together.

    A column for registrationType that the mapping names, or that bears the API's name, beats ``--type`` and the
    mapping's ``type``, which are for exports without such a column; a column that merely looks like one (``Account
    Type``, found without a mapping) gives way to them. Either way a notice says so. A mapping file without ``columns``
    leaves the headers to be matched by name, as without a mapping.

    Args:
        mapping: The mapping file, or None to match headers by name.
        headers: The sheet's headers, unique, never empty.
        source: The file (and sheet) as the user named it, for messages.
        registration_type: What ``--type`` says, or None.
        command: ``validate``, ``import``, ``upgrade``, ``reconcile``, or ``inspect``, which needs no column.
        added: In one of our own rejects files, the columns that we added, headed by a parameter's name: where filled,
            they beat the mapping.

    Returns:
        The layout: every name in it is one of ``headers``.

    Raises:
        MappingError: The mapping names a header that is not there, two columns fit one parameter, or a column that the
            command needs is missing. Says what to write.
    """
    draft = _Draft(source, headers)
    extra = [header for header in headers if header in added and header not in _list_named(mapping)]
    own = [header for header in headers if header not in extra]
    if mapping is not None and mapping.columns:
        _match_exact_names(draft, own, mapping)
        type_is_sure = True
    else:
        type_is_sure = TYPE in _match_by_name(draft, own)
    if mapping is not None:
        _apply_mapping(draft, mapping)
    _settle_type(draft, registration_type, mapping.type if mapping else None, sure=type_is_sure)
    _apply_added(draft, extra)
    check_needed(draft.finish(), headers, source=source, command=command)
    return draft.finish()


def _list_named(mapping: Mapping | None) -> frozenset[str]:
    """List the headers that a mapping names for parameters."""
    columns = mapping.columns.values() if mapping else ()
    return frozenset(header for column in columns for header in column.from_ or ())


def _match_by_name(draft: _Draft, headers: Sequence[str]) -> frozenset[str]:
    """Match names in whatever case and punctuation, and synonyms; give the parameters found by the API's own name."""
    matches = match_headers(headers)
    if matches.rivals:
        raise MappingError(word_rivals(draft.source, matches.rivals))
    columns = dict(matches.columns)
    draft.profile_id = columns.pop(PROFILE_ID, (None,))[0]
    draft.reference = columns.pop(REFERENCE, (None,))[0]
    for parameter, found in columns.items():
        draft.sources[parameter] = ParameterSource(parameter, found, join=", " if len(found) > 1 else " ")
    return matches.exact


def _match_exact_names(draft: _Draft, headers: Sequence[str], mapping: Mapping) -> None:
    """Match the parameters that a mapping does not name: by their exact name only."""
    found: dict[str, list[str]] = {}
    for header in headers:
        name = drop_copy_number(header, headers)
        found.setdefault(SEED_SPELLINGS.get(name, name), []).append(header)
    has_parts = any(name in mapping.columns or name in found for name in ADDRESS_PARTS[:1])
    open_names = [name for name in COLUMN_NAMES if name not in mapping.columns]
    wanted = {name: tuple(found[name]) for name in open_names if name in found}
    if has_parts:
        wanted.pop(WHOLE_ADDRESS, None)
    rivals = {name: columns for name, columns in wanted.items() if len(columns) > 1}
    if rivals:
        raise MappingError(word_rivals(draft.source, rivals))
    draft.sources |= {name: ParameterSource(name, columns) for name, columns in wanted.items()}
    draft.profile_id = next(iter(found.get(CUSTOMER_PROFILE_ID, ())), None)
    draft.reference = next(iter(found.get(REFERENCE, ())), None)


def _apply_mapping(draft: _Draft, mapping: Mapping) -> None:
    for name, column in mapping.columns.items():
        draft.sources[name] = _make_source(draft, mapping, name, column)
    if mapping.profile_id is not None:
        draft.profile_id = _find_header(draft, mapping, mapping.profile_id, "profile_id")
    if mapping.reference is not None:
        draft.reference = _find_header(draft, mapping, mapping.reference, "reference")
    draft.keep = tuple(_find_header(draft, mapping, header, "keep") for header in mapping.keep)


def _make_source(draft: _Draft, mapping: Mapping, name: str, column: Column) -> ParameterSource:
    headers = tuple(_find_header(draft, mapping, header, "columns", name, "from") for header in column.from_ or ())
    return ParameterSource(
        name,
        headers,
        join=column.join,
        values={fold_word(word): meaning for word, meaning in column.values.items()},
        formats=column.format,
        constant=column.value,
    )


def _find_header(draft: _Draft, mapping: Mapping, name: str, *key: str) -> str:
    """Find the header that a mapping means; white space does not count, everything else does."""
    alike = [header for header in draft.headers if _collapse(header) == _collapse(name)]
    found = name if name in draft.headers else alike[0] if len(alike) == 1 else None
    first = name.removesuffix(" (1)")
    if found is None and first in draft.headers and f"{first} (2)" in draft.headers:
        return first
    if found is not None and f"{found} (2)" not in draft.headers:
        return found
    if found is not None:
        raise MappingError(
            f"{mapping.name_place(*key)}: {draft.source} has more than one column `{name}`; "
            f"write `{name} (1)` for the first, `{name} (2)` for the second."
        )
    raise MappingError(f"{mapping.name_place(*key)}: {word_absent(draft.source, name, draft.headers)}")


def _collapse(header: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", header).split())


def _apply_added(draft: _Draft, extra: Sequence[str]) -> None:
    """Let the columns that we added to a rejects file beat what the mapping says, where they are filled."""
    for header in extra:
        name = SEED_SPELLINGS.get(header, header)
        if name in COLUMN_NAMES:
            known = draft.sources.get(name)
            new = replace(known, override=header) if known else ParameterSource(name, (header,), added=True)
            draft.sources[name] = new


def _settle_type(draft: _Draft, option: str | None, in_file: str | None, *, sure: bool) -> None:
    """Decide between a column (or constant) for registrationType, ``--type`` and the mapping's ``type``."""
    given = option or in_file
    known = draft.sources.get(TYPE)
    if given is None:
        return
    if known is None:
        draft.sources[TYPE] = ParameterSource(TYPE, constant=given)
    elif known.constant is not None or not sure:
        chosen = option or known.constant or given
        what = f"the column `{known.headers[0]}`" if known.headers else f"the constant `{known.constant}`"
        draft.sources[TYPE] = ParameterSource(TYPE, constant=chosen)
        if chosen != known.constant:
            draft.notices.append(f"{draft.source}: every row is {chosen}; {what} is not used for registrationType.")
    elif known.headers:
        column = known.headers[0]
        draft.notices.append(f"{draft.source}: registrationType is the column `{column}`; type {given} is not used.")
