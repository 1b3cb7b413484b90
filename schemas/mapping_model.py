"""The mapping file's model: its keys and what they may hold (contract, "Mapping file", and the options marked m)."""

import math
import re
from collections import Counter
from collections.abc import Mapping as Words
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from straitsx_bulk.schemas.header_words import WHOLE_ADDRESS
from straitsx_bulk.schemas.parameters import BY_NAME, PARAMETER_NAMES, Kind
from straitsx_bulk.schemas.text_forms import read_delimiter, read_encoding

EXCEL_SERIAL = "excel-serial"
COLUMN_NAMES: tuple[str, ...] = (*PARAMETER_NAMES, WHOLE_ADDRESS)
"""What ``columns`` may name: the API's parameters, and a whole address in one column."""
DATE_NAMES: tuple[str, ...] = tuple(name for name in PARAMETER_NAMES if BY_NAME[name].kind is Kind.DATE)
SEED_SPELLINGS = {"placeofBiz": "placeOfBiz", "placeofBizCountry": "placeOfBizCountry"}
"""The vendor's guide spells them so; the API's own spelling is sent (vendor README, "What SGD and USD need")."""


def fold_word(text: str) -> str:
    """Reduce a word of ``values`` to what counts in comparing: white space collapsed, case folded."""
    return " ".join(text.split()).casefold()


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_words(value: object) -> object:
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


def _as_share(value: object) -> object:
    return value.strip().removesuffix("%").strip() if isinstance(value, str) else value


def _check_share(value: float) -> float:
    if not math.isfinite(value) or not 0 <= value <= 100:
        raise ValueError("a share is a percentage from 0 to 100")
    return value


def _check_format(text: str) -> str:
    """Refuse a format that cannot say a whole date, such as ``DD/MM/YYYY``."""
    if text == EXCEL_SERIAL:
        return text
    sample = date(1999, 11, 23)  # year, month and day differ in every form, so that a lost part shows
    try:
        whole = datetime.strptime(sample.strftime(text), text).date() == sample  # noqa: DTZ007 (a date has no zone)
    except (ValueError, re.error):  # a part named twice is a regular expression that does not compile
        whole = False
    if not whole:
        raise ValueError(
            f"`{text}` does not name year, month and day: "
            f"write for example %d/%m/%Y, %m/%d/%Y, %d-%b-%Y or {EXCEL_SERIAL}"
        )
    return text


def _check_once(columns: tuple[str, ...]) -> tuple[str, ...]:
    again = next((column for column, times in Counter(columns).items() if times > 1), None)
    if again is not None:
        raise ValueError(f"names the column `{again}` twice; keep it once")
    return columns


def _check_name(name: str) -> str:
    if name not in COLUMN_NAMES:
        raise ValueError("not a parameter of the API")
    return name


Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, AfterValidator(_check_name)]
Delimiter = Annotated[str, AfterValidator(read_delimiter)]
Codec = Annotated[str, AfterValidator(read_encoding)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_list), Field(min_length=1)]
Formats = Annotated[tuple[Annotated[str, AfterValidator(_check_format)], ...], BeforeValidator(_as_list)]
Share = Annotated[float, BeforeValidator(_as_share), AfterValidator(_check_share)]
Reports = Annotated[tuple[Literal["results", "rejects", "page"], ...], BeforeValidator(_as_words), Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Column(_Strict):
    """Where one parameter comes from: columns of the export, or a constant."""

    from_: Annotated[Texts | None, Field(alias="from", description="The export's column, or several in order.")] = None
    values: Annotated[
        dict[str, str], Field(description="The export's words to the API's: {Individual: personal}.")
    ] = {}
    format: Annotated[Formats, Field(description="Date format, or several, tried in order; excel-serial too.")] = ()
    join: Annotated[str, Field(description="What stands between the texts of several columns.")] = " "
    value: Annotated[Text | None, Field(description="A constant, the same in every row.")] = None

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, data: object) -> object:
        return {"from": data} if isinstance(data, str | list) else data

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if (self.from_ is None) == (self.value is None):
            raise ValueError("give the column (`from`) or a constant (`value`), one of the two")
        if self.value is not None and (self.values or self.format):
            raise ValueError("a constant has neither `values` nor `format`")
        if self.from_ and len(set(self.from_)) < len(self.from_):
            raise ValueError("the same column stands twice in `from`")
        self._check_words()
        return self

    def _check_words(self) -> None:
        seen: dict[str, str] = {}
        for word, meaning in self.values.items():
            if seen.setdefault(fold_word(word), meaning) != meaning:
                raise ValueError(f"`values` gives `{word}` two meanings (case and white space do not count)")


