"""LibreOffice as a writer and a reader of its own, where it is installed."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

SOFFICE = shutil.which("soffice")
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
"""Comma, quotes, UTF-8, from line 1, cells as shown; of the first sheet."""


def convert(kind: str, folder: Path, paths: Sequence[Path]) -> list[Path]:
    """Let LibreOffice open files and save them as another kind.

    Args:
        kind: A suffix, with the name and options of a filter behind a colon where they matter.
        folder: Where to; each file keeps its name but for the suffix.
        paths: The files, of different names.

    Returns:
        The new files in the same order.
    """
    with tempfile.TemporaryDirectory() as profile:  # of its own, so that several may run at once
        command = [SOFFICE or "soffice", f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", kind, "--outdir", str(folder), *map(str, paths)]
        subprocess.run(command, check=True, capture_output=True, timeout=240)
    return [folder / f"{path.stem}.{kind.partition(':')[0]}" for path in paths]
