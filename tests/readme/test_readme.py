"""The README tells the truth: its commands run, its tables are current, its links lead somewhere."""

import re
import shutil
import tomllib
from itertools import groupby
from pathlib import Path

import pytest
import readme_pictures
import readme_tables
from e2e_program import Reports, make_machine
from e2e_warm import WarmProgram
from readme_blocks import README, Command, drop_fences, list_anchors, list_links, list_options, read_commands
from readme_shell import Reader
from typer.main import get_command

from straitsx_bulk.flows.cli import app
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.outcomes import RESULT_COLUMNS, Outcome

TEXT = README.read_text(encoding="utf-8")
ROOT = README.parent
SCHEDULE = "Schedule it with Prefect"
OF_OTHERS = {"--pool", "--work-queue", "--type", "--limit", "--param", "--watch", "--no-prompt", "--all", "--from-file"}
"""Options of Prefect's that stand in its commands."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, warm: WarmProgram) -> Reader:
    """Somebody in a folder like the checkout, with a home of their own."""
    machine = make_machine(tmp_path_factory.mktemp("readme"), warm)
    shutil.copytree(ROOT / "data_samples", machine.folder / "data_samples")
    shutil.copyfile(ROOT / "prefect.yaml", machine.folder / "prefect.yaml")
    machine.write(".env", "X_XFERS_APP_API_KEY=a-made-up-key\n")
    return Reader(machine)


def read_sections() -> list[tuple[str, list[Command]]]:
    return [(title, list(group)) for title, group in groupby(read_commands(TEXT), lambda command: command.section)]


def test_the_commands_of_the_guides_end_as_the_readme_says(reader: Reader) -> None:
    for title, commands in read_sections():
        if title != SCHEDULE:
            reader.read_section(commands)
    typed = {done.command.text.split()[1] for done in reader.done if done.command.text.startswith("straitsx-bulk ")}
    assert typed >= {"inspect", "validate", "import", "upgrade", "reconcile", "status", "doctor", "template", "sandbox"}
    walk = [done.ended.reports for done in reader.done if " import users.csv" in done.command.text]
    dry, first, again, *_ = walk
    assert dry.outcomes == {"valid": 27, "rejected": 13}
    assert (first.outcomes, first.summary["api"]["calls"]) == ({"created": 27, "rejected": 13}, 27)
    assert (again.outcomes, again.summary["api"]["calls"]) == ({"unchanged": 27, "rejected": 13}, 0)
    mended = next(done.ended.reports for done in reader.done if " import mended.xlsx" in done.command.text)
    became = {row["reference"]: (row["outcome"], row["rail"]) for row in mended.rows}
    assert (became["C-1008"], became["C-1011"]) == (("created", "usd"), ("upgraded", "usd"))
    assert list_repairs(reader) - list_words("Repairs") == set()


def list_repairs(reader: Reader) -> set[str]:
    """Every kind of repair that the runs made."""
    cells = [row["repairs"] for folder in reader.machine.list_runs() for row in read_rows(folder)]
    return {repair.partition(":")[2] for cell in cells for repair in cell.split(";") if repair}


def read_rows(folder: Path) -> list[dict[str, str]]:
    return Reports(folder).rows if (folder / "results.csv").exists() else []  # a reconcile has none


def list_words(title: str) -> set[str]:
    """The first column of a section's table."""
    return set(re.findall(r"^\| `(\w+)` \|", cut_section(title), re.MULTILINE))


def test_the_commands_of_the_schedule_work_with_a_real_server_and_worker(
    tmp_path_factory: pytest.TempPathFactory, warm: WarmProgram
) -> None:
    machine = make_machine(tmp_path_factory.mktemp("schedule"), warm)
    shutil.copytree(ROOT / "data_samples", machine.folder / "data_samples")
    for name in ("prefect.yaml", "prefect-automations.yaml"):
        shutil.copyfile(ROOT / name, machine.folder / name)
    reader = Reader(machine)
    [commands] = [commands for title, commands in read_sections() if title == SCHEDULE]
    reader.read_section(commands)
    [folder] = machine.list_runs()
    assert Reports(folder).outcomes == {"created": 48, "rejected": 18}


