"""Damaged files: whatever is done to the bytes, the readers give rows or an error for people, never a traceback.

``STRAITSX_BULK_FUZZ`` raises the number of damaged files for each kind, ``STRAITSX_BULK_FUZZ_FROM`` starts elsewhere.
What was found once is kept in ``crashers``.
"""

import os
from pathlib import Path

import pytest
from readers_fuzz import KINDS, feed, read_damaged

_COUNT = int(os.environ.get("STRAITSX_BULK_FUZZ", "60"))
_FIRST = int(os.environ.get("STRAITSX_BULK_FUZZ_FROM", "0"))
_CRASHERS = sorted(Path(__file__).with_name("crashers").iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_or_refused_never_a_traceback(tmp_path: Path, kind: str) -> None:
    """What is read has a second opinion: no cell differs from what another reader makes of the same bytes."""
    for seed in range(_FIRST, _FIRST + _COUNT):
        try:
            feed(KINDS[kind], seed, tmp_path / KINDS[kind].name)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise


@pytest.mark.parametrize("kind", KINDS)
def test_undamaged_they_are_all_read(tmp_path: Path, kind: str) -> None:
    """Else what is done to them would prove nothing."""
    path = tmp_path / KINDS[kind].name
    path.write_bytes(KINDS[kind].content)
    assert read_damaged(path) == "read"


@pytest.mark.parametrize("path", _CRASHERS, ids=lambda path: path.name)
def test_what_broke_a_reader_once_does_so_no_more(path: Path) -> None:
    read_damaged(path)
