"""Looking at an export before it is mapped: what the file is, and what each column would be taken for.

Not ``inspect.py``: Prefect's entrypoints by file path put this folder at the front of ``sys.path``, where that name
would hide the standard library's. Values leave here masked: their form, never their text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import pandas as pd

from straitsx_bulk.flows.check.opening import open_export
from straitsx_bulk.flows.command.inspecting_rows import OddRows
from straitsx_bulk.io.readers import InputFile
from straitsx_bulk.io.reports.masking import mask
from straitsx_bulk.schemas.batch import Batch, Origin
from straitsx_bulk.schemas.dates import DateCount, DateFits, DateSurvey
from straitsx_bulk.schemas.header_words import WHOLE_ADDRESS
from straitsx_bulk.schemas.headers import PROFILE_ID, REFERENCE, Confidence, Proposal, propose
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.mapping import Mapping as MappingFile
from straitsx_bulk.schemas.mapping import lay_out
from straitsx_bulk.schemas.mapping_needs import LOOKING_ONLY
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, BY_NAME, Kind, Rail, RegistrationType, parameters_of

SAMPLES = 3
SAMPLED_ROWS = 1_000
"""Of each batch, until there are enough samples of different forms."""
LONGEST_SAMPLE = 32
MOST_WORDS = 12
"""A column with more different words than this holds no enum; its words could be personal, and are not shown."""
TYPE = "registrationType"
SAID = "the mapping says so"


class Use(StrEnum):
    """What becomes of a column."""

    SURE = "sure"
    """It is used without anybody being asked."""
    GUESS = "guess"
    """A person has to say so in a mapping."""
    KEPT = "kept"
    """The mapping carries it into results.csv."""
    NONE = "not used"


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What one column is taken for.

    Attributes:
        header: As in the file.
        parameters: API parameters, a whole ``address``, ``profile_id`` or ``reference``; a mapping may take several
            from one column.
        use: What becomes of it.
        why: A phrase for people.
        formats: Date formats that the mapping declares.
    """

    header: str
    parameters: tuple[str, ...]
    use: Use
    why: str
    formats: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind | None:
        """The kind of its values; None for what is no parameter."""
        kinds = [BY_NAME[name].kind for name in self.parameters if name in BY_NAME]
        return Kind.DATE if Kind.DATE in kinds else next(iter(kinds), None)


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """What was seen of one column.

    Attributes:
        taken: What it is taken for, and why.
        samples: Up to three different values, masked.
        empty: Share of rows in which it is empty, 0 to 1.
        date_formats: Of a date column, the formats that read it in one way.
        date_readings: Of a date column, the formats between which its values do not decide.
        date_fits: Of a date column, how many values which formats read.
        is_contested: Of a date column, whether some values are day first and others month first.
        words: Of an enum's column, its different words as they stand, few by nature.
    """

    taken: ColumnUse
    samples: tuple[str, ...]
    empty: float
    date_formats: tuple[str, ...] = ()
    date_readings: tuple[str, ...] = ()
    date_fits: DateFits = field(default_factory=DateFits)
    is_contested: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetLook:
    """What was seen of one file of text, or one sheet.

    Attributes:
        origin: Where it is and what was found by looking.
        rows: How many rows, the header not counted.
        columns: In the file's order.
        constants: Parameter to the value that the mapping gives every row.
        lacking: Registration type and rail to the parameters that nothing gives; where the type is known, only that.
        oddities: Sentences on rows and cells that are not as they seem.
    """

    origin: Origin
    rows: int
    columns: tuple[ColumnLook, ...]
    constants: Mapping[str, str]
    lacking: Mapping[tuple[RegistrationType, Rail], tuple[str, ...]]
    oddities: tuple[str, ...] = ()

    @property
    def is_typed(self) -> bool:
        """Whether a column or the mapping says the registrationType."""
        sure = (name for column in self.columns if column.taken.use is Use.SURE for name in column.taken.parameters)
        return TYPE in self.constants or TYPE in sure


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

    taken: ColumnUse
    filled: int = 0
    samples: dict[str, None] = field(default_factory=dict)
    words: dict[str, None] = field(default_factory=dict)
    survey: DateSurvey = field(default_factory=DateSurvey)
    dates: DateCount = field(default_factory=DateCount)

    def observe(self, texts: "pd.Series[str]") -> None:
        bare = texts.str.strip()
        full = bare[bare != ""]
        self.filled += len(full)
        if len(self.samples) < SAMPLES:
            fresh = dict.fromkeys(_show(text) for text in full.iloc[:SAMPLED_ROWS].unique())
            self.samples = dict.fromkeys([*self.samples, *fresh][:SAMPLES])
        kind = self.taken.kind
        if kind is Kind.DATE:
            self.survey.observe(full)
            self.dates.observe(full)
        elif kind is Kind.ENUM and len(self.words) <= MOST_WORDS:
            self.words |= dict.fromkeys(str(word) for word in full.unique()[: MOST_WORDS + 1])

    def finish(self, rows: int) -> ColumnLook:
        fits = self.dates.fits
        return ColumnLook(
            self.taken,
            tuple(self.samples),
            1 - self.filled / rows if rows else 1.0,
            date_formats=self.survey.pick_fitting(fits.formats),
            date_readings=self.survey.readings,
            date_fits=fits,
            is_contested=self.survey.is_contested,
            words=tuple(self.words) if len(self.words) <= MOST_WORDS else (),
        )


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
        UsageError: Two sheets could be meant, or the mapping names a column that is not there.
    """
    with open_export(file, mapping, sheet=sheet) as export:
        uses = {origin.sheet: list_uses(origin, mapping) for origin in export.origins}
        tallies = {name: {use.header: _Tally(use) for use in found} for name, found in uses.items()}
        rows = dict.fromkeys(tallies, 0)
        odd = {name: OddRows() for name in tallies}
        for batch in export.batches():
            rows[batch.origin.sheet] += len(batch)
            odd[batch.origin.sheet].observe(batch)
            _observe_batch(batch, tallies[batch.origin.sheet])
        looks = [_finish_sheet(origin, rows[origin.sheet], tallies[origin.sheet], mapping) for origin in export.origins]
    told = (replace(look, oddities=tuple(odd[look.origin.sheet].describe())) for look in looks)
    return Inspection(file.source, tuple(told))


def list_uses(origin: Origin, mapping: MappingFile | None) -> list[ColumnUse]:
    """List what each column of a sheet is taken for.

    Args:
        origin: The sheet.
        mapping: Its mapping, or None.

    Raises:
        MappingError: The mapping names a column that is not there.
    """
    proposed = [_use_proposal(proposal) for proposal in propose(origin.headers)]
    if mapping is None:
        return proposed
    if not mapping.columns:  # headers are matched by name all the same
        return [_use_top(use, mapping) for use in proposed]
    layout = lay_out(mapping, origin.headers, source=origin.source, registration_type=None, command=LOOKING_ONLY)
    return [_use_layout(use, layout, mapping) for use in proposed]


def _use_proposal(proposal: Proposal) -> ColumnUse:
    sure = proposal.confidence in (Confidence.EXACT, Confidence.KNOWN)
    use = Use.SURE if sure else Use.GUESS if proposal.parameter else Use.NONE
    return ColumnUse(proposal.header, (proposal.parameter,) if proposal.parameter else (), use, proposal.why)


def _use_top(proposed: ColumnUse, mapping: MappingFile) -> ColumnUse:
    """Let a mapping without columns say which column is the profile's id and which the caller's own key."""
    named = {mapping.profile_id: PROFILE_ID, mapping.reference: REFERENCE}
    if proposed.header in named:
        return ColumnUse(proposed.header, (named[proposed.header],), Use.SURE, SAID)
    if proposed.parameters and proposed.parameters[0] in (named[name] for name in named if name):
        return _keep(ColumnUse(proposed.header, (), Use.NONE, ""), mapping.keep)
    return _keep(proposed, mapping.keep)


def _use_layout(proposed: ColumnUse, layout: Layout, mapping: MappingFile) -> ColumnUse:
    header = proposed.header
    sources = [source for source in layout.sources if header in source.headers]
    names = [source.parameter for source in sources]
    names += [PROFILE_ID] if header == layout.profile_id else []
    names += [REFERENCE] if header == layout.reference else []
    if names:
        return ColumnUse(header, tuple(names), Use.SURE, SAID, tuple(f for source in sources for f in source.formats))
    taken = {PROFILE_ID: layout.profile_id, REFERENCE: layout.reference}
    free = [name for name in proposed.parameters if layout.source_of(name) is None and not taken.get(name)]
    why = f"it may be {free[0]}, which the mapping does not name" if free else ""
    return _keep(ColumnUse(header, (), Use.NONE, why), mapping.keep)


def _keep(use: ColumnUse, kept: Sequence[str]) -> ColumnUse:
    return replace(use, use=Use.KEPT) if use.header in kept and use.use is not Use.SURE else use


def _observe_batch(batch: Batch, tallies: Mapping[str, _Tally]) -> None:
    for header, tally in tallies.items():
        tally.observe(batch.cells[header])


def _show(text: str) -> str:
    masked = mask(str(text))
    return masked if len(masked) <= LONGEST_SAMPLE else f"{masked[: LONGEST_SAMPLE - 1]}…"


def _finish_sheet(origin: Origin, rows: int, tallies: Mapping[str, _Tally], mapping: MappingFile | None) -> SheetLook:
    columns = tuple(tallies[header].finish(rows) for header in origin.headers)
    constants = {name: column.value for name, column in mapping.columns.items() if column.value} if mapping else {}
    found = {name for column in columns if column.taken.use is Use.SURE for name in column.taken.parameters}
    if mapping is not None and mapping.type and TYPE not in found:
        constants = {TYPE: mapping.type} | constants
    kinds = [kind for kind in RegistrationType if constants.get(TYPE, kind) == kind]
    return SheetLook(origin, rows, columns, constants, _list_lacking(found | set(constants), kinds))


def _list_lacking(
    found: set[str], kinds: Sequence[RegistrationType]
) -> dict[tuple[RegistrationType, Rail], tuple[str, ...]]:
    """List what nothing gives; an address in one column may hold its parts, a business has one kind of id."""
    held = found | (set(ADDRESS_PARTS) if WHOLE_ADDRESS in found else set())
    lacking = {}
    for kind in kinds:
        given = held | ({"registrationIdType"} if kind is RegistrationType.BUSINESS else set())
        for rail in Rail:
            names: Sequence[str] = [parameter.name for parameter in parameters_of(kind, rail)]
            lacking[kind, rail] = tuple(name for name in names if name not in given)
    return lacking
