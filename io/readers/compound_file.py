"""Takes one stream out of a compound file, the container of old Office documents ([MS-CFB])."""

import struct
from collections.abc import Iterator, Sequence
from mmap import mmap

_END = 0xFFFFFFFA
_ENTRY = 128
_COUNTS = (40, 44, 64, 72)
"""Where the header counts the sectors of its directory, its table, its small table and what lists the table."""


class CompoundError(Exception):
    """The container is damaged."""


def read_stream(content: bytes, names: Sequence[str]) -> bytes:
    """Read the first stream that bears one of the names.

    Args:
        content: The whole file.
        names: Names of streams, compared whatever their case.

    Raises:
        CompoundError: The container is damaged, or holds no such stream.
    """
    try:
        return _Compound(content).read(tuple(name.lower() for name in names))
    except (struct.error, IndexError) as error:
        raise CompoundError("the container is cut off") from error


def list_streams(content: bytes | mmap) -> frozenset[str]:
    """List the names of a container's streams.

    Args:
        content: The whole file.

    Raises:
        CompoundError: The container is damaged.
    """
    try:
        return frozenset(name for name, _ in _Compound(content).list_entries())
    except (struct.error, IndexError) as error:
        raise CompoundError("the container is cut off") from error


class _Compound:
    def __init__(self, content: bytes | mmap) -> None:
        self._content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in {9, 12} or mini_shift != 6:
            raise CompoundError("its sectors have no known size")
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        sectors = len(content) >> shift
        if any(struct.unpack_from("<I", content, place)[0] > sectors for place in _COUNTS):
            raise CompoundError("it counts more sectors than it has")  # for which calamine would reserve memory
        self._directory_start, self._cutoff, self._mini_start = (
            struct.unpack_from("<I", content, place)[0] for place in (48, 56, 60)
        )
        self._table = self._read_table()

    def read(self, names: Sequence[str]) -> bytes:
        root = self._join(self._directory_start)[:_ENTRY]
        if struct.unpack_from("<I", root, 120)[0] > len(self._content):
            raise CompoundError("its small streams are larger than the file")
        for name, entry in self.list_entries():
            if name.lower() in names:
                return self._read_entry(entry, root)
        raise CompoundError("there is no such stream")

    def list_entries(self) -> Iterator[tuple[str, bytes]]:
        """Give the name and the directory entry of each stream."""
        entries = self._join(self._directory_start)
        for place in range(0, len(entries) - _ENTRY + 1, _ENTRY):
            entry = entries[place : place + _ENTRY]
            (length,) = struct.unpack_from("<H", entry, 64)
            if entry[66] == 2:
                yield entry[: max(length - 2, 0)].decode("utf-16-le", "replace"), entry

    def _read_entry(self, entry: bytes, root: bytes) -> bytes:
        start, size = struct.unpack_from("<II", entry, 116)
        if size >= self._cutoff:
            return self._join(start)[:size]
        minis = self._join(struct.unpack_from("<I", root, 116)[0])
        joined = self._join(self._mini_start)
        table = struct.unpack(f"<{len(joined) // 4}I", joined[: len(joined) // 4 * 4])
        pieces = [minis[i * self._mini_size : (i + 1) * self._mini_size] for i in _follow(table, start)]
        return b"".join(pieces)[:size]

    def _read_table(self) -> tuple[int, ...]:
        """Read which sector follows which."""
        listed = list(struct.unpack_from("<109I", self._content, 76))
        following: int = struct.unpack_from("<I", self._content, 68)[0]
        for _ in range(len(self._content) // self._size):
            if following >= _END:
                break
            sector = struct.unpack(f"<{self._size // 4}I", self._sector(following))
            listed += sector[:-1]
            following = sector[-1]
        table = b"".join(self._sector(sector) for sector in listed if sector < _END)
        return struct.unpack(f"<{len(table) // 4}I", table)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        return self._content[start : start + self._size].ljust(self._size, b"\0")

    def _join(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in _follow(self._table, start))


def _follow(table: Sequence[int], start: int) -> list[int]:
    """Follow a chain of sectors; one that runs in a circle is damaged."""
    chain: list[int] = []
    while start < _END:
        if start >= len(table) or len(chain) > len(table):
            raise CompoundError("a chain of sectors leads nowhere")
        chain.append(start)
        start = table[start]
    return chain
