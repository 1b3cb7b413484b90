"""Advice on rows that pass: what looks like a typo or a mix-up. It never rejects a row (contract, Checks).

Check letters are advice because the vendor's own samples fail them, and the API takes them.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas import registration_ids
from straitsx_bulk.schemas.check_arrow import (
    Flags,
    Positions,
    Texts,
    find_empty,
    match_whole,
    to_column,
    to_flags,
)
from straitsx_bulk.schemas.check_columns import Fault
from straitsx_bulk.schemas.check_rows import Evaluation
from straitsx_bulk.schemas.findings import Code

_ID = "registrationId"
_SINGAPORE, _INDONESIA = "SG", "ID"
_OLD_AGE = 120
_SHORTEST_ID, _LONGEST_ID = 9, 10
"""Characters of an NRIC or FIN (9) and of a UEN (9 or 10)."""
_SPOILT_CARD = "[0-9]{4,}|'?[STFGM]?[ ./-]*[0-9OI]{6,8}[ ./-]*[A-Z]?"
"""An NRIC or FIN that lost a letter, has a digit too few or too many, an O for a zero, or marks of another's making."""
_SPOILT_UEN = "'?(?:[0-9]{8,9}|[RST][0-9]{2}[A-Z]{2}[0-9]{4})[ ./-]*[A-Z]?"
"""A UEN that lost its last letter, or has marks before it or in front, such as a spreadsheet's apostrophe."""

Judge: TypeAlias = "Callable[[pd.Series[str]], pd.Series[bool]]"


def find_advice(evaluation: Evaluation, today: date) -> Iterator[Fault]:
    """Give advice on the ids and birth dates of rows whose values have no fault.

    Args:
        evaluation: The judged columns.
        today: The date in Asia/Singapore.
    """
    yield from _advise_on_ids(evaluation)
    births = evaluation.values["dateOfBirth"]
    limit = f"{today.year - _OLD_AGE}{today:-%m-%d}"
    old = _match_some(births, ~find_empty(births) & to_flags(pc.less(births, limit)), r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
    yield from _give(evaluation, "dateOfBirth", Code.OVER_120_YEARS, np.flatnonzero(old))


def _advise_on_ids(evaluation: Evaluation) -> Iterator[Fault]:
    values, ids = evaluation.values, evaluation.values[_ID]
    country, kind = values["registrationIdCountry"], values["registrationIdType"]
    passport = to_flags(pc.equal(kind, "passport"))
    personal, business = evaluation.personal, evaluation.business
    asked = business | (personal & ~passport)
    if not asked.any():  # of a passport's number nothing is known
        return
    card = to_flags(pc.equal(kind, "identity_card"))
    local = to_flags(pc.is_in(country, value_set=pa.array(["", _SINGAPORE], type=country.type)))
    indonesian = to_flags(pc.equal(country, _INDONESIA))
    lengths = pc.binary_length(ids).to_numpy()
    asked &= (lengths >= _SHORTEST_ID) & (lengths <= _LONGEST_ID)
    nric = _match_some(ids, asked, registration_ids.NRIC)
    uen = _match_some(
        ids, asked, f"{registration_ids.UEN_BUSINESS}|{registration_ids.UEN_COMPANY}|{registration_ids.UEN_OTHER}"
    )
    yield from _check(
        evaluation, personal & nric & local & ~passport, registration_ids.nric_checksum_ok, "an NRIC or FIN"
    )
    yield from _check(evaluation, business & uen & local, registration_ids.uen_checksum_ok, "a UEN")
    yield from _advise_on_spoilt(evaluation, personal & card & ~nric & ~uen, business & ~nric & ~uen)
    if indonesian.any():
        npwp = business & indonesian & registration_ids.looks_like_npwp(to_column(ids)).to_numpy()
        yield from _check(evaluation, npwp, registration_ids.npwp_ok, "an NPWP")
        niks = personal & indonesian & ~passport & (card | match_whole(ids, registration_ids.NIK))
        wrong = _find_failing(ids, niks, registration_ids.nik_ok)
        yield from _give(evaluation, _ID, Code.NIK_FORMAT, wrong)
    yield from _give(evaluation, _ID, Code.LOOKS_BUSINESS, np.flatnonzero(personal & uen & ~passport))
    yield from _give(evaluation, _ID, Code.LOOKS_PERSONAL, np.flatnonzero(business & nric))


def _advise_on_spoilt(evaluation: Evaluation, cards: Flags, companies: Flags) -> Iterator[Fault]:
    """Give ``checksum`` where Singapore issued the id and it has nearly the shape; those that have it are left out."""
    values, ids = evaluation.values, evaluation.values[_ID]
    issued = to_flags(pc.equal(values["registrationIdCountry"], _SINGAPORE))
    citizen = to_flags(pc.equal(values["nationality"], _SINGAPORE)) & find_empty(values["registrationIdCountry"])
    for rows, pattern, what in (
        (cards & (issued | citizen), _SPOILT_CARD, "an NRIC or FIN is S, T, F, G or M, seven digits and a letter"),
        (companies & issued, _SPOILT_UEN, "a UEN is nine or ten characters and ends in a letter"),
    ):
        yield from _give(evaluation, _ID, Code.CHECKSUM, np.flatnonzero(_match_some(ids, rows, pattern)), what)


def _check(evaluation: Evaluation, rows: Flags, holds: Judge, what: str) -> Iterator[Fault]:
    """Give ``checksum`` where an id has the shape and not the check letter."""
    yield from _give(evaluation, _ID, Code.CHECKSUM, _find_failing(evaluation.values[_ID], rows, holds), what)


def _match_some(texts: Texts, asked: Flags, pattern: str) -> Flags:
    """Tell which of some texts a pattern matches whole; the others are not looked at."""
    found = asked.copy()
    if asked.any():
        found[asked] = match_whole(texts.filter(pa.array(asked)), pattern)
    return found


def _find_failing(ids: Texts, rows: Flags, holds: Judge) -> Positions:
    positions = np.flatnonzero(rows)
    if not len(positions):
        return positions
    fine = holds(to_column(ids.filter(pa.array(rows)))).to_numpy()
    return positions[~fine]


def _give(
    evaluation: Evaluation, parameter: str, code: Code, positions: Positions, detail: str = ""
) -> Iterator[Fault]:
    """Give advice on those rows whose value has no fault."""
    if len(positions):
        positions = positions[~(evaluation.find_bad(parameter) | evaluation.skipped)[positions]]
    if len(positions):
        yield Fault(parameter, code, positions, (detail,) * len(positions) if detail else None)