class Mapping(_Strict):
    """A mapping file. Without one, or where it is silent, headers are matched by name."""

    OPTIONS: ClassVar[tuple[str, ...]] = ("type", "rail", "repair", "on_existing", "max_reject_share", "reports")
    """Keys that are options of the command line too (contract, "Options", marked m)."""

    version: Annotated[int, Field(ge=1, le=1, description="Of this file's form.")] = 1
    sheet: Annotated[Text | None, Field(description="A workbook's sheet, by name.")] = None
    header_row: Annotated[int | None, Field(ge=1, description="The header's row; found by looking if not given.")] = (
        None
    )
    delimiter: Annotated[
        Delimiter | None, Field(description="Of delimited text, one character or tab; found by looking if not given.")
    ] = None
    encoding: Annotated[
        Codec | None, Field(description="Of delimited text, such as cp1252; found by looking if not given.")
    ] = None
    type: Annotated[
        Literal["personal", "business"] | None, Field(description="For exports without a registrationType column.")
    ] = None
    columns: Annotated[dict[Name, Column], Field(description="API parameter: where it comes from.")] = {}
    profile_id: Annotated[Text | None, Field(description="The column of the customer_profile_id.")] = None
    reference: Annotated[Text | None, Field(description="The column of the caller's own key.")] = None
    keep: Annotated[
        tuple[Text, ...],
        BeforeValidator(_as_list),
        AfterValidator(_check_once),
        Field(description="Further columns to carry into results.csv."),
    ] = ()
    rail: Annotated[Literal["auto", "sgd", "usd"] | None, Field(description="Which rail a row has to reach.")] = None
    repair: Annotated[Literal["none", "safe", "full"] | None, Field(description="How much to mend.")] = None
    on_existing: Annotated[
        Literal["upgrade", "skip", "fail"] | None, Field(description="What to do with a profile that exists.")
    ] = None
    max_reject_share: Annotated[
        Share | None, Field(description="Stop before the first call if over this percentage of rows is rejected.")
    ] = None
    reports: Annotated[Reports | None, Field(description="Which reports to write.")] = None

    _path: Path | None = PrivateAttr(default=None)
    _lines: Words[tuple[str, ...], int] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        for name, column in self.columns.items():
            if column.format and name not in DATE_NAMES:
                raise ValueError(f"`{name}` is no date: `format` is for {' and '.join(DATE_NAMES)}")
        return self

    def get_options(self) -> dict[str, Any]:
        """Give the options that the file sets; the command line and the environment beat them.

        Returns:
            Option name (with underscores) to its value; only those that the file names.
        """
        return {name: getattr(self, name) for name in self.OPTIONS if getattr(self, name) is not None}

    def remember_place(self, path: Path, lines: Words[tuple[str, ...], int]) -> None:
        """Keep where the mapping was read, for messages.

        Args:
            path: The file.
            lines: Path of each key to its line, from 1.
        """
        self._path, self._lines = path, lines

    def name_place(self, *key: str) -> str:
        """Say where a key stands.

        Args:
            *key: The key's path, such as ``("columns", "customerName", "from")``.

        Returns:
            For example ``users.mapping.yaml, line 7, `columns.customerName.from```; the nearest key above where the
            file has no such line.
        """
        name = f"`{'.'.join(key)}`"
        for length in range(len(key), 0, -1):
            if key[:length] in self._lines:
                return f"{self._path}, line {self._lines[key[:length]]}, {name}"
        return f"{self._path or 'mapping'}, {name}"
