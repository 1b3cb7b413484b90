"""A dry run over mixed data names exactly the rows that the import then sends."""

from pathlib import Path

import pytest
from delivery_history import ROWS, Story, tell_story
from delivery_killed import KillableProgram
from e2e_exports import as_csv, person
from e2e_program import Ended


def rehearse(story: Story, *words: str) -> tuple[list[str], list[str], Ended]:
    """Run dry, then send: the rows that were named, those that were sent, and the import."""
    before = story.sandbox.stats().calls
    dry = story.run(command=(*story.command, "--dry-run", *words))
    assert story.sandbox.stats().calls == before
    done = story.run(command=(*story.command, *words))
    named = [row["row"] for row in dry.reports.rows if row["outcome"] == "valid"]
    sent = [row["row"] for row in done.reports.rows if row["api_calls"] not in {"", "0"}]
    least, most = forecast_of(dry)
    assert least <= story.sandbox.stats().calls - before <= most, dry.stderr
    return named, sent, done


def forecast_of(dry: Ended) -> tuple[int, int]:
    """The least and the most calls that a dry run told."""
    [line] = [
        line for line in dry.stderr.splitlines() if line.startswith(("That is", "The import would send: nothing"))
    ]
    words = line.replace(",", "").split()
    return (int(words[2]), int(words[7])) if words[0] == "That" else (0, 0)


@pytest.mark.parametrize("point", ["profile created/before/5", "profile created/after/6", "key looked up/after/2"])
def test_it_names_what_is_new_known_in_doubt_refused_and_in_conflict_as_the_import_sends_it(
    tmp_path: Path, program: KillableProgram, point: str
) -> None:
    """Some rows came in before a kill, one is in doubt, some exist unknown to the ledger, some are dirty or double."""
    with tell_story(tmp_path, program, rate=200, strict=True) as story:
        story.run(kill_at=point)
        assert story.kills == 1
        extra = [person(20), person(21, customerName=" Person  Number 21 "), person(22, registrationId="?"), person(20)]
        story.machine.write("people.csv", as_csv([*reversed(ROWS), *extra]))
        named, sent, done = rehearse(story)
        assert sent == named
        assert {"created", "upgraded", "unchanged", "refused", "conflict", "rejected"} <= done.reports.outcomes.keys()
        again, sent_again, _ = rehearse(story)
        assert sent_again == again
        assert len(again) == 1, "the conflict is read again"
        refused, sent_refused, _ = rehearse(story, "--retry-refused")
        assert sent_refused == refused
        assert len(refused) == 4, "three refused, one in conflict"


def test_it_stops_where_limit_stops_the_import(tmp_path: Path, program: KillableProgram) -> None:
    with tell_story(tmp_path, program, rate=200) as story:
        story.run(kill_at="profile created/after/3")
        for _ in range(3):
            named, sent, _ = rehearse(story, "--limit", "3")
            assert (len(named), sent) == (3, named)
