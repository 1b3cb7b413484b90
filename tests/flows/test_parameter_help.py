"""The parameters in ``--help``: those of the one table, each with who needs it and what is allowed."""

import pytest
from typer.testing import CliRunner

from straitsx_bulk.flows.command.commands import app
from straitsx_bulk.schemas.parameters import PARAMETERS


@pytest.mark.parametrize("command", ["validate", "inspect", "template"])
def test_help_lists_every_parameter_of_the_table(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"]).stdout
    words = " ".join(told.split())
    for parameter in PARAMETERS:
        assert f"{parameter.name} - {parameter.label}; " in words
        assert parameter.allowed in words
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize(
    "line",
    [
        "customerName - Full name; SGD and USD",
        "address.city - City; USD",
        "address.state - State or region; optional",
        "dateOfBirth - Date of birth; USD, of a person",
        "tradingName - Trading name; optional, of a business",
    ],
)
def test_help_says_who_needs_a_parameter(line: str) -> None:
    assert f"  {line}\n" in CliRunner().invoke(app, ["template", "--help"]).stdout
