"""Gives a text file as blocks of UTF-8, whatever its encoding, unpacked where it is packed."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from straitsx_bulk.io.readers.encodings import Encoding, build_decoder, mask_controls
from straitsx_bulk.io.readers.formats import explain_os_error, is_gzip
from straitsx_bulk.io.readers.stamps import Stamp, refuse_change
from straitsx_bulk.schemas.errors import FileError

BLOCK_BYTES = 4 * 1024 * 1024
_BOMB_RATIO = 200
_BOMB_BYTES = 1024**3


def read_blocks(path: Path, source: str, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Give a file's bytes in blocks, unpacked if it is packed with gzip.

    Args:
        path: The file.
        source: The file as the user named it, for errors.
        size: Bytes a block.

    Raises:
        FileError: It cannot be read, its packing is damaged, or it unpacks to far more than any export.
    """
    packed = is_gzip(path, source)
    try:
        with cast("BinaryIO", gzip.open(path, "rb")) if packed else path.open("rb") as stream:
            limit = max(_BOMB_BYTES, path.stat().st_size * _BOMB_RATIO) if packed else None
            yield from _read_stream(stream, source, size, limit)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileError(source, "its gzip packing is damaged or cut off; export it again.") from error
    except OSError as error:
        raise FileError(source, explain_os_error(error)) from error


def _read_stream(stream: BinaryIO, source: str, size: int, limit: int | None) -> Iterator[bytes]:
    total = 0
    while block := stream.read(size):
        total += len(block)
        if limit is not None and total > limit:
            raise FileError(source, f"unpacks to more than {_BOMB_RATIO} times its size: a zip bomb, no export.")
        yield block


def estimate_bytes(path: Path, source: str) -> int:
    """Estimate how many bytes a file unpacks to; of a packed one, what its last four bytes say."""
    size = path.stat().st_size
    if not is_gzip(path, source) or size < 18:
        return size
    with path.open("rb") as stream:
        stream.seek(-4, 2)
        return max(size, int.from_bytes(stream.read(4), "little"))


def read_utf8(path: Path, source: str, encoding: Encoding) -> Iterator[bytes]:
    """Give a text file as blocks of valid UTF-8 without a byte order mark.

    What the encoding has no character for becomes U+FFFD. No block ends inside a character.

    Raises:
        FileError: As in ``read_blocks``.
    """
    blocks = _drop_mark(read_blocks(path, source), encoding.mark)
    return _mend_utf8(blocks) if encoding.is_utf8 else _transcode(blocks, encoding)


def read_unchanged(path: Path, source: str, encoding: Encoding, stamp: Stamp) -> Iterator[bytes]:
    """Give a text file as ``read_utf8`` does, as long as it is the file that was looked at.

    Raises:
        FileError: As in ``read_blocks``, and where it was replaced or written to before it was read to its end.
    """
    refuse_change(path, source, stamp)
    yield from read_utf8(path, source, encoding)
    refuse_change(path, source, stamp)


def _mend_utf8(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Let valid UTF-8 through as it is, which keeps the usual case fast, and mend the rest."""
    rest = b""
    for block in blocks:
        data = rest + block if rest else block
        rest = b""
        if not data.isascii():
            data, rest = _mend_block(data)
        yield data
    yield rest.decode("utf-8", "replace").encode()


def _mend_block(data: bytes) -> tuple[bytes, bytes]:
    try:
        _, used = codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError:
        text, used = codecs.utf_8_decode(data, "replace", False)
        return text.encode(), data[used:]
    return data[:used], data[used:]


def _drop_mark(blocks: Iterator[bytes], mark: int) -> Iterator[bytes]:
    for block in blocks:
        yield block[mark:]
        mark = max(mark - len(block), 0)


def _transcode(blocks: Iterator[bytes], encoding: Encoding) -> Iterator[bytes]:
    decoder = build_decoder(encoding)
    for block in blocks:
        yield mask_controls(decoder.decode(block), encoding).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
