"""The ``_check`` cell of our rejects files: was the row mended, were its grey ``_`` cells edited, what else was known.

``_check`` reads ``v1:<digest>:<notes>:<seal>``. The digest is of the row's own cells, so that a row that comes back
as it went out is known as unmended. The notes carry what only the first reading of the export knew (date formats, added
columns). The seal is a keyed hash over the six other ``_`` cells, the digest and the notes: whoever edits an origin or
moves it to another row is caught, while sorting and deleting rows, or moving columns, changes nothing.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

Seal = Callable[[bytes], str]
"""A keyed hash: bytes in, a short text out."""

SEALED_COLUMNS = ("_source", "_sheet", "_row", "_stage", "_errors", "_suggestions")
CHECK_COLUMN = "_check"
SEAL_COLUMNS = (*SEALED_COLUMNS, CHECK_COLUMN)
"""The ``_`` columns of our rejects files, in their order (contract, Reports)."""

LONGEST_CELL = 32_767
"""Characters (UTF-16 units) that a workbook's cell holds; Excel's specification."""

CODES_END = " | "
"""What stands in ``_errors`` between the codes and the sentences."""

_VERSION = "v1"
_SHORT = 12


@dataclass(frozen=True, slots=True)
class CheckNotes:
    """What the first reading of an export knew and a later one must not guess again.

    Attributes:
        date_formats: Header to the date format found or declared.
        added: Columns that the rejects file has and the export had not, headed by the API parameter's name.
    """

    date_formats: Mapping[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A ``_check`` cell whose seal holds.

    Attributes:
        digest: Of the row's cells when the file was written.
        notes: What was known then.
    """

    digest: str
    notes: CheckNotes


def make_check(cells: Iterable[tuple[str, str]], sealed: Sequence[str], packed: str, seal: Seal) -> str:
    """Make a row's ``_check`` cell.

    Args:
        cells: Header and text of the row's own cells.
        sealed: The row's SEALED_COLUMNS.
        packed: What to carry along, from pack_notes.
        seal: The keyed hash.

    Returns:
        The cell's text, ASCII, never the beginning of a formula.
    """
    digest = digest_cells(cells)
    return f"{_VERSION}:{digest}:{packed}:{_seal_row(sealed, digest, packed, seal)}"


def read_check(text: str, sealed: Sequence[str], seal: Seal) -> Check | None:
    """Read a row's ``_check`` cell.

    Args:
        text: The cell.
        sealed: The row's SEALED_COLUMNS as they came back.
        seal: The keyed hash.

    Returns:
        What the cell holds, or None where a ``_`` cell was edited, emptied or moved to another row.
    """
    version, digest, packed, mark = [*text.split(":", 3), "", "", ""][:4]
    if version != _VERSION or mark != _seal_row(sealed, digest, packed, seal):
        return None
    return Check(digest, unpack_notes(packed))


def judge_seals(seals: pd.DataFrame, cells: pd.DataFrame, seal: Seal) -> "tuple[pd.Series[bool], pd.Series[bool]]":
    """Tell which rows of a rejects file an analyst mended, and which have edited ``_`` cells.

    Args:
        seals: The columns SEAL_COLUMNS as they came back, text.
        cells: All other columns as they came back, text, same index.
        seal: The keyed hash.

    Returns:
        ``mended`` and ``edited``, dtype bool, same index. A row with edited ``_`` cells counts as mended.
    """
    checks = read_checks(seals, seal)
    edited = [check is None for check in checks]
    rows = zip(checks, iterate_cells(cells), strict=True)
    mended = [check is None or check.digest != digest_cells(row) for check, row in rows]
    return pd.Series(mended, seals.index, dtype=bool), pd.Series(edited, seals.index, dtype=bool)


def read_notes(seals: pd.DataFrame, seal: Seal) -> CheckNotes | None:
    """Gather what the ``_check`` cells of a rejects file carry; edited rows are not believed.

    Args:
        seals: The columns SEAL_COLUMNS as they came back, text.
        seal: The keyed hash.

    Returns:
        The date formats by header and the added columns, of all rows together; None where no row can be believed. Rows
        of one file never disagree: exports whose formats differ get a file each.
    """
    checks = [check for check in read_checks(seals, seal) if check is not None]
    return merge_notes(check.notes for check in checks) if checks else None


def merge_notes(several: Iterable[CheckNotes]) -> CheckNotes:
    """Gather notes into one; a later format of a header beats an earlier one."""
    formats: dict[str, str] = {}
    added: dict[str, None] = {}
    for notes in several:
        formats |= notes.date_formats
        added |= dict.fromkeys(notes.added)
    return CheckNotes(formats, tuple(added))


def codes_in(errors: str) -> tuple[str, ...]:
    """Take the ``parameter:code`` pairs out of an ``_errors`` cell, to see for example whether it was a duplicate."""
    codes = errors.split(CODES_END, 1)[0]
    return tuple(codes.split(";")) if codes else ()


def iterate_cells(cells: pd.DataFrame) -> Iterable[list[tuple[str, str]]]:
    """Give each row's headers and texts."""
    names = [str(name) for name in cells.columns]
    columns = [cells[name].tolist() for name in cells.columns]
    if not columns:
        return ([] for _ in range(len(cells)))
    return (list(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


def digest_cells(cells: Iterable[tuple[str, str]]) -> str:
    """Digest a row's filled cells, whatever the order of its columns, as spreadsheets and CSV both give them back."""
    filled = sorted((header, carry_text(text)) for header, text in cells if text)
    return hashlib.blake2b(json.dumps(filled).encode(), digest_size=_SHORT).hexdigest()


def carry_text(text: str) -> str:
    """Give the form in which a text survives both kinds of file.

    Args:
        text: A cell as read from the export.

    Returns:
        The text with one kind of line break, without the two characters that XML cannot hold, as long as a workbook's
        cell can be.
    """
    if text.isascii() and "\r" not in text and len(text) <= LONGEST_CELL:
        return text
    plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(_NO_CHARACTERS)
    return cut_text(plain)


_NO_CHARACTERS = {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}


def cut_text(text: str) -> str:
    """Cut a text to what a workbook's cell holds, never through a character."""
    if len(text) * 2 <= LONGEST_CELL or len(text.encode("utf-16-le")) // 2 <= LONGEST_CELL:
        return text
    return text.encode("utf-16-le")[: LONGEST_CELL * 2].decode("utf-16-le", errors="ignore")


def read_checks(seals: pd.DataFrame, seal: Seal) -> list[Check | None]:
    """Read the ``_check`` cells of many rows; None stands for a row with edited ``_`` cells."""
    columns = [seals[name].tolist() for name in SEAL_COLUMNS]
    return [read_check(check, sealed, seal) for *sealed, check in zip(*columns, strict=True)]


def _seal_row(sealed: Sequence[str], digest: str, packed: str, seal: Seal) -> str:
    return seal(json.dumps([*map(carry_text, sealed), digest, packed]).encode())


@lru_cache(maxsize=4_096)
def _pack(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def pack_notes(notes: CheckNotes) -> str:
    """Pack the notes into the alphabet of base64; nothing to note is an empty text."""
    if not notes.date_formats and not notes.added:
        return ""
    return _pack(json.dumps({"f": dict(notes.date_formats), "a": notes.added}, ensure_ascii=False))


@lru_cache(maxsize=4_096)
def unpack_notes(packed: str) -> CheckNotes:
    """Unpack what pack_notes packed; only called with notes whose seal holds."""
    if not packed:
        return CheckNotes()
    held = json.loads(base64.urlsafe_b64decode(packed))
    return CheckNotes(held["f"], tuple(held["a"]))
