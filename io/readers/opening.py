"""Opens one export, whatever it is."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from straitsx_bulk.io.readers.files import InputFile
from straitsx_bulk.io.readers.formats import Format, detect_format
from straitsx_bulk.io.readers.headers import KnownHeaders
from straitsx_bulk.io.readers.stamps import Stamp
from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.errors import UsageError


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user or the mapping file said of a file; None where it is to be found by looking.

    Attributes:
        sheet: A workbook's sheet, by name.
        header_row: Number of the header's row.
        delimiter: One character, or ``tab``.
        encoding: A codec's name.
        known_headers: Counts the cells of a row that are known header names.
        batch_rows: Rows a batch.
    """

    sheet: str | None = None
    header_row: int | None = None
    delimiter: str | None = None
    encoding: str | None = None
    known_headers: KnownHeaders | None = None
    batch_rows: int = 50_000


class Input(ABC):
    """One export, looked at and ready to be read.

    Attributes:
        origins: The file, or its sheets that are read, in order.
        rows_estimate: About how many rows it has, for progress.
        stamp: Which file was looked at.
        stays_open: Whether something of it is held between passes, so that it had better not wait for long.
    """

    origins: tuple[Origin, ...]
    rows_estimate: int
    stamp: Stamp
    stays_open: bool = True

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """Give all rows in batches, sheet after sheet; each call is a pass from the start.

        Raises:
            FileError: A place in the file cannot be read.
        """

    @abstractmethod
    def columns(self, headers: Sequence[str]) -> Iterator[Batch]:
        """Give only some columns, for a first look over a whole file that costs less than ``batches``.

        Rows in which all of these columns are empty may be among them; seals are left out.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self:
        """Use the input for a while."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file."""
        self.close()


def open_input(
    file: InputFile,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    known_headers: KnownHeaders | None = None,
    batch_rows: int = 50_000,
) -> Input:
    """Look at an export and get ready to read it.

    For our own rejects files (known by their ``_check`` column) ``sheet``, ``header_row``, ``delimiter`` and
    ``encoding`` do not apply: all their sheets of rows are read (contract, Reports).

    Args:
        file: Which one.
        sheet: A workbook's sheet; ignored for delimited text.
        header_row: Number of the header's row as a person sees it; found by looking if None.
        delimiter: Of delimited text; found by looking if None.
        encoding: Of delimited text; found by looking if None.
        known_headers: Counts the cells of a row that are known header names, so that title rows are stepped over and
            the right sheet is found.
        batch_rows: Rows a batch.

    Raises:
        FileError: The file cannot be read: missing, empty, protected, damaged, without a header.
        UsageError: Two sheets could be meant, or what was given does not fit.
    """
    if batch_rows < 1:
        raise UsageError(f"A batch of {batch_rows} rows cannot be; give 1 or more.")
    wishes = Wishes(sheet, header_row, delimiter, encoding, known_headers, batch_rows)
    kind = detect_format(file.path, file.source)
    if kind is Format.CSV:
        from straitsx_bulk.io.readers.delimited import DelimitedInput

        return DelimitedInput(file, wishes)
    from straitsx_bulk.io.readers.workbooks import WorkbookInput

    return WorkbookInput(file, kind, wishes)
