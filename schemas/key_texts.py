"""What keys and identities are compared by: folded, and as numbers of one size."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas.check_arrow import Positions, Texts, find_ascii, put_rows, replace_all
from straitsx_bulk.schemas.check_bytes import Bounds, Bytes, find_marked, find_untidy, list_marks, view_bytes
from straitsx_bulk.schemas.check_rules import find_dates
from straitsx_bulk.schemas.key_hashes import Hashes, hash_texts
from straitsx_bulk.schemas.parameters import RegistrationType
from straitsx_bulk.schemas.repair_text import WHITE_SPACE, map_strange

Days: TypeAlias = npt.NDArray[np.int32]

NO_DAY = np.iinfo(np.int32).min
NO_NAME = 0
_KEY_OF_IDS, _KEY_OF_NAMES = b"straitsx-bulk/k1", b"straitsx-bulk/k2"
_KIND_MARKS = np.array([0, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
"""What tells the hash of a personal key from that of a business one with the same id."""
_PLAIN_KEY = list_marks("[!-`{-~ ]")
_KEPT_IN_NAMES = bytes(code >= 128 or chr(code).isalnum() for code in range(256))
_LOWERED = bytes(code + 32 if 65 <= code <= 90 else code for code in range(256))


def number_kinds(texts: Texts) -> npt.NDArray[np.int64]:
    """Tell each row's registration type, by number from 1; 0 where it is none."""
    encoded = texts.dictionary_encode()
    known = {str(kind).upper(): number for number, kind in enumerate(RegistrationType, start=1)}
    numbers = [known.get(word, 0) for word in fold_keys(encoded.dictionary).to_pylist()]
    kinds: Positions = np.array(numbers or [0], dtype=np.int64)[encoded.indices.to_numpy()]
    return kinds


def fold_keys(texts: Texts) -> Texts:
    """Write texts as keys are compared: in upper case, white space collapsed."""
    run, bounds = view_bytes(texts)
    other = find_marked(run, bounds, _PLAIN_KEY) | find_untidy(run, bounds)
    if not other.any():
        return texts
    collapsed = replace_all(texts.filter(pa.array(other)), f"[ {WHITE_SPACE}]+", " ")
    return put_rows(texts, other, pc.utf8_upper(pc.utf8_trim(collapsed, " ")))


def hash_keys(kinds: Positions, ids: Texts) -> tuple[Hashes, Hashes]:
    """Hash keys to 128 bits.

    Args:
        kinds: What ``number_kinds`` gave.
        ids: Registration ids, as ``fold_keys`` gave them.
    """
    high, low = hash_texts(*view_bytes(ids), _KEY_OF_IDS)
    return high ^ _KIND_MARKS[kinds], low


def hash_names(names: Texts) -> Hashes:
    """Hash names case-folded, letters and digits only; a row without a name has NO_NAME."""
    folded = map_strange(names, lambda name: name.casefold())
    strange = ~find_ascii(folded)
    if strange.any():
        bare = replace_all(folded.filter(pa.array(strange)), r"[^\p{L}\p{N}]+", "")
        folded = put_rows(folded, strange, bare)
    run, bounds = _strip_names(folded)
    hashes = hash_texts(run, bounds, _KEY_OF_NAMES)[0]
    hashes[bounds[1:] == bounds[:-1]] = NO_NAME
    return hashes


def shorten_names(hashes: Hashes) -> npt.NDArray[np.uint32]:
    """Take half of each name's hash; a name never becomes NO_NAME by it."""
    short = (hashes >> np.uint64(32)).astype(np.uint32)
    short[(short == NO_NAME) & (hashes != NO_NAME)] = 1
    return short


def _strip_names(names: Texts) -> tuple[Bytes, Bounds]:
    """Take all but letters and digits out of ASCII names, in lower case; other names have nothing else any more."""
    run, bounds = view_bytes(names)
    kept = np.frombuffer(run.tobytes().translate(_KEPT_IN_NAMES), np.bool_)
    ends = np.concatenate(([0], np.cumsum(kept)))
    lowered = np.frombuffer(run.tobytes().translate(_LOWERED), np.uint8)
    return lowered[kept], ends[bounds]


def count_days(dates: Texts) -> Days:
    """Number each row's day from 1 January 1970; NO_DAY where there is no real one."""
    encoded = dates.dictionary_encode()
    distinct = encoded.dictionary
    real = find_dates(distinct)
    days = np.full(len(distinct) + 1, NO_DAY, dtype=np.int32)  # one more, for a column without a text
    if real.any():
        days[:-1][real] = distinct.filter(pa.array(real)).cast(pa.date32()).cast(pa.int32()).to_numpy()
    spread: Days = days[encoded.indices.to_numpy()]
    return spread
