"""The check: a batch of rows in, a checked batch out, with every finding, the rails and what would be sent.

A checker keeps nothing between batches, so that batches of any size, in any order and on any machine give the same
verdicts. What needs the whole run (duplicates and identity conflicts) is in ``keys``; what needs a whole column (the
format of its dates) is in ``dates``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from straitsx_bulk.schemas.batch import Batch, CellNote
from straitsx_bulk.schemas.check_advice import find_advice
from straitsx_bulk.schemas.check_arrow import Flags, Positions, Texts, find_empty, repeat_text, to_table, to_texts
from straitsx_bulk.schemas.check_columns import ColumnVerdict
from straitsx_bulk.schemas.check_evaluate import EvaluateSetting, evaluate_sources
from straitsx_bulk.schemas.check_missing import explain_missing
from straitsx_bulk.schemas.check_notes import apply_notes
from straitsx_bulk.schemas.check_report import (
    Suggestions,
    list_identity,
    list_values,
    make_facts,
    make_findings,
)
from straitsx_bulk.schemas.check_rows import SGD, CheckSettings, Decision, Evaluation, decide_rows
from straitsx_bulk.schemas.check_sources import WHOLE_ADDRESS, SourceTexts, read_sources
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.findings import ADVICE
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, BY_NAME, SGD_NAMES
from straitsx_bulk.schemas.repair import Repair
from straitsx_bulk.schemas.repair_full import MENDED_KINDS
from straitsx_bulk.schemas.repair_text import empty_placeholders, trim_texts

__all__ = ["CheckSettings", "Checker"]


@dataclass(frozen=True, slots=True)
class _Judged:
    """Rows judged under one repair mode."""

    evaluation: Evaluation
    decision: Decision


class Checker:
    """Checks the batches of one sheet.

    Args:
        layout: Where each parameter comes from.
        settings: What the user chose.
        date_formats: Header to the formats found over its whole column (``dates.list_formats``); of a parameter joined
            from several columns, the first header. None where no column needed a survey.
    """

    def __init__(
        self, layout: Layout, settings: CheckSettings, date_formats: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._repair = Repair(settings.repair)
        self._headers = _list_headers(layout)
        self._readers = _list_readers(layout)
        self._columns = frozenset(
            _list_headers(replace(layout, sources=tuple(s for s in layout.sources if not s.added)))
        )
        found = date_formats or {}
        self._setting = EvaluateSetting(
            self._repair,
            settings.today,
            {source.parameter: source.formats for source in layout.sources},
            {source.parameter: found.get(source.headers[0], ()) for source in layout.sources if source.headers},
            frozenset(SGD_NAMES) if settings.rail == SGD else frozenset(BY_NAME),
        )

    def check(self, batch: Batch) -> CheckedBatch:
        """Check one batch.

        Args:
            batch: Rows as read.

        Returns:
            The same rows with their verdicts, but for what only the whole run can tell.
        """
        profile_id = self._read_profile_id(batch)
        sources = read_sources(self._layout, batch.cells, mend=self._repair is not Repair.NONE)
        now = self._judge(sources, batch.notes, ~find_empty(profile_id), self._setting)
        again = self._find_worth_mending(now)
        full = self._judge_fully(batch, sources, again, now) if len(again) else None
        would_pass = np.zeros(len(batch), dtype=bool)
        if full:
            would_pass[again] = full.decision.accepted
        suggestions = Suggestions(again, full.evaluation if full else None, now.evaluation.values)
        told = replace(
            now.decision,
            errors=explain_missing(now.decision.errors, self._layout, batch.cells),
            warnings=explain_missing(now.decision.warnings, self._layout, batch.cells),
        )
        reference = batch.cells[self._layout.reference] if self._layout.reference else None
        skipped = now.evaluation.skipped
        return CheckedBatch(
            batch=batch,
            values=to_table(list_values(now.decision.values, skipped)),
            facts=make_facts(now.evaluation, now.decision, reference, profile_id),
            accepted=pd.Series(now.decision.accepted),
            full_would_pass=pd.Series(would_pass & ~now.decision.accepted),
            mended=pd.Series(True, index=range(len(batch)), dtype=bool),
            findings=make_findings(told, self._headers, suggestions),
            keep=batch.cells[list(self._layout.keep)].reset_index(drop=True),
            headers=self._headers,
            identity=list_identity(now.evaluation),
        )

    def _judge(
        self,
        sources: Mapping[str, SourceTexts],
        notes: tuple[CellNote, ...],
        has_profile_id: Flags,
        setting: EvaluateSetting,
        judged: Mapping[str, ColumnVerdict] | None = None,
    ) -> _Judged:
        evaluation = evaluate_sources(sources, len(has_profile_id), setting, judged)
        evaluation.has_profile_id |= has_profile_id
        apply_notes(evaluation, notes, self._readers)
        evaluation.faults += [
            fault for fault in find_advice(evaluation, self._settings.today) if fault.parameter in setting.names
        ]
        return _Judged(evaluation, decide_rows(evaluation, self._settings, self._columns))

    def _find_worth_mending(self, judged: _Judged) -> Positions:
        """Find the rows that ``full`` may help: those with a fault, unless ``full`` it was or they cannot be judged."""
        worth = np.zeros(judged.evaluation.count, dtype=bool)
        if self._repair is not Repair.FULL:
            for fault in (*judged.decision.errors, *judged.decision.warnings):
                if fault.code not in ADVICE:
                    worth[fault.positions] = True
        return np.flatnonzero(worth & ~judged.evaluation.skipped)

    def _judge_fully(self, batch: Batch, sources: Mapping[str, SourceTexts], rows: Positions, now: _Judged) -> _Judged:
        """Judge some rows of a batch again, as ``full`` would mend them; of most columns the verdict is known."""
        places = {int(row): i for i, row in enumerate(rows)}
        notes = tuple(replace(note, position=places[note.position]) for note in batch.notes if note.position in places)
        known: dict[str, ColumnVerdict] = {}
        if self._repair is Repair.NONE:
            own = read_sources(self._layout, batch.cells.iloc[rows], mend=True)
        else:
            own = {name: source.take_rows(rows) for name, source in sources.items() if is_mended_fully(name)}
            verdicts = now.evaluation.verdicts
            known = {name: verdict.take_rows(rows) for name, verdict in verdicts.items() if not is_mended_fully(name)}
        setting = replace(self._setting, repair=Repair.FULL)
        return self._judge(own, notes, now.evaluation.has_profile_id[rows], setting, known)

    def _read_profile_id(self, batch: Batch) -> Texts:
        if self._layout.profile_id is None:
            return repeat_text("", len(batch))
        texts = to_texts(batch.cells[self._layout.profile_id])
        name = BY_NAME["customerName"]
        return empty_placeholders(name, trim_texts(name, texts))


def is_mended_fully(name: str) -> bool:
    """Tell whether ``full`` does more to a parameter than ``safe``; a whole address is taken apart into such."""
    return name == WHOLE_ADDRESS or name in ADDRESS_PARTS or BY_NAME[name].kind in MENDED_KINDS


def _list_headers(layout: Layout) -> dict[str, tuple[str, ...]]:
    """List the source columns of each parameter; parts of an address without their own have the whole one's."""
    headers = {s.parameter: s.headers + ((s.override,) if s.override else ()) for s in layout.sources}
    whole = headers.pop(WHOLE_ADDRESS, None)
    if whole is not None:
        headers = {name: whole for name in ADDRESS_PARTS if BY_NAME[name].usd or name == "address.postalCode"} | headers
    return headers


def _list_readers(layout: Layout) -> dict[str, tuple[str, ...]]:
    """List the parameters that are read from each header; a whole address is read as its street."""
    readers: dict[str, tuple[str, ...]] = {}
    for source in layout.sources:
        name = ADDRESS_PARTS[0] if source.parameter == WHOLE_ADDRESS else source.parameter
        for column in (*source.headers, *((source.override,) if source.override else ())):
            readers[column] = (*readers.get(column, ()), name)
    return readers
