"""rejects.csv: the sheet ``Rejected`` as CSV, with BOM, so that Excel reads it as UTF-8."""

import codecs
from pathlib import Path

from straitsx_bulk.io.reports.csv_text import csv_header, csv_lines
from straitsx_bulk.io.reports.folder import write_whole
from straitsx_bulk.io.reports.reject_plan import RejectFile, read_sheet
from straitsx_bulk.io.reports.seals import SEAL_COLUMNS, Seal


def write_rejects_csv(path: Path, file: RejectFile, seal: Seal) -> Path:
    """Write a layout's rejected rows.

    Args:
        path: Where to.
        file: The layout.
        seal: The keyed hash of the ``_check`` cells.

    Returns:
        The path.
    """
    with write_whole(path) as out:
        out.write(codecs.BOM_UTF8)
        out.write(csv_header([*file.headers, *SEAL_COLUMNS]))
        for rows in read_sheet(file, seal, gap=False):
            out.write(csv_lines(rows.columns))
    return path
