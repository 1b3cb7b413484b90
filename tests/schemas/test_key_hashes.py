"""The hashes that keys are compared by: SipHash's own vectors, and texts of every length."""

import numpy as np
import pytest

from straitsx_bulk.schemas.check_arrow import make_texts
from straitsx_bulk.schemas.check_bytes import view_bytes
from straitsx_bulk.schemas.key_hashes import LONGEST, hash_texts

KEY = bytes(range(16))


@pytest.mark.parametrize(
    ("length", "expected"), [(0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45")]
)
def test_siphash_vectors_hold(length: int, expected: str) -> None:
    """The reference implementation's vectors_sip128, input 00 01 02 …"""
    high, low = hash_texts(np.arange(length, dtype=np.uint8), np.array([0, length]), KEY)
    assert expected == (high.astype("<u8").tobytes() + low.astype("<u8").tobytes()).hex()


def test_texts_of_every_length_hash_alike_alone_and_together_and_no_two_alike() -> None:
    cells = ["x" * length for length in range(LONGEST + 20)]
    high, low = hash_texts(*view_bytes(make_texts(cells)), KEY)
    alone = [hash_texts(*view_bytes(make_texts([cell])), KEY) for cell in cells]
    assert [(int(h[0]), int(w[0])) for h, w in alone] == list(zip(high.tolist(), low.tolist(), strict=True))
    assert len({*zip(high.tolist(), low.tolist(), strict=True)}) == len(cells)


def test_another_key_gives_other_hashes() -> None:
    view = view_bytes(make_texts(["S1234567D"]))
    assert hash_texts(*view, KEY)[0][0] != hash_texts(*view, KEY[::-1])[0][0]
