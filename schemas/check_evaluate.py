"""Every column of a batch judged, in the order in which they depend on each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas.check_arrow import (
    Flags,
    Positions,
    Texts,
    blank_rows,
    find_changed,
    find_empty,
    put_rows,
    repeat_text,
    to_column,
    to_flags,
    to_texts,
)
from straitsx_bulk.schemas.check_columns import ColumnVerdict, Fault, RowTypes, judge_column
from straitsx_bulk.schemas.check_rows import Evaluation
from straitsx_bulk.schemas.check_sources import WHOLE_ADDRESS, SourceTexts
from straitsx_bulk.schemas.parameters import BY_NAME, PARAMETERS, Parameter, RegistrationType
from straitsx_bulk.schemas.repair import DateSetting, Repair
from straitsx_bulk.schemas.repair_text import map_strange, normalise_text

_SPLIT = ("address.street", "address.city", "address.postalCode", "address.country")


@dataclass(frozen=True, slots=True)
class EvaluateSetting:
    """How columns are judged.

    Attributes:
        repair: How much to mend.
        today: The date in Asia/Singapore.
        declared: Date parameter to the mapping's formats.
        found: Date parameter to the formats found over its whole column.
        names: The parameters to judge and mend; of others nothing is reported.
    """

    repair: Repair
    today: date
    declared: Mapping[str, tuple[str, ...]]
    found: Mapping[str, tuple[str, ...]]
    names: frozenset[str] = field(default_factory=lambda: frozenset(BY_NAME))


def evaluate_sources(
    sources: Mapping[str, SourceTexts],
    count: int,
    setting: EvaluateSetting,
    judged: Mapping[str, ColumnVerdict] | None = None,
) -> Evaluation:
    """Mend and check every column.

    Args:
        sources: Parameter (or ``address``) to its texts.
        count: How many rows.
        setting: How to judge them.
        judged: Parameters whose columns were judged already, so that their sources are not needed.
    """
    judged = judged or {}
    nothing = repeat_text("", count)
    texts = {p.name: sources[p.name].texts if p.name in sources else nothing for p in PARAMETERS}
    changes = _list_emptied(sources, setting)
    if WHOLE_ADDRESS in sources:
        changes += _split_address(texts, sources[WHOLE_ADDRESS].texts, setting)
    verdicts: dict[str, ColumnVerdict] = {}
    kind = judged.get("registrationType") or _judge(
        BY_NAME["registrationType"], texts["registrationType"], setting, None
    )
    types = RowTypes(*(to_flags(pc.equal(kind.texts, str(member))) for member in RegistrationType))
    for parameter in PARAMETERS:
        if parameter.name in judged or parameter.name == "registrationType":
            verdicts[parameter.name] = judged.get(parameter.name, kind)
        else:
            own = blank_rows(texts[parameter.name], _find_foreign(parameter, types))
            verdicts[parameter.name] = _judge(parameter, own, setting, types)
    return _gather(verdicts, types, changes, setting, count)


def _judge(parameter: Parameter, texts: Texts, setting: EvaluateSetting, types: RowTypes | None) -> ColumnVerdict:
    name = parameter.name
    dates = DateSetting(setting.declared.get(name, ()), setting.found.get(name, ()), setting.today)
    return judge_column(parameter, texts, setting.repair, dates, types if parameter.choices else None)


def _find_foreign(parameter: Parameter, types: RowTypes) -> Flags:
    """Tell which rows are of a type that does not have the parameter; what stands there is nobody's concern."""
    foreign = np.zeros(len(types.personal), dtype=bool)
    if RegistrationType.PERSONAL not in parameter.types:
        foreign |= types.personal
    if RegistrationType.BUSINESS not in parameter.types:
        foreign |= types.business
    return foreign


