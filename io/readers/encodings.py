"""Finds the encoding of delimited text by looking at all of it, and says how sure it is.

Order of looking: a byte order mark; zero bytes in every second place (UTF-16 without a mark); UTF-8 that holds for
every byte; then ``charset-normalizer`` on the lines that are not ASCII. A wrong guess cannot pass unseen: what an
encoding has no character for becomes U+FFFD, and a cell with U+FFFD is noted as undecodable. Where a guess does not
fit, so is every character beyond ASCII.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from straitsx_bulk.io.readers.latin_fit import measure_oddness
from straitsx_bulk.schemas.errors import FileError, UsageError
from straitsx_bulk.schemas.text_forms import read_encoding

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the other's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65_536
_MULTIBYTE = ["gb18030", "big5", "cp932", "cp949"]
_USUAL = {"cp932": re.compile("[^\uff61-\uff9f]"), "cp949": re.compile("[가-힣]")}
"""What most of a text in these encodings is made of."""
_UNDEFINED_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
_FEWEST = 64
"""Bytes beyond ASCII from which languages of two bytes a character can be told apart."""
_STRAY = 0.02
"""The share of characters in odd places up to which they are single signs in Latin writing; other bytes have more."""
_ODD = 0.1
"""The share of characters in odd places from which a text is no Latin writing."""
LIKELY_CHAOS = 0.2
"""How odd the decoded text may look to ``charset-normalizer``, 0 to 1: its own threshold."""
_CONTROLS = dict.fromkeys(range(128, 160), "�")


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding and how it was found.

    Attributes:
        name: ``utf-8``, ``utf-8-sig``, ``utf-16-le``, ``cp1252``, ``latin-1`` or another codec's name.
        mark: Length of the byte order mark in bytes.
        confidence: ``given``, ``certain``, ``likely``, ``low``, or ``damaged`` (UTF-8, of which some bytes are not).
    """

    name: str
    mark: int = 0
    confidence: str = "certain"

    @property
    def is_utf8(self) -> bool:
        """Tell whether the bytes can be used as they are."""
        return self.name in {"utf-8", "utf-8-sig"}


def find_mark(head: bytes) -> Encoding | None:
    """Find the byte order mark that a file begins with."""
    return next((Encoding(name, len(mark)) for mark, name in _MARKS if head.startswith(mark)), None)


def use_encoding(name: str, head: bytes) -> Encoding:
    """Take the encoding that the user declared.

    Raises:
        UsageError: There is no such encoding of text.
    """
    try:
        known = read_encoding(name)
    except ValueError as error:
        raise UsageError(f"{error}.") from None
    mark = find_mark(head)
    if mark is not None and known[:5] == mark.name[:5]:
        return Encoding(mark.name, mark.mark, "given")
    return Encoding(known, 0, "given")


def detect_encoding(blocks: Iterable[bytes], source: str) -> Encoding:
    """Find the encoding of a text.

    Args:
        blocks: The whole file's bytes in order.
        source: The file as the user named it, for errors.

    Raises:
        FileError: It is not text.
    """
    decoder, sample, broken, first = codecs.getincrementaldecoder("utf-8")(), bytearray(), 0, True
    for block in blocks:
        if first:
            found = find_mark(block) or _find_wide(block)
            if found is not None:
                return found
            _refuse_binary(block, source)
            first = False
        broken += _feed(decoder, block)
        if not block.isascii() and len(sample) < _SAMPLE:
            sample += _take_foreign_lines(block)
    if not broken and not _ends_inside(decoder):
        return Encoding("utf-8")
    return _guess(bytes(sample))


def describe_doubt(encoding: Encoding) -> str:
    """Say why characters beyond ASCII cannot be trusted; nothing where they can."""
    if encoding.confidence != "low":
        return ""
    return f"{encoding.name} does not fit: say `encoding:` in the mapping file"


