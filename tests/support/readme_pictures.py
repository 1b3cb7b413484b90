"""Takes the README's pictures of a real demo run: ``python tests/support/readme_pictures.py``.

The terminal's screen is drawn by Rich. The page and the workbook are photographed by Chromium and LibreOffice, which
have to be there (Debian: ``chromium``, ``libreoffice-calc``, ``poppler-utils``).
"""

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from openpyxl import load_workbook
from openpyxl.styles import Border, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from rich.console import Console

from straitsx_bulk.flows.command import demo as flows_demo
from straitsx_bulk.flows.run import importing

DOCS = Path(__file__).resolve().parents[2] / "docs"
SAMPLES = DOCS.with_name("data_samples")
SCREEN = "run.svg"
WIDTH = 118
"""Columns of the terminal."""

SHOWN = ("Cust No", "Full Name", "ID Type", "ID No", "DOB", "Segment", "_row", "_stage", "_errors", "_suggestions")
"""Columns of the workbook that fit into a picture."""

_LINE = Side("thin", "D0D0D0")
GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
"""The lines that a screen shows and paper does not."""

_WEB_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""A picture loads nothing from elsewhere."""


def take_pictures(docs: Path) -> None:
    """Run the demo and take all pictures of it.

    Args:
        docs: Where they go.
    """
    docs.mkdir(exist_ok=True)
    with TemporaryDirectory() as place, chdir(place):
        drawn, folder = draw_terminal()
        (docs / SCREEN).write_text(drawn, encoding="utf-8")
        photograph_page(folder / "report.html", docs / "page.png")
        photograph_workbook(folder / "rejects-2.xlsx", docs / "rejects.png")


def draw_terminal() -> tuple[str, Path]:
    """Run the demo in the current folder.

    Returns:
        Its last screen as SVG, and the run's folder.
    """
    screen = Console(record=True, force_terminal=True, width=WIDTH, file=io.StringIO())
    shutil.copytree(SAMPLES, SAMPLES.name)
    folder = run_recorded(screen, Path(".straitsx-bulk/demo"))
    return _WEB_FONT.sub("", screen.export_svg(title="make demo", unique_id="run")), folder


def run_recorded(screen: Console, demo: Path) -> Path:
    """Run the demo; its last screen is drawn on a console of ours too.

    Returns:
        The run's folder.
    """
    show: Callable[..., None] = vars(importing)["show_run"]
    folders: list[Path] = []

    def show_twice(console: Console, *told: Any) -> None:
        show(console, *told)
        show(screen, *told)
        folders.append(told[-1].folder)

    samples = Path(SAMPLES.name)  # so that no path of this machine is in a picture
    with patch.object(importing, "show_run", show_twice), patch.object(flows_demo, "find_samples", lambda: samples):
        flows_demo.run_demo(demo)
    return folders[0]


def photograph_page(page: Path, picture: Path) -> None:
    """Have Chromium draw the top of the page."""
    run(
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        "--window-size=1000,1000",
        f"--screenshot={picture}",
        page.resolve().as_uri(),
    )


def photograph_workbook(workbook: Path, picture: Path) -> None:
    """Have LibreOffice draw the first rows of the workbook's first sheet."""
    book = load_workbook(workbook)
    sheet = book["Rejected"]
    for other in book.sheetnames[1:]:
        book[other].sheet_state = "hidden"
    for number, cell in enumerate(sheet[1], 1):
        sheet.column_dimensions[get_column_letter(number)].hidden = cell.value not in SHOWN
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(0.1, 0.1, 0.1, 0.1, 0, 0)
    sheet.print_options.headings = True
    for cell in (cell for row in sheet.iter_rows() for cell in row if cell.has_style):
        cell.border = GRID
    book.save("picture.xlsx")
    run("soffice", "--headless", "--convert-to", "pdf", "picture.xlsx")
    cut = ("-x", "0", "-y", "0", "-W", "1520", "-H", "260")
    run("pdftoppm", "-png", "-r", "130", "-singlefile", *cut, "picture.pdf", str(picture.with_suffix("")))


def run(program: str, *arguments: str) -> None:
    """Run a program, and say so where it is not there."""
    if shutil.which(program) is None:
        raise SystemExit(f"{program} is not installed; the picture was not taken.")
    subprocess.run([program, *arguments], check=True, capture_output=True)


if __name__ == "__main__":
    take_pictures(DOCS)
