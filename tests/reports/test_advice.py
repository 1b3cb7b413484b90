"""What to do next: every sentence names a mend that helps, in words that can be followed as they stand."""

from dataclasses import replace
from pathlib import Path

import pytest
from reports_readers import read_sheet, report
from reports_samples import CONFLICT, CREATED, GAP, NOT_FOUND, REJECTED, Row, make_reported, run_end, run_facts

from straitsx_bulk.io.reports.advice import NO_REJECTS, RejectNames
from straitsx_bulk.io.reports.story import Story, tell_story
from straitsx_bulk.io.reports.totals import Totals
from straitsx_bulk.schemas.run import ApiFigures

REJECTS = RejectNames(("rejects.xlsx",), ("rejects.xlsx",))
WAITING = replace(CREATED, outcome="not_attempted", profile_id="", api_calls=0)


def story_of(*rows: Row, command: str = "import", rejects: RejectNames = REJECTS, **end: object) -> Story:
    totals = Totals()
    totals.add(make_reported(rows))
    return tell_story(run_facts(command=command), run_end(**end), totals, rejects)


def steps_of(*rows: Row, command: str = "import", rejects: RejectNames = REJECTS) -> str:
    return "\n".join(story_of(*rows, command=command, rejects=rejects).steps)


@pytest.mark.parametrize(
    ("mapped", "way"), [(True, "with the same mapping and options."), (False, "with the same options.")]
)
@pytest.mark.parametrize("row", [REJECTED, GAP, CONFLICT, NOT_FOUND], ids=lambda row: row.outcome)
def test_what_was_mended_is_imported_as_the_export_was(row: Row, way: str, *, mapped: bool) -> None:
    told = steps_of(row, command="upgrade", rejects=replace(REJECTS, mapped=mapped))
    assert way in told
    assert ("same mapping" in told) is mapped


@pytest.mark.parametrize(("command", "verb"), [("upgrade", "upgrade"), ("import", "import"), ("validate", "import")])
def test_what_an_upgrade_rejected_goes_back_to_upgrade_which_creates_nothing(
    tmp_path: Path, command: str, verb: str
) -> None:
    rejects = RejectNames(("rejects.xlsx",), ("rejects-1.xlsx", "rejects-2.xlsx"))
    told = steps_of(REJECTED, GAP, command=command, rejects=rejects)
    assert f"rejected row in rejects.xlsx and {verb} that file with" in told
    assert f"USD gaps of rejects-1.xlsx and rejects-2.xlsx and {verb} them with" in told
    assert f"in the export and {verb} it again" in steps_of(REJECTED, command=command, rejects=NO_REJECTS)
    guide = read_sheet(report(tmp_path, make_reported([REJECTED]), command=command).workbooks[0], "How to mend")
    assert f"with the same options: straitsx-bulk {verb} FILE" in str(guide)


@pytest.mark.parametrize(
    ("mapping", "way"), [("users.yaml", "with the same mapping and options"), ("", "with the same options")]
)
def test_the_guide_in_the_workbook_says_the_same(tmp_path: Path, mapping: str, way: str) -> None:
    paths = report(tmp_path, make_reported([REJECTED], mapping=mapping))
    assert paths.to_mend.mapped is bool(mapping)
    text = str(read_sheet(paths.workbooks[0], "How to mend"))
    assert f"{way}: straitsx-bulk import FILE" in text
    assert ("same mapping" in text) is bool(mapping)


@pytest.mark.parametrize(
    ("command", "look"), [("validate", "--repair full sends"), ("import", "--dry-run --repair full sends")]
)
def test_a_look_at_full_repair_is_no_command_without_a_file(command: str, look: str) -> None:
    told = steps_of(REJECTED, command=command)
    assert f"the same command with {look} nothing" in told
    assert "straitsx-bulk validate --repair" not in told


@pytest.mark.parametrize("calls", [0, 3])
def test_a_run_outside_its_window_says_when_to_come_again(calls: int) -> None:
    story = story_of(WAITING, stopped="window", api=ApiFigures(calls=calls))
    assert story.steps[0].startswith("Run the same command again within the hours of --window")
    assert ("the time window closed" in story.headline) is bool(calls)
    assert ("it is outside the hours of --window" in story.headline) is not calls


def test_a_limit_says_nothing_of_a_window() -> None:
    assert "--window" not in str(story_of(WAITING, stopped="limit", api=ApiFigures()))


@pytest.mark.parametrize(
    ("parameters", "helps"),
    [
        ([], False),
        (["customerName"], False),
        (["dateOfBirth"], False),
        (["registrationIdCountry", "nationality"], False),
        (["registrationId"], False),
        (["nationality"], True),
        (["address.street", "address.city"], True),
    ],
)
def test_overwrite_is_named_only_where_it_helps(parameters: list[str], *, helps: bool) -> None:
    row = replace(CONFLICT, conflicts=tuple((name, "x") for name in parameters))
    told = steps_of(row)
    assert "mend the row in rejects.xlsx" in told
    assert ("--overwrite" in told) is helps


def test_overwrite_is_named_where_it_helps_one_of_several() -> None:
    other = replace(CONFLICT, conflicts=(("nationality", "MY"),))
    assert "--overwrite" in steps_of(CONFLICT, other)
    assert "2 rows differ from the profile at StraitsX: mend the rows" in steps_of(CONFLICT, other)


@pytest.mark.parametrize(
    ("command", "mend"),
    [
        ("upgrade", "mend its registrationType, registrationId or profile id in rejects.xlsx and upgrade"),
        ("import", "mend its profile id in rejects.xlsx and import"),
    ],
)
def test_a_row_without_a_profile_has_a_mend(command: str, mend: str) -> None:
    told = steps_of(NOT_FOUND, command=command)
    assert f"{mend} that file" in told
    assert ("straitsx-bulk import creates it" in told) is (command == "upgrade")
