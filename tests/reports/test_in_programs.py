"""The reports in the programs that people open them with: LibreOffice and Chromium, where the machine has them."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import openpyxl
import pytest
from reports_readers import read_csv, read_sheet, report, split_seals
from reports_samples import MIXED, REJECTED, Finding, make_reported, seal

from straitsx_bulk.io.reports.seals import judge_seals
from straitsx_bulk.io.reports.writer import ReportPaths

OFFICE = shutil.which("soffice") or ""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""

needs_office = pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed (apt-get install libreoffice-calc)")
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (apt-get install chromium)")


def find_axe() -> Path | None:
    """Find axe-core's script: named by AXE_CORE_JS, or as the package axe-core-python brings it."""
    if named := os.environ.get("AXE_CORE_JS"):
        return Path(named)
    found = find_spec("axe_core_python")
    return Path(found.origin).parent / "axe.min.js" if found and found.origin else None


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> ReportPaths:
    batches = make_reported(MIXED), make_reported([REJECTED], source="b.csv")
    return report(tmp_path_factory.mktemp("runs"), *batches)


@pytest.fixture(scope="module")
def saved(paths: ReportPaths, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook, opened and saved by LibreOffice."""
    folder = tmp_path_factory.mktemp("office")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [OFFICE, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder), str(paths.workbooks[0])]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stdout + done.stderr
    return folder / paths.workbooks[0].name


@needs_office
def test_libreoffice_opens_and_saves_every_row_as_it_was(paths: ReportPaths, saved: Path) -> None:
    for sheet in ("Rejected", "USD gaps"):
        rows = read_sheet(saved, sheet)
        assert rows == read_sheet(paths.workbooks[0], sheet)
        mended, edited = judge_seals(*split_seals(rows), seal)
        assert mended.tolist() == edited.tolist() == [False] * len(rows)


@needs_office
def test_libreoffice_keeps_comments_dropdowns_filter_and_chart(saved: Path) -> None:
    book = openpyxl.load_workbook(saved)
    sheet = book["Rejected"]
    assert sheet["A2"].comment is not None
    assert len(sheet.data_validations.dataValidation) == 3
    assert sheet.auto_filter.ref == "A1:O6"
    assert len(book["Reasons"]._charts) == 1  # type: ignore[attr-defined] # openpyxl has no public name for it


@needs_office
def test_libreoffice_reads_the_csv_with_its_leading_zeros_kept_as_text(paths: ReportPaths, tmp_path: Path) -> None:
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    as_text = "CSV:44,34,76,1,1/2/2/2/3/2/4/2"  # comma, quote, UTF-8, from line 1, columns 1 to 4 as text
    command = [
        OFFICE,
        profile,
        "--headless",
        f"--infilter={as_text}",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(tmp_path),
    ]
    subprocess.run([*command, str(paths.rejects_csv[0])], check=True, capture_output=True, timeout=240)
    rows = read_sheet(tmp_path / "rejects.xlsx", "rejects")
    assert [row["ID No"] for row in rows] == [row["ID No"] for row in read_csv(paths.rejects_csv[0])]


def run_chromium(*options: str, page: Path, profile: Path) -> subprocess.CompletedProcess[str]:
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", *options]
    return subprocess.run([*command, page.as_uri()], check=True, capture_output=True, text=True, timeout=240)


@needs_chromium
def test_chromium_shows_the_page_without_a_complaint(paths: ReportPaths, tmp_path: Path) -> None:
    assert paths.page is not None
    done = run_chromium("--dump-dom", "--enable-logging=stderr", page=paths.page, profile=tmp_path)
    assert "2 of 7 rows are in StraitsX" in done.stdout
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []


@needs_chromium
def test_the_policy_stops_what_somebody_puts_into_the_page(paths: ReportPaths, tmp_path: Path) -> None:
    assert paths.page is not None
    page = tmp_path / "report.html"
    script = "<script>document.title = 'taken over'</script></main>"
    page.write_text(paths.page.read_text().replace("</main>", script))
    done = run_chromium("--dump-dom", "--enable-logging=stderr", page=page, profile=tmp_path / "profile")
    assert "<title>taken over" not in done.stdout
    assert "Content Security Policy" in done.stderr


@needs_chromium
def test_the_page_prints(paths: ReportPaths, tmp_path: Path) -> None:
    assert paths.page is not None
    paper = tmp_path / "report.pdf"
    run_chromium(f"--print-to-pdf={paper}", "--no-pdf-header-footer", page=paths.page, profile=tmp_path / "profile")
    assert paper.read_bytes()[:5] == b"%PDF-"


FIND_WIDE = """
<script>
const wide = [...document.querySelectorAll("main :not(svg *)")].filter(e => e.scrollWidth > e.clientWidth + 1);
const narrow = [...document.querySelectorAll("td.text")].filter(e => e.clientWidth < 60);
const left = [...document.querySelectorAll("svg text")].filter(e => e.getBBox().x < 0);
const seen = [...wide, ...narrow, ...left].filter(e => getComputedStyle(e).display != "inline");
document.body.textContent = "SEEN" + JSON.stringify(seen.map(e => e.textContent)) + "SEEN";
</script></body>
"""


@needs_chromium
@pytest.mark.parametrize(("media", "width"), [("print", 1000), ("all", 680)], ids=["on screen", "on paper"])
def test_nothing_on_the_page_is_cut_off_however_long_the_names(tmp_path: Path, media: str, width: int) -> None:
    deep = "/home/analyst/exports/" + "a-folder-with-a-long-name/" * 4
    finding = Finding("countryOfIncorporation", "ambiguous_country", header="Nationality")
    rows = [replace(REJECTED, findings=(*REJECTED.findings, finding)), *MIXED]
    paths = report(tmp_path / "runs", *(make_reported(rows, source=f"{deep}{name}.csv") for name in "ab"))
    assert paths.page is not None
    markup = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", paths.page.read_text())
    assert "@media print{" in markup
    page = tmp_path / "report.html"
    page.write_text(markup.replace("@media print{", f"@media {media}{{").replace("</body>", FIND_WIDE))
    done = run_chromium(f"--window-size={width},900", "--dump-dom", page=page, profile=tmp_path / "profile")
    assert done.stdout.split("SEEN")[-2] == "[]"


RUN_AXE = """
<script>{axe}</script>
<script>axe.run(document, {{runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]}}).then(found => {{
  const told = found.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" "));
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const back = getComputedStyle(document.body).backgroundColor;
  document.body.textContent = "AXE" + JSON.stringify({{told, dark, back, passes: found.passes.length}}) + "AXE";
}})</script></body>
"""


@needs_chromium
@pytest.mark.skipif(find_axe() is None, reason="axe-core is not installed (pip install axe-core-python)")
@pytest.mark.parametrize(("scheme", "back"), [(1, "rgb(246, 247, 249)"), (0, "rgb(18, 22, 28)")])
def test_axe_finds_nothing_in_light_and_dark(paths: ReportPaths, tmp_path: Path, scheme: int, back: str) -> None:
    axe = find_axe()
    assert axe is not None
    assert paths.page is not None
    markup = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", paths.page.read_text())
    page = tmp_path / "report.html"
    page.write_text(markup.replace("</body>", RUN_AXE.format(axe=axe.read_text())))
    options = (f"--blink-settings=preferredColorScheme={scheme}", "--virtual-time-budget=20000", "--dump-dom")
    done = run_chromium(*options, page=page, profile=tmp_path / "profile")
    found = json.loads(done.stdout.split("AXE")[-2].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert found["told"] == []
    assert found["passes"] > 10
    assert (found["dark"], found["back"]) == (scheme == 0, back)
