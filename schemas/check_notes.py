"""What a reader saw beside the text, as findings."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from straitsx_bulk.schemas.batch import CellNote, Note
from straitsx_bulk.schemas.check_columns import Fault
from straitsx_bulk.schemas.check_rows import Evaluation
from straitsx_bulk.schemas.findings import ROW, Code

_CODES = {
    Note.RAGGED_ROW: Code.RAGGED_ROW,
    Note.UNDECODABLE: Code.UNDECODABLE,
    Note.ERROR_CELL: Code.ERROR_CELL,
    Note.HIDDEN_ROW: Code.HIDDEN_ROW,
}


def apply_notes(evaluation: Evaluation, notes: tuple[CellNote, ...], readers: Mapping[str, tuple[str, ...]]) -> None:
    """Turn a reader's notes into faults of the evaluation, in place.

    A ragged row has that one finding: its cells may stand in the wrong columns. Bytes that are no characters are the
    one finding of their value, whatever else the characters in their place would be.

    Args:
        evaluation: The judged columns.
        notes: The notes on these rows.
        readers: Header to the parameters that are read from it; notes on other columns concern nobody.
    """
    found: dict[tuple[str, Code], dict[int, str]] = defaultdict(dict)
    for note in notes:
        code = _CODES[note.note]
        for name in _list_names(note, readers):
            found[name, code][note.position] = note.detail
    if not found:
        return
    evaluation.skipped[list(found.get((ROW, Code.RAGGED_ROW), {}))] = True
    _drop_faults(evaluation, found)
    for (name, code), details in found.items():
        rows = np.array(sorted(details), dtype=np.int64)
        if code is not Code.RAGGED_ROW:
            rows = rows[~evaluation.skipped[rows]]
        if len(rows):
            evaluation.faults.append(Fault(name, code, rows, tuple(details[int(row)] for row in rows)))


def _list_names(note: CellNote, readers: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """List whom a note is on: the row, or the parameters read from the cell; an error cell is named once."""
    if note.header is None or note.note in (Note.RAGGED_ROW, Note.HIDDEN_ROW):
        return (ROW,)
    names = readers.get(note.header, ())
    return names[:1] if note.note is Note.ERROR_CELL else names


def _drop_faults(evaluation: Evaluation, found: Mapping[tuple[str, Code], Mapping[int, str]]) -> None:
    """Take away what the notes overrule."""
    kept = []
    for fault in evaluation.faults:
        overruled = evaluation.skipped[fault.positions]
        garbled = found.get((fault.parameter, Code.UNDECODABLE))
        if garbled:
            overruled |= np.isin(fault.positions, list(garbled))
        kept += fault.keep(~overruled)
    evaluation.faults = kept
