"""Rows that come back: our own rejects files, mended by an analyst; and the template's example rows."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from straitsx_bulk.flows.sealing import Seal
from straitsx_bulk.io.readers import Input
from straitsx_bulk.io.readers.headers import EXAMPLE_REFERENCE
from straitsx_bulk.io.reports.seals import CheckNotes, judge_seals, merge_notes, read_notes
from straitsx_bulk.schemas.batch import Batch
from straitsx_bulk.schemas.check_report import add_errors
from straitsx_bulk.schemas.checked import CheckedBatch
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.parameters import BY_NAME

_NEW_ROW = "they are empty: rows that are new here go into a file of their own"


def read_returned_notes(export: Input, seal: Seal) -> CheckNotes | None:
    """Read what the ``_check`` cells of a rejects file carry from the first reading of its export.

    Args:
        export: Any export; only rejects files of ours carry anything.
        seal: The keyed hash.

    Returns:
        Date formats by header, and the columns that the rejects file added; None where it has rows and no seal holds.
    """
    if not any("rejects" in origin.detected for origin in export.origins):
        return CheckNotes()
    found = [read_notes(batch.seals, seal) for batch in export.batches() if batch.seals is not None and len(batch)]
    held = [notes for notes in found if notes is not None]
    return merge_notes(held) if held or not found else None


def word_unknown_seals(export: Input) -> str:
    """Say of a rejects file without a single seal that holds where that most likely comes from."""
    lost = next((origin.detected["lost"] for origin in export.origins if "lost" in origin.detected), "")
    if lost:
        return (
            f"{export.origins[0].source}: of the grey columns {lost} is gone, so no row is known to be what the run "
            "rejected. Take them over from its rejects file, or delete them all to import the rows as a new export."
        )
    return (
        f"{export.origins[0].source}: no row's grey cells are as this ledger secret sealed them. If nobody edited "
        "them, the file was written with another secret: import it where its export was read, or with the "
        "ledger.secret from there."
    )


def hold_formats(
    found: Mapping[str, tuple[str, ...]], known: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Let the formats found for the original export hold over what the rows that are left look like.

    Args:
        found: Header to the formats that its rows show now.
        known: Header to the formats that a mapping declares or a rejects file carries.

    Returns:
        The found formats; of a known header its own first, then those that cannot be taken for another order of day
        and month, which an analyst may have typed.
    """
    return {
        header: (*known[header], *(form for form in formats if _is_plain(form))) if header in known else formats
        for header, formats in found.items()
    }


def _is_plain(form: str) -> bool:
    return "%b" in form.lower() or form.startswith("%Y")


def judge_returned(checked: CheckedBatch, seal: Seal) -> CheckedBatch:
    """Tell which rows of a rejects file were mended, and reject those whose ``_`` cells were edited.

    Args:
        checked: A checked batch of any export.
        seal: The keyed hash.
    """
    seals = checked.batch.seals
    if seals is None:
        return checked
    mended, edited = judge_seals(seals, checked.batch.cells, seal)
    judged = replace(checked, mended=mended.reset_index(drop=True))
    positions = np.flatnonzero(edited.to_numpy())
    if not len(positions):
        return judged
    bare = (seals == "").all(axis=1).to_numpy()[positions]
    details = [_NEW_ROW if empty else "" for empty in bare.tolist()]
    return add_errors(judged, positions, "row", [str(Code.ORIGIN_EDITED)] * len(positions), details)


def drop_examples(batch: Batch, layout: Layout) -> Batch:
    """Leave out the template's example rows: they show how to fill it in and stand for nobody."""
    if layout.reference is None:
        return batch
    stays = ~(batch.cells[layout.reference] == EXAMPLE_REFERENCE).to_numpy()
    source = layout.source_of("registrationId")
    if source is not None and source.headers:  # a row typed over the example is somebody, whatever its reference says
        stays |= ~batch.cells[source.headers[0]].isin(BY_NAME["registrationId"].example).to_numpy()
    if stays.all():
        return batch
    moved = np.cumsum(stays) - 1
    notes = tuple(replace(note, position=int(moved[note.position])) for note in batch.notes if stays[note.position])
    seals = None if batch.seals is None else _keep(batch.seals, stays)
    return Batch(batch.origin, batch.rows[stays], _keep(batch.cells, stays), notes, seals)


def _keep(frame: pd.DataFrame, stays: "np.typing.NDArray[np.bool_]") -> pd.DataFrame:
    return frame[stays].reset_index(drop=True)
