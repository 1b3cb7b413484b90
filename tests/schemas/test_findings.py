"""The registry of findings: every code of the contract, in words."""

import re
from pathlib import Path

import pytest

from straitsx_bulk.schemas.findings import ADVICE, REASONS, ROW, Code, describe
from straitsx_bulk.schemas.parameters import PARAMETERS

CONTRACT = Path(__file__).parents[3] / "shared" / "contract.md"


def test_every_code_has_words() -> None:
    assert set(REASONS) == set(Code)


@pytest.mark.parametrize("code", list(Code))
def test_words_are_a_sentence(code: Code) -> None:
    for parameter in ("customerName", ROW):
        for detail in ("", "two {words}"):
            message = describe(parameter, code, detail).message
            assert message[0].isupper()
            assert message.endswith(".")
            assert "{what}" not in message
            assert "()" not in message


@pytest.mark.parametrize("parameter", [p.name for p in PARAMETERS])
def test_finding_names_the_parameter_and_what_is_allowed(parameter: str) -> None:
    description = describe(parameter, Code.MISSING)
    assert f"({parameter})" in description.message
    assert description.allowed


def test_detail_stands_in_brackets() -> None:
    assert "(KP or KR)" in describe("nationality", Code.AMBIGUOUS_COUNTRY, "KP or KR").message


def test_unknown_code_is_refused() -> None:
    with pytest.raises(ValueError, match="no_such_code"):
        describe("customerName", "no_such_code")


def test_codes_are_the_contracts() -> None:
    if not CONTRACT.exists():
        pytest.skip("the contract is not beside this checkout")
    section = re.search(r"## Checks\n(.*?)\n## ", CONTRACT.read_text(encoding="utf-8"), re.DOTALL)
    assert section
    findings, _, rest = section[1].partition("\n\nWarnings never reject")
    errors = set(re.findall(r"`([a-z_0-9]+)`", findings.partition("A finding is")[2])) - {"row"}
    warnings = set(re.findall(r"`([a-z_0-9]+)`", rest.partition("\n\n")[0]))
    assert set(Code) - ADVICE == errors
    assert warnings == ADVICE
