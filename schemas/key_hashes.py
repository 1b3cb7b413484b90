"""SipHash-2-4 with 128 bits of many texts at once, in numpy: a step takes all texts of a batch.

A hash for each text by itself costs twice as much, half of it for making Python texts, and holds the interpreter. Texts
longer than any key or name are hashed one by one, by BLAKE2b.
"""

from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from straitsx_bulk.schemas.check_bytes import Bounds, Bytes

Hashes: TypeAlias = npt.NDArray[np.uint64]

LONGEST = 96
"""Bytes of a text that is hashed with the others."""

_WORD = 8
_STATE = tuple(int.from_bytes(word, "big") for word in (b"somepseu", b"dorandom", b"lygenera", b"tedbytes"))


def hash_texts(run: Bytes, bounds: Bounds, key: bytes) -> tuple[Hashes, Hashes]:
    """Hash texts of one run of bytes.

    Args:
        run: The texts' bytes.
        bounds: Where each begins and ends in it, shape (n + 1,).
        key: 16 bytes.

    Returns:
        The first and the second 64 bits of each text's hash, shape (n,) each.
    """
    high, low = np.zeros(len(bounds) - 1, np.uint64), np.zeros(len(bounds) - 1, np.uint64)
    lengths = np.diff(bounds)
    words = lengths // _WORD
    padded = np.concatenate((run, np.zeros(_WORD, np.uint8)))
    for count in np.unique(words[lengths <= LONGEST]).tolist():
        rows = np.flatnonzero(words == count)
        high[rows], low[rows] = _hash_alike(padded, bounds[rows], lengths[rows], count, key)
    for row in np.flatnonzero(lengths > LONGEST).tolist():
        digest = blake2b(run[bounds[row] : bounds[row + 1]].tobytes(), digest_size=16, key=key).digest()
        high[row], low[row] = (int.from_bytes(half, "little") for half in (digest[:8], digest[8:]))
    return high, low


def _hash_alike(
    padded: Bytes, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], words: int, key: bytes
) -> tuple[Hashes, Hashes]:
    """Hash texts that have the same number of whole words of 8 bytes."""
    view: Hashes = np.ndarray((len(padded) - _WORD + 1,), "<u8", padded, strides=(1,))
    keys = [int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")] * 2
    state = [np.full(len(starts), word ^ part, np.uint64) for word, part in zip(_STATE, keys, strict=True)]
    state[1] ^= np.uint64(0xEE)
    for number in range(words):
        _take_word(state, view[starts + _WORD * number])
    rest = (lengths - _WORD * words).astype(np.uint64)
    last = view[starts + _WORD * words] & ((np.uint64(1) << (rest * np.uint64(8))) - np.uint64(1))
    _take_word(state, last | (lengths.astype(np.uint64) << np.uint64(56)))
    state[2] ^= np.uint64(0xEE)
    high = _finish(state)
    state[1] ^= np.uint64(0xDD)
    return high, _finish(state)


def _take_word(state: list[Hashes], word: Hashes) -> None:
    state[3] ^= word
    for _ in range(2):
        _mix(state)
    state[0] ^= word


def _finish(state: list[Hashes]) -> Hashes:
    for _ in range(4):
        _mix(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _mix(state: list[Hashes]) -> None:
    """Do one SipRound, in place."""
    v0, v1, v2, v3 = state
    v0 += v1
    v1 = _rotate(v1, 13)
    v1 ^= v0
    v0 = _rotate(v0, 32)
    v2 += v3
    v3 = _rotate(v3, 16)
    v3 ^= v2
    v0 += v3
    v3 = _rotate(v3, 21)
    v3 ^= v0
    v2 += v1
    v1 = _rotate(v1, 17)
    v1 ^= v2
    v2 = _rotate(v2, 32)
    state[:] = v0, v1, v2, v3


def _rotate(words: Hashes, bits: int) -> Hashes:
    left: Hashes = words << np.uint64(bits)
    words >>= np.uint64(64 - bits)
    left |= words
    return left
