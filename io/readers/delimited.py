"""Reads delimited text: CSV, TSV and their kin."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from straitsx_bulk.io.readers import tables
from straitsx_bulk.io.readers.assembly import Columns, build_batches
from straitsx_bulk.io.readers.blocks import BlockReader, Shape
from straitsx_bulk.io.readers.chunks import Chunk
from straitsx_bulk.io.readers.dialects import detect_dialect, is_declaration, use_delimiter
from straitsx_bulk.io.readers.encodings import Encoding, describe_doubt, detect_encoding, use_encoding
from straitsx_bulk.io.readers.files import InputFile
from straitsx_bulk.io.readers.formats import is_gzip
from straitsx_bulk.io.readers.headers import (
    CHECK_COLUMN,
    LOOK_ROWS,
    Header,
    describe_rejects,
    drop_guard,
    find_header,
)
from straitsx_bulk.io.readers.opening import Input, Wishes
from straitsx_bulk.io.readers.stamps import take_stamp
from straitsx_bulk.io.readers.text_stream import estimate_bytes, read_blocks, read_unchanged, read_utf8
from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.errors import FileError

_SAMPLE = 512 * 1024
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


class DelimitedInput(Input):
    """A file of delimited text, looked at and ready to be read as often as needed.

    What was found by looking holds for the file as it was then: where it has changed since, reading it is an error.

    Raises:
        FileError: It cannot be read, is empty, has no header, or is not text.
        UsageError: The given encoding or delimiter cannot be.
    """

    stays_open = False

    def __init__(self, file: InputFile, wishes: Wishes) -> None:
        self._file = file
        self.stamp = take_stamp(file.path, file.source)
        self._batch_rows = wishes.batch_rows
        if not ((wishes.delimiter or wishes.encoding) and self._is_ours(wishes)):
            self._look(wishes)

    def _is_ours(self, wishes: Wishes) -> bool:
        """Tell whether it is a rejects file of ours, to which a mapping's delimiter and encoding do not apply."""
        start = next(read_blocks(self._file.path, self._file.source), b"").replace(b"\0", b"")
        if CHECK_COLUMN.encode() not in start:
            return False
        try:
            self._look(replace(wishes, delimiter=None, encoding=None))
        except FileError:
            return False
        return self._header.ours

    def _look(self, wishes: Wishes) -> None:
        """Find out all there is to know before the rows are read."""
        file = self._file
        self._encoding = self._find_encoding(wishes)
        sample, whole = self._read_sample()
        delimiter = None if wishes.delimiter is None else use_delimiter(wishes.delimiter)
        self._dialect, records = detect_dialect(sample, file.source, delimiter, wishes.known_headers)
        self._header = self._find_header(records, wishes)
        self.rows_estimate = self._estimate_rows(sample, records, whole=whole)
        self._shape = self._build_shape(range(len(self._header.cells)))
        named = self._header.name_columns(self._find_filled())
        if not named:
            raise FileError(file.source, "its header names no column.")
        seals = self._header.find_seals() if self._header.ours else None
        self._columns = Columns(named, seals, self._header.ours, describe_doubt(self._encoding))
        self.origins = (self._build_origin(),)

    def batches(self) -> Iterator[Batch]:
        """Give the rows in batches; may be called again."""
        chunks = self._read_chunks(self._columns.places)
        return build_batches(chunks, self.origins[0], self._columns, self._batch_rows)

    def columns(self, headers: Sequence[str]) -> Iterator[Batch]:
        """Give some columns only, in batches."""
        chosen = self._columns.choose(headers)
        if not chosen.cells:
            return iter(())
        chunks = self._read_chunks(chosen.places)
        return build_batches(chunks, self.origins[0], chosen, self._batch_rows, keep_blank=True)

    def close(self) -> None:
        """Nothing stays open between passes."""

    def _find_encoding(self, wishes: Wishes) -> Encoding:
        path, source = self._file.path, self._file.source
        if wishes.encoding is not None:
            return use_encoding(wishes.encoding, next(read_blocks(path, source), b"")[:4])
        return detect_encoding(read_blocks(path, source), source)

    def _read_sample(self) -> tuple[str, bool]:
        """Read the beginning up to a line end, and whether it is all there is."""
        blocks = read_utf8(self._file.path, self._file.source, self._encoding)
        sample = b""
        for block in blocks:
            sample += block
            if len(sample) > _SAMPLE:
                break
        cut = max(sample.rfind(b"\n", 0, _SAMPLE), sample.rfind(b"\r", 0, _SAMPLE)) + 1
        if len(sample) <= _SAMPLE or not cut:
            return sample[: 4 * _SAMPLE].decode("utf-8", "ignore"), len(sample) <= _SAMPLE
        return sample[:cut].decode(), False

    def _find_header(self, records: Sequence[Sequence[str]], wishes: Wishes) -> Header:
        ours = next((r for r in records[:LOOK_ROWS] if CHECK_COLUMN in r), None)
        given = None if ours is not None else wishes.header_row
        numbered = list(enumerate(records, start=1))
        if given is None:  # blank rows, however many, are stepped over
            numbered = list(islice(((number, cells) for number, cells in numbered if any(cells)), LOOK_ROWS))
        if numbered and is_declaration(numbered[0][1], self._dialect):
            numbered = numbered[1:]
        header = find_header(numbered, self._file.source, given, wishes.known_headers)
        return replace(header, cells=tuple(map(drop_guard, header.cells))) if header.ours else header

    def _estimate_rows(self, sample: str, records: Sequence[Sequence[str]], *, whole: bool) -> int:
        if whole:
            return max(len(records) - self._header.row, 0)
        each = len(sample.encode(self._encoding.name, "replace")) / max(len(records), 1)
        return int(estimate_bytes(self._file.path, self._file.source) / max(each, 1.0))

    def _build_shape(self, columns: Sequence[int]) -> Shape:
        cells = self._header.cells
        needed = max(place for place, cell in enumerate(cells) if cell) + 1
        return Shape(self._header.row, len(cells), needed, tuple(columns))

    def _read_chunks(self, places: Sequence[int]) -> Iterator[Chunk]:
        blocks = read_unchanged(self._file.path, self._file.source, self._encoding, self.stamp)
        return BlockReader(self._file.source, self._dialect, self._build_shape(places), blocks).read_chunks()

    def _find_filled(self) -> tuple[int, ...]:
        """Find the columns without a name that hold a value anywhere, which takes a look at all rows."""
        waiting = set(self._header.unnamed)
        filled: list[int] = []
        if not waiting:
            return ()
        for chunk in self._read_chunks(self._header.unnamed):
            for place in tuple(waiting):
                if not tables.find_blank(chunk.table.select([str(place)])).all():
                    filled.append(place)
                    waiting.remove(place)
            if not waiting:
                break
        return tuple(filled)

    def _build_origin(self) -> Origin:
        delimiter = self._dialect.delimiter
        detected = {
            "encoding": self._encoding.name,
            "encoding_confidence": self._encoding.confidence,
            "delimiter": _DELIMITER_NAMES.get(delimiter, delimiter),
        }
        if self._dialect.quote != '"':
            detected["quote"] = self._dialect.quote
        if self._dialect.escape:
            detected["escape"] = "backslash"
        if is_gzip(self._file.path, self._file.source):
            detected["packed"] = "gzip"
        headers = tuple(name for _, name in self._columns.cells)
        if self._header.ours:
            detected |= describe_rejects(self._header)
        return Origin(self._file.source, "", headers, self._header.row, "csv", detected)
