"""Looking at an export before it is mapped: what the file is, and what each column would be taken for.

Not ``inspect.py``: Prefect's entrypoints by file path put this folder at the front of ``sys.path``, where that name
would hide the standard library's. Values leave here masked: their form, never their text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from straitsx_bulk.flows.opening import open_export
from straitsx_bulk.io.readers import InputFile
from straitsx_bulk.io.reports.masking import mask
from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.dates import DateSurvey
from straitsx_bulk.schemas.headers import Confidence, Proposal, propose
from straitsx_bulk.schemas.mapping import Mapping as MappingFile
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, BY_NAME, Kind, Rail, RegistrationType, parameters_of

SAMPLES = 3
SAMPLED_ROWS = 1_000
"""Of each batch, until there are enough samples of different forms."""
LONGEST_SAMPLE = 32
MOST_WORDS = 12
"""A column with more different words than this holds no enum; its words could be personal, and are not shown."""
WHOLE_ADDRESS = "address"
ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[T ].*)?"
ISO_FORMAT = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """What was seen of one column.

    Attributes:
        proposal: What it is taken for, how sure, and why.
        samples: Up to three different values, masked.
        empty: Share of rows in which it is empty, 0 to 1.
        date_formats: Of a date column, the formats that read it in one way.
        date_readings: Of a date column, the formats between which its values do not decide.
        words: Of an enum's column, its different words as they stand, few by nature.
    """

    proposal: Proposal
    samples: tuple[str, ...]
    empty: float
    date_formats: tuple[str, ...] = ()
    date_readings: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetLook:
    """What was seen of one file of text, or one sheet.

    Attributes:
        origin: Where it is and what was found by looking.
        rows: How many rows, the header not counted.
        columns: In the file's order.
        lacking: Registration type and rail to the parameters that no column was found for.
    """

    origin: Origin
    rows: int
    columns: tuple[ColumnLook, ...]
    lacking: Mapping[tuple[RegistrationType, Rail], tuple[str, ...]]

    @property
    def is_typed(self) -> bool:
        """Whether a column says the registrationType."""
        return any(column.proposal.parameter == "registrationType" and is_sure(column) for column in self.columns)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was seen of an export.

    Attributes:
        source: The file as the user named it.
        sheets: One for delimited text.
    """

    source: str
    sheets: tuple[SheetLook, ...]


@dataclass(slots=True)
class _Tally:
    """What is counted of one column while its batches go by; bounded, however long the column."""

    proposal: Proposal
    filled: int = 0
    samples: dict[str, None] = field(default_factory=dict)
    words: dict[str, None] = field(default_factory=dict)
    survey: DateSurvey = field(default_factory=DateSurvey)
    has_iso: bool = False

    def observe(self, texts: "pd.Series[str]") -> None:
        bare = texts.str.strip()
        full = bare[bare != ""]
        self.filled += len(full)
        if len(self.samples) < SAMPLES:
            fresh = dict.fromkeys(_show(text) for text in full.iloc[:SAMPLED_ROWS].unique())
            self.samples = dict.fromkeys([*self.samples, *fresh][:SAMPLES])
        kind = kind_of(self.proposal.parameter)
        if kind is Kind.DATE:
            self.survey.observe(full)
            self.has_iso = self.has_iso or bool(full.str.fullmatch(ISO_DATE).any())
        elif kind is Kind.ENUM and len(self.words) <= MOST_WORDS:
            self.words |= dict.fromkeys(str(word) for word in full.unique()[: MOST_WORDS + 1])

    def finish(self, rows: int) -> ColumnLook:
        iso = (ISO_FORMAT,) if self.has_iso else ()
        return ColumnLook(
            self.proposal,
            tuple(self.samples),
            1 - self.filled / rows if rows else 1.0,
            (*iso, *self.survey.formats),
            self.survey.readings,
            tuple(self.words) if len(self.words) <= MOST_WORDS else (),
        )


def kind_of(parameter: str) -> Kind | None:
    """Give a parameter's kind; None for what is no parameter (``profile_id``, a whole ``address``)."""
    return BY_NAME[parameter].kind if parameter in BY_NAME else None


def is_sure(column: ColumnLook) -> bool:
    """Say whether a column is used without anybody being asked."""
    return column.proposal.confidence in (Confidence.EXACT, Confidence.KNOWN)


def inspect_file(file: InputFile, mapping: MappingFile | None = None, *, sheet: str | None = None) -> Inspection:
    """Look at a whole export.

    Args:
        file: Which one.
        mapping: The mapping that it has already, or None: what it names is shown as it says.
        sheet: A workbook's sheet; the mapping's, or found by looking, if None.

    Returns:
        What was seen, values masked.

    Raises:
        FileError: The file cannot be read.
        UsageError: Two sheets could be meant.
    """
    with open_export(file, mapping, sheet=sheet) as export:
        tallies = {origin.sheet: _start_tallies(origin, mapping) for origin in export.origins}
        rows = dict.fromkeys(tallies, 0)
        for batch in export.batches():
            rows[batch.origin.sheet] += len(batch)
            _observe_batch(batch, tallies[batch.origin.sheet])
        looks = [_finish_sheet(origin, rows[origin.sheet], tallies[origin.sheet], mapping) for origin in export.origins]
    return Inspection(file.source, tuple(looks))


def _start_tallies(origin: Origin, mapping: MappingFile | None) -> dict[str, _Tally]:
    named = _list_named(mapping)
    return {
        proposal.header: _Tally(named.get(proposal.header, proposal))
        for proposal in propose([header for header in origin.headers if header not in named])
    } | {header: _Tally(named[header]) for header in origin.headers if header in named}


def _list_named(mapping: MappingFile | None) -> dict[str, Proposal]:
    if mapping is None:
        return {}
    pairs = [(header, name) for name, column in mapping.columns.items() for header in column.from_ or ()]
    pairs += [
        (header, name)
        for name, header in (("profile_id", mapping.profile_id), ("reference", mapping.reference))
        if header
    ]
    return {header: Proposal(header, name, Confidence.EXACT, "the mapping says so") for header, name in pairs}


def _observe_batch(batch: Batch, tallies: Mapping[str, _Tally]) -> None:
    for header, tally in tallies.items():
        tally.observe(batch.cells[header])


def _show(text: str) -> str:
    masked = mask(str(text))
    return masked if len(masked) <= LONGEST_SAMPLE else f"{masked[: LONGEST_SAMPLE - 1]}…"


def _finish_sheet(origin: Origin, rows: int, tallies: Mapping[str, _Tally], mapping: MappingFile | None) -> SheetLook:
    columns = tuple(tallies[header].finish(rows) for header in origin.headers)
    found = {column.proposal.parameter for column in columns if is_sure(column)}
    if mapping is not None:
        found |= {name for name, column in mapping.columns.items() if column.value is not None}
        found |= {"registrationType"} if mapping.type else set()
    return SheetLook(origin, rows, columns, _list_lacking(found))


def _list_lacking(found: set[str]) -> dict[tuple[RegistrationType, Rail], tuple[str, ...]]:
    """List what no column was found for; an address in one column may hold its parts, a business has one kind of id."""
    held = found | (set(ADDRESS_PARTS) if WHOLE_ADDRESS in found else set())
    lacking = {}
    for kind in RegistrationType:
        given = held | ({"registrationIdType"} if kind is RegistrationType.BUSINESS else set())
        for rail in Rail:
            names: Sequence[str] = [parameter.name for parameter in parameters_of(kind, rail)]
            lacking[kind, rail] = tuple(name for name in names if name not in given)
    return lacking
