"""SIGKILL at every labelled point and at random, over an API that fails: nothing doubled, nothing lost.

``DELIVERY_TESTS_HISTORIES`` sets how many random histories are lived through (a few by default), each with several
kills; ``DELIVERY_TESTS_SEED`` where they begin. ``DELIVERY_TESTS_LOG`` names a file to which each kill is added, with
its ledger and its labelled point.
"""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from delivery_history import draw_faults, live_through, tell_story
from delivery_killed import MOMENTS, STEPS, KillableProgram
from ledger_backends import PostgresServer, postgres_server, why_no_postgres

HISTORIES = int(os.environ.get("DELIVERY_TESTS_HISTORIES", "2"))
FIRST = int(os.environ.get("DELIVERY_TESTS_SEED", "1"))
THOROUGH = HISTORIES > 3
RATES = (20, 50, 0)
"""Requests a second of the random histories; the last sends as fast as it can."""
NUMBERS = (1, 2, 4, 1, 1) if THOROUGH else (1,)
"""The how manieth time that a step is done is the last; the first time is worth several tries."""
ROUNDS = range(5 if THOROUGH else 1)
KILLS = 5
SELDOM = ("page read", "profiles adopted", "intent released", "dead run claimed")
"""Steps that this export's import does not come to by itself."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A server of our own for the module's ledgers."""
    reason = why_no_postgres()
    if reason is not None:
        pytest.skip(reason)
    with postgres_server() as server:
        yield server


@pytest.mark.parametrize("seed", range(FIRST, FIRST + HISTORIES))
def test_a_history_of_faults_kills_and_repeats_ends_with_each_profile_once(
    tmp_path: Path, program: KillableProgram, seed: int, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(seed)
    with tell_story(tmp_path, program, faults=draw_faults(chance), rate=chance.choice(RATES)) as story:
        live_through(story, chance, KILLS)
        story.finish()
        record_property("kills", story.kills)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(HISTORIES // 3, 1)))
def test_a_history_on_postgresql_ends_with_each_profile_once(
    tmp_path: Path,
    program: KillableProgram,
    postgres: PostgresServer,
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    chance = random.Random(f"postgresql {seed}")
    faults, rate = draw_faults(chance), chance.choice(RATES)
    with tell_story(tmp_path, program, faults=faults, rate=rate, backend=postgres.make_backend()) as story:
        live_through(story, chance, KILLS)
        story.finish()
        record_property("kills", story.kills)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("first", MOMENTS if THOROUGH else MOMENTS[:1])
@pytest.mark.parametrize("label", [label for label in STEPS if label not in SELDOM])
def test_kills_at_any_step_double_and_lose_nothing(
    tmp_path: Path,
    program: KillableProgram,
    label: str,
    first: str,
    number: int,
    record_property: Callable[[str, object], None],
) -> None:
    """One process dies just before or after a step, the next one, which writes its reports, at the other side."""
    with tell_story(tmp_path, program, rate=200) as story:
        for moment in sorted(MOMENTS, key=first.__ne__):
            story.run(kill_at=f"{label}/{moment}/{number}")
        assert story.kills > 0 or number > 1
        story.finish()
        record_property("kills", story.kills)


@pytest.mark.parametrize("_round", ROUNDS)
@pytest.mark.parametrize("label", ["page read", "profiles adopted", "dead run claimed"])
def test_kills_of_reconcile_and_status_lose_nothing(
    tmp_path: Path, program: KillableProgram, label: str, _round: int
) -> None:
    with tell_story(tmp_path, program, rate=200) as story:
        story.run(kill_at="profile created/after/4")
        for moment in MOMENTS:
            story.run(kill_at=f"{label}/{moment}/1", command=("reconcile", *story.target))
            story.run(kill_at=f"dead run claimed/{moment}/1", command=("status",))
        assert story.kills > 3
        story.finish()


@pytest.mark.parametrize("_round", ROUNDS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_kills_while_a_row_is_given_back_lose_nothing(
    tmp_path: Path, program: KillableProgram, moment: str, _round: int
) -> None:
    """A key that is turned down for a while: a row that was begun and not processed is free again."""
    with tell_story(tmp_path, program, rate=200, faults="401:create@1+4") as story:
        story.run(kill_at=f"intent released/{moment}/1")
        assert story.kills == 1
        story.finish()


def test_what_a_killed_run_leaves_is_told_whole(tmp_path: Path, program: KillableProgram) -> None:
    """A stored refusal's status and code, a conflict's value: all of it is in a dead run's reports."""
    with tell_story(tmp_path, program, rate=200, strict=True) as story:
        before = story.run().reports.rows
        killed = story.run(kill_at="reports whole/before/1")
        story.machine.run("status")
        after = killed.reports.rows
        assert tell_rows(before, "refused", "outcome") == [("refused",)] * 3
        assert tell_rows(after, "refused", "http_status", "api_code", "api_calls") == [("400", "XFE15", "0")] * 3
        assert tell_rows(after, "conflict", *TOLD) == tell_rows(before, "conflict", *TOLD)
        assert set(tell_rows(after, "unchanged", "rail", "verification_status", "usd_gaps")) == {("usd", "pending", "")}
        [book] = Path(killed.folders[0]).glob("rejects.csv")
        assert "nationality" in book.read_text(encoding="utf-8-sig"), "the conflict's parameter"


def tell_rows(rows: list[dict[str, str]], outcome: str, *columns: str) -> list[tuple[str, ...]]:
    """Some columns of the rows with an outcome."""
    return [tuple(row[column] for column in columns) for row in rows if row["outcome"] == outcome]


TOLD = ("rail", "usd_gaps", "verification_status", "message", "http_status", "api_code")
