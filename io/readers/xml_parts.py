"""Reads the XML parts of zipped workbooks, as streams, without entities, with errors for people."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from xml.etree import ElementTree
from xml.parsers import expat

from straitsx_bulk.schemas.errors import FileError

_BLOCK = 192 * 1024
"""Bytes; a piece and the masks over it stay in the processor's cache."""
_MOST_BYTES = 64 * 1024**2
"""Of a part that is read whole; as elements it takes some twenty times as much memory."""
Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


def read_part(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Give a part's bytes in blocks; nothing where there is no such part."""
    if part not in archive.namelist():
        return
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK):
            yield block


def read_tree(archive: zipfile.ZipFile, part: str, source: str) -> ElementTree.Element | None:
    """Read a small part whole; None where there is no such part.

    Raises:
        FileError: It declares XML entities, or is far from small.
    """
    if part in archive.namelist() and archive.getinfo(part).file_size > _MOST_BYTES:
        raise FileError(source, f"holds a part {part} of more than {_MOST_BYTES:,} bytes, which no program writes.")
    content = b"".join(read_part(archive, part))
    if not content:
        return None
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise FileError(source, "declares XML entities, which no workbook does. It was not opened.")
    return ElementTree.fromstring(content)  # noqa: S314 - entities were just refused


def parse_stream(
    blocks: Iterator[bytes], start: Start, end: End | None = None, text: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Send a part through expat, giving the caller a turn after each block.

    Raises:
        expat.ExpatError: It is no XML.
        ValueError: It declares entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = _refuse_entity
    for block in blocks:
        parser.Parse(block, False)
        yield
    parser.Parse(b"", True)
    yield


def _refuse_entity(*_: object) -> None:
    raise ValueError("declares an XML entity")


@contextmanager
def explain_parts(source: str) -> Iterator[None]:
    """Say for people why a part of a workbook cannot be read.

    Args:
        source: The file as the user named it.

    Raises:
        FileError: Instead of what zipfile, zlib or expat raised.
    """
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise FileError(source, "is damaged: a part of it cannot be unpacked. Open and save it again.") from error
    except (ElementTree.ParseError, expat.ExpatError, ValueError, LookupError) as error:
        raise FileError(source, "is damaged: a part of it cannot be understood. Open and save it again.") from error
