"""All columns of a batch judged, and what follows for each row: its rail, its gaps, and what would be sent.

The rules are the contract's "What is sent".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from straitsx_bulk.schemas.check_arrow import Flags, Positions, Texts, blank_rows, find_empty, holds_nothing
from straitsx_bulk.schemas.check_columns import ColumnVerdict, Fault
from straitsx_bulk.schemas.findings import ADVICE, ROW, Code
from straitsx_bulk.schemas.parameters import (
    ADDRESS_PARTS,
    KEY_NAMES,
    PARAMETERS,
    SGD_NAMES,
    Parameter,
    Rail,
    RegistrationType,
)

AUTO, SGD, USD = "auto", "sgd", "usd"
UPGRADE = "upgrade"
_ADDRESS_CORE = tuple(p.name for p in PARAMETERS if p.name in ADDRESS_PARTS and p.usd)


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What the user chose, and what day it is.

    Attributes:
        command: ``validate``, ``import`` or ``upgrade``.
        rail: ``auto``, ``sgd`` or ``usd``.
        repair: ``none``, ``safe`` or ``full``.
        today: The date in Asia/Singapore.
    """

    command: str
    rail: str
    repair: str
    today: date


@dataclass(slots=True)
class Evaluation:
    """Every parameter's column, judged.

    Attributes:
        count: How many rows.
        personal: Rows that are a person's.
        business: Rows that are a business's.
        values: Parameter to its mended texts; every parameter of the table.
        changes: ``parameter:repair`` and the rows it changed, in the table's order.
        faults: What is wrong with the values.
        skipped: Rows that cannot be judged at all: ragged ones.
        has_profile_id: Rows that name their profile.
        verdicts: Parameter to what was found of its column alone.
    """

    count: int
    personal: Flags
    business: Flags
    values: dict[str, Texts]
    changes: list[tuple[str, Positions]]
    faults: list[Fault]
    skipped: Flags
    has_profile_id: Flags
    verdicts: Mapping[str, ColumnVerdict]
    empty: dict[str, Flags] = field(default_factory=dict)

    def find_bad(self, parameter: str) -> Flags:
        """Tell in which rows a parameter's value has a fault."""
        bad = np.zeros(self.count, dtype=bool)
        for fault in self.faults:
            if fault.parameter == parameter and fault.code not in ADVICE:
                bad[fault.positions] = True
        return bad

    def find_needed(self, parameter: Parameter, rail: Rail) -> Flags:
        """Tell in which rows a rail needs a parameter; in a row without a type, what either type needs."""
        personal = parameter.needed_for(RegistrationType.PERSONAL, rail)
        business = parameter.needed_for(RegistrationType.BUSINESS, rail)
        if personal and business:
            return np.ones(self.count, dtype=bool)
        if personal or business:
            return self.personal if personal else self.business
        return np.zeros(self.count, dtype=bool)


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows for each row.

    Attributes:
        errors: Faults that reject their rows.
        warnings: Faults that do not; they leave the parameter out, but for advice.
        accepted: Rows without an error.
        complete: Accepted rows that are sent for USD.
        gaps: Parameter and the accepted SGD rows that it keeps from USD.
        values: What would be sent of accepted rows; of others, what could be read.
    """

    errors: list[Fault]
    warnings: list[Fault]
    accepted: Flags
    complete: Flags
    gaps: list[tuple[str, Positions]]
    values: dict[str, Texts]


def decide_rows(evaluation: Evaluation, settings: CheckSettings, columns: frozenset[str]) -> Decision:
    """Decide what becomes of each row.

    Args:
        evaluation: The judged columns.
        settings: The user's choices.
        columns: Parameters that the input has a column for: an empty cell is named, a column that is not there is not.
    """
    nothing = np.ones(evaluation.count, dtype=bool)
    evaluation.empty = {
        name: nothing if holds_nothing(texts) else find_empty(texts) for name, texts in evaluation.values.items()
    }
    bad = {p.name: evaluation.find_bad(p.name) for p in PARAMETERS}
    errors, warnings = _sort_faults(
        evaluation, settings, [*evaluation.faults, *_find_missing(evaluation, settings, columns)]
    )
    accepted = np.ones(evaluation.count, dtype=bool)
    for fault in errors:
        accepted[fault.positions] = False
    lacking = _find_lacking(evaluation, bad)
    complete = _find_complete(evaluation, settings, lacking) & accepted
    gaps: list[tuple[str, Positions]] = []
    if settings.rail == AUTO:
        gaps = [(name, np.flatnonzero(flags & accepted)) for name, flags in lacking.items() if (flags & accepted).any()]
    values = _leave_out(evaluation, settings, bad, accepted)
    return Decision(errors, warnings, accepted, complete, gaps, values)


def _find_lacking(evaluation: Evaluation, bad: Mapping[str, Flags]) -> dict[str, Flags]:
    """Tell for each parameter which rows it keeps from USD: needed there, and empty or malformed."""
    return {
        p.name: evaluation.find_needed(p, Rail.USD) & (evaluation.empty[p.name] | bad[p.name])
        for p in PARAMETERS
        if p.usd
    }


def _find_complete(evaluation: Evaluation, settings: CheckSettings, lacking: Mapping[str, Flags]) -> Flags:
    """Tell which rows go for USD: under ``usd`` all, under ``auto`` those that lack nothing."""
    if settings.rail == USD:
        return np.ones(evaluation.count, dtype=bool)
    if settings.rail == SGD:
        return np.zeros(evaluation.count, dtype=bool)
    complete = evaluation.personal | evaluation.business
    for flags in lacking.values():
        complete &= ~flags
    return complete


def _find_missing(evaluation: Evaluation, settings: CheckSettings, columns: frozenset[str]) -> list[Fault]:
    """List what is missing; ``upgrade`` misses nothing but the key of a row that does not name its profile."""
    missing = []
    for parameter in PARAMETERS:
        if settings.command == UPGRADE:
            needed = _find_needed_to_upgrade(evaluation, settings, parameter)
        elif settings.rail == USD or (settings.rail == AUTO and parameter.name in columns):
            needed = evaluation.find_needed(parameter, Rail.USD)
        else:
            needed = evaluation.find_needed(parameter, Rail.SGD)
        found = needed & evaluation.empty[parameter.name] & ~evaluation.skipped
        if found.any():
            missing.append(Fault(parameter.name, Code.MISSING, np.flatnonzero(found)))
    return missing


def _find_needed_to_upgrade(evaluation: Evaluation, settings: CheckSettings, parameter: Parameter) -> Flags:
    """Tell which rows of an upgrade need a parameter: the key without a profile id, the rest of an address."""
    if parameter.name in KEY_NAMES:
        return ~evaluation.has_profile_id
    if parameter.name not in _ADDRESS_CORE or settings.rail == SGD:
        return np.zeros(evaluation.count, dtype=bool)
    holds_some: Flags = ~np.logical_and.reduce([evaluation.empty[name] for name in ADDRESS_PARTS])
    return holds_some


def _sort_faults(
    evaluation: Evaluation, settings: CheckSettings, faults: list[Fault]
) -> tuple[list[Fault], list[Fault]]:
    """Part the faults into errors and warnings, in the table's order, the row's own first."""
    order = {ROW: -1} | {p.name: i for i, p in enumerate(PARAMETERS)}
    by_name = {p.name: p for p in PARAMETERS}
    errors: list[Fault] = []
    warnings: list[Fault] = []
    for fault in sorted(faults, key=lambda fault: order[fault.parameter]):
        if fault.code in ADVICE:
            warnings.append(fault)
        elif fault.parameter == ROW or fault.parameter in SGD_NAMES:
            errors.append(fault)
        elif settings.rail == USD:
            strict = evaluation.find_needed(by_name[fault.parameter], Rail.USD)[fault.positions]
            errors += fault.keep(strict)
            warnings += fault.keep(~strict)
        else:
            warnings.append(fault)
    return errors, warnings


def _leave_out(
    evaluation: Evaluation, settings: CheckSettings, bad: Mapping[str, Flags], accepted: Flags
) -> dict[str, Texts]:
    """Empty what is not sent of accepted rows: malformed values, incomplete addresses, all but SGD's under ``sgd``."""
    broken_address = np.logical_or.reduce([bad[name] | evaluation.empty[name] for name in _ADDRESS_CORE])
    values = {}
    for parameter in PARAMETERS:
        name = parameter.name
        left_out = bad[name] | broken_address if name in ADDRESS_PARTS else bad[name]
        if settings.rail == SGD and name not in SGD_NAMES:
            left_out = np.ones(evaluation.count, dtype=bool)
        values[name] = blank_rows(evaluation.values[name], left_out & accepted & ~evaluation.empty[name])
    return values
