"""Finding the API's parameters by the names of an export's columns.

Three strengths, never mixed up: the API's own name in whatever case and punctuation, a common synonym, and a guess. The
first two are used without a mapping file, and only where a single column fits; a guess is only ever shown to people.
"""

import difflib
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from straitsx_bulk.schemas import header_words as words
from straitsx_bulk.schemas.header_words import WHOLE_ADDRESS
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, PARAMETER_NAMES

PROFILE_ID = "profile_id"
REFERENCE = "reference"
MOST_ADDRESS_LINES = 4
CLOSE_ENOUGH = 0.8
"""How alike two names must be (difflib's ratio) for one to be proposed for the other; below, unlike words match."""
WORTH_NAMING = 0.5
"""How alike a header must be to be named as "nearest" in an error: it only helps a person look."""


class Confidence(StrEnum):
    """How sure it is that a column holds a parameter."""

    EXACT = "exact"
    """The API's own name, whatever its case, spaces, underscores or dots."""
    KNOWN = "known"
    """A common name that can mean one thing."""
    GUESS = "guess"
    """It looks like it, or more than one column fits: for a person to decide."""
    NONE = "none"
    """Nothing fits."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one column of an export is taken for.

    Attributes:
        header: As in the file.
        parameter: The API's name, ``address`` for a whole address, ``profile_id``, ``reference``, or empty.
        confidence: How sure; EXACT and KNOWN are used without a mapping.
        why: A phrase for people.
    """

    header: str
    parameter: str
    confidence: Confidence
    why: str


