"""Reads the README: its commands in order, what they end with, its links and headings."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
SHELLS = ("sh", "console")
"""Languages of the blocks whose lines are commands."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_ENDS_WITH = re.compile(r"ends with (\d+)")


@dataclass(frozen=True, slots=True)
class Command:
    """One command line.

    Attributes:
        text: Without its comment.
        section: The heading of the second level that it stands under.
        line: In the README, from 1.
        status: What the README says that it ends with; 0 where it says nothing.
    """

    text: str
    section: str
    line: int
    status: int

    @property
    def words(self) -> list[str]:
        """As a shell takes it apart."""
        return shlex.split(self.text)


def read_commands(text: str) -> list[Command]:
    """List the command lines of all shell blocks, in order.

    Args:
        text: A README.
    """
    commands = []
    for fence in _FENCE.finditer(text):
        if fence[1] in SHELLS:
            first = text.count("\n", 0, fence.start(2)) + 1
            section = _find_section(text, fence.start())
            lines = enumerate(fence[2].splitlines(), first)
            commands += [_read_line(line.removeprefix("$ "), section, number) for number, line in lines if line.strip()]
    return commands


def _read_line(line: str, section: str, number: int) -> Command:
    said = _ENDS_WITH.search(line.partition(" # ")[2])
    command = line.partition(" # ")[0].strip()
    return Command(command, section, number, int(said[1]) if said else 0)


def _find_section(text: str, position: int) -> str:
    before = [found[2] for found in _HEADING.finditer(drop_fences(text)) if len(found[1]) <= 2]
    above = [found for found in _HEADING.finditer(text, 0, position) if found[2] in before and len(found[1]) <= 2]
    return above[-1][2] if above else ""


def drop_fences(text: str) -> str:
    """Leave out the contents of fenced blocks, whose ``#`` are no headings."""
    return _FENCE.sub("", text)


def list_links(text: str) -> list[str]:
    """List what the README links to and shows, web addresses aside."""
    return [link for link in _LINK.findall(drop_fences(text)) if "://" not in link]


def list_anchors(text: str) -> set[str]:
    """List the anchors that GitHub makes of the headings."""
    headings = [found[2].lower() for found in _HEADING.finditer(drop_fences(text))]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


def list_options(text: str) -> set[str]:
    """List every ``--option`` that is named anywhere, commands of other programs aside."""
    ours = re.sub(r"^(?:prefect|make|pip|cp|rm|python3?) .*$", "", text, flags=re.MULTILINE)
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", ours))
