"""Turns blocks of delimited text into chunks of rows: plain records with pyarrow, odd ones with the csv module.

The csv module's reading is the measure: the fast way is taken only where it gives the same cells, which the tests prove
on texts that hypothesis makes up.

A row's number counts records, as a spreadsheet program does that opens the file: empty lines count, a quoted line break
does not start a new row. A *line*, in errors, is what a text editor counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from straitsx_bulk.io.readers.chunks import Chunk, ChunkNote
from straitsx_bulk.io.readers.records import CELL_LIMIT, RECORD_LIMIT, Dialect, LongCellError, Records, read_records
from straitsx_bulk.io.readers.scan import Scan, scan_block, scan_ends
from straitsx_bulk.io.readers.tables import build_table, merge_rows, parse_records
from straitsx_bulk.io.readers.text_stream import BLOCK_BYTES
from straitsx_bulk.schemas.batch import Note
from straitsx_bulk.schemas.errors import FileError

_REPLACEMENT = "\ufffd".encode()


@dataclass(frozen=True, slots=True)
class Shape:
    """What the header says of the rows below it.

    Attributes:
        header_row: Number of the header's row; it and those above give no rows.
        width: Cells of the header row.
        needed: The least cells a row may have: up to the last column with a name.
        columns: 0-based columns to read.
    """

    header_row: int
    width: int
    needed: int
    columns: tuple[int, ...]


@dataclass(slots=True)
class BlockReader:
    """Reads a file's blocks in order.

    Attributes:
        source: The file as the user named it, for errors.
        dialect: How it is written.
        shape: What the header says.
        blocks: The file as valid UTF-8.
        row: Number of the next row.
        line: Number of the next physical line.

    Most exports have no row that is wider or narrower than their header. So a block is first parsed as if it had none,
    and scanned cell by cell only where the parser refuses it; after one such block, until there is none again.
    """

    source: str
    dialect: Dialect
    shape: Shape
    blocks: Iterator[bytes]
    row: int = 1
    line: int = 1
    _buffer: bytes = b""
    _at_end: bool = False
    _even: bool = True

    def read_chunks(self) -> Iterator[Chunk]:
        """Give the rows below the header, empty lines left out.

        Raises:
            FileError: A quote is never closed, a cell is too long, or a NUL byte stands in the text.
        """
        delimiter, quote = ord(self.dialect.delimiter), ord(self.dialect.quote)
        while self._fill():
            slow = self.dialect.escape and self.dialect.escape.encode() in self._buffer
            chunk = None if slow else self._read_even(delimiter, quote)
            if chunk is None and not slow:
                scan = scan_block(self._buffer, delimiter, quote, at_end=self._at_end)
                chunk = None if scan is None else self._read_fast(scan)
            chunk = chunk or self._read_slowly()
            if len(chunk.rows):
                yield chunk

    def _fill(self) -> bool:
        """Add a block to what the last one left over; False when nothing is left."""
        parts, size = [self._buffer], len(self._buffer)
        wanted = size + BLOCK_BYTES
        while size < wanted and not self._at_end:
            block = next(self.blocks, None)
            self._at_end = block is None
            if block:
                self._refuse_nul(parts, block)
                parts.append(block)
                size += len(block)
        self._buffer = b"".join(parts)
        if self._at_end and self._buffer and not self._buffer.endswith((b"\n", b"\r")):
            self._buffer += b"\n"
        return bool(self._buffer)

    def _refuse_nul(self, parts: Sequence[bytes], block: bytes) -> None:
        place = block.find(b"\0")
        if place >= 0:
            line = self.line + b"".join([*parts, block[:place]]).count(b"\n")
            raise FileError(self.source, f"line {line} holds a NUL byte, which no text does; export the file again.")

    def _take(self, size: int, rows: int, lines: int) -> None:
        self._buffer = self._buffer[size:]
        self.row += rows
        self.line += lines

    def _read_even(self, delimiter: int, quote: int) -> Chunk | None:
        """Read a block of which every record is as wide as the header; None where one is not, or may not be."""
        below_header = self.row > self.shape.header_row
        if not (self._even and below_header and self.shape.width > 1):  # of one column, an empty line is a record too
            return None
        scan = scan_ends(self._buffer, delimiter, quote)
        if scan is None or scan.longest > CELL_LIMIT:
            return None
        block = self._buffer[: scan.end]
        width, columns = self.shape.width, self.shape.columns
        table = parse_records(block, self.dialect, width, columns, breaks_inside=scan.breaks_inside)
        if table is None or table.num_rows != scan.records:
            self._even = False
            return None
        rows = np.arange(self.row, self.row + scan.records, dtype=np.int64)
        self._take(scan.end, scan.records, scan.lines)
        return Chunk(rows, table, suspect=_is_suspect(block))

    def _read_fast(self, scan: Scan) -> Chunk | None:
        """Read a scanned block; None where the csv module has to."""
        if int((scan.stops - scan.starts).max()) > CELL_LIMIT:
            return None
        block = self._buffer[: scan.end]
        rows = np.arange(self.row, self.row + len(scan.starts), dtype=np.int64)
        live = ~scan.blank & (rows > self.shape.header_row)
        even = live & (scan.cells == self.shape.width)
        odd = live & ~even
        table = parse_records(
            _select(block, scan, even),
            self.dialect,
            self.shape.width,
            self.shape.columns,
            breaks_inside=scan.breaks_inside,
        )
        if table is None or table.num_rows != int(even.sum()):
            return None
        self._take(scan.end, len(rows), scan.lines)
        suspect = _is_suspect(block)
        self._even = bool(even.sum() == len(rows) or rows[0] <= self.shape.header_row)
        if not odd.any():
            return Chunk(rows[even], table, suspect=suspect)
        records = read_records(_select(block, scan, odd).decode(), self.dialect).cells
        merged, numbers = merge_rows((table, build_table(records, self.shape.columns)), (rows[even], rows[odd]))
        return Chunk(numbers, merged, self._note_ragged(np.searchsorted(numbers, rows[odd]), records), suspect)

    def _read_slowly(self) -> Chunk:
        """Read the buffer's records with the csv module."""
        cut = self._find_last_break()
        read = self._parse_slowly(self._buffer[:cut].decode())
        left = len(read.left.encode())
        if (left and self._at_end) or len(self._buffer) - cut + left > RECORD_LIMIT:
            record = f"the record that starts in line {self.line + read.lines}"
            raise FileError(self.source, f"{record} {self._word_endless(self._buffer[cut - left :])}")
        rows = np.arange(self.row, self.row + len(read.cells), dtype=np.int64)
        self._refuse_runaway(read)
        live = [i for i, cells in enumerate(read.cells) if cells and rows[i] > self.shape.header_row]
        records = [read.cells[i] for i in live]
        self._take(cut - left, len(rows), read.lines)
        notes = self._note_ragged(np.arange(len(records)), records)
        return Chunk(rows[live], build_table(records, self.shape.columns), notes)

    def _refuse_runaway(self, read: Records) -> None:
        """Refuse a record that swallowed others and looks like a row all the same; a ragged one is told as that."""
        for runaway in read.runaways:
            below_header = self.row + runaway.place > self.shape.header_row
            if below_header and not self._is_ragged(read.cells[runaway.place]):
                start = f"the record that starts in line {self.line + runaway.before} runs over {runaway.lines:,} lines"
                fault = "a quote in it stands where none may; is a quote there opened and not closed?"
                raise FileError(self.source, f"{start}, and {fault}")

    def _word_endless(self, record: bytes) -> str:
        """Word what is wrong with a record that is not over at the end of the file, or of what a record may take."""
        if self._at_end:
            return "never ends: a quote there is opened and not closed."
        size = f"is longer than {RECORD_LIMIT >> 20} MiB"
        if self.dialect.quote.encode() in record:
            return f"{size}; is a quote there opened and not closed?"
        return f"{size}, without a line break or a quote: no row of an export is."

    def _find_last_break(self) -> int:
        """Find the end of the last whole line; a CR as the last byte may be half of a line end."""
        if self._at_end:
            return len(self._buffer)
        return max(self._buffer.rfind(b"\n"), self._buffer[:-1].rfind(b"\r")) + 1

    def _parse_slowly(self, text: str) -> Records:
        try:
            read = read_records(text, self.dialect)
        except LongCellError as error:
            raise FileError(
                self.source,
                f"the record that starts in line {self.line + error.lines} has a cell of more than {CELL_LIMIT:,} "
                "characters; is a quote there opened and not closed?",
            ) from error
        if read.escaped is not None:
            raise FileError(
                self.source,
                f'the record that starts in line {self.line + read.escaped} has a quote behind a backslash (\\") that '
                "does not fit the quotes around it; export the file again with doubled quotes.",
            )
        return read

    def _note_ragged(self, positions: npt.NDArray[np.int64], records: Sequence[Sequence[str]]) -> tuple[ChunkNote, ...]:
        return tuple(
            ChunkNote(int(position), None, Note.RAGGED_ROW, f"{len(cells)} cells, the header has {self.shape.width}")
            for position, cells in zip(positions, records, strict=True)
            if self._is_ragged(cells)
        )

    def _is_ragged(self, cells: Sequence[str]) -> bool:
        """Tell whether a row has too many or too few cells; one without any text is blank, not ragged."""
        if len(cells) < self.shape.needed:
            return any(cell.strip() for cell in cells)
        return any(cell.strip() for cell in cells[self.shape.width :])


def _is_suspect(block: bytes) -> bool:
    return not block.isascii() and _REPLACEMENT in block


def _select(block: bytes, scan: Scan, chosen: npt.NDArray[np.bool_]) -> bytes:
    """Take the bytes of some records."""
    if chosen.all():
        return block
    mask = np.repeat(chosen, scan.stops - scan.starts)
    return np.frombuffer(block, np.uint8)[mask].tobytes()