def test_the_generated_tables_are_current() -> None:
    assert readme_tables.render(TEXT) == TEXT, "run: python tests/support/readme_tables.py"


def test_every_generated_table_has_its_place() -> None:
    assert set(re.findall(r"<!-- table: ([a-z-]+) -->", TEXT)) == set(readme_tables.TABLES)


CHANGING = (r"\d{8}T\d{6}-[0-9a-f]{32}", r"in&#160;[\d.]+&#160;s", r"most&#160;\d+", r'textLength="[\d.]+"')
"""What is another in every run's picture: its folder, its time and rate, and how wide that line is."""


def test_the_picture_of_the_terminal_shows_what_the_demo_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    drawn, _ = readme_pictures.draw_terminal()
    pictures = (drawn, (readme_pictures.DOCS / readme_pictures.SCREEN).read_text(encoding="utf-8"))
    now, then = (re.sub("|".join(CHANGING), "-", picture).splitlines() for picture in pictures)
    assert now == then, "run: python tests/support/readme_pictures.py"


def list_real_options() -> set[str]:
    commands = get_command(app).commands  # type: ignore[attr-defined] # a group, which typer types as a command
    parameters = [parameter for command in commands.values() for parameter in command.params]
    names = {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)}
    return {name for name in names if name.startswith("--")}


def test_every_command_and_option_is_named() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined] # a group, which typer types as a command
    assert [name for name in commands if f"`{name}`" not in TEXT] == []
    assert [name for name in list_real_options() if f"`{name}`" not in TEXT] == []


def test_every_option_that_is_named_exists() -> None:
    named = list_options(TEXT) - OF_OTHERS - {"--help", "--version", "--install-completion"}
    assert sorted(named - list_real_options()) == []


def test_every_outcome_finding_and_column_is_explained() -> None:
    outcomes, findings, reports = (cut_section(title) for title in ("Outcomes", "Findings", "Reports"))
    assert re.findall(r"^\| `(\w+)` \|", outcomes, re.MULTILINE) == [str(outcome) for outcome in Outcome]
    assert re.findall(r"^\| `(\w+)` \|", findings, re.MULTILINE) == [str(code) for code in Code]
    assert [name for name in RESULT_COLUMNS if f"`{name}`" not in reports] == []


def cut_section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_addition_to_install_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = set(re.findall(r"pip install '\.\[(\w+)\]'", TEXT))
    assert named == set(project["optional-dependencies"])


def test_every_link_leads_somewhere() -> None:
    anchors = list_anchors(TEXT)
    links = list_links(TEXT)
    assert [link for link in links if link.startswith("#") and link[1:] not in anchors] == []
    assert [link for link in links if not link.startswith("#") and not (ROOT / link).is_file()] == []


def test_every_deployment_is_described_and_no_other() -> None:
    written = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    deployed = set(re.findall(r"^  - name: ([a-z-]+)$", written, re.MULTILINE))
    assert set(re.findall(r"^\| `[a-z-]+/([a-z-]+)` \|", TEXT, re.MULTILINE)) == deployed


def test_the_pictures_are_small() -> None:
    pictures = [ROOT / link for link in list_links(TEXT) if link.startswith("docs/")]
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > 300_000] == []


def test_the_text_fits_its_width() -> None:
    prose = [line for line in drop_fences(TEXT).splitlines() if not line.startswith(("|", "<!--"))]
    assert [line for line in prose if len(line) > 120 and "](" not in line] == []


def test_the_changelog_begins_with_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(r"^## \[?([\w.]+)\]?", changelog, re.MULTILINE)
    assert found is not None
    assert found[1] == project["version"]