def build_decoder(encoding: Encoding) -> codecs.IncrementalDecoder:
    """Make the decoder that turns what it cannot read into U+FFFD."""
    return codecs.getincrementaldecoder(encoding.name)(errors="replace")


def mask_controls(text: str, encoding: Encoding) -> str:
    """Turn the control characters that latin-1 has where cp1252 has letters or nothing into U+FFFD."""
    return text.translate(_CONTROLS) if encoding.name == "latin-1" else text


def _feed(decoder: codecs.IncrementalDecoder, block: bytes) -> int:
    if block.isascii() and not decoder.getstate()[0]:
        return 0
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        decoder.reset()
        return 1
    return 0


def _ends_inside(decoder: codecs.IncrementalDecoder) -> bool:
    return bool(decoder.getstate()[0])


def _find_wide(head: bytes) -> Encoding | None:
    """Find UTF-16 without a mark: of Latin text every second byte is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half < 4 or max(even, odd) < 0.4 * half or min(even, odd) > 0.05 * half:
        return None
    return Encoding("utf-16-be" if even > odd else "utf-16-le", 0, "likely")


def _refuse_binary(head: bytes, source: str) -> None:
    sample = head[:_SAMPLE]
    controls = len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", sample))
    if controls > 4 + 0.05 * len(sample):
        raise FileError(source, "is neither delimited text nor a workbook: it holds binary data.")


def _take_foreign_lines(block: bytes) -> bytes:
    """Take lines that are not ASCII from where the first of them begins, however far down that is."""
    first = re.search(rb"[\x80-\xff]", block)
    if first is None:
        return b""
    start = max(block.rfind(b"\n", 0, first.start()) + 1, first.start() - _SAMPLE)
    return b"\n".join(line for line in block[start : start + 4 * _SAMPLE].splitlines() if not line.isascii())


def _guess(sample: bytes) -> Encoding:
    if _is_mostly_utf8(sample):
        return Encoding("utf-8", 0, "damaged")
    latin = _guess_latin(sample)
    high = re.findall(rb"[\x80-\xff]+", sample)
    size, paired = sum(map(len, high)), sum(len(run) for run in high if len(run) > 1)
    found = _ask_library(sample, _MULTIBYTE) if paired > 0.8 * size else None
    if found is not None and (size < _FEWEST or _is_rarely_written(sample.decode(found.name, "replace"), found.name)):
        found = replace(found, confidence="low")
    return latin if found is None or (latin.confidence, found.confidence) == ("likely", "low") else found


def _is_rarely_written(text: str, name: str) -> bool:
    """Tell whether a text holds mostly what hardly anybody writes, as bytes of Cyrillic and Greek come out.

    Capitals of theirs are katakana of half width in Japanese, small letters are Chinese characters in Korean.
    """
    usual = _USUAL.get(name)
    foreign = [character for character in text if character > "\x7f"]
    return usual is not None and sum(map(bool, map(usual.match, foreign))) < 0.5 * len(foreign)


def _guess_latin(sample: bytes) -> Encoding:
    """Take Latin writing for granted, and tell whether it looks so."""
    present = set(sample)
    typical = present & set(range(0x80, 0xA0)) - _UNDEFINED_IN_CP1252
    name = "latin-1" if present & _UNDEFINED_IN_CP1252 and not typical else "cp1252"
    oddness = measure_oddness(sample.decode(name, "replace"))
    if oddness <= _STRAY:
        return Encoding(name, 0, "likely")
    return (_ask_library(sample, [name]) if oddness < _ODD else None) or Encoding(name, 0, "low")


def _is_mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    good = sum(1 for character in text if character > "\x7f" and character != "\ufffd")
    return good > 2 * text.count("\ufffd")


def _ask_library(sample: bytes, names: list[str]) -> Encoding | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=names, threshold=0.6, enable_fallback=False).best()
    if best is None:
        return None
    name = names[0] if len(names) == 1 else best.encoding
    return Encoding(name, 0, "likely" if best.chaos <= LIKELY_CHAOS else "low")