def _gather(
    verdicts: Mapping[str, ColumnVerdict],
    types: RowTypes,
    changes: list[tuple[str, Positions]],
    setting: EvaluateSetting,
    count: int,
) -> Evaluation:
    values = {name: verdict.texts for name, verdict in verdicts.items()}
    faults: list[Fault] = []
    for name in setting.names & verdicts.keys():
        changes += [(f"{name}:{code}", positions) for code, positions in verdicts[name].changes]
        faults += verdicts[name].faults
    if setting.repair is not Repair.NONE and "registrationIdType" in setting.names:
        changes += _default_id_type(values, types)
    changes = _unite(changes)
    order = {name: i for i, name in enumerate((WHOLE_ADDRESS, *verdicts))}
    changes.sort(key=lambda change: order[change[0].partition(":")[0]])
    blank = np.zeros(count, dtype=bool)
    return Evaluation(count, types.personal, types.business, values, changes, faults, blank, blank.copy(), verdicts)


def _unite(changes: list[tuple[str, Positions]]) -> list[tuple[str, Positions]]:
    """Name a repair once for each row, where a part of a value and then the whole of it was mended in one way."""
    united: dict[str, Positions] = {}
    for label, positions in changes:
        united[label] = np.union1d(united.pop(label), positions) if label in united else positions
    return list(united.items())


def _default_id_type(values: dict[str, Texts], types: RowTypes) -> list[tuple[str, Positions]]:
    """Fill in the only kind of id that a business can have (``defaulted``)."""
    parameter = BY_NAME["registrationIdType"]
    lacking = types.business & find_empty(values[parameter.name])
    if not lacking.any():
        return []
    (only,) = parameter.choices_for(RegistrationType.BUSINESS)
    values[parameter.name] = pc.if_else(pa.array(lacking), only, values[parameter.name]).cast(pa.large_string())
    return [(f"{parameter.name}:defaulted", np.flatnonzero(lacking))]


def _list_emptied(sources: Mapping[str, SourceTexts], setting: EvaluateSetting) -> list[tuple[str, Positions]]:
    """List the placeholders that were left out where columns were joined."""
    wanted = {WHOLE_ADDRESS, *setting.names}
    return [
        (f"{name}:emptied", np.flatnonzero(source.emptied))
        for name, source in sources.items()
        if name in wanted and source.emptied is not None and source.emptied.any()
    ]


def _split_address(texts: dict[str, Texts], whole: Texts, setting: EvaluateSetting) -> list[tuple[str, Positions]]:
    """Take whole addresses apart where their shape is certain; columns of their own go before what is found."""
    filled = ~find_empty(whole)
    if setting.repair is Repair.NONE or not filled.any():
        lacking = filled & find_empty(texts["address.street"])
        texts["address.street"] = pc.if_else(pa.array(lacking), whole, texts["address.street"])
        return []
    from straitsx_bulk.schemas.addresses import split_addresses  # here: only where addresses are whole

    rows = pa.array(filled)
    before = whole.filter(rows)
    plain = map_strange(before, normalise_text)
    country = _judge(BY_NAME["address.country"], texts["address.country"].filter(rows), setting, None).texts
    split = split_addresses(to_column(plain), to_column(country))
    certain = split.certain.to_numpy()
    street = pc.if_else(pa.array(certain), to_texts(split.street), plain)
    parts = (street, *map(to_texts, (split.city, split.postal_code, split.country)))
    used = certain | find_empty(texts["address.street"].filter(rows))
    for name, part in zip(_SPLIT, parts, strict=True):
        own = texts[name].filter(rows)
        texts[name] = put_rows(texts[name], filled, pc.if_else(pa.array(find_empty(own)), part, own))
    positions = np.flatnonzero(filled)
    found = {"normalised": find_changed(before, plain) & used, "split": certain}
    named = setting.names >= frozenset(_SPLIT)
    return [(f"{WHOLE_ADDRESS}:{code}", positions[flags]) for code, flags in found.items() if named and flags.any()]