@dataclass(frozen=True, slots=True)
class Matches:
    """Which columns are used without a mapping.

    Attributes:
        columns: Parameter (or ``address``, ``profile_id``, ``reference``) to its columns in order; more than one only
            for the lines of a street.
        rivals: Parameter to the columns that fit equally well: to be decided by a mapping.
        exact: Parameters in ``columns`` that were found by the API's own name.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()


def fold_header(header: str) -> str:
    """Reduce a header to what counts in comparing: letters and digits, case folded.

    Args:
        header: As in the file, for example ``Date of Birth (DD/MM/YYYY)``.

    Returns:
        For example ``dateofbirth``; brackets that only hold a date format or "required" are dropped.
    """
    plain = unicodedata.normalize("NFKC", header)
    bracket = re.fullmatch(r"(.+?)\s*[(\[]([^()\[\]]*)[)\]]\s*\*?\s*", plain, re.DOTALL)
    if bracket and words.DECORATION.issuperset(re.findall(r"[a-z]+", bracket[2].casefold()) or [""]):
        plain = bracket[1]
    return "".join(character for character in plain.casefold() if character.isalnum())


def drop_copy_number(header: str, headers: Collection[str]) -> str:
    """Give the header that a repeated column bears in the file: ``Name (2)`` beside a ``Name`` is ``Name``."""
    copy = re.fullmatch(r"(.+) \((\d+)\)", header)
    return copy[1] if copy and copy[1] in headers else header


@cache
def _api_names() -> dict[str, str]:
    names = {fold_header(name): name for name in (*PARAMETER_NAMES, WHOLE_ADDRESS)}
    return names | {fold_header(word): PROFILE_ID for word in words.PROFILE_ID_WORDS} | {REFERENCE: REFERENCE}


@cache
def _synonyms() -> dict[str, str]:
    tables = (*words.SYNONYMS.items(), (WHOLE_ADDRESS, words.WHOLE_ADDRESS_WORDS))
    return {fold_header(word): parameter for parameter, names in tables for word in names}


@cache
def _beside_address() -> dict[str, str]:
    return {fold_header(word): parameter for parameter, names in words.BESIDE_ADDRESS.items() for word in names}


@cache
def _top_likes() -> dict[str, str]:
    names = {fold_header(word): REFERENCE for word in words.REFERENCE_LIKE}
    return names | {fold_header(word): PROFILE_ID for word in words.PROFILE_ID_LIKE}


@cache
def _line_stems() -> frozenset[str]:
    return frozenset(fold_header(word) for word in words.ADDRESS_LINE_WORDS)


def _line_number(folded: str) -> int:
    """Read the number of an address line, ``addressline2`` to 2; 0 where it is none."""
    line = re.fullmatch(r"(\D+)([1-9])", folded)
    return int(line[2]) if line and line[1] in _line_stems() else 0


def _is_certain_name(folded: str) -> bool:
    return folded in _api_names() or folded in _synonyms() or folded in _beside_address() or _line_number(folded) > 0


def count_known(headers: Sequence[str]) -> int:
    """Count the cells that are names of parameters, to tell a header row from title and data rows.

    Args:
        headers: The cells of one row.

    Returns:
        How many are the API's names or common names for them (or profile id, or reference).
    """
    return sum(_is_certain_name(fold_header(header)) for header in headers if header)


def _collect(folded: Mapping[str, str], names: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for header, text in folded.items():
        if text in names:
            found.setdefault(names[text], []).append(header)
    return found


def _street_lines(folded: Mapping[str, str]) -> tuple[str, ...]:
    """List the columns that look like the lines of one street, by number; a first line may bear none."""
    numbered = sorted((header for header, text in folded.items() if _line_number(text)), key=lambda h: folded[h][-1])
    if not numbered:
        return ()
    bare = [header for header, text in folded.items() if text in _line_stems()]
    return (*bare, *numbered)


def _are_whole(lines: Sequence[str], folded: Mapping[str, str]) -> bool:
    """Say whether lines of a street are numbered from 1 (or an unnumbered first) without a gap or a double."""
    numbers = [_line_number(folded[line]) or 1 for line in lines]
    return numbers == list(range(1, len(lines) + 1)) and len(lines) <= MOST_ADDRESS_LINES


def _settle_street(found: dict[str, list[str]], lines: Sequence[str]) -> None:
    """Decide what a bare ``Address`` is: a line of the street, the street beside a city, or the whole address."""
    if lines:
        others = [header for header in found.get("address.street", ()) if header not in lines]
        found["address.street"] = [*lines, *others]
        found[WHOLE_ADDRESS] = [header for header in found.get(WHOLE_ADDRESS, ()) if header not in lines]
    elif "address.street" not in found and "address.city" in found and len(found.get(WHOLE_ADDRESS, ())) == 1:
        found["address.street"] = found[WHOLE_ADDRESS]
    if "address.street" in found:
        found.pop(WHOLE_ADDRESS, None)


def _settle_name(found: dict[str, list[str]], folded: Mapping[str, str]) -> None:
    """Doubt a bare ``Name`` beside a ``First Name``: for a person to say whether the two have to be joined."""
    names = found.get("customerName", [])
    given = [header for header, text in folded.items() if text in _fold_all(words.GIVEN_NAMES)]
    if given and all(folded[name] in _fold_all(words.BARE_NAMES) for name in names):
        found["customerName"] = [*given, *names] if names else []


@cache
def _fold_all(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold_header, names))


def match_headers(headers: Sequence[str]) -> Matches:
    """Find the columns that are used without a mapping.

    The API's own name beats a synonym. Where two columns fit a parameter equally well, neither is used.

    Args:
        headers: The sheet's headers, unique.

    Returns:
        The columns, and the rivals that a mapping has to decide between.
    """
    folded = {header: fold_header(drop_copy_number(header, headers)) for header in headers}
    exact = _collect(folded, _api_names())
    found = _collect(folded, _synonyms()) | exact
    _settle_name(found, folded)
    lines = () if "address.street" in exact else _street_lines(folded)
    _settle_street(found, lines)
    if any(found.get(name) for name in (*ADDRESS_PARTS, WHOLE_ADDRESS)):
        found = _collect(folded, _beside_address()) | found
    fits = {parameter: len(columns) == 1 for parameter, columns in found.items()}
    if lines:
        fits["address.street"] = tuple(found["address.street"]) == lines and _are_whole(lines, folded)
    columns = {parameter: tuple(found[parameter]) for parameter in found if fits[parameter]}
    rivals = {p: tuple(c) for p, c in found.items() if c and p not in columns}
    return Matches(columns, rivals, frozenset(exact) & frozenset(columns))


def _is_half(folded: str, name: str) -> bool:
    """Tell whether a name holds a header and a word more: ``Customer`` is no misspelt ``Customer Type``."""
    return len(name) > len(folded) + 1 and (name.startswith(folded) or name.endswith(folded))


def _guess(folded: str) -> tuple[str, str]:
    """Guess a parameter for a header that has no certain name: its name and why, both empty where nothing fits."""
    if top := _top_likes().get(folded):
        return top, _TOP_REASONS[top]
    if any(word in folded for word in words.OTHER_THINGS):
        return "", ""
    known = _api_names() | _synonyms()
    alike = difflib.get_close_matches(folded, known, n=5, cutoff=CLOSE_ENOUGH)
    close = [name for name in alike if not _is_half(folded, name)]
    if close:
        return known[close[0]], "its name is nearly the parameter's or a common name of it"
    if folded in _beside_address():
        return _beside_address()[folded], "its name is common for it beside other parts of an address"
    part = next(((fragment, parameter) for fragment, parameter in words.FRAGMENTS if fragment in folded), None)
    return (part[1], f"its name holds '{part[0]}'") if part else ("", "")


_TOP_REASONS = {
    PROFILE_ID: "it looks like StraitsX's own id of the profile",
    REFERENCE: "it looks like the key of the system that the export comes from",
}


def list_profile_ids(headers: Sequence[str]) -> tuple[str, ...]:
    """List the headers that look like the id that StraitsX gave a profile."""
    names = {**_top_likes(), **_api_names()}
    return tuple(header for header in headers if names.get(fold_header(header)) == PROFILE_ID)


def propose(headers: Sequence[str]) -> tuple[Proposal, ...]:
    """Propose a parameter for each column, for ``inspect`` and for drafts of mappings.

    Args:
        headers: The sheet's headers, unique.

    Returns:
        One proposal a header, in order.
    """
    matches = match_headers(headers)
    taken = {column: parameter for parameter, columns in matches.columns.items() for column in columns}
    rivals = {column: parameter for parameter, columns in matches.rivals.items() for column in columns}
    return tuple(_propose_one(header, taken, rivals, matches) for header in headers)


def _propose_one(header: str, taken: Mapping[str, str], rivals: Mapping[str, str], matches: Matches) -> Proposal:
    if header in taken:
        exact = taken[header] in matches.exact
        why = "the API's own name" if exact else "a common name for it"
        return Proposal(header, taken[header], Confidence.EXACT if exact else Confidence.KNOWN, why)
    if header in rivals:
        others = ", ".join(f"`{other}`" for other in matches.rivals[rivals[header]] if other != header)
        fit = "fit" if len(matches.rivals[rivals[header]]) > 2 else "fits"
        return Proposal(header, rivals[header], Confidence.GUESS, f"{others} {fit} as well: say which in a mapping")
    parameter, why = _guess(fold_header(header))
    holder = matches.columns.get("address.street" if parameter == WHOLE_ADDRESS else parameter)
    if holder:
        return Proposal(header, "", Confidence.NONE, f"`{holder[0]}` is {parameter} already")
    return Proposal(header, parameter, Confidence.GUESS if parameter else Confidence.NONE, why)


def find_nearest(parameter: str, headers: Sequence[str], *, most: int = 3) -> tuple[str, ...]:
    """Find the headers that a person would look at for a parameter.

    Args:
        parameter: The API's name.
        headers: The sheet's headers.
        most: How many at most.

    Returns:
        Headers, the likeliest first; maybe none. A key of another system, or StraitsX's own, is not among them.
    """
    keys = {**_top_likes(), **_api_names()}
    headers = [header for header in headers if keys.get(fold_header(header)) not in (PROFILE_ID, REFERENCE)]
    names = [fold_header(name) for name in (parameter, *words.SYNONYMS.get(parameter, ()))]
    fragments = [fragment for fragment, hinted in words.FRAGMENTS if hinted == parameter]

    def likeness(header: str) -> float:
        folded = fold_header(header)
        alike = max(difflib.SequenceMatcher(None, folded, name).ratio() for name in names)
        return alike + 0.5 * any(fragment in folded for fragment in fragments)

    ranked = sorted(((likeness(header), header) for header in headers), key=lambda pair: -pair[0])
    return tuple(header for score, header in ranked[:most] if score >= WORTH_NAMING)
